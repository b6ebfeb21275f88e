//! What can go wrong with a schema.

use std::fmt;

use crate::error::{Coded, Field};

/// A schema that cannot be used, or a document that does not match where that is an error.
#[derive(Debug, Clone, PartialEq)]
pub enum SchemaError {
    /// The schema is wrong, or says what this library does not know.
    Compile {
        /// JSON pointer to the part concerned.
        pointer: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An option has the wrong type or lies outside its range.
    OptionInvalid {
        /// Its name.
        option: String,
        /// What it has to be.
        expected: String,
    },
    /// A number that is no compiled schema of this process.
    HandleInvalid {
        /// The number.
        handle: f64,
    },
    /// A document that does not match, where the caller asked for one that does.
    Mismatch {
        /// Name of the first issue.
        issue: String,
        /// Its number.
        issue_code: u16,
        /// JSON pointer to the value concerned.
        pointer: String,
        /// Where it begins, in bytes from 0.
        byte_offset: u64,
        /// Its line, from 1.
        line: u64,
        /// Its column, in bytes from 1.
        column: u64,
    },
}

impl Coded for SchemaError {
    fn code(&self) -> &'static str {
        match self {
            Self::Compile { .. } => "ERR_SCHEMA_COMPILE",
            Self::OptionInvalid { .. } => "ERR_SCHEMA_OPTION_INVALID",
            Self::HandleInvalid { .. } => "ERR_SCHEMA_HANDLE_INVALID",
            Self::Mismatch { .. } => "ERR_SCHEMA_MISMATCH",
        }
    }

    fn fields(&self) -> Vec<(&'static str, Field)> {
        match self {
            Self::Compile { pointer, reason } => {
                vec![("pointer", Field::text(pointer)), ("reason", Field::text(reason))]
            }
            Self::OptionInvalid { option, expected } => {
                vec![("option", Field::text(option)), ("expected", Field::text(expected))]
            }
            Self::HandleInvalid { handle } => vec![("handle", Field::Number(*handle))],
            Self::Mismatch { issue, issue_code, pointer, byte_offset, line, column } => vec![
                ("issue", Field::text(issue)),
                ("issueCode", Field::count(u64::from(*issue_code))),
                ("pointer", Field::text(pointer)),
                ("byteOffset", Field::count(*byte_offset)),
                ("line", Field::count(*line)),
                ("column", Field::count(*column)),
            ],
        }
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compile { pointer, reason } => {
                write!(f, "the schema cannot be compiled: {reason} (at {pointer:?})")
            }
            Self::OptionInvalid { option, expected } => write!(f, "the option {option} has to be {expected}"),
            Self::HandleInvalid { handle } => {
                write!(f, "{handle} is not a compiled schema of this process; it may have been released")
            }
            Self::Mismatch { issue, pointer, line, column, .. } => write!(
                f,
                "the document does not match its schema: {issue} at {pointer:?}, line {line}, column {column}"
            ),
        }
    }
}

impl std::error::Error for SchemaError {}
