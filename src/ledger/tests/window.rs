//! The window of a ledger's log: what it shows is what the file has, and stays so.

use std::fs;
use std::sync::Arc;

use super::files::{Call, Scripted, Verdict};
use super::rotation::{emit_patiently, rotating};
use super::{
    Durability, PATIENCE, close, emit, emit_all, event, home, ledger_in, open, open_with, setup, soon,
    window, written,
};
use crate::ledger::paths;
use crate::log::Refusal;

#[test]
fn the_window_of_a_ledger_that_was_opened_anew_elsewhere_stays_what_it_was() {
    for fails in [false, true] {
        let home = home();
        let path = ledger_in(&home);
        let files = Scripted::new(move |call, nth| {
            if fails && call == Call::Append && nth > 0 { Verdict::Fail(5) } else { Verdict::Pass }
        });
        let first = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap();
        emit_all(first.log(), 0..20);
        let _ = first.wait(20, soon());
        assert_eq!(first.close(PATIENCE).is_err(), first.failure().is_some());
        // A reader that is not done yet still has the log.
        let log = Arc::clone(first.log());
        let before = window(&log);
        assert_eq!(before.len(), 20);

        let second = open(&path).unwrap();
        for number in 20..3000 {
            while emit(second.log(), number) == Err(Refusal::Full) {
                second.urge();
            }
        }
        assert_eq!(window(&log), before, "another process wrote into memory that is being read");
        close(second);
    }
}

#[test]
fn the_window_shows_what_the_reader_of_the_file_shows() {
    let home = home();
    let path = ledger_in(&home);
    for start in [0, 700] {
        let ledger = open(&path).unwrap();
        emit_all(ledger.log(), start..start + 700);
        assert_eq!(ledger.wait(start as u64 + 700, soon()), Ok(true));
        let (kept, all) = (window(ledger.log()), written(&ledger));
        assert!(kept.len() > 300);
        assert_eq!(kept, all[all.len() - kept.len()..]);
        close(ledger);
    }
}

#[test]
fn the_window_reaches_into_closed_files_and_ends_before_one_that_has_other_lines_than_it_had() {
    let home = home();
    let path = ledger_in(&home);
    let ledger = super::rotation::open(&rotating(&path));
    emit_patiently(&ledger, 0..300);
    let catalog = Arc::clone(ledger.catalog());
    close(ledger);
    let segments = catalog.current();
    let newest = segments.closed.last().unwrap();
    assert!(segments.closed.len() > 1 && segments.active.offset < 290);
    let opened_from = || {
        let ledger = super::rotation::open(&rotating(&path));
        let kept = window(ledger.log());
        close(ledger);
        for found in &kept {
            assert_eq!(found.line, event(found.offset as usize).into_bytes());
        }
        assert_eq!(kept.last().map(|found| found.offset), Some(299));
        kept.first().map(|found| found.offset)
    };
    assert_eq!(opened_from(), Some(0));
    let file = paths::closed(&path, newest.start.offset);
    let good = fs::read(&file).unwrap();
    let damages: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes[10] = b'\n',
        |bytes| *bytes.iter_mut().find(|byte| **byte == b'\n').unwrap() = b' ',
        |bytes| bytes.truncate(bytes.len() - 1),
        |bytes| bytes.push(b'\n'),
    ];
    for damage in damages {
        let mut bytes = good.clone();
        damage(&mut bytes);
        fs::write(&file, bytes).unwrap();
        assert_eq!(opened_from(), Some(segments.active.offset));
    }
}
