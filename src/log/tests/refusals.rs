//! Appends that are refused leave the log as it was, and say why.

use super::{CAPACITY, EVERYTHING, MAX_LINE, append, log_at, scaled};
use crate::log::filter::NamedFilter;
use crate::log::{Admission, Checkpoint, Fill, LINE_SLACK, Log, LogError, MAX_TYPES, Refusal, TopicId};

fn memory() -> Log {
    log_at(Checkpoint::default(), EVERYTHING, false)
}

fn before_a_ledger() -> Log {
    log_at(Checkpoint::default(), EVERYTHING, true)
}

/// Appends lines of `length` until the log refuses, and returns how many it took.
fn fill_up(log: &Log, length: usize) -> (u64, Refusal) {
    let (topic, line) = (log.topic("t"), vec![b'x'; length]);
    let mut count = 0;
    loop {
        match append(log, topic, 0, 1, &line) {
            Ok(_) => count += 1,
            Err(refusal) => return (count, refusal),
        }
    }
}

#[test]
fn a_line_may_be_as_long_as_the_bound_and_no_longer() {
    let log = memory();
    let topic = log.topic("t");
    assert_eq!(append(&log, topic, 0, 1, &[b'x'; MAX_LINE]), Ok(0));
    // One byte more still fits into the space, many more do not: the answer is the same.
    for line_bytes in [MAX_LINE + 1, MAX_LINE + LINE_SLACK, CAPACITY * 2] {
        assert_eq!(append(&log, topic, 0, 1, &vec![b'x'; line_bytes]), Err(Refusal::TooLarge { line_bytes }));
    }
    assert_eq!(log.head_offset(), 1);
}

#[test]
fn a_full_ring_refuses_until_the_ledger_has_taken_something() {
    let log = before_a_ledger();
    let (count, refusal) = fill_up(&log, MAX_LINE);
    assert_eq!((count, refusal), (CAPACITY as u64 / (MAX_LINE as u64 + 1), Refusal::Full));
    assert!(log.pressure());
    // What is too large stays too large, full or not; and a short line takes what is left.
    let long = vec![b'x'; MAX_LINE + 1];
    assert_eq!(
        append(&log, log.topic("t"), 0, 1, &long),
        Err(Refusal::TooLarge { line_bytes: MAX_LINE + 1 })
    );
    assert_eq!(append(&log, log.topic("t"), 0, 1, b"{}"), Ok(count));

    log.release(Checkpoint { position: MAX_LINE as u64 + 1, offset: 1 });
    assert_eq!(append(&log, log.topic("t"), 0, 1, &[b'x'; MAX_LINE]), Ok(count + 1));
    assert_eq!(append(&log, log.topic("t"), 0, 1, &[b'x'; MAX_LINE]), Err(Refusal::Full));
}

#[test]
fn the_last_byte_of_a_ring_can_be_used_and_none_beyond() {
    let log = before_a_ledger();
    let line = [b'x'; MAX_LINE - 1];
    let (count, _) = fill_up(&log, MAX_LINE - 1);
    assert_eq!(count as usize, CAPACITY / MAX_LINE, "lines of a power of two fill the ring exactly");
    assert_eq!(log.pending_bytes(), log.capacity());
    assert_eq!(append(&log, log.topic("t"), 0, 1, b""), Err(Refusal::Full), "a newline needs a byte too");
    let whole = log.unreleased(0, log.capacity(), |bytes| {
        bytes.chunks(MAX_LINE).all(|chunk| chunk.strip_suffix(b"\n") == Some(&line[..]))
    });
    assert!(whole);
}

#[test]
fn a_log_without_a_ledger_is_never_full() {
    let log = memory();
    let topic = log.topic("t");
    for _ in 0..3 * CAPACITY / MAX_LINE {
        append(&log, topic, 0, 1, &[b'x'; MAX_LINE]).unwrap();
    }
    assert!(!log.pressure());
    assert_eq!(log.pending_bytes(), 0);
}

#[test]
fn an_id_that_outlived_its_topic_is_refused() {
    let log = memory();
    let named = NamedFilter::topic("t");
    let filter = log.follow(&named).unwrap();
    let stale = log.topic("t");
    log.unfollow(&filter);
    assert_eq!(append(&log, stale, 0, 1, b"{}"), Err(Refusal::StaleTopic));
    // Its slot has another topic now, which must not get the event.
    let other = log.topic("other");
    assert_eq!(append(&log, stale, 0, 1, b"{}"), Err(Refusal::StaleTopic));
    assert_eq!(append(&log, other, 0, 1, b"{}"), Ok(0));
    assert_eq!(append(&log, TopicId(u64::MAX), 0, 1, b"{}"), Err(Refusal::StaleTopic));
    assert_eq!(append(&log, log.topic("t"), 0, 1, b"{}"), Ok(1));
}

#[test]
fn topics_that_nobody_uses_are_forgotten_in_time() {
    let log = memory();
    for number in 0..scaled(10_000) {
        log.topic(&format!("topic-{number}"));
    }
    let (_, topics) = log.counts();
    assert!(topics <= 2048, "{topics} topics without an event or a reader");
}

#[test]
fn a_closed_or_failed_log_says_which() {
    let log = memory();
    let topic = log.topic("t");
    for (admission, refusal) in [(Admission::Closed, Refusal::Closed), (Admission::Failed, Refusal::Failed)] {
        log.admit(admission);
        assert_eq!(log.admission(), admission);
        assert_eq!(append(&log, topic, 0, 1, b"{}"), Err(refusal));
    }
    log.admit(Admission::Open);
    assert_eq!(append(&log, topic, 0, 1, b"{}"), Ok(0));
}

#[test]
fn a_producer_without_a_line_appends_nothing() {
    let log = memory();
    let topic = log.topic("t");
    assert_eq!(log.append(topic, 0, 1, |_| Fill::Nothing), Err(Refusal::Nothing));
    assert_eq!(log.head_position(), 0);
}

#[test]
fn there_are_only_so_many_types() {
    let log = memory();
    for number in 0..MAX_TYPES {
        assert_eq!(log.kind(&format!("Kind{number}")), Ok(number as u16));
    }
    let full = LogError::TypesFull { max_types: MAX_TYPES as u64 };
    assert_eq!(log.kind("one more"), Err(full.clone()));
    assert_eq!(log.kind("Kind7"), Ok(7));
    let named = NamedFilter { topics: None, types: Some(vec!["one more".to_owned()]) };
    assert_eq!(log.follow(&named), Err(full));
}
