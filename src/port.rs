//! The outside world as traits, so that a test can fail any call: time, files, randomness.
//!
//! [`System`] is the real one. The ring's memory mapping is not here: it has no call that could fail after `open`.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;
}

/// Where randomness comes from.
pub trait Random: Send + Sync {
    /// Fills `bytes` with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

/// A file of the ledger that is appended to.
pub trait AppendFile: Send {
    /// Appends some of `bytes` and returns how many: fewer than given is normal, as for `write(2)`.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;
    /// Makes everything appended so far survive power loss (`fdatasync`).
    fn sync(&mut self) -> io::Result<()>;
    /// A sync will be asked for before long: what was appended so far may begin to go to the disk. Waits for nothing and
    /// promises nothing.
    fn begin_sync(&mut self) {}
    /// Cuts the file to `length` bytes.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
    /// Length in bytes.
    fn length(&self) -> io::Result<u64>;
    /// Whether the file has no name any more: what is appended to it nobody will find.
    fn vanished(&self) -> io::Result<bool>;
}

/// Reads at a position, without moving anything shared.
pub trait ReadFile: Send {
    /// Fills `buffer` from `position` as far as the file goes and returns how much that was.
    fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// Length in bytes.
    fn length(&self) -> io::Result<u64>;
}

/// What asking for a lock came to.
pub enum Locking {
    /// It is held until this is dropped, or the process ends.
    Held(Box<dyn Send>),
    /// The process with this id has it, 0 when that is unknown.
    By(u32),
}

/// What tells a file from its earlier self without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Length in bytes.
    pub length: u64,
    /// When content or attributes changed last, in milliseconds since the Unix epoch.
    pub changed_ms: u64,
    /// Device, inode and the exact times, as far as the system has them.
    pub identity: [u64; 4],
}

/// Notices changes of files.
pub trait Stamps: Send + Sync {
    /// What the file at `path` looks like, links followed; `None` when it is missing.
    fn stamp(&self, path: &Path) -> io::Result<Option<Stamp>>;
}

/// The file system.
pub trait Files: Send + Sync {
    /// Opens `path` for appending, making it (mode 0600) when it is missing.
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn AppendFile>>;
    /// Opens `path` for reading.
    fn open_read(&self, path: &Path) -> io::Result<Box<dyn ReadFile>>;
    /// The whole of a small file, `None` when it is missing.
    fn read_small(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;
    /// Replaces a small file so that a reader, a crash or a power loss sees the old or the new one, whole.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Locks `path`, making it when it is missing. Nobody else can until the lock is dropped or the process ends.
    fn lock(&self, path: &Path) -> io::Result<Locking>;
    /// Opens a file to be mapped into memory: `fresh` makes it (mode 0600) or empties it, otherwise it must be there.
    /// `None` where memory does not outlive the process.
    fn open_mapped(&self, path: &Path, fresh: bool) -> io::Result<Option<File>>;
    /// Gives a file another name in its directory, in the place of what has it. A power loss may undo it until
    /// [`Self::sync_directory`] has returned.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file. One that is missing is removed already. A power loss may undo it as it may a rename.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// The files in the directory that `path` is in, in no order.
    fn neighbours(&self, path: &Path) -> io::Result<Vec<Neighbour>>;
    /// Makes creations, renames and removals in the directory that `path` is in survive power loss.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// Names the running boot of the machine: the same exactly when no restart lies in between.
    fn boot_id(&self) -> io::Result<[u8; 16]>;
}

/// A file as its directory lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its name.
    pub name: OsString,
    /// Its length in bytes.
    pub bytes: u64,
}

/// The machine this process runs on.
#[derive(Debug, Default, Clone, Copy)]
pub struct System;

impl Clock for System {
    fn now_ms(&self) -> u64 {
        // The coarse clock is a memory read; its 1-4 ms steps are fine for retention by age.
        #[cfg(target_os = "linux")]
        {
            let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
            let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
            seconds * 1000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000
        }
        #[cfg(not(target_os = "linux"))]
        {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
        }
    }
}

impl Random for System {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        getrandom::fill(bytes).map_err(io::Error::other)
    }
}

impl Stamps for System {
    fn stamp(&self, path: &Path) -> io::Result<Option<Stamp>> {
        match fs::metadata(path) {
            Ok(metadata) => Ok(Some(stamp_of(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Files for System {
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        Ok(Box::new(SystemFile(private(OpenOptions::new().append(true).create(true)).open(path)?)))
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        Ok(Box::new(SystemFile(File::open(path)?)))
    }

    fn read_small(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut name = path.as_os_str().to_owned();
        name.push(".tmp");
        let staged = Path::new(&name);
        let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(staged)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(staged, path)?;
        sync_directory(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Locking> {
        let mut file = private(OpenOptions::new().read(true).write(true).create(true)).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
                return Ok(Locking::By(read.ok().and_then(|_| text.trim().parse().ok()).unwrap_or(0)));
            }
            Err(TryLockError::Error(cause)) => return Err(cause),
        }
        // The pid only helps people, so that failing to write it is no reason to refuse.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Locking::Held(Box::new(file)))
    }

    #[cfg(unix)]
    fn open_mapped(&self, path: &Path, fresh: bool) -> io::Result<Option<File>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(fresh).truncate(fresh);
        private(&mut options).open(path).map(Some)
    }

    #[cfg(not(unix))]
    fn open_mapped(&self, _path: &Path, _fresh: bool) -> io::Result<Option<File>> {
        Ok(None)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn neighbours(&self, path: &Path) -> io::Result<Vec<Neighbour>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(directory_of(path))? {
            let entry = entry?;
            match entry.metadata() {
                Ok(about) if about.is_file() => {
                    found.push(Neighbour { name: entry.file_name(), bytes: about.len() });
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(found)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        sync_directory(path)
    }

    fn boot_id(&self) -> io::Result<[u8; 16]> {
        boot_id()
    }
}

fn stamp_of(metadata: &fs::Metadata) -> Stamp {
    let modified = metadata.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let modified = modified.unwrap_or_default();
    let modified_ms = u64::try_from(modified.as_millis()).unwrap_or(u64::MAX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let nanoseconds = u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX);
        // The change time moves with every write and rename, even when a tool sets the other one back.
        let changed_s = u64::try_from(metadata.ctime()).unwrap_or(0);
        let changed_ns = u64::try_from(metadata.ctime_nsec()).unwrap_or(0);
        let changed = changed_s.wrapping_mul(1_000_000_000).wrapping_add(changed_ns);
        Stamp {
            length: metadata.len(),
            changed_ms: modified_ms.max(changed / 1_000_000),
            identity: [metadata.dev(), metadata.ino(), nanoseconds, changed],
        }
    }
    #[cfg(not(unix))]
    {
        let nanoseconds = u64::try_from(modified.as_nanos()).unwrap_or(u64::MAX);
        Stamp { length: metadata.len(), changed_ms: modified_ms, identity: [0, 0, nanoseconds, 0] }
    }
}

/// Readable by the owner only: a ledger holds what people said and did.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes a creation or rename in the directory of `path` survive power loss.
fn sync_directory(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    return File::open(directory_of(path))?.sync_all();
    #[cfg(not(unix))]
    {
        let _ = path; // Windows keeps directory entries in its journal and offers no call for this
        Ok(())
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

struct SystemFile(File);

impl AppendFile for SystemFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    #[cfg(target_os = "linux")]
    fn begin_sync(&mut self) {
        use std::os::fd::AsRawFd;
        // Errors stay with the file: the sync that follows has them.
        // SAFETY: a call on an open descriptor, without pointers.
        let _ = unsafe { libc::sync_file_range(self.0.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    #[cfg(unix)]
    fn vanished(&self) -> io::Result<bool> {
        Ok(std::os::unix::fs::MetadataExt::nlink(&self.0.metadata()?) == 0)
    }

    #[cfg(not(unix))]
    fn vanished(&self) -> io::Result<bool> {
        Ok(false) // an open file cannot be deleted there
    }
}

impl ReadFile for SystemFile {
    fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.seek(SeekFrom::Start(position))?;
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.0.read(rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
}

/// The id of the running boot: two processes see the same one exactly when no reboot lies between them.
#[cfg(target_os = "linux")]
pub fn boot_id() -> io::Result<[u8; 16]> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?;
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    let id = u128::from_str_radix(&digits, 16).map_err(io::Error::other)?;
    Ok(id.to_be_bytes())
}

/// The id of the running boot, made from the moment it began.
#[cfg(target_os = "macos")]
pub fn boot_id() -> io::Result<[u8; 16]> {
    let mut began = libc::timeval { tv_sec: 0, tv_usec: 0 };
    let mut size = size_of::<libc::timeval>();
    let name = c"kern.boottime".as_ptr();
    // SAFETY: the name is a C string and the buffer is as long as `size` says.
    let status =
        unsafe { libc::sysctlbyname(name, (&raw mut began).cast(), &raw mut size, std::ptr::null_mut(), 0) };
    if status != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut id = [0u8; 16];
    id[..8].copy_from_slice(&began.tv_sec.to_le_bytes());
    id[8..12].copy_from_slice(&began.tv_usec.to_le_bytes());
    Ok(id)
}

/// Elsewhere what needs it lives in memory only and nothing outlives the process.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub fn boot_id() -> io::Result<[u8; 16]> {
    Ok([0; 16])
}
