//! A chain that somebody took away, or a part of it, so that what was done to the lines would not show.

use std::fs;
use std::path::Path;

use super::rotation::{emit_patiently, open, rotating, until};
use super::{Setup, close, event, home, ledger_in, setup, sidecar};
use crate::ledger::chain::{Ask, Problem, ProblemKind, Verified, verify};
use crate::ledger::paths;
use crate::ledger::upkeep::Key;
use crate::port::System;

fn chained(path: &Path, key: Option<&str>) -> Setup {
    with_chain(setup(path), key)
}

fn with_chain(mut setup: Setup, key: Option<&str>) -> Setup {
    setup.upkeep.chain = true;
    setup.upkeep.key = key.map(|key| Key(key.into()));
    setup
}

fn check(path: &Path, key: Option<&str>) -> Verified {
    let ask = Ask { key: key.map(|key| Key(key.into())), ..Ask::default() };
    verify(&System, path, &ask).unwrap()
}

fn chain_of(path: &Path, first: u64) -> std::path::PathBuf {
    paths::of_segment(path, first, "chain")
}

/// Makes event 4 another one of the same length.
fn forge(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let forged = text.replace(&event(4), &event(5));
    assert_ne!(text, forged);
    fs::write(path, forged).unwrap();
}

/// Thirty events in three batches, closed.
fn thirty(path: &Path, key: Option<&str>) {
    let ledger = open(&chained(path, key));
    for batch in 0..3 {
        emit_patiently(&ledger, batch * 10..batch * 10 + 10);
    }
    close(ledger);
}

#[test]
fn a_closed_ledger_misses_its_chain_also_after_it_was_used_again() {
    for key in [None, Some("secret")] {
        // Gone, headless, cut to its start, cut to its first batch.
        for left in [None, Some(0), Some(40), Some(76), Some(76 + 76 + 40)] {
            let home = home();
            let path = ledger_in(&home);
            thirty(&path, key);
            forge(&path);
            let chain = fs::read(chain_of(&path, 0)).unwrap();
            match left {
                None => fs::remove_file(chain_of(&path, 0)).unwrap(),
                Some(length) => fs::write(chain_of(&path, 0), &chain[..length]).unwrap(),
            }
            assert!(check(&path, key).problem.is_some(), "{left:?}");
            let ledger = open(&chained(&path, key));
            emit_patiently(&ledger, 30..40);
            assert!(check(&path, key).problem.is_some(), "{left:?}, in use");
            close(ledger);
            assert!(check(&path, key).problem.is_some(), "{left:?}, closed again");
        }
    }
}

#[test]
fn a_crash_is_no_excuse_for_what_was_synced_before_it() {
    let left_open = |home: &tempfile::TempDir| {
        let path = ledger_in(home);
        thirty(&path, None);
        // As a power loss leaves it: open, with ten more lines.
        let ledger = open(&chained(&path, None));
        emit_patiently(&ledger, 30..40);
        let kept = [sidecar(&path, "meta"), chain_of(&path, 0)].map(|file| {
            let bytes = fs::read(&file).unwrap();
            (file, bytes)
        });
        close(ledger);
        kept.iter().for_each(|(file, bytes)| fs::write(file, bytes).unwrap());
        fs::remove_file(sidecar(&path, "spool")).unwrap();
        path
    };
    // The records of the ten lines were not synced, and may be lost.
    let thirty_records = {
        let home = home();
        let path = ledger_in(&home);
        thirty(&path, None);
        fs::metadata(chain_of(&path, 0)).unwrap().len()
    };
    let one = home();
    let path = left_open(&one);
    let file = fs::OpenOptions::new().write(true).open(chain_of(&path, 0)).unwrap();
    file.set_len(thirty_records).unwrap();
    close(open(&chained(&path, None)));
    let found = check(&path, None);
    assert_eq!((found.problem, found.events, found.recovered), (None, 40, 10));
    // Those of the thirty were.
    for length in [None, Some(76), Some(thirty_records - 1)] {
        let another = home();
        let path = left_open(&another);
        match length {
            None => fs::remove_file(chain_of(&path, 0)).unwrap(),
            Some(length) => {
                let file = fs::OpenOptions::new().write(true).open(chain_of(&path, 0)).unwrap();
                file.set_len(length).unwrap();
            }
        }
        close(open(&chained(&path, None)));
        assert!(check(&path, None).problem.is_some(), "{length:?}");
    }
    // So were the lines.
    let another = home();
    let path = left_open(&another);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.lines().take(20).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    close(open(&chained(&path, None)));
    assert_eq!(check(&path, None).problem, Some(Problem { offset: 20, kind: ProblemKind::Missing }));
}

#[test]
fn the_chains_of_the_oldest_files_are_missed() {
    for key in [None, Some("secret")] {
        let home = home();
        let path = ledger_in(&home);
        let ledger = open(&with_chain(rotating(&path), key));
        emit_patiently(&ledger, 0..500);
        until(|| ledger.catalog().current().closed.len() > 3);
        let segments = ledger.catalog().current();
        close(ledger);
        let firsts: Vec<u64> = segments.closed.iter().map(|segment| segment.start.offset).collect();
        assert_eq!(check(&path, key).problem, None);
        forge(&paths::closed(&path, 0));
        let lost = Some(Problem { offset: 0, kind: ProblemKind::Chain });
        for first in firsts.iter().chain([&segments.active.offset]) {
            fs::remove_file(chain_of(&path, *first)).unwrap();
            assert_eq!(check(&path, key).problem, lost, "up to that of {first}");
        }
        // Whoever asks with a key expects a chain; and a new one does not prove what was there before it.
        fs::remove_file(sidecar(&path, "meta")).unwrap();
        assert_eq!(check(&path, Some("secret")).problem, lost);
        close(open(&with_chain(rotating(&path), key)));
        let found = check(&path, key);
        assert_eq!((found.problem, found.events, found.unchained), (None, 0, 500));
    }
}

#[test]
fn one_that_began_later_is_told_from_one_whose_beginning_is_gone() {
    let home = home();
    let path = ledger_in(&home);
    let ledger = open(&rotating(&path));
    emit_patiently(&ledger, 0..200);
    close(ledger);
    let ledger = open(&with_chain(rotating(&path), None));
    let began = ledger.catalog().current().active.offset;
    emit_patiently(&ledger, 200..500);
    close(ledger);
    let found = check(&path, None);
    assert!(began > 0);
    assert_eq!((found.problem, found.unchained, found.events), (None, 200, 300));
    fs::remove_file(chain_of(&path, began)).unwrap();
    assert_eq!(check(&path, None).problem, Some(Problem { offset: 0, kind: ProblemKind::Chain }));
}

#[test]
fn retention_takes_the_oldest_files_with_their_chains() {
    let home = home();
    let path = ledger_in(&home);
    let mut setup = with_chain(rotating(&path), None);
    setup.upkeep.retain.max_segments = Some(2);
    let ledger = open(&setup);
    emit_patiently(&ledger, 0..500);
    until(|| ledger.catalog().current().closed.len() == 2);
    close(ledger);
    let found = check(&path, None);
    assert_eq!((found.problem, found.unchained), (None, 0));
    assert!(found.events > 0 && found.events < 500);
}
