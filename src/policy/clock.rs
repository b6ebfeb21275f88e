//! The time that limits are counted in: it never goes back, is the same in every process of the machine, and goes on
//! while the machine sleeps.

/// Microseconds since the machine started.
#[cfg(target_os = "linux")]
#[inline]
pub fn uptime_us() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds * 1_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1000
}

/// Microseconds since the machine started. (The monotonic clock of macOS counts sleep.)
#[cfg(all(unix, not(target_os = "linux")))]
pub fn uptime_us() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    seconds * 1_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0) / 1000
}

/// Microseconds since the first call.
#[cfg(not(unix))]
pub fn uptime_us() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    u64::try_from(BEGAN.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(u64::MAX) + 1
}

/// A caller's own clock, made to behave: it may be set back or leap, and begins anywhere.
///
/// A step back counts as no time at all, and a leap counts as at most `longest`, after which nothing counted before
/// matters anyway. So the result fits the 48 bits of a table, whatever the caller says.
#[derive(Debug)]
pub struct GivenTime {
    last: u64,
    now: u64,
    longest: u64,
}

impl GivenTime {
    /// `longest` is the longest window, in microseconds.
    pub fn new(longest: u64) -> Self {
        // Not zero: that is the time of a cell that was never used.
        Self { last: 0, now: longest + 1, longest: longest + 1 }
    }

    /// The time to count with when the caller's clock shows `given` microseconds.
    pub fn at(&mut self, given: u64) -> u64 {
        self.now += given.saturating_sub(self.last).min(self.longest);
        self.last = given;
        self.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_does_not_go_back() {
        let first = uptime_us();
        assert!(first > 0);
        assert!(uptime_us() >= first);
    }

    #[test]
    fn given_time_survives_being_set_back_and_leaps() {
        let mut time = GivenTime::new(60_000_000);
        let start = time.at(1_700_000_000_000_000);
        assert_eq!(time.at(1_700_000_000_000_500), start + 500);
        assert_eq!(time.at(1_000), start + 500, "set back: no time passes");
        assert_eq!(time.at(1_600), start + 1_100, "and then it goes on");
        assert_eq!(time.at(u64::MAX), start + 1_100 + 60_000_001, "a leap is worth a window");
    }
}
