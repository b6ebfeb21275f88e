//! What a property test does to a log.

use proptest::prelude::*;

use super::{CAPACITY, MAX_LINE, scaled};
use crate::log::filter::NamedFilter;
use crate::log::{Checkpoint, Retention};

/// One step. Numbers stand for something that exists when the step is made: they are taken modulo its count.
#[derive(Debug, Clone)]
pub enum Move {
    /// Appends, `later_ms` apart, lines with `padding` bytes more than the shortest.
    Append {
        topics: Vec<u8>,
        kind: u8,
        padding: usize,
        later_ms: u64,
    },
    Prune {
        later_ms: u64,
    },
    Follow(NamedFilter),
    Unfollow(usize),
    Read {
        filter: usize,
        from: u16,
        before: u16,
        limit: usize,
        max_bytes: usize,
    },
    Newest {
        filter: usize,
        before: u16,
        limit: usize,
    },
    Find {
        back: u16,
    },
    /// The ledger has written this many thousandths of what it lacks.
    Release {
        permille: u64,
    },
}

pub const TOPICS: u8 = 12;
pub const KINDS: u8 = 5;

pub fn topic_name(topic: u8) -> String {
    format!("topic-{topic}")
}

pub fn kind_name(kind: u8) -> String {
    format!("Kind{kind}")
}

pub fn moves() -> impl Strategy<Value = Vec<Move>> {
    let append = || {
        // Mostly one topic at a time, so that topics fall idle; padding up to lines that are refused.
        let topics = prop_oneof![
            (0..TOPICS, 1..40usize).prop_map(|(topic, count)| vec![topic; count]),
            prop::collection::vec(0..TOPICS, 1..40),
        ];
        let padding = prop_oneof![4 => 0..100usize, 2 => 0..MAX_LINE, 1 => MAX_LINE - 80..MAX_LINE + 20];
        let later_ms = prop_oneof![3 => 0..5u64, 1 => 0..200u64];
        (topics, 0..KINDS, padding, later_ms).prop_map(|(topics, kind, padding, later_ms)| Move::Append {
            topics,
            kind,
            padding,
            later_ms,
        })
    };
    let limit = || prop_oneof![0..8usize, Just(usize::MAX)];
    let read = (0..8usize, any::<u16>(), any::<u16>(), limit(), prop_oneof![0..2000usize, Just(usize::MAX)])
        .prop_map(|(filter, from, before, limit, max_bytes)| Move::Read {
            filter,
            from,
            before,
            limit,
            max_bytes,
        });
    let newest = (0..8usize, any::<u16>(), limit()).prop_map(|(filter, before, limit)| Move::Newest {
        filter,
        before,
        limit,
    });
    let step = prop_oneof![
        10 => append(),
        2 => (0..300u64).prop_map(|later_ms| Move::Prune { later_ms }),
        3 => named_filter().prop_map(Move::Follow),
        2 => any::<usize>().prop_map(Move::Unfollow),
        4 => read,
        3 => newest,
        2 => any::<u16>().prop_map(|back| Move::Find { back }),
        2 => (0..=1000u64).prop_map(|permille| Move::Release { permille }),
    ];
    prop::collection::vec(step, 1..=scaled(100))
}

pub fn named_filter() -> impl Strategy<Value = NamedFilter> {
    let topics = prop::option::of(prop::collection::vec((0..TOPICS).prop_map(topic_name), 0..4));
    let types = prop::option::of(prop::collection::vec((0..KINDS).prop_map(kind_name), 0..3));
    (topics, types).prop_map(|(topics, types)| NamedFilter { topics, types })
}

pub fn retention() -> impl Strategy<Value = Retention> {
    let many = || prop_oneof![1 => Just(1usize << 24), 1 => 1..400usize, 1 => 1..20usize];
    let bytes = prop_oneof![2 => Just(u64::MAX), 1 => 1..CAPACITY as u64];
    let idle = prop_oneof![1 => Just(0u64), 2 => 1..200u64];
    (many(), many(), bytes, idle).prop_map(|(max_events, max_topic_events, max_bytes, idle_ms)| Retention {
        max_events,
        max_topic_events,
        max_bytes,
        idle_ms,
    })
}

/// Where a log begins: anew, or after a long life.
pub fn start() -> impl Strategy<Value = Checkpoint> {
    prop_oneof![
        Just(Checkpoint::default()),
        (0..1u64 << 40, 0..1u64 << 33).prop_map(|(position, offset)| Checkpoint { position, offset }),
    ]
}
