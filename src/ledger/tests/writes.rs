//! Writes that are short, interrupted, cut off, or meet a full disk.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::crash::{Crash, Spool};
use super::faults::{assert_failed, assert_nothing_lost, live};
use super::files::{Call, Scripted, Verdict};
use super::{
    Durability, PATIENCE, content, emit, emit_all, event, home, ledger_in, lines, open_with, setup, soon,
};
use crate::error::Coded;
use crate::log::Refusal;
use crate::log::tests::cases;

const EIO: i32 = 5;
const EINTR: i32 = 4;
const ENOSPC: i32 = 28;
const EDQUOT: i32 = 122;

const MODES: [Durability; 3] = [Durability::None, Durability::Group, Durability::Always];

#[test]
fn a_full_disk_during_opening_is_an_error_and_loses_nothing() {
    let crash = Crash::after(2, 6);
    let home = home();
    let path = ledger_in(&home);
    crash.restore(&path, crash.floor + 1, Spool::Kept);
    // Some bytes go through before the disk is full.
    let files = Scripted::new(|call, nth| match (call, nth) {
        (Call::Append, 0) => Verdict::Short(20),
        (Call::Append, _) => Verdict::Fail(ENOSPC),
        _ => Verdict::Pass,
    });
    let error = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap_err();
    assert_eq!(error.code(), "ERR_LEDGER_OPEN");
    assert_nothing_lost(&path, 6);
}

#[test]
fn a_disk_that_is_full_for_a_while_delays_and_loses_nothing() {
    for (durability, errno) in MODES.into_iter().flat_map(|mode| [(mode, ENOSPC), (mode, EDQUOT)]) {
        let home = home();
        let path = ledger_in(&home);
        let files = Scripted::new(move |call, nth| match (call, nth) {
            (Call::Append, 0) => Verdict::Short(10),
            (Call::Append, 1..=2) => Verdict::Fail(errno),
            _ => Verdict::Pass,
        });
        let life = live(&path, 0, durability, &files);
        assert_eq!((life.error, life.acknowledged), (None, 8), "{durability:?} {errno}");
        assert_nothing_lost(&path, 8);
    }
}

#[test]
fn a_disk_that_stays_full_fills_the_ring_and_fails_the_close_and_loses_nothing() {
    for durability in MODES {
        let home = home();
        let path = ledger_in(&home);
        let files = Scripted::new(|call, nth| match (call, nth) {
            (Call::Append, 0) => Verdict::Short(10),
            (Call::Append, _) => Verdict::Fail(ENOSPC),
            _ => Verdict::Pass,
        });
        let ledger = open_with(&setup(&path), durability, files.as_files()).unwrap();
        let mut emitted = 0;
        while emit(ledger.log(), emitted) != Err(Refusal::Full) {
            emitted += 1;
        }
        assert_eq!(ledger.failure(), None, "nothing is lost by waiting");
        assert_eq!(ledger.wait(1, Instant::now() + Duration::from_millis(10)), Ok(false));
        let error = ledger.close(PATIENCE).unwrap_err();
        assert_eq!(error.code(), "ERR_LEDGER_FAILED");
        assert_failed(&ledger);
        assert_eq!(ledger.durable().offset, 0);
        assert_nothing_lost(&path, emitted);
    }
}

#[test]
fn a_write_that_fails_half_way_through_a_line_leaves_no_half_line_behind() {
    for bytes in [1, 30, event(1).len()] {
        let home = home();
        let path = ledger_in(&home);
        let files = Scripted::passing();
        let ledger = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap();
        emit_all(ledger.log(), [0]);
        assert_eq!(ledger.wait(1, soon()), Ok(true));
        let next = files.count(Call::Append);
        files.obey(move |call, nth| match call {
            Call::Append if nth == next => Verdict::Short(bytes),
            Call::Append => Verdict::Fail(EIO),
            _ => Verdict::Pass,
        });
        emit_all(ledger.log(), [1]);
        assert!(ledger.close(PATIENCE).is_err());
        assert_failed(&ledger);
        assert_eq!(content(&path), [&lines([0])[..], &event(1).as_bytes()[..bytes]].concat());
        assert_nothing_lost(&path, 2);
    }
}

#[test]
fn a_write_of_nothing_is_a_failure_and_no_endless_loop() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::new(|call, _| if call == Call::Append { Verdict::Short(0) } else { Verdict::Pass });
    let life = live(&path, 0, Durability::Group, &files);
    assert_eq!(life.error.unwrap().code(), "ERR_LEDGER_FAILED");
    assert_nothing_lost(&path, life.emitted);
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn short_and_interrupted_writes_change_nothing(
        verdicts in prop::collection::vec(
            prop_oneof![Just(Verdict::Pass), Just(Verdict::Fail(EINTR)), (1..60usize).prop_map(Verdict::Short)], 1..40
        )
    ) {
        let home = home();
        let path = ledger_in(&home);
        let files = Scripted::new(move |call, nth| match call {
            Call::Append => verdicts.get(nth).copied().unwrap_or(Verdict::Pass),
            _ => Verdict::Pass,
        });
        let life = live(&path, 0, Durability::Group, &files);
        prop_assert_eq!((life.error, life.acknowledged), (None, 8));
        prop_assert_eq!(content(&path), lines(0..8));
    }
}
