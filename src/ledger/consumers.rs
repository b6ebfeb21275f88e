//! Declared consumers: who reads the ledger at their own pace, and how far they are. Retention keeps what they have not
//! read.
//!
//! Each has a sidecar `.consumer.<name>` that it replaces itself, so that it may live in another process.

use std::io::{self, ErrorKind};
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

/// Whether a consumer may be called so: it is a part of a file's name.
pub fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(plain)
}

/// The first offset that the consumer has not read; `None` when nobody declared it.
pub fn next(files: &dyn Files, ledger: &Path, name: &str) -> io::Result<Option<u64>> {
    let Some(bytes) = files.read_small(&sidecar(ledger, name))? else { return Ok(None) };
    let damaged = || io::Error::new(ErrorKind::InvalidData, "the cursor of the consumer is damaged");
    let written: Written = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    Ok(Some(written.next))
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
pub fn all(files: &dyn Files, ledger: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for file in files.neighbours(ledger)? {
        if let Some(Part::Consumer(name)) = paths::part(ledger, &file.name)
            && is_name(&name)
            && let Some(next) = next(files, ledger, &name)?
        {
            found.push((name, next));
        }
    }
    found.sort();
    Ok(found)
}

/// The first offset that some consumer has not read. One whose cursor cannot be read has read nothing.
pub fn wanted(files: &dyn Files, ledger: &Path) -> io::Result<u64> {
    let mut wanted = u64::MAX;
    for file in files.neighbours(ledger)? {
        if let Some(Part::Consumer(name)) = paths::part(ledger, &file.name)
            && is_name(&name)
        {
            wanted = wanted.min(next(files, ledger, &name).map_or(0, |next| next.unwrap_or(u64::MAX)));
        }
    }
    Ok(wanted)
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
        assert_eq!(wanted(&System, &ledger).unwrap(), u64::MAX);
        assert_eq!(next(&System, &ledger, "shipper").unwrap(), None);
        record(&System, &ledger, "shipper", 7).unwrap();
        record(&System, &ledger, "report_2", 3).unwrap();
        record(&System, &ledger, "shipper", 9).unwrap();
        let expected = [("report_2".to_owned(), 3), ("shipper".to_owned(), 9)];
        assert_eq!(all(&System, &ledger).unwrap(), expected);
        assert_eq!(wanted(&System, &ledger).unwrap(), 3);
        forget(&System, &ledger, "report_2").unwrap();
        assert_eq!(wanted(&System, &ledger).unwrap(), 9);
        std::fs::write(sidecar(&ledger, "shipper"), "?").unwrap();
        assert_eq!(wanted(&System, &ledger).unwrap(), 0, "a damaged cursor lets nothing be deleted");
        assert!(all(&System, &ledger).is_err());
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
