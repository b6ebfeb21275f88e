//! Segments as files: what a listing makes of them, and compressed ones read as if they were not.
#![allow(clippy::cast_possible_truncation)] // patterns of bytes

use std::fs;
use std::path::Path;

use super::packed::{FRAME_BYTES, Packed, pack};
use super::{Segments, load, manifest, source};
use crate::ledger::paths;
use crate::log::Checkpoint;
use crate::port::{Files, ReadFile, System};

fn at(offset: u64, position: u64) -> Checkpoint {
    Checkpoint { position, offset }
}

fn packed(ledger: &Path, first: u64, bytes: &[u8]) {
    let plain = ledger.with_file_name("plain");
    fs::write(&plain, bytes).unwrap();
    let mut target = System.open_append(&paths::packed(ledger, first)).unwrap();
    assert!(pack(System.open_read(&plain).unwrap().as_mut(), target.as_mut(), || true).unwrap());
}

#[test]
fn a_ledger_that_was_never_rotated_has_its_active_segment_only() {
    let home = tempfile::tempdir().unwrap();
    let ledger = home.path().join("ledger.ndjson");
    let loaded = load(&System, &ledger).unwrap();
    assert_eq!(loaded.segments, Segments::default());
    assert!(loaded.positions_known && loaded.recorded);
}

#[test]
fn names_alone_make_the_row_and_the_manifest_saves_counting() {
    let home = tempfile::tempdir().unwrap();
    let ledger = home.path().join("ledger.ndjson");
    fs::write(paths::closed(&ledger, 0), "a\nb\n").unwrap();
    packed(&ledger, 2, b"cc\n");
    fs::write(paths::closed(&ledger, 3), "d\ne\nf\n").unwrap();
    fs::write(&ledger, "g\n").unwrap();
    let found = load(&System, &ledger).unwrap();
    let ends: Vec<_> = found.segments.closed.iter().map(|one| (one.start, one.end, one.packed)).collect();
    assert_eq!(ends, [(at(0, 0), at(2, 4), false), (at(2, 4), at(3, 7), true), (at(3, 7), at(6, 13), false)]);
    assert_eq!(found.segments.active, at(6, 13));
    assert!(found.positions_known && !found.recorded);

    manifest::write(&System, &ledger, &found.segments).unwrap();
    assert!(load(&System, &ledger).unwrap().recorded);
    // Closed since the manifest was written, and the oldest deleted.
    fs::rename(&ledger, paths::closed(&ledger, 6)).unwrap();
    fs::remove_file(paths::closed(&ledger, 0)).unwrap();
    let later = load(&System, &ledger).unwrap();
    assert_eq!(later.segments.oldest(), 2);
    assert_eq!(later.segments.active, at(7, 15));
    assert!(later.positions_known && !later.recorded);
    // Without a manifest nobody knows where the oldest one began.
    fs::remove_file(paths::sidecar(&ledger, "segments")).unwrap();
    let lost = load(&System, &ledger).unwrap();
    assert_eq!(lost.segments.active.offset, 7);
    assert!(!lost.positions_known);
}

#[test]
fn a_segment_is_found_under_whatever_name_it_has_by_now() {
    let home = tempfile::tempdir().unwrap();
    let ledger = home.path().join("ledger.ndjson");
    let content = |active| {
        let mut file = source::open(&System, &ledger, 5, active).unwrap()?;
        let mut bytes = vec![0; 16];
        let read = file.read_at(0, &mut bytes).unwrap();
        bytes.truncate(read);
        Some(String::from_utf8(bytes).unwrap())
    };
    assert_eq!((content(true), content(false)), (None, None));
    fs::write(&ledger, "active\n").unwrap();
    assert_eq!((content(true).as_deref(), content(false)), (Some("active\n"), None));
    fs::rename(&ledger, paths::closed(&ledger, 5)).unwrap();
    fs::write(&ledger, "next\n").unwrap();
    assert_eq!(content(true).as_deref(), Some("active\n"));
    fs::remove_file(paths::closed(&ledger, 5)).unwrap();
    packed(&ledger, 5, b"active\n");
    assert_eq!(content(true).as_deref(), Some("active\n"));
    assert_eq!(content(false).as_deref(), Some("active\n"));
}

#[test]
fn a_compressed_segment_reads_as_the_plain_one_at_any_position() {
    let home = tempfile::tempdir().unwrap();
    let ledger = home.path().join("ledger.ndjson");
    let bytes: Vec<u8> = (0..FRAME_BYTES * 2 + 777).map(|at| (at * at % 251) as u8).collect();
    packed(&ledger, 0, &bytes);
    let mut file = Packed::open(System.open_read(&paths::packed(&ledger, 0)).unwrap()).unwrap();
    assert_eq!(file.length().unwrap(), bytes.len() as u64);
    for (position, length) in [
        (0, 10),
        (FRAME_BYTES - 3, 6),
        (5, bytes.len()),
        (bytes.len() - 1, 9),
        (bytes.len(), 4),
        (usize::MAX, 1),
    ] {
        let mut buffer = vec![0; length];
        let read = file.read_at(position as u64, &mut buffer).unwrap();
        let expected = bytes.get(position..).unwrap_or(&[]);
        assert_eq!(buffer[..read], expected[..length.min(expected.len())], "{position}");
    }
    // Any zstd reads it.
    let stored = fs::read(paths::packed(&ledger, 0)).unwrap();
    assert_eq!(zstd::stream::decode_all(&stored[..]).unwrap(), bytes);
}

#[test]
fn a_damaged_compressed_segment_is_an_error_and_no_panic() {
    let home = tempfile::tempdir().unwrap();
    let ledger = home.path().join("ledger.ndjson");
    let bytes: Vec<u8> = (0..FRAME_BYTES + 99).map(|at| (at % 253) as u8).collect();
    packed(&ledger, 0, &bytes);
    let path = paths::packed(&ledger, 0);
    let good = fs::read(&path).unwrap();
    let mut wrong = 0;
    for at in (0..good.len()).rev().step_by(3).take(400).chain((0..good.len()).step_by(101)) {
        let mut bad = good.clone();
        bad[at] ^= 0x41;
        fs::write(&path, &bad).unwrap();
        let read = Packed::open(System.open_read(&path).unwrap()).and_then(|mut file| {
            let mut buffer = vec![0; bytes.len() + 1];
            let read = file.read_at(0, &mut buffer)?;
            buffer.truncate(read);
            Ok(buffer)
        });
        wrong += usize::from(read.is_ok_and(|read| read != bytes));
    }
    assert_eq!(wrong, 0, "damage went unnoticed");
    for length in 0..good.len().min(40) {
        fs::write(&path, &good[..length]).unwrap();
        assert!(Packed::open(System.open_read(&path).unwrap()).is_err());
    }
}
