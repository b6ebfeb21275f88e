//! Producers, a follower and readers at once: what a race detector or an interpreter is to look at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{EVERYTHING, append, log_at, scaled};
use crate::log::filter::NamedFilter;
use crate::log::{Admission, Checkpoint, Log, Query, Refusal, Retention};

const PRODUCERS: usize = 3;

/// A line that tells who made it and whether it is whole.
fn line(producer: usize, number: usize) -> Vec<u8> {
    let body = format!("{producer}:{number}:").into_bytes();
    let filler = b'a' + (producer * 7 + number) as u8 % 26;
    [&body[..], &vec![filler; number * 37 % 900]].concat()
}

/// Who made a line and when; panics when it is torn.
fn parse(found: &[u8]) -> (usize, usize) {
    let text = std::str::from_utf8(found).unwrap();
    let mut parts = text.splitn(3, ':');
    let (producer, number) = (parts.next().unwrap().parse().unwrap(), parts.next().unwrap().parse().unwrap());
    assert_eq!(found, line(producer, number), "torn");
    (producer, number)
}

fn produce(log: &Log, producer: usize, count: usize) {
    let (topic, kind) = (log.topic(&format!("p{producer}")), log.kind("k").unwrap());
    let mut topic = topic;
    for number in 0..count {
        loop {
            match append(log, topic, kind, 1, &line(producer, number)) {
                Ok(_) => break,
                Err(Refusal::Full) => thread::yield_now(),
                Err(Refusal::StaleTopic) => topic = log.topic(&format!("p{producer}")),
                Err(refusal) => panic!("{refusal:?}"),
            }
        }
    }
}

/// Reads the window over and over, as lagging readers do, and checks every line.
fn watch(log: &Log, named: &NamedFilter, over: &AtomicBool) {
    let filter = log.follow(named).unwrap();
    let mut from = 0;
    while !over.load(Ordering::Relaxed) {
        let query = Query { filter: &filter, from, before: u64::MAX, limit: 64, max_bytes: 8192 };
        let mut last = None;
        let batch = log.read(&query, |record| {
            let (producer, number) = parse(record.line);
            assert_eq!(record.topic, format!("p{producer}"));
            assert!(named.wants(record.topic, record.kind));
            if named.topics.is_some() {
                assert!(last.is_none_or(|last| last < number), "out of order");
                last = Some(number);
            }
        });
        from = if batch.complete { log.first_offset() } else { batch.next };
    }
    log.unfollow(&filter);
}

/// What the writer of a ledger does, without a disk: takes every line in order until the log is closed and empty.
fn follow(log: &Log) -> Vec<(usize, usize)> {
    let mut at = Checkpoint::default();
    let mut taken = Vec::new();
    loop {
        let closed = log.admission() == Admission::Closed;
        match log.head_beyond(at.position, !closed) {
            Some(head) => {
                log.unreleased(at.position, head.position, |bytes| {
                    let lines = bytes.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n');
                    taken.extend(lines.map(parse));
                });
                assert_eq!(taken.len() as u64, head.offset);
                log.release(head);
                at = head;
            }
            None if closed => return taken,
            None => thread::park(),
        }
    }
}

#[test]
fn every_line_reaches_the_follower_once_and_whole_while_readers_look() {
    let log = Arc::new(log_at(Checkpoint::default(), Retention { max_topic_events: 20, ..EVERYTHING }, true));
    let count = scaled(3000);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let follower = {
            let log = Arc::clone(&log);
            // As the ledger does: the follower is named before anybody may append.
            let (named, wait) = std::sync::mpsc::channel();
            let follower = scope.spawn(move || {
                log.set_follower(thread::current());
                named.send(()).unwrap();
                follow(&log)
            });
            wait.recv().unwrap();
            follower
        };
        let mut readers = Vec::new();
        for named in [
            NamedFilter::default(),
            NamedFilter { topics: Some(vec!["p1".to_owned()]), types: Some(vec!["k".to_owned()]) },
        ] {
            let (log, over) = (&log, &over);
            readers.push(scope.spawn(move || watch(log, &named, over)));
        }
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| {
                let log = &log;
                scope.spawn(move || produce(log, producer, count))
            })
            .collect();
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        log.admit(Admission::Closed);
        follower.thread().unpark();
        let taken = follower.join().unwrap();
        over.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());

        for producer in 0..PRODUCERS {
            let own: Vec<usize> =
                taken.iter().filter(|(who, _)| *who == producer).map(|(_, number)| *number).collect();
            assert!(own.iter().copied().eq(0..count), "producer {producer} lost, doubled or swapped lines");
        }
    });
    assert_eq!(log.pending_bytes(), 0);
}

#[test]
fn a_log_in_memory_serves_producers_and_readers_at_once() {
    let log = log_at(Checkpoint::default(), Retention { max_events: 50, ..EVERYTHING }, false);
    let count = scaled(3000);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| watch(&log, &NamedFilter::default(), &over));
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|producer| {
                let log = &log;
                scope.spawn(move || produce(log, producer, count))
            })
            .collect();
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        over.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(log.head_offset() as usize, PRODUCERS * count);
}
