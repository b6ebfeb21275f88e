//! What is synced when, what is acknowledged when, and who is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::files::{Call, Scripted};
use super::{
    Durability, Ledger, PATIENCE, close, content, emit, emit_all, home, ledger_in, lines, open_with, setup,
    soon,
};
use crate::log::Refusal;

#[test]
fn always_syncs_once_per_event() {
    let home = home();
    let files = Scripted::passing();
    let ledger = open_with(&setup(&ledger_in(&home)), Durability::Always, files.as_files()).unwrap();
    let before = files.count(Call::Sync);
    emit_all(ledger.log(), 0..20);
    assert_eq!(ledger.wait(20, soon()), Ok(true));
    assert_eq!(files.count(Call::Sync) - before, 20);
    assert_eq!(ledger.commits(), (20, lines(0..20).len() as u64));
    close(ledger);
}

#[test]
fn group_syncs_once_for_what_came_during_the_last_sync() {
    let home = home();
    let files = Scripted::passing();
    let ledger = open_with(&setup(&ledger_in(&home)), Durability::Group, files.as_files()).unwrap();
    let before = files.count(Call::Sync);
    files.hold(Call::Sync);
    emit_all(ledger.log(), [0]);
    ledger.urge();
    files.until_held();
    // All of these come while the first one syncs.
    emit_all(ledger.log(), 1..200);
    assert_eq!(ledger.durable().offset, 0, "nothing is acknowledged before its sync");
    files.let_go();
    assert_eq!(ledger.wait(200, soon()), Ok(true));
    assert_eq!(files.count(Call::Sync) - before, 2);
    assert_eq!(ledger.commits().0, 2);
    close(ledger);
}

#[test]
fn none_acknowledges_what_is_written_and_syncs_only_at_the_end() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger = open_with(&setup(&path), Durability::None, files.as_files()).unwrap();
    let before = files.count(Call::Sync);
    emit_all(ledger.log(), 0..50);
    assert_eq!(ledger.wait(50, soon()), Ok(true));
    assert_eq!(content(&path), lines(0..50));
    assert_eq!(files.count(Call::Sync), before);
    close(ledger);
    assert_eq!(files.stable_bytes(), lines(0..50).len(), "a clean end is a synced one");
}

#[test]
fn what_is_acknowledged_grows_and_is_on_disk() {
    for durability in [Durability::Group, Durability::Always] {
        let home = home();
        let path = ledger_in(&home);
        let files = Scripted::passing();
        let ledger = open_with(&setup(&path), durability, files.as_files()).unwrap();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                let mut last = 0;
                loop {
                    let at_the_end = over.load(Ordering::Relaxed);
                    let durable = ledger.durable();
                    assert!(durable.offset >= last, "what was acknowledged is acknowledged no more");
                    assert!(
                        files.stable_bytes() as u64 >= durable.position,
                        "acknowledged before it was synced"
                    );
                    last = durable.offset;
                    if at_the_end {
                        return last;
                    }
                }
            });
            for number in 0..600 {
                while emit(ledger.log(), number) == Err(Refusal::Full) {
                    ledger.urge();
                    thread::yield_now();
                }
            }
            assert_eq!(ledger.wait(600, soon()), Ok(true));
            over.store(true, Ordering::Relaxed);
            assert_eq!(watcher.join().unwrap(), 600);
        });
        close(ledger);
        assert_eq!(content(&path), lines(0..600));
    }
}

#[test]
fn waiting_ends_with_the_deadline_when_the_disk_does_not_answer() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap();
    assert_eq!(ledger.wait(0, Instant::now()), Ok(true), "nothing to wait for");
    files.hold(Call::Sync);
    emit_all(ledger.log(), 0..3);
    assert_eq!(ledger.wait(3, Instant::now() + Duration::from_millis(20)), Ok(false));
    // Closing gives up waiting too; the thread goes on by itself.
    assert_eq!(ledger.close(Duration::from_millis(20)), Ok(false));
    assert_eq!(emit(ledger.log(), 3), Err(Refusal::Closed));
    files.let_go();
    assert_eq!(ledger.wait(3, soon()), Ok(true));
    assert_eq!(ledger.close(PATIENCE), Ok(true));
    assert_eq!(ledger.close(PATIENCE), Ok(true), "closing twice is closing");
    assert_eq!(content(&path), lines(0..3));
    assert_eq!(ledger.wait(4, soon()), Ok(false), "event 3 never came and never will");
}

/// A ledger whose listener counts.
fn counting(home: &tempfile::TempDir, files: &Scripted) -> (Ledger, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let told = Arc::clone(&calls);
    let listener = Arc::new(move || {
        told.fetch_add(1, Ordering::SeqCst);
    });
    let ledger =
        Ledger::open(&setup(&ledger_in(home)), Durability::Group, files.as_files(), listener).unwrap();
    (ledger, calls)
}

#[test]
fn the_listener_is_called_once_per_request_and_not_otherwise() {
    let home = home();
    let files = Scripted::passing();
    let (ledger, calls) = counting(&home, &files);
    emit_all(ledger.log(), 0..10);
    assert_eq!(ledger.wait(10, soon()), Ok(true));
    assert_eq!(calls.load(Ordering::SeqCst), 0, "nobody asked");

    for round in 0..20 {
        // Held, so that both requests are there before the commit.
        files.hold(Call::Append);
        emit_all(ledger.log(), [10 + round]);
        assert_eq!(ledger.commit().offset, 10 + round as u64);
        ledger.commit();
        files.let_go();
        assert_eq!(ledger.wait(11 + round as u64, soon()), Ok(true));
        until(|| calls.load(Ordering::SeqCst) == round + 1);
    }
    // The end is told too, asked for or not.
    close(ledger);
    assert_eq!(calls.load(Ordering::SeqCst), 21);
}

/// Waits for something that another thread is about to do.
fn until(done: impl Fn() -> bool) {
    let deadline = soon();
    while !done() {
        assert!(Instant::now() < deadline, "it never came");
        thread::yield_now();
    }
}

/// Producers that wait for every event of theirs, and one that relies on the listener, as the binding does: whoever
/// misses a wake-up waits until the deadline and fails.
#[test]
fn no_wake_up_is_lost_between_producers_and_the_writer() {
    for durability in [Durability::None, Durability::Group, Durability::Always] {
        let home = home();
        let path = ledger_in(&home);
        let files = Scripted::passing();
        let (sender, told) = std::sync::mpsc::channel();
        let listener = Arc::new(move || sender.send(()).unwrap_or_default());
        let ledger = Ledger::open(&setup(&path), durability, files.as_files(), listener).unwrap();
        thread::scope(|scope| {
            let ledger = &ledger;
            for producer in 0..3 {
                scope.spawn(move || {
                    for number in 0..200 {
                        let offset = emit(ledger.log(), number).unwrap();
                        assert_eq!(ledger.wait(offset + 1, soon()), Ok(true));
                        if number % 50 == producer {
                            // Long enough for the writer to fall asleep.
                            thread::sleep(Duration::from_millis(25));
                        }
                    }
                });
            }
            scope.spawn(move || {
                for number in 0..200 {
                    let offset = emit(ledger.log(), number).unwrap();
                    let mut durable = ledger.commit().offset;
                    while durable <= offset {
                        told.recv_timeout(PATIENCE).unwrap();
                        durable = ledger.commit().offset;
                    }
                }
            });
        });
        assert_eq!(ledger.durable().offset, 800);
        close(ledger);
        assert_eq!(content(&path).iter().filter(|byte| **byte == b'\n').count(), 800);
    }
}

#[test]
fn events_that_nobody_waits_for_are_written_soon() {
    let home = home();
    let path = ledger_in(&home);
    let ledger = open_with(&setup(&path), Durability::Group, Scripted::passing().as_files()).unwrap();
    for number in 0..3 {
        emit_all(ledger.log(), [number]);
        until(|| ledger.durable().offset == number as u64 + 1);
        // The writer is asleep by the time of the next one, and nobody but the append wakes it.
        thread::sleep(Duration::from_millis(40));
    }
    close(ledger);
}

#[test]
fn a_ring_that_fills_up_wakes_the_writer() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap();
    files.hold(Call::Sync);
    let mut number = 0;
    while emit(ledger.log(), number) != Err(Refusal::Full) {
        number += 1;
    }
    assert!(ledger.log().pressure());
    files.let_go();
    until(|| !ledger.log().pressure());
    assert!(emit(ledger.log(), number).is_ok());
    close(ledger);
    assert_eq!(content(&path), lines(0..=number));
}
