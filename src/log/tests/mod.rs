//! The log against a plain model of it, its refusals, its threads, and the spool at every moment a kill may come.
//!
//! No test of this module that runs under miri does file IO, and there the sizes shrink: see docs/testing.md.
#![allow(clippy::cast_possible_truncation)] // sizes of tests are small

mod joined;
mod model;
mod moves;
mod properties;
mod refusals;
mod retention;
mod ring;
mod spool;
mod threads;

use proptest::test_runner::{Config, contextualize_config};

pub use spool::killed_before_this_store;

use super::{Checkpoint, Fill, Log, Refusal, Retention, Ring, TopicId};

/// The smallest ring there is.
pub const CAPACITY: usize = super::CAPACITY_STEP;

/// A bound on lines that makes a ring of [`CAPACITY`] wrap often.
pub const MAX_LINE: usize = 1024;

/// Keeps everything that the ring can hold.
pub const EVERYTHING: Retention =
    Retention { max_events: 1 << 24, max_topic_events: 1 << 24, max_bytes: u64::MAX, idle_ms: 0 };

/// `cases` of a property unless PROPTEST_CASES says otherwise. Failures are printed, not kept in files: the test that
/// a fix brings is the better memory.
pub fn cases(cases: u32) -> Config {
    contextualize_config(Config { cases, failure_persistence: None, ..Config::default() })
}

/// Fewer of what an interpreter is slow at. A sanitizer that runs with `--cfg miri` sets FULL_SIZE.
pub fn scaled(count: usize) -> usize {
    if cfg!(miri) && std::env::var_os("FULL_SIZE").is_none() { count.div_ceil(50) } else { count }
}

/// A log of the smallest size.
pub fn log_at(start: Checkpoint, retention: Retention, with_floor: bool) -> Log {
    Log::new(Ring::anonymous(CAPACITY).unwrap(), start, MAX_LINE, retention, with_floor)
}

/// Appends `line` as the worst of producers does: all of the space it is given is its to write to.
pub fn append(log: &Log, topic: TopicId, kind: u16, now_ms: u64, line: &[u8]) -> Result<u64, Refusal> {
    log.append(topic, kind, now_ms, |space| {
        space.fill(b'#');
        match space.get_mut(..line.len()) {
            Some(space) => {
                space.copy_from_slice(line);
                Fill::Line(line.len())
            }
            None => Fill::TooLong(line.len()),
        }
    })
}
