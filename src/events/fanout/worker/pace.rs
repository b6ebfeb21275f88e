//! How soon one sweep over the connections follows another.
//!
//! A write costs the kernel some microseconds whatever it carries, so a thread that sweeps without a pause spends a whole
//! processor on writes of a few frames each, and the event loop waits for that processor. Where a sweep takes long and events
//! came meanwhile, the next one waits as long again, and carries twice as much. Where none came there is nothing to
//! gather, and the next event shall not wait. Writes that are large already gain nothing by waiting.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::events::fanout::counters::Counters;

/// Sweeps shorter than this follow each other without a pause.
const SHORT: Duration = Duration::from_millis(1);

/// The longest pause.
const LONGEST: Duration = Duration::from_millis(5);

/// Bytes per write from which on a pause gains nothing.
const LARGE_WRITE: u64 = 16 * 1024;

/// See the module.
pub struct Pace {
    window: Duration,
    until: Option<Instant>,
}

/// A sweep under way.
pub struct Sweep {
    began: Instant,
    writes: u64,
    bytes: u64,
}

impl Sweep {
    pub fn begin(counters: &Counters) -> Self {
        let (writes, bytes) = totals(counters);
        Self { began: Instant::now(), writes, bytes }
    }
}

impl Pace {
    /// Pauses are never shorter than `window`.
    pub fn new(window: Duration) -> Self {
        Self { window, until: None }
    }

    /// What is left of the pause.
    pub fn pause(&mut self) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.until = None;
        }
        self.until.map(|_| left)
    }

    /// New events have been written to whom they concern; `more` came meanwhile.
    pub fn swept(&mut self, sweep: &Sweep, counters: &Counters, more: bool) {
        let now = Instant::now();
        let (writes, bytes) = totals(counters);
        let gather = || pause(now - sweep.began, writes - sweep.writes, bytes - sweep.bytes);
        let pause = if more { gather() } else { Duration::ZERO }.max(self.window);
        self.until = (!pause.is_zero()).then(|| now + pause);
    }
}

fn totals(counters: &Counters) -> (u64, u64) {
    (counters.writes.load(Ordering::Relaxed), counters.bytes.load(Ordering::Relaxed))
}

fn pause(took: Duration, writes: u64, bytes: u64) -> Duration {
    let mean = bytes.checked_div(writes).unwrap_or(0).min(LARGE_WRITE);
    if took < SHORT {
        return Duration::ZERO;
    }
    let share = u32::try_from(LARGE_WRITE - mean).unwrap_or(0);
    (took.min(LONGEST) * share) / u32::try_from(LARGE_WRITE).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn short_sweeps_are_not_paused_for() {
        assert_eq!(pause(MS / 2, 100, 30_000), Duration::ZERO);
    }

    #[test]
    fn a_long_sweep_of_small_writes_is_paused_for_about_as_long() {
        let paused = pause(4 * MS, 1000, 1000 * 340);
        assert!(paused > 3 * MS && paused <= 4 * MS, "{paused:?}");
        assert!(pause(40 * MS, 1000, 1000 * 340) <= LONGEST);
    }

    #[test]
    fn large_writes_follow_each_other_at_once() {
        assert_eq!(pause(40 * MS, 1000, 1000 * LARGE_WRITE), Duration::ZERO);
        assert_eq!(pause(40 * MS, 1000, 1000 * 256 * 1024), Duration::ZERO);
    }

    #[test]
    fn a_window_is_the_shortest_pause() {
        let counters = Counters::default();
        let mut pace = Pace::new(Duration::from_mins(1));
        assert_eq!(pace.pause(), None);
        pace.swept(&Sweep::begin(&counters), &counters, false);
        assert!(pace.pause().is_some_and(|left| left > Duration::from_secs(50)));
    }

    #[test]
    fn only_events_that_came_during_a_sweep_are_gathered() {
        let counters = Counters::default();
        let began = Instant::now().checked_sub(Duration::from_mins(1)).unwrap();
        let mut pace = Pace::new(Duration::ZERO);
        pace.swept(&Sweep { began, writes: 0, bytes: 0 }, &counters, false);
        assert_eq!(pace.pause(), None);
        pace.swept(&Sweep { began, writes: 0, bytes: 0 }, &counters, true);
        assert!(pace.pause().is_some());
    }
}
