//! The chain after a crash: what the ledger lost or gained against it is taken up, and marked as such.

use std::fs;

use super::crash::{Crash, Spool};
use super::files::{Call, Scripted, Verdict};
use super::rotation::{emit_patiently, open};
use super::{
    Durability, PATIENCE, Setup, Upkeep, close, emit_all, event, home, ledger_in, lines, open_with, setup,
    sidecar, soon,
};
use crate::ledger::chain::{Ask, Verified, verify};
use crate::ledger::{LedgerError, paths};
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

/// What a failed sync left to be seen no other sync brings to the disk: only another file does. The power losses after it
/// are the simulation's.
#[cfg(unix)]
#[test]
fn a_chain_whose_sync_fails_is_a_failure_and_is_made_anew() {
    use std::os::unix::fs::MetadataExt;
    for reopens in [true, false] {
        let home = home();
        let path = ledger_in(&home);
        let mut setup = chained(&path);
        setup.upkeep.rotate.max_events = Some(10);
        let files = Scripted::passing();
        let ledger = open_with(&setup, Durability::Group, files.as_files()).unwrap();
        emit_patiently(&ledger, 0..5);
        let chain = paths::of_segment(&path, 0, "chain");
        let file = fs::metadata(&chain).unwrap().ino();
        // Of the syncs of a rotation the lines' own is first: one more than the commit's.
        let from = files.count(Call::Sync);
        files.obey(move |call, nth| match call {
            Call::Sync if nth == from + 2 => Verdict::Fail(5),
            _ => Verdict::Pass,
        });
        emit_all(ledger.log(), 5..10);
        ledger.urge();
        super::rotation::until(|| ledger.failure().is_some());
        let failure = ledger.failure().unwrap();
        let LedgerError::Failed { operation, .. } = &failure else { panic!("{failure:?}") };
        assert_eq!(*operation, "fdatasync the chain of");
        assert!(!paths::closed(&path, 0).exists(), "nothing was rotated");
        let ledger = if reopens {
            assert_eq!(ledger.reopen(), Ok(()));
            ledger
        } else {
            assert!(ledger.close(PATIENCE).is_err());
            drop(ledger);
            open(&setup)
        };
        assert_ne!(fs::metadata(&chain).unwrap().ino(), file);
        emit_patiently(&ledger, 10..15);
        close(ledger);
        let found = check(&path);
        assert_eq!((found.problem, found.events, found.unproven), (None, 15, 0));
        assert!(paths::closed(&path, 0).exists());
    }
}
