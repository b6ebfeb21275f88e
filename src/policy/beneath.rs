//! Opening a file inside a scope, whatever links do meanwhile.
//!
//! The path is judged as text first and then resolved by the kernel below a descriptor of the scope's root
//! (`openat2`, Linux 5.6), which refuses in one step what leads out. Elsewhere each name is opened in turn and no link
//! is followed at all. The result is the descriptor: no second look-up that could see another file.
//!
//! The root itself may be a link: whoever wrote the grant named it. What lies below may be changed by those whom the
//! grant restrains.

use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::fs::{Mode, OFlags, open, openat};
use rustix::io::Errno;

use super::PolicyError;
use super::path::Reason;
use super::scope::Scope;

/// How long a root's descriptor is trusted to be what its path names: a directory may be replaced by another.
const ROOT_TRUST: Duration = Duration::from_secs(1);
/// Resolving is repeated when a rename elsewhere disturbed it.
const ATTEMPTS: usize = 16;

#[cfg(any(target_os = "linux", target_os = "android"))]
const ROOT_FLAGS: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const ROOT_FLAGS: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// A scope with descriptors of its roots.
pub struct Opener {
    scope: Scope,
    roots: Vec<Mutex<Option<Root>>>,
    stepwise: AtomicBool,
}

#[derive(Clone)]
struct Root {
    descriptor: Arc<OwnedFd>,
    /// The root is a file: its directory is held, and the file is this name in it.
    name: Option<Vec<u8>>,
    opened: Instant,
}

impl Opener {
    /// Nothing is opened before it is needed.
    pub fn new(scope: Scope) -> Self {
        let roots = scope.roots().iter().map(|_| Mutex::new(None)).collect();
        let stepwise = AtomicBool::new(cfg!(not(any(target_os = "linux", target_os = "android"))));
        Self { scope, roots, stepwise }
    }

    /// The scope.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Resolves name by name from now on, as on systems without `openat2`.
    pub fn resolve_stepwise(&self) {
        self.stepwise.store(true, Ordering::Relaxed);
    }

    /// Opens `path` with the flags and the mode of `open(2)`. The descriptor is closed on exec.
    pub fn open(&self, path: &[u8], flags: i32, mode: u32) -> Result<OwnedFd, PolicyError> {
        let mut scratch = Vec::with_capacity(256);
        let inside = self.scope.judge(path, &mut scratch).map_err(denied)?;
        let flags = OFlags::from_bits_retain(flags.cast_unsigned()) | OFlags::CLOEXEC;
        let opened = self.open_inside(inside.root, inside.rest, flags, mode, false).or_else(|error| {
            // The root may have been replaced since its descriptor was taken.
            if error == Errno::NOENT {
                self.open_inside(inside.root, inside.rest, flags, mode, true)
            } else {
                Err(error)
            }
        });
        opened.map_err(|error| match error {
            Errno::XDEV | Errno::LOOP => denied("a link that leads out of the scope"),
            _ => PolicyError::OpenFailed {
                path: String::from_utf8_lossy(path).into_owned(),
                errno: error.raw_os_error(),
                cause: std::io::Error::from(error).to_string(),
            },
        })
    }

    fn open_inside(
        &self,
        root: usize,
        rest: &[u8],
        flags: OFlags,
        mode: u32,
        afresh: bool,
    ) -> Result<OwnedFd, Errno> {
        let root = self.root(root, afresh)?;
        let is_file = root.name.is_some();
        let name = match &root.name {
            None if rest.is_empty() => b".".as_slice(),
            None => rest,
            Some(name) if rest.is_empty() => name,
            Some(_) => return Err(Errno::NOTDIR),
        };
        let creates = flags.contains(OFlags::CREATE) || flags.contains(TMPFILE);
        // The kernel refuses a mode where nothing is made.
        #[allow(clippy::useless_conversion)] // a mode has 16 bits on macOS
        let mode = if creates {
            Mode::from_bits_retain(mode.try_into().unwrap_or(0) & 0o7777)
        } else {
            Mode::empty()
        };
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if !self.stepwise.load(Ordering::Relaxed) {
            let opened = self.open_at_once(&root.descriptor, name, flags, mode, is_file);
            if !self.stepwise.load(Ordering::Relaxed) {
                return opened;
            }
        }
        let _ = is_file; // only the kernel's own resolution follows links at all
        stepwise(&root.descriptor, name, flags, mode)
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn open_at_once(
        &self,
        root: &OwnedFd,
        name: &[u8],
        flags: OFlags,
        mode: Mode,
        is_file: bool,
    ) -> Result<OwnedFd, Errno> {
        use rustix::fs::{ResolveFlags, openat2};
        let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        if is_file {
            resolve |= ResolveFlags::NO_SYMLINKS;
        }
        let name = CString::new(name).map_err(|_| Errno::INVAL)?;
        for _ in 0..ATTEMPTS {
            match openat2(root, name.as_c_str(), flags, mode, resolve) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(Errno::NOSYS) => {
                    self.resolve_stepwise();
                    return Err(Errno::NOSYS);
                }
                Err(Errno::PERM) => {
                    // Of the file, or of a filter that does not know the call?
                    let probe = openat2(root, c".", ROOT_FLAGS, Mode::empty(), ResolveFlags::BENEATH);
                    if matches!(probe, Err(Errno::PERM)) {
                        self.resolve_stepwise();
                    }
                    return Err(Errno::PERM);
                }
                other => return other,
            }
        }
        Err(Errno::AGAIN)
    }

    fn root(&self, index: usize, afresh: bool) -> Result<Root, Errno> {
        let (Some(slot), Some(place)) = (self.roots.get(index), self.scope.roots().get(index)) else {
            return Err(Errno::NOENT);
        };
        let mut held = slot.lock();
        if let Some(root) = held.as_ref().filter(|root| !afresh && root.opened.elapsed() < ROOT_TRUST) {
            return Ok(root.clone());
        }
        let root = open_root(place)?;
        *held = Some(root.clone());
        Ok(root)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const TMPFILE: OFlags = OFlags::TMPFILE;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const TMPFILE: OFlags = OFlags::CREATE;

fn denied(reason: Reason) -> PolicyError {
    PolicyError::PathDenied { argument: "path".to_owned(), reason }
}

fn open_root(place: &[u8]) -> Result<Root, Errno> {
    let whole = CString::new(if place.is_empty() { b"/" } else { place }).map_err(|_| Errno::INVAL)?;
    let opened = Instant::now();
    match open(whole.as_c_str(), ROOT_FLAGS, Mode::empty()) {
        Ok(descriptor) => Ok(Root { descriptor: Arc::new(descriptor), name: None, opened }),
        Err(Errno::NOTDIR) => {
            let cut = place.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
            let (directory, name) = place.split_at_checked(cut).unwrap_or_default();
            let directory = if directory.is_empty() { b"/" } else { directory };
            let directory = CString::new(directory).map_err(|_| Errno::INVAL)?;
            let descriptor = Arc::new(open(directory.as_c_str(), ROOT_FLAGS, Mode::empty())?);
            let name = name.strip_prefix(b"/").unwrap_or(name).to_vec();
            Ok(Root { descriptor, name: Some(name), opened })
        }
        Err(error) => Err(error),
    }
}

/// Opens name after name, following no link. `path` is normal: no `..` in it.
fn stepwise(root: &OwnedFd, path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let mut names = path.split(|byte| *byte == b'/').peekable();
    let mut within: Option<OwnedFd> = None;
    while let Some(name) = names.next() {
        let name = CString::new(name).map_err(|_| Errno::INVAL)?;
        let directory = within.as_ref().map_or(root.as_fd(), AsFd::as_fd);
        if names.peek().is_none() {
            return openat(directory, name.as_c_str(), flags | OFlags::NOFOLLOW, mode);
        }
        let next = openat(directory, name.as_c_str(), ROOT_FLAGS | OFlags::NOFOLLOW, Mode::empty());
        within = Some(next.map_err(|error| link_or(error, directory, &name))?);
    }
    Err(Errno::NOENT)
}

/// With `O_DIRECTORY` a link is "not a directory": say that it is a link.
fn link_or(error: Errno, directory: std::os::fd::BorrowedFd<'_>, name: &std::ffi::CStr) -> Errno {
    use rustix::fs::{AtFlags, FileType, statat};
    let found = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW);
    let is_link = found.is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Symlink);
    if error == Errno::NOTDIR && is_link { Errno::LOOP } else { error }
}
