//! Files that processes of one user share and nobody else may touch.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags};

use crate::policy::PolicyError;

/// Opens or makes `path`, mode 0600. Refused: a symbolic link, another owner, rights of others, more than one name.
pub fn open_private(path: &Path) -> Result<File, PolicyError> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file: File = match rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => file.into(),
        Err(rustix::io::Errno::LOOP) => return Err(refused(path, "it is a symbolic link")),
        Err(error) => return Err(failed(path, &error.into())),
    };
    let found = rustix::fs::fstat(&file).map_err(|error| failed(path, &error.into()))?;
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
        return Err(refused(path, "it is no plain file"));
    }
    if found.st_uid != rustix::process::geteuid().as_raw() {
        return Err(refused(path, "it belongs to somebody else"));
    }
    if found.st_mode & 0o077 != 0 {
        return Err(refused(path, "others have rights on it"));
    }
    if found.st_nlink != 1 {
        return Err(refused(path, "it has more than one name"));
    }
    Ok(file)
}

/// Gives a file its size in real blocks, so that writing through a mapping can never meet a full disk.
pub fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    file.set_len(bytes)?;
    #[cfg(target_os = "linux")]
    {
        // posix_fallocate and not fallocate: it falls back to writing where the file system has no fallocate.
        use std::os::fd::AsRawFd;
        let length = libc::off_t::try_from(bytes).map_err(io::Error::other)?;
        // SAFETY: a call on an open descriptor, without pointers.
        let status = unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, length) };
        if status == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(status)) }
    }
    #[cfg(not(target_os = "linux"))]
    {
        use std::os::unix::fs::FileExt;
        // Writing zeros is the one way every Unix gives blocks. The caller has just emptied the file.
        let zeros = vec![0u8; 1 << 20];
        let mut position = 0;
        while position < bytes {
            let chunk = usize::try_from(bytes - position).unwrap_or(zeros.len()).min(zeros.len());
            position += file.write_at(zeros.get(..chunk).unwrap_or(&[]), position)? as u64;
        }
        Ok(())
    }
}

fn refused(path: &Path, reason: &'static str) -> PolicyError {
    PolicyError::TableUnsafe { path: path.display().to_string(), reason }
}

/// The system said no.
pub fn failed(path: &Path, error: &io::Error) -> PolicyError {
    PolicyError::TableOpen { path: path.display().to_string(), cause: error.to_string() }
}
