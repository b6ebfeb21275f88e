//! The hub: what its readers see, wherever it comes from, and who may hold it.
#![allow(clippy::cast_possible_truncation)] // sizes of tests are small

mod filters;
mod lifecycle;
mod listeners;
mod pages;
mod registry;
mod resume;

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::{Hub, Options};
use crate::log::{CAPACITY_STEP, Fill, Refusal};

/// Longer than anything here takes; only a test that fails waits for it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A folder for one ledger, in memory where that can be had.
pub fn home() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub fn ledger_in(home: &TempDir) -> PathBuf {
    home.path().join("ledger.ndjson")
}

/// A small hub with a ledger.
pub fn small(home: &TempDir) -> Options {
    Options { path: Some(ledger_in(home)), ..memory() }
}

/// A small hub without one.
pub fn memory() -> Options {
    Options { ring_bytes: CAPACITY_STEP, max_line_bytes: 1024, ..Options::default() }
}

/// Appends an event that says what its topic, its type and its id are. Waits where the ring is full.
pub fn emit(hub: &Hub, topic: &str, kind: &str, id: &str, now_ms: u64) -> u64 {
    let line = format!(r#"{{"id":"{id}","topic":"{topic}","type":"{kind}"}}"#);
    loop {
        match append(hub, topic, kind, now_ms, line.as_bytes()) {
            Err(Refusal::Full) => assert!(hub.wait(hub.head(), PATIENCE).unwrap()),
            outcome => return outcome.unwrap(),
        }
    }
}

pub fn append(hub: &Hub, topic: &str, kind: &str, now_ms: u64, line: &[u8]) -> Result<u64, Refusal> {
    hub.append(hub.topic(topic), hub.kind(kind).unwrap(), 0, now_ms, |space| {
        match space.get_mut(..line.len()) {
            Some(space) => {
                space.copy_from_slice(line);
                Fill::Line(line.len())
            }
            None => Fill::TooLong(line.len()),
        }
    })
}

/// Appends until the hub refuses, and returns why.
pub fn fill_up(hub: &Hub) -> Refusal {
    let line = [b'x'; 1024];
    loop {
        if let Err(refusal) = append(hub, "t", "k", 1, &line) {
            return refusal;
        }
    }
}
