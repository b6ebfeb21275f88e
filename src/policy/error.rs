//! What policy can answer besides yes.

use std::fmt;

use crate::error::{Coded, Field};

/// A denial, a grant or a table that cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyError {
    /// The grant does not name the action.
    ActionDenied {
        /// The tool of the grant.
        tool: String,
        /// What was asked for.
        action: String,
    },
    /// A path argument leaves the scope, or is nothing that can be judged.
    PathDenied {
        /// The argument's name.
        argument: String,
        /// Why, in a few words.
        reason: &'static str,
    },
    /// The budget is used up.
    RateLimited {
        /// The limit that was met.
        limit: u64,
        /// Milliseconds after which the same request can succeed.
        retry_after_ms: u64,
    },
    /// The counters are out of reach, and the mode says that this is no permission.
    Unavailable {
        /// What failed.
        reason: String,
    },
    /// A table holds as many live keys as it can.
    TableFull {
        /// Keys it was made for.
        max_keys: u64,
    },
    /// A name that is no grant's.
    GrantIdInvalid {
        /// The name.
        id: String,
    },
    /// No such grant.
    GrantMissing {
        /// Its name.
        id: String,
    },
    /// A grant whose content is not one.
    GrantInvalid {
        /// Its name.
        id: String,
        /// The field that is wrong, as a path with dots.
        field: String,
        /// What is expected there.
        reason: String,
    },
    /// A grant that others than its owner may change, or that is no plain file.
    GrantUnsafe {
        /// Its name.
        id: String,
        /// What is unsafe about it.
        reason: &'static str,
    },
    /// A grant that cannot be read.
    GrantUnreadable {
        /// Its name.
        id: String,
        /// The system's reason.
        cause: String,
    },
    /// A scope that cannot be kept.
    ScopeInvalid {
        /// The scope.
        scope: String,
        /// Why.
        reason: &'static str,
    },
    /// A file that cannot be opened inside its scope.
    OpenFailed {
        /// The path asked for.
        path: String,
        /// The system's number of the error.
        errno: i32,
        /// The system's reason.
        cause: String,
    },
    /// A shared table that cannot be opened.
    TableOpen {
        /// Its file.
        path: String,
        /// The system's reason.
        cause: String,
    },
    /// A shared table that others than its owner could change.
    TableUnsafe {
        /// Its file.
        path: String,
        /// What is unsafe about it.
        reason: &'static str,
    },
    /// A file that is no table, or one of another version.
    TableFormat {
        /// The file.
        path: String,
        /// What was found.
        reason: &'static str,
    },
    /// A table that living processes use with other limits.
    TableMismatch {
        /// The file.
        path: String,
    },
    /// An option out of range.
    OptionInvalid {
        /// Its name.
        option: &'static str,
        /// What is expected.
        expected: String,
        /// What was given.
        actual: String,
    },
    /// A handle of nothing that is open here.
    HandleInvalid {
        /// The number.
        handle: f64,
    },
    /// Not possible on this system.
    Unsupported {
        /// What.
        what: &'static str,
    },
}

impl Coded for PolicyError {
    fn code(&self) -> &'static str {
        match self {
            Self::ActionDenied { .. } => "ERR_POLICY_ACTION_DENIED",
            Self::PathDenied { .. } => "ERR_POLICY_PATH_DENIED",
            Self::RateLimited { .. } => "ERR_POLICY_RATE_LIMITED",
            Self::Unavailable { .. } => "ERR_POLICY_UNAVAILABLE",
            Self::TableFull { .. } => "ERR_POLICY_TABLE_FULL",
            Self::GrantIdInvalid { .. } => "ERR_POLICY_GRANT_ID_INVALID",
            Self::GrantMissing { .. } => "ERR_POLICY_GRANT_MISSING",
            Self::GrantInvalid { .. } => "ERR_POLICY_GRANT_INVALID",
            Self::GrantUnsafe { .. } => "ERR_POLICY_GRANT_UNSAFE",
            Self::GrantUnreadable { .. } => "ERR_POLICY_GRANT_UNREADABLE",
            Self::ScopeInvalid { .. } => "ERR_POLICY_SCOPE_INVALID",
            Self::OpenFailed { .. } => "ERR_POLICY_OPEN_FAILED",
            Self::TableOpen { .. } => "ERR_POLICY_TABLE_OPEN",
            Self::TableUnsafe { .. } => "ERR_POLICY_TABLE_UNSAFE",
            Self::TableFormat { .. } => "ERR_POLICY_TABLE_FORMAT",
            Self::TableMismatch { .. } => "ERR_POLICY_TABLE_MISMATCH",
            Self::OptionInvalid { .. } => "ERR_POLICY_OPTION_INVALID",
            Self::HandleInvalid { .. } => "ERR_POLICY_HANDLE_INVALID",
            Self::Unsupported { .. } => "ERR_POLICY_UNSUPPORTED",
        }
    }

    fn fields(&self) -> Vec<(&'static str, Field)> {
        match self {
            Self::ActionDenied { tool, action } => {
                vec![("tool", Field::text(tool)), ("action", Field::text(action))]
            }
            Self::PathDenied { argument, reason } => {
                vec![("argument", Field::text(argument)), ("reason", Field::text(reason))]
            }
            Self::RateLimited { limit, retry_after_ms } => {
                vec![("limit", Field::count(*limit)), ("retryAfterMs", Field::count(*retry_after_ms))]
            }
            Self::Unavailable { reason } => vec![("reason", Field::text(reason))],
            Self::TableFull { max_keys } => vec![("maxKeys", Field::count(*max_keys))],
            Self::GrantIdInvalid { id } => vec![("id", Field::text(id))],
            Self::GrantMissing { id } => vec![("id", Field::text(id))],
            Self::GrantInvalid { id, field, reason } => {
                vec![("id", Field::text(id)), ("field", Field::text(field)), ("reason", Field::text(reason))]
            }
            Self::GrantUnsafe { id, reason } => {
                vec![("id", Field::text(id)), ("reason", Field::text(reason))]
            }
            Self::GrantUnreadable { id, cause } => {
                vec![("id", Field::text(id)), ("cause", Field::text(cause))]
            }
            Self::ScopeInvalid { scope, reason } => {
                vec![("scope", Field::text(scope)), ("reason", Field::text(reason))]
            }
            Self::OpenFailed { path, errno, cause } => vec![
                ("path", Field::text(path)),
                ("errno", Field::Number(f64::from(*errno))),
                ("cause", Field::text(cause)),
            ],
            Self::TableOpen { path, cause } => {
                vec![("path", Field::text(path)), ("cause", Field::text(cause))]
            }
            Self::TableUnsafe { path, reason } => {
                vec![("path", Field::text(path)), ("reason", Field::text(reason))]
            }
            Self::TableFormat { path, reason } => {
                vec![("path", Field::text(path)), ("reason", Field::text(reason))]
            }
            Self::TableMismatch { path } => vec![("path", Field::text(path))],
            Self::OptionInvalid { option, expected, actual } => vec![
                ("option", Field::text(option)),
                ("expected", Field::text(expected)),
                ("actual", Field::text(actual)),
            ],
            Self::HandleInvalid { handle } => vec![("handle", Field::Number(*handle))],
            Self::Unsupported { what } => vec![("what", Field::text(what))],
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The first three are what callers of the replaced package compare with.
            Self::ActionDenied { .. } => write!(f, "action not allowed"),
            Self::PathDenied { .. } => write!(f, "path not within fsScope"),
            Self::RateLimited { .. } => write!(f, "rate limit exceeded"),
            Self::Unavailable { reason } => write!(f, "the limiter is out of reach: {reason}"),
            Self::TableFull { max_keys } => write!(
                f,
                "the limiter's table is full ({max_keys} keys); open it with a larger maxKeys, at least twice the \
                 number of keys that are busy at once"
            ),
            Self::GrantIdInvalid { id } => write!(
                f,
                "{id:?} cannot name a grant; use up to 128 letters, digits, '.', '_' and '-', not beginning with a dot"
            ),
            Self::GrantMissing { id } => write!(f, "there is no grant {id:?}"),
            Self::GrantInvalid { id, field, reason } => {
                write!(f, "the grant {id:?} is not valid: {field}: {reason}")
            }
            Self::GrantUnsafe { id, reason } => {
                write!(
                    f,
                    "the grant {id:?} is refused: {reason}; chmod go-w it, or switch strictPermissions off"
                )
            }
            Self::GrantUnreadable { id, cause } => write!(f, "the grant {id:?} cannot be read: {cause}"),
            Self::ScopeInvalid { scope, reason } => write!(f, "the scope {scope:?} cannot be used: {reason}"),
            Self::OpenFailed { path, cause, .. } => {
                write!(f, "{path:?} could not be opened inside its scope: {cause}")
            }
            Self::TableOpen { path, cause } => write!(f, "the table {path:?} cannot be opened: {cause}"),
            Self::TableUnsafe { path, reason } => write!(
                f,
                "the table {path:?} is refused: {reason}; put it into a directory of your own, with mode 0600"
            ),
            Self::TableFormat { path, reason } => {
                write!(f, "{path:?} is not a table of this version: {reason}; remove it or name another file")
            }
            Self::TableMismatch { path } => write!(
                f,
                "the table {path:?} is in use with other limits; end those processes first, or use another file"
            ),
            Self::OptionInvalid { option, expected, actual } => {
                write!(f, "{option} must be {expected}, not {actual}")
            }
            Self::HandleInvalid { handle } => write!(f, "{handle} is not the handle of anything open here"),
            Self::Unsupported { what } => write!(f, "{what} is not possible on this system"),
        }
    }
}

impl std::error::Error for PolicyError {}
