//! A reader cannot tell whether its events come from the window or from the ledger, and is never told that the window
//! has them all when it has not.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::{PATIENCE, emit, home, small};
use crate::events::{Hub, Options, Page, ReadWant};
use crate::log::filter::NamedFilter;
use crate::log::tests::cases;

const TOPICS: u8 = 4;
const KINDS: u8 = 3;

#[derive(Debug, Clone)]
enum Move {
    Emit { topic: u8, kind: u8, count: usize },
    Prune { later_ms: u64 },
    Read { filter: NamedFilter, from: Option<u16>, before: Option<u16>, limit: usize },
    Frames { filter: NamedFilter, from: u16, max_bytes: usize },
    Reopen,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let limit = prop_oneof![0..10usize, 0..60usize, Just(usize::MAX)];
    let read = (filter(), prop::option::of(any::<u16>()), prop::option::of(any::<u16>()), limit)
        .prop_map(|(filter, from, before, limit)| Move::Read { filter, from, before, limit });
    let frames = (filter(), any::<u16>(), prop_oneof![0..600usize, Just(usize::MAX)])
        .prop_map(|(filter, from, max_bytes)| Move::Frames { filter, from, max_bytes });
    let step = prop_oneof![
        6 => (0..TOPICS, 0..KINDS, prop_oneof![1..30usize, 1..3usize]).prop_map(|(topic, kind, count)| Move::Emit { topic, kind, count }),
        3 => prop_oneof![2 => 0..4u64, 1 => 0..200u64].prop_map(|later_ms| Move::Prune { later_ms }),
        6 => read,
        6 => frames,
        1 => Just(Move::Reopen),
    ];
    prop::collection::vec(step, 1..40)
}

fn filter() -> impl Strategy<Value = NamedFilter> {
    let topics = prop::option::of(prop::collection::vec((0..TOPICS).prop_map(topic_name), 0..3));
    let types = prop::option::of(prop::collection::vec((0..KINDS).prop_map(kind_name), 0..3));
    (topics, types).prop_map(|(topics, types)| NamedFilter { topics, types })
}

fn topic_name(topic: u8) -> String {
    format!("t{topic}")
}

/// One type has no name, as events without a type do.
fn kind_name(kind: u8) -> String {
    if kind == 0 { String::new() } else { format!("K{kind}") }
}

fn retention() -> impl Strategy<Value = Options> {
    let many = || prop_oneof![Just(1usize << 16), 1..80usize];
    (many(), many(), prop_oneof![Just(0u64), 1..20u64, 1..200u64]).prop_map(
        |(max_events, max_topic_events, idle_ms)| Options {
            max_events,
            max_topic_events,
            idle_ms,
            ..super::memory()
        },
    )
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn the_window_and_the_ledger_tell_the_same(retention in retention(), steps in moves()) {
        let home = home();
        let options = Options { path: small(&home).path, ..retention };
        let mut hub = Hub::open(&options).unwrap();
        // The hub's own clock gives events that it finds in the ledger their time.
        let mut now_ms = 4_000_000_000_000;
        for step in steps {
            match step {
                Move::Emit { topic, kind, count } => {
                    for _ in 0..count {
                        now_ms += 1;
                        // Some topics are long-winded, so that the ring wraps.
                        let id = format!("e{}{}", hub.head(), "-".repeat(usize::from(topic) * 150));
                        emit(&hub, &topic_name(topic), &kind_name(kind), &id, now_ms);
                    }
                }
                Move::Prune { later_ms } => {
                    now_ms += later_ms;
                    hub.prune(now_ms);
                }
                Move::Read { filter, from, before, limit } => {
                    let around = |number: u16| u64::from(number) % (hub.head() + 3);
                    let before = before.map_or(u64::MAX, around);
                    read(&hub, &ReadWant { filter, from: from.map(around), before, limit })?;
                }
                Move::Frames { filter, from, max_bytes } => {
                    frames(&hub, filter, u64::from(from) % (hub.head() + 3), max_bytes)?;
                }
                Move::Reopen => {
                    prop_assert_eq!(hub.close(PATIENCE), Ok(true));
                    drop(hub);
                    hub = Hub::open(&options).unwrap();
                }
            }
        }
        prop_assert_eq!(hub.close(PATIENCE), Ok(true));
    }
}

fn read(hub: &Hub, want: &ReadWant) -> TestCaseResult {
    let ledger = hub.read_ledger(want).unwrap();
    let window = hub.read_window(want).unwrap();
    if hub.window_suffices(want).unwrap() {
        prop_assert_eq!(events(&window), events(&ledger), "{:?}", want);
    }
    // Whoever goes on misses nothing and sees nothing twice.
    for page in [&ledger, &window] {
        let last = page.offsets.last().copied();
        prop_assert!(last.is_none_or(|last| page.next > last) && page.offsets.is_sorted());
        let stop = want.before.min(hub.head());
        let more = ReadWant { filter: want.filter.clone(), from: Some(page.next), before: stop, limit: 1 };
        if want.from.is_none() || page.offsets.len() < want.limit {
            prop_assert!(
                hub.read_ledger(&more).unwrap().offsets.is_empty(),
                "{:?} gave {:?} and goes on at {}",
                want,
                page.offsets,
                page.next
            );
        }
    }
    Ok(())
}

/// All of a page but where to go on: that may differ where nothing lies in between.
fn events(page: &Page) -> (&[u64], &[String], &[String], &[u8]) {
    (&page.offsets, &page.topics, &page.kinds, &page.lines)
}

fn frames(hub: &Hub, named: NamedFilter, from: u64, max_bytes: usize) -> TestCaseResult {
    let number = hub.open_filter(named.clone()).unwrap();
    // The ledger gives what it has by now.
    prop_assert_eq!(hub.wait(hub.head(), PATIENCE), Ok(true));
    if from >= hub.kept_from(number) {
        let mut window = Vec::new();
        let batch = hub.frames(number, from, max_bytes, &mut window);
        let ledger = hub.frames_from_ledger(number, from, max_bytes).unwrap();
        prop_assert!(
            window == ledger.bytes,
            "{:?} from {} within {}\nwindow: {}\nledger: {}",
            named,
            from,
            max_bytes,
            String::from_utf8_lossy(&window),
            String::from_utf8_lossy(&ledger.bytes)
        );
        prop_assert_eq!(batch.count, ledger.count);
        let rest = |from| {
            let mut rest = Vec::new();
            hub.frames(number, from, usize::MAX, &mut rest);
            rest
        };
        prop_assert!(rest(batch.next) == rest(ledger.next));
        // Going on in steps as small as they come gives the same as one that has no bound.
        let (mut steps, mut at) = (Vec::new(), from);
        loop {
            let batch = hub.frames(number, at, max_bytes, &mut steps);
            at = batch.next;
            if batch.complete {
                break;
            }
        }
        prop_assert!(rest(from) == steps);
        prop_assert_eq!(at, from.max(hub.head()));
    }
    hub.close_filter(number);
    Ok(())
}

#[test]
fn the_window_does_not_suffice_where_an_idle_topic_left_a_hole_among_the_newest() {
    let home = home();
    let hub = Hub::open(&Options { idle_ms: 100, ..small(&home) }).unwrap();
    for (topic, now_ms) in [("busy", 1000), ("idle", 1000), ("busy", 1090), ("busy", 1091)] {
        emit(&hub, topic, "K", "e", now_ms);
    }
    hub.prune(1150);
    let newest = |limit| ReadWant { filter: NamedFilter::default(), from: None, before: u64::MAX, limit };
    assert_eq!(hub.read_window(&newest(3)).unwrap().offsets, [0, 2, 3]);
    assert_eq!(hub.window_suffices(&newest(3)), Ok(false));
    assert_eq!(hub.read_ledger(&newest(3)).unwrap().offsets, [1, 2, 3]);
    assert_eq!(hub.window_suffices(&newest(2)), Ok(true));
    assert_eq!(hub.close(PATIENCE), Ok(true));
}
