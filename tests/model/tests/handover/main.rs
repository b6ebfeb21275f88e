//! What must hold on every schedule of producers, the ledger's writer, those who wait, and whoever closes.
//!
//! A lost wake-up shows as a deadlock, for here nothing times out. `MODEL_SCHEDULES` says how many schedules each test
//! tries; a failing one prints what `shuttle::replay` needs to run it again.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by them
#![allow(clippy::cast_possible_truncation)] // sizes of tests are small

mod disk;
mod follower;
mod waiters;

use std::sync::Arc;

use cortex_native_model::log::{Fill, Log, Refusal, Retention};
use cortex_native_model::sync::thread;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

const EVERYTHING: Retention =
    Retention { max_events: 1 << 20, max_topic_events: 1 << 20, max_bytes: u64::MAX, idle_ms: 0 };

/// Runs `model` through many schedules: threads that take turns at random, and threads that run as long as they can.
fn on_every_schedule(schedules: usize, model: impl Fn() + Send + Sync + 'static) {
    let wanted = std::env::var("MODEL_SCHEDULES").ok().and_then(|count| count.parse().ok());
    let schedules = wanted.unwrap_or(schedules);
    let model = Arc::new(model);
    let run = |scheduler: Box<dyn Scheduler + Send>| {
        let mut config = Config::new();
        config.stack_size = 256 << 10;
        let model = Arc::clone(&model);
        Runner::new(scheduler, config).run(move || model());
    };
    run(Box::new(RandomScheduler::new(schedules)));
    run(Box::new(PctScheduler::new(3, schedules)));
}

fn start<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().spawn(run).unwrap()
}

fn line(producer: usize, number: usize) -> Vec<u8> {
    format!("{producer}:{number}").into_bytes()
}

fn append(log: &Log, line: &[u8]) -> Result<u64, Refusal> {
    let (topic, kind) = (log.topic("t"), log.kind("k").unwrap());
    log.append(topic, kind, 1, |space| match space.get_mut(..line.len()) {
        Some(space) => {
            space.copy_from_slice(line);
            Fill::Line(line.len())
        }
        None => Fill::TooLong(line.len()),
    })
}

/// Counts the lines of `producer`, which must be in order and whole.
fn own_lines(bytes: &[u8], producer: usize) -> usize {
    let mut count = 0;
    for found in bytes.strip_suffix(b"\n").unwrap_or(&[]).split(|byte| *byte == b'\n') {
        if found.starts_with(format!("{producer}:").as_bytes()) {
            assert_eq!(found, line(producer, count));
            count += 1;
        }
    }
    count
}
