//! Every call to the file system fails in turn while a ledger is opened, written and closed. Whatever fails: what was
//! acknowledged is on disk, what was emitted is there after the next opening, and nothing is there by halves.

use std::path::Path;
use std::sync::Arc;

use super::crash::{Crash, Spool, boot_anew};
use super::files::{Call, Scripted, Verdict};
use super::{
    Durability, Ledger, LedgerError, PATIENCE, close, content, emit, emit_all, home, ledger_in, lines, open,
    open_with, setup, soon, written,
};
use crate::error::Coded;
use crate::log::Refusal;

const EIO: i32 = 5;

const CALLS: [Call; 14] = [
    Call::OpenAppend,
    Call::OpenRead,
    Call::ReadSmall,
    Call::Replace,
    Call::Append,
    Call::Sync,
    Call::Truncate,
    Call::Length,
    Call::ReadAt,
    Call::Lock,
    Call::OpenMapped,
    Call::Rename,
    Call::BootId,
    Call::Vanished,
];

/// What a life of a ledger came to.
pub struct Life {
    /// Events whose append returned an offset, in this life or before.
    pub emitted: usize,
    /// Events that were acknowledged in this life.
    pub acknowledged: usize,
    /// The error that ended it.
    pub error: Option<LedgerError>,
}

/// Opens a ledger that has `before` events, emits some and waits for some, closes it.
pub fn live(path: &Path, before: usize, durability: Durability, files: &Scripted) -> Life {
    let mut life = Life { emitted: before, acknowledged: 0, error: None };
    let ledger = match open_with(&setup(path), durability, files.as_files()) {
        Ok(ledger) => ledger,
        Err(error) => return Life { error: Some(error), ..life },
    };
    assert_eq!(ledger.log().head_offset() as usize, before);
    for number in before..before + 8 {
        match emit(ledger.log(), number) {
            Ok(offset) => assert_eq!(offset as usize, number),
            Err(refusal) => {
                assert_eq!(refusal, Refusal::Failed);
                break;
            }
        }
        life.emitted += 1;
        // Every other one is waited for, so that there are batches.
        if number % 2 == 1 {
            match ledger.wait(number as u64 + 1, soon()) {
                Ok(true) => life.acknowledged = number + 1,
                Ok(false) => panic!("neither acknowledged nor failed"),
                Err(_) => assert_failed(&ledger),
            }
        }
    }
    life.error = ledger.close(PATIENCE).err();
    assert_eq!(life.error, ledger.failure());
    assert!(ledger.durable().offset as usize >= life.acknowledged, "acknowledged no more");
    life.acknowledged = ledger.durable().offset as usize;
    if life.error.is_some() {
        assert_failed(&ledger);
    } else {
        assert_eq!(life.acknowledged, life.emitted);
    }
    life
}

/// A failed ledger takes nothing, acknowledges nothing new, and says why.
pub fn assert_failed(ledger: &Ledger) {
    let error = ledger.failure().unwrap();
    assert_eq!(error.code(), "ERR_LEDGER_FAILED");
    assert!(matches!(emit(ledger.log(), 0), Err(Refusal::Failed | Refusal::Closed)));
    let durable = ledger.durable().offset;
    assert_eq!(ledger.wait(durable, soon()), Ok(true), "what was acknowledged stays so");
    assert_eq!(ledger.wait(durable + 1, soon()), Err(error));
}

/// Opens `path` with files that work: every event that was emitted is there, whole and once.
pub fn assert_nothing_lost(path: &Path, emitted: usize) {
    let ledger = open(path).unwrap();
    assert_eq!(content(path), lines(0..emitted));
    assert_eq!(written(&ledger).len(), emitted);
    emit_all(ledger.log(), [emitted]);
    close(ledger);
    assert_eq!(content(path), lines(0..=emitted));
}

/// The power goes: every event that was acknowledged is there, and of the others whole ones from the first on.
fn assert_nothing_acknowledged_lost(path: &Path, files: &Scripted, acknowledged: usize) {
    files.lose_power(path);
    boot_anew(path);
    let ledger = open(path).unwrap();
    let left = content(path);
    let count = left.iter().filter(|byte| **byte == b'\n').count();
    assert!(count >= acknowledged, "{count} of {acknowledged}");
    assert_eq!(left, lines(0..count));
    close(ledger);
}

/// One life for each call that could fail with `errno`, which ends well when the next opening finds everything.
fn fail_each_call(durability: Durability, errno: i32, before: usize, prepare: impl Fn(&Path)) {
    for call in CALLS {
        for nth in 0.. {
            let mut reached = false;
            for power_loss in [false, true] {
                let home = home();
                let path = ledger_in(&home);
                prepare(&path);
                let files = Scripted::new(move |kind, count| {
                    if (kind, count) == (call, nth) { Verdict::Fail(errno) } else { Verdict::Pass }
                });
                let life = live(&path, before, durability, &files);
                if let Some(error) = &life.error {
                    let (LedgerError::Open { cause, .. } | LedgerError::Failed { cause, .. }) = error else {
                        panic!("{error:?}");
                    };
                    assert_eq!(cause.errno, Some(errno), "{call:?} {nth}");
                }
                if !power_loss {
                    assert_nothing_lost(&path, life.emitted);
                } else {
                    // Without syncs what is left is the beginning, however short.
                    let promised = if durability == Durability::None { 0 } else { life.acknowledged };
                    assert_nothing_acknowledged_lost(&path, &files, promised);
                }
                reached = files.count(call) > nth;
            }
            if !reached {
                break;
            }
        }
    }
}

#[test]
fn a_new_ledger_survives_any_call_that_fails() {
    for durability in [Durability::Group, Durability::Always, Durability::None] {
        fail_each_call(durability, EIO, 0, |_| ());
    }
}

#[test]
fn a_ledger_closed_well_survives_any_call_that_fails() {
    fail_each_call(Durability::Group, EIO, 5, |path| {
        let ledger = open(path).unwrap();
        emit_all(ledger.log(), 0..5);
        close(ledger);
    });
}

#[test]
fn a_killed_ledger_survives_any_call_that_fails_while_it_is_mended() {
    let crash = Crash::after(2, 6);
    for length in [crash.floor, crash.floor + 9, crash.lines.len()] {
        fail_each_call(Durability::Group, EIO, 6, |path| crash.restore(path, length, Spool::Kept));
    }
    // A torn line without a spool: it is cut, and what is whole stays.
    let whole = lines(0..4).len();
    fail_each_call(Durability::Group, EIO, 4, |path| crash.restore(path, whole + 9, Spool::OfAnotherBoot));
}

/// Without syncs there is one when the ledger is closed.
#[test]
fn none_says_when_the_sync_at_its_end_fails_and_has_everything_as_long_as_the_machine_runs() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger = open_with(&setup(&path), Durability::None, files.as_files()).unwrap();
    emit_all(ledger.log(), 0..8);
    assert_eq!(ledger.wait(8, soon()), Ok(true));
    files.obey(|call, _| if call == Call::Sync { Verdict::Fail(EIO) } else { Verdict::Pass });
    assert_eq!(ledger.close(PATIENCE).unwrap_err().code(), "ERR_LEDGER_FAILED");
    assert_failed(&ledger);
    drop(ledger);
    assert_nothing_lost(&path, 8);
}

#[test]
fn after_a_failed_sync_the_next_opening_writes_again_what_the_disk_may_lack() {
    for durability in [Durability::Group, Durability::Always] {
        for nth in 0..4 {
            let home = home();
            let path = ledger_in(&home);
            let files = Scripted::passing();
            let already = {
                close(open_with(&setup(&path), durability, files.as_files()).unwrap());
                files.count(Call::Sync)
            };
            files.obey(move |call, count| match call {
                Call::Sync if count == already + nth => Verdict::Fail(EIO),
                _ => Verdict::Pass,
            });
            let first = live(&path, 0, durability, &files);
            // The kernel shows what it could not write and never tries again: only a new write makes it last.
            let second = live(&path, first.emitted, durability, &files);
            assert_eq!((second.error, second.acknowledged), (None, second.emitted));
            assert_nothing_acknowledged_lost(&path, &files, second.emitted);
        }
    }
}

#[test]
fn what_opening_acknowledges_is_on_disk() {
    let crash = Crash::after(2, 6);
    for length in [crash.floor, crash.floor + 9, crash.lines.len()] {
        for spool in [Spool::Kept, Spool::Missing] {
            let home = home();
            let path = ledger_in(&home);
            crash.restore(&path, length, spool);
            let files = Scripted::passing();
            files.only_stable(&crash.lines[..crash.floor]);
            let ledger = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap();
            assert!(files.stable_bytes() as u64 >= ledger.durable().position, "{length} {spool:?}");
            close(ledger);
        }
    }
}

#[test]
fn a_read_that_fails_is_the_readers_error_and_not_the_ledgers() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap();
    emit_all(ledger.log(), 0..3);
    assert_eq!(ledger.wait(3, soon()), Ok(true));
    for broken in [Call::OpenRead, Call::ReadAt] {
        files.obey(move |call, _| if call == broken { Verdict::Fail(EIO) } else { Verdict::Pass });
        let error = ledger.reader().find("e1").unwrap_err();
        assert_eq!(error.code(), "ERR_LEDGER_READ");
    }
    files.obey(|_, _| Verdict::Pass);
    assert_eq!(ledger.reader().find("e1"), Ok(Some(1)));
    assert_eq!(emit(ledger.log(), 3), Ok(3));
    close(ledger);
}

#[test]
fn a_failed_ledger_gives_its_lock_back_at_once() {
    let home = home();
    let path = ledger_in(&home);
    let files =
        Scripted::new(|call, _| if call == Call::Append { Verdict::Fail(EIO) } else { Verdict::Pass });
    let failed = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap();
    emit_all(failed.log(), [0]);
    assert!(failed.wait(1, soon()).is_err());
    // The writer has ended or is about to; closing waits for it.
    assert!(failed.close(PATIENCE).is_err());
    let again = open_with(&setup(&path), Durability::Group, Arc::new(crate::port::System)).unwrap();
    assert_eq!(written(&again).len(), 1);
    close(again);
}
