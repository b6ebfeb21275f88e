//! The chain after a crash: what the ledger lost or gained against it is taken up, and marked as such.

use std::fs;

use super::crash::{Crash, Spool};
use super::rotation::{emit_patiently, open};
use super::{Setup, Upkeep, close, emit_all, event, home, ledger_in, lines, setup, sidecar, soon};
use crate::ledger::chain::{Ask, Verified, verify};
use crate::ledger::paths;
use crate::port::System;

fn chained(path: &std::path::Path) -> Setup {
    Setup { upkeep: Upkeep { chain: true, ..Upkeep::default() }, ..setup(path) }
}

fn check(path: &std::path::Path) -> Verified {
    verify(&System, path, &Ask::default()).unwrap()
}

#[test]
fn a_ledger_that_is_ahead_of_its_chain_is_taken_up() {
    let crash = Crash::after(10, 20);
    for length in (crash.floor..=crash.lines.len()).step_by(7) {
        for spool in [Spool::Kept, Spool::OfAnotherBoot] {
            let home = home();
            let path = ledger_in(&home);
            crash.restore(&path, length, spool);
            // Its chain has the first ten only.
            let sample = super::home();
            let other = ledger_in(&sample);
            let ledger = open(&chained(&other));
            emit_patiently(&ledger, 0..10);
            close(ledger);
            fs::copy(paths::of_segment(&other, 0, "chain"), paths::of_segment(&path, 0, "chain")).unwrap();
            let ledger = open(&chained(&path));
            let events = ledger.log().head_offset();
            let found = check(&path);
            assert_eq!((found.problem, found.events, found.recovered), (None, events, events - 10));
            emit_patiently(&ledger, events as usize..40);
            close(ledger);
            let found = check(&path);
            assert_eq!((found.problem, found.events, found.unproven), (None, 40, 0));
        }
    }
}

#[test]
fn a_ledger_that_lost_its_end_revokes_the_records_of_it() {
    let full = lines(0..30);
    for length in (0..full.len()).step_by(13) {
        let home = home();
        let path = ledger_in(&home);
        let ledger = open(&chained(&path));
        for batch in 0..3 {
            emit_patiently(&ledger, batch * 10..batch * 10 + 10);
        }
        // As a power loss leaves it: open, the end gone, the chain ahead.
        let chain = fs::read(paths::of_segment(&path, 0, "chain")).unwrap();
        let meta = fs::read(sidecar(&path, "meta")).unwrap();
        drop(ledger);
        fs::write(&path, &full[..length]).unwrap();
        fs::write(paths::of_segment(&path, 0, "chain"), &chain[..chain.len() - length % 3]).unwrap();
        fs::write(sidecar(&path, "meta"), meta).unwrap();
        fs::remove_file(sidecar(&path, "spool")).unwrap();
        let ledger = open(&chained(&path));
        let left = ledger.log().head_offset();
        assert!(left < 30);
        let found = check(&path);
        assert_eq!((found.problem, found.events), (None, left), "{length}");
        emit_patiently(&ledger, 50..60);
        close(ledger);
        let found = check(&path);
        assert_eq!((found.problem, found.events), (None, left + 10), "{length}");
        // And once more over the cut.
        let ledger = open(&chained(&path));
        emit_patiently(&ledger, 60..70);
        close(ledger);
        assert_eq!(check(&path).problem, None);
        // What is changed afterwards is found behind the cut as before it.
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace(&event(55), &event(56))).unwrap();
        assert_eq!(check(&path).problem.map(|problem| problem.offset), Some(left + 5));
    }
}

#[test]
fn a_chain_begun_on_a_ledger_that_has_events_keeps_them_and_does_not_prove_them() {
    let home = home();
    let path = ledger_in(&home);
    let ledger = super::open(&path).unwrap();
    emit_all(ledger.log(), 0..100);
    assert_eq!(ledger.wait(100, soon()), Ok(true));
    close(ledger);
    assert_eq!(check(&path).unchained, 100);
    let ledger = open(&chained(&path));
    emit_patiently(&ledger, 100..110);
    close(ledger);
    let found = check(&path);
    assert_eq!((found.events, found.unchained, found.recovered, found.problem), (10, 100, 0, None));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace(&event(55), &event(56))).unwrap();
    assert_eq!(check(&path).problem.map(|problem| problem.offset), Some(55));
}
