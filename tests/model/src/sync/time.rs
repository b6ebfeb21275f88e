//! Time that passes when somebody looks at it, so that a schedule can be run again.

use std::cell::Cell;
use std::ops::Add;
use std::time::Duration;

thread_local! {
    static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// How much of it each look takes: a few looks end a spin.
const STEP: Duration = Duration::from_micros(15);

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(Duration);

impl Instant {
    /// This one.
    pub fn now() -> Self {
        NOW.set(NOW.get() + STEP);
        Self(NOW.get())
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(self.0 + later)
    }
}
