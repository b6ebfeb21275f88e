//! Reading old events, against a plain list of them.

use std::sync::Arc;

use proptest::prelude::*;

use super::{
    Durability, PATIENCE, close, emit_all, event, home, ledger_in, lines, open, open_with, setup, soon,
};
use crate::ledger::{Found, Ledger, Want};
use crate::log::filter::NamedFilter;
use crate::log::tests::cases;
use crate::port::System;

fn found(number: usize) -> Found {
    let (topic, kind) = (format!("t{}", number % 3), format!("K{}", number % 2));
    Found { offset: number as u64, topic, kind, line: event(number).into_bytes() }
}

fn named_filter() -> impl Strategy<Value = NamedFilter> {
    let topic = (0..4u8).prop_map(|topic| format!("t{topic}"));
    let topics = prop::option::of(prop::collection::vec(topic, 0..3));
    let types = prop::option::of(prop::collection::vec((0..3u8).prop_map(|kind| format!("K{kind}")), 0..3));
    (topics, types).prop_map(|(topics, types)| NamedFilter { topics, types })
}

fn expected(filter: &NamedFilter, from: u64, before: u64) -> impl DoubleEndedIterator<Item = Found> {
    let wanted = (from..before).map(|offset| found(offset as usize));
    let filter = filter.clone();
    wanted.filter(move |found| filter.wants(&found.topic, &found.kind))
}

const EVENTS: u64 = 300;

/// A ledger of [`EVENTS`] events, the last of them written after it was opened.
fn opened(home: &tempfile::TempDir) -> Ledger {
    let path = ledger_in(home);
    std::fs::write(&path, lines(0..200)).unwrap();
    let ledger = open(&path).unwrap();
    emit_all(ledger.log(), 200..EVENTS as usize);
    assert_eq!(ledger.wait(EVENTS, soon()), Ok(true));
    ledger
}

#[test]
fn a_read_gives_what_was_asked_for_within_its_bounds() {
    let home = home();
    let ledger = opened(&home);
    let bounds = || prop_oneof![3 => 0..EVENTS + 3, 1 => Just(u64::MAX)];
    let limit = || prop_oneof![0..9usize, Just(usize::MAX)];
    let max_bytes = prop_oneof![0..900usize, Just(usize::MAX)];
    let query = (named_filter(), bounds(), bounds(), limit(), max_bytes);
    let mut runner = proptest::test_runner::TestRunner::new(cases(256));
    let outcome = runner.run(&query, |(filter, from, before, limit, max_bytes)| {
        let want = Want { filter: filter.clone(), from, before, limit, max_bytes, ..Want::default() };
        let (got, next) = ledger.reader().read(&want).unwrap();
        let end = before.min(EVENTS);
        let all: Vec<Found> = expected(&filter, from, end).collect();
        prop_assert_eq!(&got[..], &all[..got.len()]);
        // No more than was allowed, but always one line where one was.
        let bytes: usize = got.iter().map(|found| found.line.len()).sum();
        prop_assert!(got.len() <= limit && (bytes <= max_bytes || got.len() == 1));
        if let Some(left_out) = all.get(got.len()) {
            prop_assert!(got.len() == limit || (!got.is_empty() && bytes + left_out.line.len() > max_bytes));
            let goes_on_with = expected(&filter, next, end).next();
            prop_assert_eq!(goes_on_with.as_ref(), Some(left_out));
        } else {
            prop_assert_eq!(expected(&filter, next, end).next(), None, "going on doubles the last one");
        }
        prop_assert!(next >= from);
        Ok(())
    });
    outcome.unwrap();
    close(ledger);
}

#[test]
fn the_newest_events_are_the_newest() {
    let home = home();
    let ledger = opened(&home);
    let query = (named_filter(), prop_oneof![3 => 0..EVENTS + 3, 1 => Just(u64::MAX)], 0..50usize);
    let mut runner = proptest::test_runner::TestRunner::new(cases(128));
    let outcome = runner.run(&query, |(filter, before, limit)| {
        let got = ledger.reader().newest(&filter, before, limit).unwrap();
        let mut newest: Vec<Found> = expected(&filter, 0, before.min(EVENTS)).rev().take(limit).collect();
        newest.reverse();
        prop_assert_eq!(got, newest);
        Ok(())
    });
    outcome.unwrap();
    close(ledger);
}

#[test]
fn an_event_is_found_by_its_id_the_newest_first() {
    let home = home();
    let path = ledger_in(&home);
    let tricky = concat!(
        "{\"id\":\"twice\",\"n\":1}\n",
        "{\"note\":\"twice\",\"id\":\"other\"}\n",
        "{\"id\":\"t\\u0077ice\",\"n\":2}\n",
        "{\"id\":\"quo\\\"ted\"}\n",
        "{\"inner\":{\"id\":\"inside\"}}\n",
    );
    std::fs::write(&path, tricky).unwrap();
    let ledger = open(&path).unwrap();
    let find = |id: &str| ledger.reader().find(id).unwrap();
    assert_eq!(
        (find("other"), find("quo\"ted"), find("inside"), find("nobody")),
        (Some(1), Some(3), None, None)
    );
    // An id that is written otherwise than JSON.stringify writes it is no id that this hub wrote.
    assert_eq!(find("twice"), Some(0));
    close(ledger);
}

#[test]
fn reading_far_into_a_long_ledger_agrees_with_its_beginning() {
    // More events than lie between two marks of the sparse index, in several commits.
    let home = home();
    let path = ledger_in(&home);
    let count = 10_000;
    std::fs::write(&path, lines(0..count / 2)).unwrap();
    let mut roomy = setup(&path);
    roomy.ring_bytes = 4 << 20;
    let ledger = open_with(&roomy, Durability::Group, Arc::new(System)).unwrap();
    for number in count / 2..count {
        emit_all(ledger.log(), [number]);
        if number % 700 == 0 {
            assert_eq!(ledger.wait(number as u64, soon()), Ok(true));
        }
    }
    assert_eq!(ledger.wait(count as u64, soon()), Ok(true));
    for from in [0, 1, 4095, 4096, 4097, 5000, 8191, 8192, 9999] {
        let everything = NamedFilter::default();
        let want = Want { filter: everything, from, before: u64::MAX, limit: 2, ..Want::default() };
        let (got, _) = ledger.reader().read(&want).unwrap();
        assert!(got.into_iter().eq((from..count as u64).take(2).map(|offset| found(offset as usize))));
    }
    for number in [0, 4095, 4096, 5001, 9999] {
        assert_eq!(ledger.reader().find(&format!("e{number}")), Ok(Some(number)));
    }
    assert_eq!(ledger.close(PATIENCE), Ok(true));
}
