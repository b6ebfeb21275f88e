//! Who may hold a hub, and when it ends.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::{PATIENCE, append, emit, home, ledger_in, memory, small};
use crate::events::{Options, registry};
use crate::log::{Admission, Refusal};

#[test]
fn a_number_names_one_hub_until_its_last_owner_lets_go() {
    let (handle, hub) = registry::open(&memory(), false, PATIENCE).unwrap();
    let joined = registry::join(handle).unwrap();
    assert_eq!(emit(&joined, "t", "K", "e0", 1), 0);
    assert_eq!(registry::get(handle).unwrap().head(), 1);

    assert_eq!(registry::release(handle, PATIENCE), Ok(true));
    assert_eq!(hub.admission(), Admission::Open, "one owner is left");
    assert_eq!(registry::release(handle, PATIENCE), Ok(true));
    assert_eq!(hub.admission(), Admission::Closed);
    assert_eq!(append(&hub, "t", "K", 1, b"{}"), Err(Refusal::Closed));

    assert_eq!(registry::release(handle, PATIENCE), Ok(true), "letting go twice is letting go");
    for outcome in [registry::get(handle), registry::join(handle)] {
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), "ERR_HUB_HANDLE_INVALID");
        assert!(error.to_string().contains(&handle.to_string()));
    }
    let (next, _) = registry::open(&memory(), false, PATIENCE).unwrap();
    assert!(next > handle, "a number is never given twice");
    assert_eq!(registry::release(next, PATIENCE), Ok(true));
}

#[test]
fn a_path_is_shared_by_those_who_ask_for_it_however_they_spell_it() {
    let home = home();
    let other_way = home.path().join("..").join(home.path().file_name().unwrap()).join("ledger.ndjson");
    let options = small(&home);
    let respelled = Options { path: Some(other_way), ..small(&home) };
    let (handle, hub) = registry::open(&options, true, PATIENCE).unwrap();
    let (joined, _) = registry::open(&respelled, true, PATIENCE).unwrap();
    assert_eq!(joined, handle);
    let alone = registry::open(&options, false, PATIENCE).unwrap_err();
    assert_eq!(alone.code(), "ERR_LEDGER_LOCKED");
    assert_eq!(registry::release(handle, PATIENCE), Ok(true));
    assert_eq!(hub.admission(), Admission::Open);
    assert_eq!(registry::release(joined, PATIENCE), Ok(true));
    assert_eq!(hub.admission(), Admission::Closed);
    let (anew, _) = registry::open(&options, true, PATIENCE).unwrap();
    assert_ne!(anew, handle);
    assert_eq!(registry::release(anew, PATIENCE), Ok(true));
}

#[test]
fn hubs_in_memory_are_never_shared_by_path() {
    let (one, _) = registry::open(&memory(), true, PATIENCE).unwrap();
    let (other, _) = registry::open(&memory(), true, PATIENCE).unwrap();
    assert_ne!(one, other);
    assert_eq!(registry::release(one, PATIENCE), Ok(true));
    assert_eq!(registry::release(other, PATIENCE), Ok(true));
}

#[test]
fn a_hub_that_cannot_be_opened_leaves_nothing_behind() {
    let options = Options { path: Some("/nonexistent/folder/ledger.ndjson".into()), ..memory() };
    for shared in [false, true] {
        assert_eq!(registry::open(&options, shared, PATIENCE).unwrap_err().code(), "ERR_LEDGER_OPEN");
    }
}

fn count_lines(path: &Path) -> usize {
    std::fs::read(path).unwrap().iter().filter(|byte| **byte == b'\n').count()
}

#[test]
fn threads_that_open_and_close_a_shared_path_at_once_never_meet_a_locked_ledger() {
    let home = home();
    let options = small(&home);
    let emitted = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..60 {
                    let (handle, hub) = registry::open(&options, true, PATIENCE).unwrap();
                    emit(&hub, "t", "K", "e", 1);
                    emitted.fetch_add(1, Ordering::SeqCst);
                    if round % 3 == 0 {
                        registry::join(handle).unwrap();
                        assert_eq!(registry::release(handle, PATIENCE), Ok(true));
                    }
                    drop(hub);
                    assert_eq!(registry::release(handle, PATIENCE), Ok(true));
                }
            });
        }
    });
    assert_eq!(emitted.load(Ordering::SeqCst), 240);
    assert_eq!(count_lines(&ledger_in(&home)), 240);
}

#[test]
fn threads_that_open_a_path_alone_have_it_alone() {
    let home = home();
    let options = small(&home);
    let taken = AtomicBool::new(false);
    let opened = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while opened.load(Ordering::SeqCst) < 40 {
                    match registry::open(&options, false, PATIENCE) {
                        Ok((handle, hub)) => {
                            assert!(!taken.swap(true, Ordering::SeqCst), "two have it");
                            emit(&hub, "t", "K", "e", 1);
                            opened.fetch_add(1, Ordering::SeqCst);
                            taken.store(false, Ordering::SeqCst);
                            assert_eq!(registry::release(handle, PATIENCE), Ok(true));
                        }
                        Err(error) => {
                            assert_eq!(error.code(), "ERR_LEDGER_LOCKED");
                            thread::yield_now();
                        }
                    }
                }
            });
        }
    });
    assert_eq!(count_lines(&ledger_in(&home)), opened.load(Ordering::SeqCst));
}
