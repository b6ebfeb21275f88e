//! Names of segments and sidecars.
//!
//! A closed segment is named so that a sorted list of `ledger*.ndjson` is the order of events, the active one last:
//! `ledger.0000000000000000.ndjson`, `ledger.0000000000004711.ndjson`, `ledger.ndjson`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Digits of an offset in a name: enough for 2^53.
const DIGITS: usize = 16;

/// The sidecar of `ledger` called `suffix`.
pub fn sidecar(ledger: &Path, suffix: &str) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

/// The closed segment of `ledger` that begins with event `first`.
pub fn closed(ledger: &Path, first: u64) -> PathBuf {
    let mut name = ledger.file_stem().map(OsStr::to_owned).unwrap_or_default();
    name.push(format!(".{first:0DIGITS$}"));
    if let Some(extension) = ledger.extension() {
        name.push(".");
        name.push(extension);
    }
    ledger.with_file_name(name)
}

/// The same, compressed.
pub fn packed(ledger: &Path, first: u64) -> PathBuf {
    sidecar(&closed(ledger, first), "zst")
}

/// The sidecar called `suffix` of the segment that begins with event `first`, closed or not.
pub fn of_segment(ledger: &Path, first: u64, suffix: &str) -> PathBuf {
    sidecar(ledger, &format!("{first:0DIGITS$}.{suffix}"))
}

/// What a file beside a ledger is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A closed segment.
    Closed(u64),
    /// A closed segment, compressed.
    Packed(u64),
    /// A sidecar of the segment that begins with this event.
    Sidecar(u64, String),
    /// The cursor of this consumer.
    Consumer(String),
}

/// What the file called `name` is to `ledger`; `None` for what is not a part of it.
pub fn part(ledger: &Path, name: &OsStr) -> Option<Part> {
    let name = name.as_encoded_bytes();
    segment(ledger, name).or_else(|| {
        let rest = std::str::from_utf8(strip(name, ledger.file_name()?)?).ok()?;
        let (head, tail) = rest.split_once('.')?;
        match head {
            "consumer" => Some(Part::Consumer(tail.to_owned())),
            _ => Some(Part::Sidecar(number(head)?, tail.to_owned())),
        }
    })
}

fn segment(ledger: &Path, name: &[u8]) -> Option<Part> {
    let rest = std::str::from_utf8(strip(name, ledger.file_stem()?)?).ok()?;
    let first = number(rest.get(..DIGITS)?)?;
    let mut ending = OsString::new();
    if let Some(extension) = ledger.extension() {
        ending.push(".");
        ending.push(extension);
    }
    match rest.get(DIGITS..)?.as_bytes().strip_prefix(ending.as_encoded_bytes())? {
        b"" => Some(Part::Closed(first)),
        b".zst" => Some(Part::Packed(first)),
        _ => None,
    }
}

/// Whether the file called `name` is a closed segment of `ledger`.
pub fn is_segment(ledger: &Path, name: &OsStr) -> bool {
    matches!(part(ledger, name), Some(Part::Closed(_) | Part::Packed(_)))
}

/// What follows `start` and a dot.
fn strip<'name>(name: &'name [u8], start: &OsStr) -> Option<&'name [u8]> {
    name.strip_prefix(start.as_encoded_bytes())?.strip_prefix(b".")
}

fn number(digits: &str) -> Option<u64> {
    let plain = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part_of(ledger: &str, path: &Path) -> Option<Part> {
        part(Path::new(ledger), path.file_name().unwrap())
    }

    #[test]
    fn names_are_read_back() {
        for ledger in ["/x/ledger.ndjson", "ledger.ndjson", "/x/audit", "/x/.hidden", "/x/a.b.c"] {
            let path = Path::new(ledger);
            for first in [0, 7, 4711, (1 << 53) - 1] {
                assert_eq!(part_of(ledger, &closed(path, first)), Some(Part::Closed(first)), "{ledger}");
                assert_eq!(part_of(ledger, &packed(path, first)), Some(Part::Packed(first)), "{ledger}");
                let chain = of_segment(path, first, "chain");
                assert_eq!(part_of(ledger, &chain), Some(Part::Sidecar(first, "chain".to_owned())));
            }
            let consumer = sidecar(path, "consumer.shipper");
            assert_eq!(part_of(ledger, &consumer), Some(Part::Consumer("shipper".to_owned())));
            assert_eq!(part_of(ledger, path), None);
            assert_eq!(part_of(ledger, &sidecar(path, "meta")), None);
        }
    }

    #[test]
    fn names_of_others_are_left_alone() {
        for name in [
            "ledger.1.ndjson",
            "ledger.000000000000000x.ndjson",
            "ledger.0000000000000001.ndjson.bak",
            "other.0000000000000001.ndjson",
            "ledger.0000000000000001",
            "ledger2.ndjson",
        ] {
            assert_eq!(part(Path::new("/x/ledger.ndjson"), OsStr::new(name)), None, "{name}");
        }
    }

    #[test]
    fn the_sorted_names_are_the_order_of_events() {
        let path = Path::new("ledger.ndjson");
        let mut names = [closed(path, 10), path.to_owned(), closed(path, 9), closed(path, 0)];
        names.sort();
        assert_eq!(names, [closed(path, 0), closed(path, 9), closed(path, 10), path.to_owned()]);
    }
}
