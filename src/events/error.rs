//! What can go wrong when using a hub.

use std::fmt;

use crate::error::{Coded, Field};

/// A misuse of a hub, or a call that came too late.
#[derive(Debug, Clone, PartialEq)]
pub enum HubError {
    /// The hub was closed.
    Closed,
    /// A number that is no handle of an open hub.
    HandleInvalid {
        /// The number.
        handle: f64,
    },
    /// An option outside its range.
    OptionInvalid {
        /// Its name.
        option: &'static str,
        /// What it must be.
        expected: String,
        /// What it was.
        actual: String,
    },
    /// An event that has no JSON form.
    EventInvalid {
        /// Why it has none.
        reason: String,
    },
}

impl Coded for HubError {
    fn code(&self) -> &'static str {
        match self {
            Self::Closed => "ERR_HUB_CLOSED",
            Self::HandleInvalid { .. } => "ERR_HUB_HANDLE_INVALID",
            Self::OptionInvalid { .. } => "ERR_HUB_OPTION_INVALID",
            Self::EventInvalid { .. } => "ERR_HUB_EVENT_INVALID",
        }
    }

    fn fields(&self) -> Vec<(&'static str, Field)> {
        match self {
            Self::Closed => Vec::new(),
            Self::HandleInvalid { handle } => vec![("handle", Field::Number(*handle))],
            Self::OptionInvalid { option, expected, actual } => vec![
                ("option", Field::text(option)),
                ("expected", Field::text(expected)),
                ("actual", Field::text(actual)),
            ],
            Self::EventInvalid { reason } => vec![("reason", Field::text(reason))],
        }
    }
}

impl fmt::Display for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the hub is closed; open it again before using it"),
            Self::HandleInvalid { handle } => {
                write!(
                    f,
                    "{handle} is not the handle of an open hub; pass hub.handle of one that is still open"
                )
            }
            Self::OptionInvalid { option, expected, actual } => {
                write!(f, "option {option} must be {expected}, not {actual}")
            }
            Self::EventInvalid { reason } => write!(f, "the event cannot be logged: {reason}"),
        }
    }
}

impl std::error::Error for HubError {}
