//! What a hub is opened with.

use std::path::PathBuf;

use super::HubError;
use crate::ledger::{Durability, Upkeep};
use crate::log::{CAPACITY_STEP, Retention};

/// How a hub is opened. [`Options::default`] is a hub in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The ledger's file; none for a hub in memory.
    pub path: Option<PathBuf>,
    /// What an acknowledgement promises.
    pub durability: Durability,
    /// Size of the ring, rounded up to 64 KiB.
    pub ring_bytes: usize,
    /// Bound on one line, at most a quarter of the ring.
    pub max_line_bytes: usize,
    /// Events of the window.
    pub max_events: usize,
    /// Events of the window per topic.
    pub max_topic_events: usize,
    /// Bytes of the window.
    pub max_bytes: u64,
    /// Age at which a silent topic leaves the window, 0 for never.
    pub idle_ms: u64,
    /// Top-level string field of an event that names its topic.
    pub topic_field: String,
    /// Top-level string field of an event that names its type.
    pub type_field: String,
    /// Top-level string field of an event that names the event.
    pub id_field: String,
    /// Top-level field of an event that tells when it happened.
    pub time_field: String,
    /// What is done with the segments of the ledger.
    pub upkeep: Upkeep,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: None,
            durability: Durability::Group,
            ring_bytes: 16 << 20,
            max_line_bytes: 1 << 20,
            max_events: 65_536,
            max_topic_events: 65_536,
            max_bytes: u64::MAX,
            idle_ms: 0,
            topic_field: "topic".to_owned(),
            type_field: "type".to_owned(),
            id_field: "id".to_owned(),
            time_field: "timestamp".to_owned(),
            upkeep: Upkeep { index: true, ..Upkeep::default() },
        }
    }
}

impl Options {
    pub(super) fn check(&self) -> Result<(), HubError> {
        let range = |option, value: u64, low: u64, high: u64| {
            let actual = value.to_string();
            let expected = format!("a whole number from {low} to {high}");
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(HubError::OptionInvalid { option, expected, actual })
            }
        };
        if self.path.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
            let (expected, actual) = ("the name of a file, or absent".to_owned(), "''".to_owned());
            return Err(HubError::OptionInvalid { option: "path", expected, actual });
        }
        range("ringBytes", self.ring_bytes as u64, CAPACITY_STEP as u64, 1 << 32)?;
        range("maxLineBytes", self.max_line_bytes as u64, 256, self.ring_bytes as u64 / 4)?;
        range("maxEvents", self.max_events as u64, 1, 1 << 24)?;
        range("maxTopicEvents", self.max_topic_events as u64, 1, 1 << 24)?;
        range("maxBytes", self.max_bytes, 1, u64::MAX)
    }

    pub(super) fn retention(&self) -> Retention {
        Retention {
            max_events: self.max_events,
            max_topic_events: self.max_topic_events,
            max_bytes: self.max_bytes,
            idle_ms: self.idle_ms,
        }
    }
}
