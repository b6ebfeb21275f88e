//! The ledger: every state that a process or a machine may leave it in, every call that may fail, and what an
//! acknowledgement is worth.
#![allow(clippy::cast_possible_truncation)] // sizes of tests are small

mod chain_crash;
mod chain_taken;
mod commit;
mod crash;
mod cuts;
mod faults;
mod files;
mod indexing;
mod openings;
mod power;
mod reading;
mod reopening;
pub mod rotation;
mod window;
mod writes;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Durability, Found, Ledger, LedgerError, Recovered, Setup, Upkeep, Want};
use crate::log::filter::Filter;
use crate::log::{CAPACITY_STEP, Fill, Log, Query, Refusal, Retention};
use crate::port::{Files, System};

/// Longer than anything here takes; only a test that fails waits for it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A bound on lines that is easily broken.
pub const MAX_LINE: usize = 512;

/// A folder for one ledger, in memory where that can be had: most tests sync more often than a disk likes.
pub fn home() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub fn ledger_in(home: &TempDir) -> PathBuf {
    home.path().join("ledger.ndjson")
}

pub fn sidecar(ledger: &Path, suffix: &str) -> PathBuf {
    super::paths::sidecar(ledger, suffix)
}

pub fn setup(path: &Path) -> Setup {
    Setup {
        path: path.to_owned(),
        ring_bytes: CAPACITY_STEP,
        max_line_bytes: MAX_LINE,
        retention: Retention {
            max_events: 1 << 16,
            max_topic_events: 1 << 16,
            max_bytes: u64::MAX,
            idle_ms: 0,
        },
        topic_field: "topic".to_owned(),
        type_field: "type".to_owned(),
        id_field: "id".to_owned(),
        time_field: "timestamp".to_owned(),
        upkeep: Upkeep::default(),
    }
}

/// Opens `path` as everybody does.
pub fn open(path: &Path) -> Result<Ledger, LedgerError> {
    open_with(&setup(path), Durability::Group, Arc::new(System))
}

pub fn open_with(
    setup: &Setup,
    durability: Durability,
    files: Arc<dyn Files>,
) -> Result<Ledger, LedgerError> {
    Ledger::open(setup, durability, files, Arc::new(|| ()))
}

pub fn close(ledger: Ledger) {
    assert_eq!(ledger.close(PATIENCE), Ok(true));
}

pub fn soon() -> Instant {
    Instant::now() + PATIENCE
}

/// Event number `number`, of one of three topics and two types.
pub fn event(number: usize) -> String {
    let (topic, kind) = (number % 3, number % 2);
    let pad = "p".repeat(number * 7 % 40);
    format!(r#"{{"id":"e{number}","topic":"t{topic}","type":"K{kind}","pad":"{pad}"}}"#)
}

/// The lines of these events, as the ledger has them.
pub fn lines(numbers: impl IntoIterator<Item = usize>) -> Vec<u8> {
    numbers.into_iter().flat_map(|number| (event(number) + "\n").into_bytes()).collect()
}

pub fn emit(log: &Log, number: usize) -> Result<u64, Refusal> {
    emit_line(log, &format!("t{}", number % 3), &format!("K{}", number % 2), event(number).as_bytes())
}

/// Emits these events, which have room.
pub fn emit_all(log: &Log, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        emit(log, number).unwrap();
    }
}

pub fn emit_line(log: &Log, topic: &str, kind: &str, line: &[u8]) -> Result<u64, Refusal> {
    log.append(log.topic(topic), log.kind(kind).unwrap(), 1, |space| match space.get_mut(..line.len()) {
        Some(space) => {
            space.copy_from_slice(line);
            Fill::Line(line.len())
        }
        None => Fill::TooLong(line.len()),
    })
}

/// What the window has.
pub fn window(log: &Log) -> Vec<Found> {
    let filter = Filter::default();
    let query =
        Query { filter: &filter, from: 0, before: u64::MAX, limit: usize::MAX, max_bytes: usize::MAX };
    let mut found = Vec::new();
    log.read(&query, |record| {
        found.push(Found {
            offset: record.offset,
            topic: record.topic.to_owned(),
            kind: record.kind.to_owned(),
            line: record.line.to_vec(),
        });
    });
    found
}

/// What the reader of the ledger has.
pub fn written(ledger: &Ledger) -> Vec<Found> {
    ledger.reader().read(&Want::default()).unwrap().0
}

pub fn line_of(found: &Found) -> &[u8] {
    &found.line
}

/// The ledger's bytes.
pub fn content(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}
