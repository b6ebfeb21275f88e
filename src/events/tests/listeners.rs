//! Listeners are told while they are there and never afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::events::Listeners;

#[test]
fn everybody_is_told_and_the_others_are_told_apart() {
    let listeners = Listeners::default();
    let counts: Vec<_> = (0..3).map(|_| Arc::new(AtomicUsize::new(0))).collect();
    let ids: Vec<_> = counts
        .iter()
        .map(|count| {
            let count = Arc::clone(count);
            listeners.add(move || {
                count.fetch_add(1, Ordering::SeqCst);
            })
        })
        .collect();
    let told = || counts.iter().map(|count| count.swap(0, Ordering::SeqCst)).collect::<Vec<_>>();
    listeners.tell();
    assert_eq!(told(), [1, 1, 1]);
    listeners.tell_others(ids[1]);
    assert_eq!(told(), [1, 0, 1]);
    listeners.remove(ids[0]);
    listeners.remove(ids[0]);
    listeners.tell();
    assert_eq!(told(), [0, 1, 1]);
    listeners.remove(ids[2]);
    listeners.tell_others(ids[1]);
    assert_eq!(told(), [0, 0, 0]);
    listeners.remove(ids[1]);
    listeners.tell();
    assert_eq!(told(), [0, 0, 0]);
}

#[test]
fn no_call_is_under_way_once_a_listener_was_removed() {
    let listeners = Listeners::default();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let teller = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                listeners.tell();
            }
        });
        for _ in 0..2000 {
            // What the call leads to is torn down as soon as it can no longer come.
            let alive = Arc::new(AtomicBool::new(true));
            let seen = Arc::clone(&alive);
            let id = listeners.add(move || assert!(seen.load(Ordering::SeqCst), "called after its removal"));
            listeners.remove(id);
            alive.store(false, Ordering::SeqCst);
        }
        over.store(true, Ordering::Relaxed);
        teller.join().unwrap();
    });
}
