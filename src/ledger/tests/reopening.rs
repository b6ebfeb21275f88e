//! Going on after a failure without closing, and files that disappear while a ledger is open.

use std::fs;
use std::path::Path;

use super::faults::{assert_failed, assert_nothing_lost};
use super::files::{Call, Scripted, Verdict};
use super::{
    Durability, Ledger, LedgerError, PATIENCE, close, content, emit, emit_all, event, home, ledger_in, lines,
    open, open_with, setup, soon, window, written,
};
use crate::error::Coded;

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// A ledger with three acknowledged events and three more, on which it failed as `fail` says.
fn failed(path: &Path, files: &Scripted, fail: impl Fn(Call, usize) -> Verdict + Send + 'static) -> Ledger {
    let ledger = open_with(&setup(path), Durability::Group, files.as_files()).unwrap();
    emit_all(ledger.log(), 0..3);
    assert_eq!(ledger.wait(3, soon()), Ok(true));
    let done = files.count(Call::Append);
    files.obey(move |call, nth| if call == Call::Append { fail(call, nth - done) } else { fail(call, nth) });
    emit_all(ledger.log(), [3]);
    emit(ledger.log(), 4).ok();
    assert!(ledger.wait(4, soon()).is_err());
    assert_failed(&ledger);
    ledger
}

/// Goes on, and everything that was ever emitted is in the file and on the disk.
fn assert_goes_on(ledger: &Ledger, path: &Path, files: &Scripted) {
    let emitted = ledger.log().head_offset();
    assert_eq!(ledger.reopen(), Ok(()));
    assert_eq!(ledger.failure(), None);
    assert_eq!(emit(ledger.log(), emitted as usize), Ok(emitted));
    assert_eq!(ledger.wait(emitted + 1, soon()), Ok(true));
    assert_eq!(content(path), lines(0..=emitted as usize));
    assert_eq!(files.stable_bytes(), content(path).len());
    assert_eq!(
        (written(ledger).len(), window(ledger.log()).len()),
        (emitted as usize + 1, emitted as usize + 1)
    );
}

#[test]
fn after_a_failed_sync_everything_since_the_last_good_one_is_written_again() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger =
        failed(&path, &files, |call, _| if call == Call::Sync { Verdict::Fail(EIO) } else { Verdict::Pass });
    let syncs = files.count(Call::Sync);
    assert!(ledger.wait(5, soon()).is_err());
    assert_eq!(files.count(Call::Sync), syncs, "a failed sync is never tried again");
    files.obey(|_, _| Verdict::Pass);
    assert_goes_on(&ledger, &path, &files);
    let emitted = ledger.log().head_offset() as usize;
    close(ledger);
    // The disk has all of it: a second sync alone would have brought nothing.
    files.lose_power(&path);
    assert_nothing_lost(&path, emitted);
}

#[test]
fn after_a_write_that_failed_half_way_no_half_line_stays() {
    for bytes in [1, 30, event(3).len()] {
        let home = home();
        let path = ledger_in(&home);
        let files = Scripted::passing();
        let ledger = failed(&path, &files, move |call, nth| match (call, nth) {
            (Call::Append, 0) => Verdict::Short(bytes),
            (Call::Append, _) => Verdict::Fail(EIO),
            _ => Verdict::Pass,
        });
        assert_eq!(content(&path).len(), lines(0..3).len() + bytes);
        files.obey(|_, _| Verdict::Pass);
        assert_goes_on(&ledger, &path, &files);
        close(ledger);
    }
}

#[test]
fn it_may_fail_again_and_be_reopened_again() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger = failed(
        &path,
        &files,
        |call, _| if call == Call::Append { Verdict::Fail(EIO) } else { Verdict::Pass },
    );
    for broken in [Call::OpenRead, Call::Length, Call::OpenAppend, Call::Truncate, Call::Sync] {
        files.obey(move |call, _| if call == broken { Verdict::Fail(EIO) } else { Verdict::Pass });
        assert_eq!(ledger.reopen().unwrap_err().code(), "ERR_LEDGER_OPEN", "{broken:?}");
        assert_failed(&ledger);
    }
    files.obey(|call, _| if call == Call::Append { Verdict::Fail(EIO) } else { Verdict::Pass });
    assert_eq!(ledger.reopen(), Ok(()), "the file itself can be used");
    assert!(ledger.wait(4, soon()).is_err());
    assert_failed(&ledger);
    files.obey(|_, _| Verdict::Pass);
    assert_goes_on(&ledger, &path, &files);
    close(ledger);
}

#[test]
fn there_is_nothing_to_do_for_one_that_works_and_nothing_to_be_done_for_one_that_is_closed() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap();
    emit_all(ledger.log(), [0]);
    assert_eq!(ledger.reopen(), Ok(()));
    emit_all(ledger.log(), [1]);
    files.obey(|call, _| if call == Call::Append { Verdict::Fail(EIO) } else { Verdict::Pass });
    emit(ledger.log(), 2).ok();
    let error = ledger.close(PATIENCE).unwrap_err();
    files.obey(|_, _| Verdict::Pass);
    assert_eq!(ledger.reopen(), Err(error));
}

#[test]
fn a_failed_ledger_keeps_others_out_until_it_is_closed() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger = failed(
        &path,
        &files,
        |call, _| if call == Call::Append { Verdict::Fail(EIO) } else { Verdict::Pass },
    );
    let emitted = ledger.log().head_offset() as usize;
    // What it could not write is in its ring only: who opens now would take it and go on.
    assert!(matches!(open(&path), Err(LedgerError::Locked { .. })));
    assert!(ledger.close(PATIENCE).is_err());
    assert_nothing_lost(&path, emitted);
}

#[test]
fn a_ledger_that_is_deleted_while_it_is_open_acknowledges_nothing() {
    let home = home();
    let path = ledger_in(&home);
    let ledger = open(&path).unwrap();
    emit_all(ledger.log(), [0]);
    assert_eq!(ledger.wait(1, soon()), Ok(true));
    fs::remove_file(&path).unwrap();
    emit(ledger.log(), 1).ok();
    let error = ledger.wait(2, soon()).unwrap_err();
    let LedgerError::Failed { operation, .. } = &error else { panic!("{error:?}") };
    assert_eq!((*operation, error.code()), ("find", "ERR_LEDGER_FAILED"));
    // Neither does it begin anew as if nothing had been there.
    assert_eq!(ledger.reopen().unwrap_err().code(), "ERR_LEDGER_OPEN");
    assert!(!path.exists());
    fs::write(&path, b"").unwrap();
    assert_eq!(ledger.reopen().unwrap_err().code(), "ERR_LEDGER_OPEN");
    assert_failed(&ledger);
    // With what was acknowledged back in its place it goes on.
    fs::write(&path, lines(0..1)).unwrap();
    assert_eq!(ledger.reopen(), Ok(()));
    assert_eq!(ledger.wait(2, soon()), Ok(true));
    close(ledger);
    assert_eq!(content(&path), lines(0..2));
}

#[test]
fn a_folder_that_vanishes_is_a_failure_and_comes_back_by_reopening() {
    let home = home();
    let (folder, aside) = (home.path().join("folder"), home.path().join("aside"));
    fs::create_dir(&folder).unwrap();
    let path = folder.join("ledger.ndjson");
    let ledger = open(&path).unwrap();
    emit_all(ledger.log(), [0]);
    assert_eq!(ledger.wait(1, soon()), Ok(true));
    fs::create_dir(&aside).unwrap();
    fs::copy(&path, aside.join("ledger.ndjson")).unwrap();
    fs::copy(super::sidecar(&path, "meta"), aside.join("ledger.ndjson.meta")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    emit(ledger.log(), 1).ok();
    assert_eq!(ledger.wait(2, soon()).unwrap_err().code(), "ERR_LEDGER_FAILED");
    assert_eq!(ledger.reopen().unwrap_err().code(), "ERR_LEDGER_OPEN");
    assert!(!folder.exists(), "no folder is made");
    fs::rename(&aside, &folder).unwrap();
    assert_eq!(ledger.reopen(), Ok(()));
    assert_eq!(ledger.wait(2, soon()), Ok(true));
    close(ledger);
    assert_eq!(content(&path), lines(0..2));
}

#[test]
fn a_full_disk_is_told_from_the_first_line_that_finds_no_room() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap();
    assert!(!ledger.stalled());
    files.obey(|call, _| if call == Call::Append { Verdict::Fail(ENOSPC) } else { Verdict::Pass });
    emit_all(ledger.log(), [0]);
    while !ledger.stalled() {
        std::thread::yield_now();
    }
    assert!(!ledger.log().pressure(), "the ring has room for long");
    files.obey(|_, _| Verdict::Pass);
    assert_eq!(ledger.wait(1, soon()), Ok(true));
    assert!(!ledger.stalled());
    close(ledger);
}
