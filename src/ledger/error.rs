//! What can go wrong with the ledger on disk.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Coded, Field};

/// The operating system's reason, kept as values so that the error can be cloned and compared.
#[derive(Debug, Clone, PartialEq)]
pub struct OsCause {
    /// The `errno`, if there was one.
    pub errno: Option<i32>,
    /// The system's text.
    pub text: String,
}

impl From<io::Error> for OsCause {
    fn from(error: io::Error) -> Self {
        Self { errno: error.raw_os_error(), text: error.to_string() }
    }
}

/// A ledger that cannot be opened, written or read.
#[derive(Debug, Clone, PartialEq)]
pub enum LedgerError {
    /// Another writer has the ledger.
    Locked {
        /// The ledger.
        path: PathBuf,
        /// The process that holds the lock, 0 when unknown.
        pid: u32,
    },
    /// The ledger or one of its sidecars could not be opened or made.
    Open {
        /// The file concerned.
        path: PathBuf,
        /// The call that failed.
        operation: &'static str,
        /// Why.
        cause: OsCause,
    },
    /// A write or sync failed after opening; nothing is acknowledged any more.
    Failed {
        /// The ledger.
        path: PathBuf,
        /// The call that failed.
        operation: &'static str,
        /// Why.
        cause: OsCause,
    },
    /// A read of old events failed.
    Read {
        /// The ledger.
        path: PathBuf,
        /// The call that failed.
        operation: &'static str,
        /// Why.
        cause: OsCause,
    },
    /// Segments could not be closed, indexed, compressed or deleted for now. Nothing is lost by it.
    Upkeep {
        /// The ledger.
        path: PathBuf,
        /// What was not done.
        operation: &'static str,
        /// Why.
        cause: OsCause,
    },
    /// The ledger was written by a newer version.
    Format {
        /// The sidecar that says so.
        path: PathBuf,
        /// The version found.
        version: u64,
        /// The newest version understood.
        supported: u64,
    },
}

impl LedgerError {
    /// An error of opening: `operation` on `path` failed with `cause`.
    pub fn open(path: &Path, operation: &'static str, cause: io::Error) -> Self {
        Self::Open { path: path.to_owned(), operation, cause: cause.into() }
    }

    /// An error of reading: `operation` on `path` failed with `cause`.
    pub fn read(path: &Path, operation: &'static str, cause: io::Error) -> Self {
        Self::Read { path: path.to_owned(), operation, cause: cause.into() }
    }

    /// An error of upkeep: `operation` on `path` failed with `cause`.
    pub fn upkeep(path: &Path, operation: &'static str, cause: io::Error) -> Self {
        Self::Upkeep { path: path.to_owned(), operation, cause: cause.into() }
    }
}

fn os_fields(path: &Path, operation: &'static str, cause: &OsCause) -> Vec<(&'static str, Field)> {
    let mut fields = vec![
        ("path", Field::text(path.display())),
        ("operation", Field::text(operation)),
        ("reason", Field::text(&cause.text)),
    ];
    if let Some(errno) = cause.errno {
        fields.push(("errno", Field::Number(errno.into())));
    }
    fields
}

impl Coded for LedgerError {
    fn code(&self) -> &'static str {
        match self {
            Self::Locked { .. } => "ERR_LEDGER_LOCKED",
            Self::Open { .. } => "ERR_LEDGER_OPEN",
            Self::Failed { .. } => "ERR_LEDGER_FAILED",
            Self::Read { .. } => "ERR_LEDGER_READ",
            Self::Upkeep { .. } => "ERR_LEDGER_UPKEEP",
            Self::Format { .. } => "ERR_LEDGER_FORMAT",
        }
    }

    fn fields(&self) -> Vec<(&'static str, Field)> {
        match self {
            Self::Locked { path, pid } => {
                vec![("path", Field::text(path.display())), ("pid", Field::Number((*pid).into()))]
            }
            Self::Open { path, operation, cause }
            | Self::Failed { path, operation, cause }
            | Self::Read { path, operation, cause }
            | Self::Upkeep { path, operation, cause } => os_fields(path, operation, cause),
            Self::Format { path, version, supported } => vec![
                ("path", Field::text(path.display())),
                ("version", Field::count(*version)),
                ("supported", Field::count(*supported)),
            ],
        }
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { path, pid } => {
                write!(f, "the ledger {} is open for writing in process {pid}; ", path.display())?;
                f.write_str("stop that one, choose another path, or share the hub by its handle")
            }
            Self::Open { path, operation, cause } => {
                write!(f, "cannot open the ledger: {operation} {}: {}; ", path.display(), cause.text)?;
                f.write_str("check that the directory exists, is writable and has room")
            }
            Self::Failed { path, operation, cause } => {
                write!(f, "the ledger {} failed at {operation}: {}; ", path.display(), cause.text)?;
                f.write_str(
                    "nothing after the last durable offset is acknowledged; close the hub and open it again",
                )
            }
            Self::Read { path, operation, cause } => {
                write!(f, "cannot read the ledger: {operation} {}: {}", path.display(), cause.text)
            }
            Self::Upkeep { path, operation, cause } => {
                write!(f, "cannot {operation} the ledger {} for now: {}; ", path.display(), cause.text)?;
                f.write_str("events are written all the same, and it is tried again")
            }
            Self::Format { path, version, supported } => write!(
                f,
                "{} has format {version}, this version reads up to {supported}; use a newer @cortex-os/native",
                path.display()
            ),
        }
    }
}

impl std::error::Error for LedgerError {}
