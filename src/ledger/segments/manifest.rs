//! The sidecar `.segments`: where each segment begins and ends. It saves counting lines; the names of the files are
//! the truth, so that a lost or stale one is made anew from them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Segment, Segments};
use crate::ledger::paths;
use crate::log::Checkpoint;
use crate::port::Files;

/// The format this version writes.
const FORMAT: u64 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    format: u64,
    active: Active,
    closed: Vec<Closed>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Active {
    offset: u64,
    position: u64,
    since_ms: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Closed {
    offset: u64,
    position: u64,
    events: u64,
    bytes: u64,
    closed_ms: u64,
}

/// What the sidecar of `ledger` says; `None` when there is none or it cannot be read as one.
pub fn read(files: &dyn Files, ledger: &Path) -> std::io::Result<Option<Segments>> {
    let bytes = files.read_small(&paths::sidecar(ledger, "segments"))?;
    Ok(bytes.and_then(|bytes| parse(&bytes)))
}

fn parse(bytes: &[u8]) -> Option<Segments> {
    let written: Written = serde_json::from_slice(bytes).ok()?;
    if written.format != FORMAT {
        return None;
    }
    let closed = written.closed.iter().map(|one| {
        let start = Checkpoint { position: one.position, offset: one.offset };
        let end = Checkpoint {
            position: start.position.checked_add(one.bytes)?,
            offset: start.offset.checked_add(one.events)?,
        };
        Some(Segment { start, end, stored_bytes: one.bytes, packed: false, closed_ms: one.closed_ms })
    });
    let active = Checkpoint { position: written.active.position, offset: written.active.offset };
    Some(Segments { closed: closed.collect::<Option<_>>()?, active, since_ms: written.active.since_ms })
}

/// Replaces the sidecar of `ledger`.
pub fn write(files: &dyn Files, ledger: &Path, segments: &Segments) -> std::io::Result<()> {
    let closed = segments.closed.iter().map(|one| Closed {
        offset: one.start.offset,
        position: one.start.position,
        events: one.end.offset - one.start.offset,
        bytes: one.end.position - one.start.position,
        closed_ms: one.closed_ms,
    });
    let Checkpoint { position, offset } = segments.active;
    let active = Active { offset, position, since_ms: segments.since_ms };
    let written = Written { format: FORMAT, active, closed: closed.collect() };
    let mut bytes = serde_json::to_vec(&written)?;
    bytes.push(b'\n');
    files.replace(&paths::sidecar(ledger, "segments"), &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_manifest_counts_as_none() {
        for bytes in [
            &b""[..],
            b"{}",
            b"[]",
            br#"{"format":2,"active":{"offset":0,"position":0,"sinceMs":0},"closed":[]}"#,
            br#"{"format":1,"active":{"offset":0,"position":0,"sinceMs":0},"closed":[{"offset":1,"position":18446744073709551615,"events":1,"bytes":1,"closedMs":0}]}"#,
        ] {
            assert!(parse(bytes).is_none());
        }
        let empty = br#"{"format":1,"active":{"offset":7,"position":9,"sinceMs":3},"closed":[]}"#;
        assert_eq!(parse(empty).unwrap().active, Checkpoint { position: 9, offset: 7 });
    }
}
