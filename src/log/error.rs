//! What can go wrong in the log.

use std::fmt;

use crate::error::{Coded, Field};

/// An append or a cursor that the log refuses.
#[derive(Debug, Clone, PartialEq)]
pub enum LogError {
    /// The ring holds as many unwritten bytes as it may: the disk is slower than the producers.
    Full {
        /// Size of the ring.
        capacity_bytes: u64,
        /// Bytes that wait for the ledger.
        pending_bytes: u64,
    },
    /// One line is longer than the log accepts.
    LineTooLarge {
        /// Length of the refused line.
        line_bytes: u64,
        /// The bound it broke.
        max_line_bytes: u64,
    },
    /// More distinct event types than a filter can name.
    TypesFull {
        /// The bound.
        max_types: u64,
    },
    /// Text that is no cursor of this log.
    CursorInvalid {
        /// The text.
        cursor: String,
        /// The epoch of this log.
        epoch: String,
    },
    /// A cursor of this log whose successors are no longer kept anywhere.
    CursorExpired {
        /// The cursor.
        cursor: String,
        /// Cursor of the oldest event that is still kept.
        oldest: String,
    },
}

impl Coded for LogError {
    fn code(&self) -> &'static str {
        match self {
            Self::Full { .. } => "ERR_LOG_FULL",
            Self::LineTooLarge { .. } => "ERR_LOG_LINE_TOO_LARGE",
            Self::TypesFull { .. } => "ERR_LOG_TYPES_FULL",
            Self::CursorInvalid { .. } => "ERR_LOG_CURSOR_INVALID",
            Self::CursorExpired { .. } => "ERR_LOG_CURSOR_EXPIRED",
        }
    }

    fn fields(&self) -> Vec<(&'static str, Field)> {
        match self {
            Self::Full { capacity_bytes, pending_bytes } => vec![
                ("capacityBytes", Field::count(*capacity_bytes)),
                ("pendingBytes", Field::count(*pending_bytes)),
            ],
            Self::LineTooLarge { line_bytes, max_line_bytes } => {
                vec![
                    ("lineBytes", Field::count(*line_bytes)),
                    ("maxLineBytes", Field::count(*max_line_bytes)),
                ]
            }
            Self::TypesFull { max_types } => vec![("maxTypes", Field::count(*max_types))],
            Self::CursorInvalid { cursor, epoch } => {
                vec![("cursor", Field::text(cursor)), ("epoch", Field::text(epoch))]
            }
            Self::CursorExpired { cursor, oldest } => {
                vec![("cursor", Field::text(cursor)), ("oldest", Field::text(oldest))]
            }
        }
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { capacity_bytes, pending_bytes } => write!(
                f,
                "the log is full: {pending_bytes} of {capacity_bytes} bytes wait for the disk; await drained() before \
                 the next emit, or open the hub with a larger ringBytes"
            ),
            Self::LineTooLarge { line_bytes, max_line_bytes } => write!(
                f,
                "the event is {line_bytes} bytes long, more than maxLineBytes ({max_line_bytes}); send a reference to \
                 the data instead, or raise maxLineBytes"
            ),
            Self::TypesFull { max_types } => write!(
                f,
                "the hub already knows {max_types} event types; put what varies into the topic or the event, not into \
                 its type"
            ),
            Self::CursorInvalid { cursor, epoch } => write!(
                f,
                "{cursor:?} is not a cursor of this log (epoch {epoch}); use the cursor of a record or an SSE id it sent"
            ),
            Self::CursorExpired { cursor, oldest } => {
                write!(f, "the events after {cursor} are no longer kept; the oldest that is kept is {oldest}")
            }
        }
    }
}

impl std::error::Error for LogError {}
