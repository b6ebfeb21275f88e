//! What leaves the window, and what readers are told of it.

use super::{EVERYTHING, append, log_at};
use crate::log::filter::{Filter, NamedFilter};
use crate::log::{Checkpoint, Log, Query, Retention};

fn of_topic(log: &Log, name: &str) -> Filter {
    log.follow(&NamedFilter::topic(name)).unwrap()
}

fn offsets(log: &Log, filter: &Filter) -> Vec<u64> {
    let query = Query { filter, from: 0, before: u64::MAX, limit: usize::MAX, max_bytes: usize::MAX };
    let mut found = Vec::new();
    log.read(&query, |record| found.push(record.offset));
    found
}

/// Appends one event per name, at these times.
fn fill(log: &Log, events: &[(&str, u64)]) {
    for (topic, ms) in events {
        append(log, log.topic(topic), log.kind("").unwrap(), *ms, b"{}").unwrap();
    }
}

#[test]
fn a_reader_of_all_topics_is_told_of_the_hole_an_idle_topic_left() {
    let log = log_at(Checkpoint::default(), Retention { idle_ms: 100, ..EVERYTHING }, false);
    let all = Filter::default();
    fill(&log, &[("busy", 1000), ("idle", 1000), ("busy", 1090)]);
    log.prune(1150);
    assert_eq!(offsets(&log, &all), [0, 2]);
    assert_eq!(log.kept_from(&all), 2, "event 1 is missing");
    assert_eq!(log.kept_from(&of_topic(&log, "busy")), 0);
    assert_eq!(log.kept_from(&of_topic(&log, "idle")), 2);
}

#[test]
fn a_topic_keeps_its_newest_and_other_topics_lose_nothing_by_it() {
    let log = log_at(Checkpoint::default(), Retention { max_topic_events: 2, ..EVERYTHING }, false);
    fill(&log, &[("a", 1), ("b", 1), ("a", 1), ("a", 1), ("b", 1), ("a", 1)]);
    let (a, b) = (of_topic(&log, "a"), of_topic(&log, "b"));
    assert_eq!((offsets(&log, &a), log.kept_from(&a)), (vec![3, 5], 3));
    assert_eq!((offsets(&log, &b), log.kept_from(&b)), (vec![1, 4], 0));
    assert_eq!(offsets(&log, &Filter::default()), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_topic_that_comes_back_does_not_claim_what_was_forgotten_with_its_name() {
    let log = log_at(Checkpoint::default(), Retention { max_events: 1, ..EVERYTHING }, false);
    fill(&log, &[("a", 1), ("b", 1), ("c", 1)]);
    assert_eq!(log.counts(), (1, 1), "a and b are forgotten");
    assert!(log.kept_from(&of_topic(&log, "a")) > 0);
}

#[test]
fn an_event_longer_than_the_window_may_be_leaves_at_once() {
    let log = log_at(Checkpoint::default(), Retention { max_bytes: 10, ..EVERYTHING }, false);
    let line = [b'x'; 100];
    assert_eq!(append(&log, log.topic("a"), 0, 1, &line), Ok(0));
    assert!(offsets(&log, &Filter::default()).is_empty());
    assert_eq!(log.kept_from(&Filter::default()), 1);
}

#[test]
fn a_clock_that_jumps_forgets_no_event_of_a_topic_in_use() {
    let log = log_at(Checkpoint::default(), Retention { idle_ms: 100, ..EVERYTHING }, false);
    // Forward by a day, back by two, and on from there.
    let (day, start) = (86_400_000, 10 * 86_400_000);
    fill(&log, &[("used", start), ("used", start + day), ("used", start - day), ("used", start - day + 5)]);
    for now in [start - day + 10, 0, 50] {
        log.prune(now);
        assert_eq!(offsets(&log, &Filter::default()), [0, 1, 2, 3], "at {now}");
    }
    // A topic that was last used in what is now the future is kept until then, and is forgotten after it.
    fill(&log, &[("ahead", start + day)]);
    log.prune(start);
    assert_eq!(offsets(&log, &of_topic(&log, "ahead")), [4]);
    log.prune(start + day + 101);
    assert!(offsets(&log, &Filter::default()).is_empty());
    // Order is by offset, whatever the times say, and offsets go on.
    fill(&log, &[("used", 0)]);
    assert_eq!(offsets(&log, &of_topic(&log, "used")), [5]);
}
