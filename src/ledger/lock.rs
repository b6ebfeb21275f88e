//! Keeps a second writer out: an advisory lock on a sidecar, which the system drops with the process.
//!
//! The sidecar is never deleted, because deleting a lock file lets two processes lock two files of the same name.

use std::path::Path;

use super::{LedgerError, paths};
use crate::port::{Files, Locking};

/// Held while the ledger is open.
pub struct Lock {
    _held: Box<dyn Send>,
}

impl Lock {
    /// Takes the lock of `ledger` or says who has it.
    pub fn acquire(files: &dyn Files, ledger: &Path) -> Result<Self, LedgerError> {
        let path = paths::sidecar(ledger, "lock");
        match files.lock(&path) {
            Ok(Locking::Held(held)) => Ok(Self { _held: held }),
            Ok(Locking::By(pid)) => Err(LedgerError::Locked { path: ledger.to_owned(), pid }),
            Err(cause) => Err(LedgerError::open(&path, "lock", cause)),
        }
    }
}
