//! A number that processes share: whoever changes grants raises it, and everybody else notices by reading memory.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::PolicyError;
#[cfg(unix)]
use super::table::memory::{Memory, Words};

/// Bytes of the file. The number is its first word.
#[cfg(unix)]
const FILE_BYTES: u64 = 4096;

/// A revision number, in a file or in this process only.
pub enum Revision {
    /// Only this process sees it.
    Own(AtomicU64),
    /// A file of 4096 bytes whose first eight are the number.
    #[cfg(unix)]
    Shared(Words),
}

impl Revision {
    /// A number of this process.
    pub fn own() -> Self {
        Self::Own(AtomicU64::new(0))
    }

    /// The number in `path`, which is made if it is missing.
    #[cfg(unix)]
    pub fn shared(path: &Path) -> Result<Self, PolicyError> {
        use super::private_file::{allocate, failed, open_private};
        let file = open_private(path)?;
        let fail = |error: std::io::Error| failed(path, &error);
        // Growing keeps what is there, so two processes that do it at once do no harm.
        if file.metadata().map_err(fail)?.len() < FILE_BYTES {
            allocate(&file, FILE_BYTES).map_err(fail)?;
        }
        Ok(Self::Shared(Words::in_file(&file, 0, 0, 1).map_err(fail)?))
    }

    /// Not here.
    #[cfg(not(unix))]
    pub fn shared(_path: &Path) -> Result<Self, PolicyError> {
        Err(PolicyError::Unsupported { what: "a shared revision" })
    }

    /// The number.
    #[inline]
    pub fn get(&self) -> u64 {
        match self {
            Self::Own(number) => number.load(Ordering::Acquire),
            #[cfg(unix)]
            Self::Shared(words) => words.word(0),
        }
    }

    /// Raises the number and returns it.
    pub fn raise(&self) -> u64 {
        match self {
            Self::Own(number) => number.fetch_add(1, Ordering::AcqRel) + 1,
            #[cfg(unix)]
            Self::Shared(words) => loop {
                let current = words.word(0);
                if words.swap_word(0, current, current + 1) {
                    return current + 1;
                }
            },
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn two_holders_of_a_file_see_one_number() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revision");
        let (first, second) = (Revision::shared(&path).unwrap(), Revision::shared(&path).unwrap());
        assert_eq!((first.get(), second.get()), (0, 0));
        assert_eq!(first.raise(), 1);
        assert_eq!(second.raise(), 2);
        assert_eq!(first.get(), 2);
        drop((first, second));
        assert_eq!(Revision::shared(&path).unwrap().get(), 2, "it outlives its users");
    }

    #[test]
    fn a_link_and_a_file_of_others_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::fs::write(&target, "x").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(Revision::shared(&link), Err(PolicyError::TableUnsafe { .. })));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o660);
        std::fs::set_permissions(&target, mode).unwrap();
        assert!(matches!(Revision::shared(&target), Err(PolicyError::TableUnsafe { .. })));
    }
}
