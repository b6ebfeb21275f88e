//! Keeps a second writer out: an advisory lock on a sidecar, which the system drops with the process.
//!
//! The sidecar is never deleted, because deleting a lock file lets two processes lock two files of the same name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::{LedgerError, paths};

/// Held while the ledger is open.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `ledger` or says who has it.
    pub fn acquire(ledger: &Path) -> Result<Self, LedgerError> {
        let path = paths::sidecar(ledger, "lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(|cause| LedgerError::open(&path, "open", cause))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LedgerError::Locked { path: ledger.to_owned(), pid: holder(&mut file) });
            }
            Err(TryLockError::Error(cause)) => return Err(LedgerError::open(&path, "lock", cause)),
        }
        // The pid only helps people, so that failing to write it is no reason to refuse.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> u32 {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    read.ok().and_then(|_| text.trim().parse().ok()).unwrap_or(0)
}
