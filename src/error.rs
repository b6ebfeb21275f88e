//! One error enum for the whole core. Each domain keeps its own small enum; this one only joins them.
//!
//! Codes and field names are API: callers match on them, so renaming one is a breaking change. Messages are for
//! people and say what to do.

use std::fmt;

use crate::events::HubError;
use crate::ledger::LedgerError;
use crate::log::LogError;
use crate::manifest::ManifestError;
use crate::policy::PolicyError;
use crate::schema::SchemaError;

/// Shorthand for results of the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in the core, by domain.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// The in-memory log: appending and cursors.
    Log(LogError),
    /// The ledger on disk: opening, writing, reading.
    Ledger(LedgerError),
    /// The hub: options, handles, lifecycle.
    Hub(HubError),
    /// Schemas: compiling, and documents that do not match.
    Schema(SchemaError),
    /// The signed manifest: reading, trust, signing.
    Manifest(ManifestError),
    /// Policy: denials, grants, scopes, tables.
    Policy(PolicyError),
    /// A defect of this library, caught at the boundary before it could end the process.
    Internal {
        /// What was being done.
        context: String,
    },
}

/// The value of one error field, as it reaches JavaScript.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// A string.
    Text(String),
    /// A number. Sizes and offsets stay below 2^53.
    Number(f64),
}

impl Field {
    /// A count, size or offset as a number.
    #[allow(clippy::cast_precision_loss)] // sizes and offsets stay below 2^53 by the bounds of the log
    pub fn count(value: u64) -> Self {
        Self::Number(value as f64)
    }

    /// Anything that prints, as text.
    pub fn text(value: impl fmt::Display) -> Self {
        Self::Text(value.to_string())
    }
}

/// What one domain's error must tell.
pub trait Coded: fmt::Display {
    /// The stable code, `ERR_<DOMAIN>_<CONDITION>`.
    fn code(&self) -> &'static str;
    /// The values behind the message, by stable name.
    fn fields(&self) -> Vec<(&'static str, Field)>;
}

impl Error {
    fn coded(&self) -> Option<&dyn Coded> {
        match self {
            Self::Log(error) => Some(error),
            Self::Ledger(error) => Some(error),
            Self::Hub(error) => Some(error),
            Self::Schema(error) => Some(error),
            Self::Manifest(error) => Some(error),
            Self::Policy(error) => Some(error),
            Self::Internal { .. } => None,
        }
    }

    /// The stable code, `ERR_<DOMAIN>_<CONDITION>`.
    pub fn code(&self) -> &'static str {
        self.coded().map_or("ERR_INTERNAL", Coded::code)
    }

    /// The values behind the message, by stable name.
    pub fn fields(&self) -> Vec<(&'static str, Field)> {
        match self {
            Self::Internal { context } => vec![("context", Field::text(context))],
            _ => self.coded().map(Coded::fields).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal { context } => {
                write!(f, "internal error while {context}; please report it with the steps that led here")
            }
            _ => self.coded().map_or(Ok(()), |error| error.fmt(f)),
        }
    }
}

impl std::error::Error for Error {}

impl From<LogError> for Error {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<HubError> for Error {
    fn from(error: HubError) -> Self {
        Self::Hub(error)
    }
}

impl From<SchemaError> for Error {
    fn from(error: SchemaError) -> Self {
        Self::Schema(error)
    }
}

impl From<ManifestError> for Error {
    fn from(error: ManifestError) -> Self {
        Self::Manifest(error)
    }
}

impl From<PolicyError> for Error {
    fn from(error: PolicyError) -> Self {
        Self::Policy(error)
    }
}
