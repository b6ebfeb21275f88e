//! Declared consumers: who reads the ledger at their own pace, and how far they are. Retention keeps what they have not
//! read.
//!
//! Each has a sidecar `.consumer.<name>` that it replaces itself, so that it may live in another process. Where that is
//! damaged, the consumer has read nothing: events come again rather than never, and the next commit makes it anew.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::paths::{self, Part};
use crate::port::Files;

/// Longest name.
const MAX_NAME: usize = 64;

#[derive(Serialize, Deserialize)]
struct Written {
    format: u64,
    next: u64,
}

/// A declared consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    /// What it is called.
    pub name: String,
    /// The first offset that it has not read.
    pub next: u64,
    /// Its cursor could not be understood and counts as one at the beginning.
    pub damaged: bool,
}

/// Whether a consumer may be called so: it is a part of a file's name.
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain)
}

/// The consumer called so, `None` when nobody declared it.
pub fn find(files: &dyn Files, ledger: &Path, name: &str) -> io::Result<Option<Consumer>> {
    let Some(bytes) = files.read_small(&sidecar(ledger, name))? else { return Ok(None) };
    let written = serde_json::from_slice::<Written>(&bytes);
    let damaged = written.is_err();
    Ok(Some(Consumer { name: name.to_owned(), next: written.map_or(0, |written| written.next), damaged }))
}

/// Declares the consumer, or notes that it has read everything before `next`.
pub fn record(files: &dyn Files, ledger: &Path, name: &str, next: u64) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(&Written { format: 1, next })?;
    bytes.push(b'\n');
    files.replace(&sidecar(ledger, name), &bytes)
}

/// Forgets the consumer.
pub fn forget(files: &dyn Files, ledger: &Path, name: &str) -> io::Result<()> {
    files.remove(&sidecar(ledger, name))?;
    files.sync_directory(ledger)
}

/// All declared consumers, by name.
pub fn all(files: &dyn Files, ledger: &Path) -> io::Result<Vec<Consumer>> {
    let mut found = Vec::new();
    for file in files.neighbours(ledger)? {
        if let Some(Part::Consumer(name)) = paths::part(ledger, &file.name)
            && is_name(&name)
            && let Some(consumer) = find(files, ledger, &name)?
        {
            found.push(consumer);
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// The first offset that some consumer has not read.
pub fn wanted(files: &dyn Files, ledger: &Path) -> io::Result<u64> {
    let consumers = all(files, ledger)?;
    Ok(consumers.iter().map(|consumer| consumer.next).min().unwrap_or(u64::MAX))
}

fn sidecar(ledger: &Path, name: &str) -> std::path::PathBuf {
    paths::sidecar(ledger, &format!("consumer.{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::System;

    #[test]
    fn cursors_stay_and_the_slowest_counts() {
        let home = tempfile::tempdir().unwrap();
        let ledger = home.path().join("ledger.ndjson");
        let known = |name: &str, next| Consumer { name: name.to_owned(), next, damaged: false };
        assert_eq!(wanted(&System, &ledger).unwrap(), u64::MAX);
        assert_eq!(find(&System, &ledger, "shipper").unwrap(), None);
        record(&System, &ledger, "shipper", 7).unwrap();
        record(&System, &ledger, "report_2", 3).unwrap();
        record(&System, &ledger, "shipper", 9).unwrap();
        assert_eq!(all(&System, &ledger).unwrap(), [known("report_2", 3), known("shipper", 9)]);
        assert_eq!(wanted(&System, &ledger).unwrap(), 3);
        forget(&System, &ledger, "report_2").unwrap();
        assert_eq!(wanted(&System, &ledger).unwrap(), 9);
    }

    #[test]
    fn a_damaged_cursor_is_one_at_the_beginning_until_the_next_commit() {
        let home = tempfile::tempdir().unwrap();
        let ledger = home.path().join("ledger.ndjson");
        record(&System, &ledger, "shipper", 9).unwrap();
        for damage in ["", "?", r#"{"format":1}"#, r#"{"format":1,"next":-1}"#] {
            std::fs::write(sidecar(&ledger, "shipper"), damage).unwrap();
            let found = find(&System, &ledger, "shipper").unwrap().unwrap();
            assert_eq!((found.next, found.damaged), (0, true), "{damage}");
            assert_eq!(all(&System, &ledger).unwrap(), [found]);
            assert_eq!(wanted(&System, &ledger).unwrap(), 0, "it lets nothing be deleted");
        }
        record(&System, &ledger, "shipper", 10).unwrap();
        assert_eq!(wanted(&System, &ledger).unwrap(), 10);
    }

    #[test]
    fn names_are_safe_in_a_file_name() {
        for name in ["a", "A-b_9", &"x".repeat(64)] {
            assert!(is_name(name));
        }
        for name in ["", "a.b", "../x", "ä", "a b", &"x".repeat(65)] {
            assert!(!is_name(name));
        }
    }
}
