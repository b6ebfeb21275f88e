//! Power loss, kills and sick disks by simulation: lives of one ledger that follow from a seed.
//!
//! A machine in memory (disk.rs) keeps apart what processes see and what the disk has. A life (life.rs) opens the ledger,
//! emits and commits without any thread, and ends between any two calls of the file system or in the middle of one. The
//! next one must find every event that was acknowledged, in order, whole, and nothing that was not emitted.
//!
//! `POWER_LOSS_SEEDS` says how many seeds, `POWER_LOSS_FIRST` which is the first: a failure prints its own.
#![cfg(target_os = "linux")] // the pages of a spool are a file in memory there

mod chance;
mod disk;
mod inode;
mod life;

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use life::{Tally, live};

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn no_acknowledged_event_is_lost_whenever_the_power_fails() {
    let first = from_environment("POWER_LOSS_FIRST", 1);
    let count = from_environment("POWER_LOSS_SEEDS", 10_000);
    let next = AtomicU64::new(first);
    let total = Mutex::new(Tally::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut tally = Tally::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    if let Err(wrong) = live(seed, &mut tally) {
                        next.store(first + count, Ordering::Relaxed);
                        panic!("{wrong}\nagain: POWER_LOSS_FIRST={seed} POWER_LOSS_SEEDS=1 cargo test --lib power");
                    }
                }
                total.lock().add(&tally);
            });
        }
    });
    let tally = total.into_inner();
    println!("seeds {first} to {}: {tally:?}", first + count - 1);
    // A run in which nothing happened would prove nothing.
    if count >= 1000 {
        for (name, value) in tally.counts() {
            assert!(value > 0, "no {name} in {count} seeds");
        }
    }
}

#[test]
fn a_seed_is_the_same_run_again() {
    for seed in 1..=50 {
        let tallies = [(); 2].map(|()| {
            let mut tally = Tally::default();
            live(seed, &mut tally).unwrap();
            tally
        });
        assert_eq!(tallies[0], tallies[1], "seed {seed}");
    }
}
