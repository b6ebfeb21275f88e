//! Which closed segments may go.

use super::segments::{Segment, Segments};
use super::upkeep::Retain;

/// How many of the oldest segments to delete: as many as the bounds ask for, but none with an event from `wanted` on,
/// which a consumer has not read yet.
pub fn surplus(segments: &Segments, active_bytes: u64, retain: &Retain, wanted: u64, now_ms: u64) -> usize {
    let closed = &segments.closed;
    let mut bytes = active_bytes + closed.iter().map(|segment| segment.stored_bytes).sum::<u64>();
    let mut left = closed.len() as u64;
    let mut goes = |segment: &Segment| {
        let old = retain.max_age_ms.is_some_and(|age| now_ms.saturating_sub(segment.closed_ms) >= age);
        let many = retain.max_segments.is_some_and(|most| left > most);
        let large = retain.max_bytes.is_some_and(|most| bytes > most);
        bytes -= segment.stored_bytes;
        left -= 1;
        (old || many || large) && segment.end.offset <= wanted
    };
    closed.iter().take_while(|segment| goes(segment)).count()
}

/// How long until age alone makes the oldest one go.
pub fn due_in_ms(segments: &Segments, retain: &Retain, now_ms: u64) -> Option<u64> {
    let (oldest, age) = (segments.closed.first()?, retain.max_age_ms?);
    Some(oldest.closed_ms.saturating_add(age).saturating_sub(now_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Checkpoint;

    /// Segments of ten events and 100 bytes, closed one second apart.
    fn segments(count: u64) -> Segments {
        let at = |number: u64| Checkpoint { offset: number * 10, position: number * 100 };
        let closed = (0..count).map(|number| Segment {
            start: at(number),
            end: at(number + 1),
            stored_bytes: 100,
            packed: false,
            closed_ms: number * 1000,
        });
        Segments { closed: closed.collect(), active: at(count), since_ms: 0 }
    }

    fn count(retain: Retain, wanted: u64, now_ms: u64) -> usize {
        surplus(&segments(5), 50, &retain, wanted, now_ms)
    }

    #[test]
    fn each_bound_takes_the_oldest_first() {
        let none = Retain::default();
        assert_eq!(count(none, u64::MAX, u64::MAX), 0);
        assert_eq!(count(Retain { max_segments: Some(3), ..none }, u64::MAX, 0), 2);
        assert_eq!(count(Retain { max_segments: Some(0), ..none }, u64::MAX, 0), 5);
        assert_eq!(count(Retain { max_bytes: Some(550), ..none }, u64::MAX, 0), 0);
        assert_eq!(count(Retain { max_bytes: Some(549), ..none }, u64::MAX, 0), 1);
        assert_eq!(count(Retain { max_bytes: Some(0), ..none }, u64::MAX, 0), 5);
        assert_eq!(count(Retain { max_age_ms: Some(2500), ..none }, u64::MAX, 4000), 2);
        // A clock that was set back makes nothing old.
        assert_eq!(count(Retain { max_age_ms: Some(1), ..none }, u64::MAX, 0), 0);
        let both = Retain { max_bytes: Some(400), max_segments: Some(4), ..none };
        assert_eq!(count(both, u64::MAX, 0), 2);
    }

    #[test]
    fn what_a_consumer_has_not_read_stays() {
        let retain = Retain { max_segments: Some(0), ..Retain::default() };
        for (wanted, gone) in [(0, 0), (9, 0), (10, 1), (11, 1), (29, 2), (50, 5)] {
            assert_eq!(count(retain, wanted, 0), gone, "{wanted}");
        }
    }

    #[test]
    fn age_tells_when_it_is_due() {
        let retain = Retain { max_age_ms: Some(2500), ..Retain::default() };
        assert_eq!(due_in_ms(&segments(3), &retain, 1000), Some(1500));
        assert_eq!(due_in_ms(&segments(3), &retain, 9000), Some(0));
        assert_eq!(due_in_ms(&segments(0), &retain, 9000), None);
    }
}
