//! A hub from opening to closing: options, refusals, figures.

use std::time::Duration;

use super::{PATIENCE, append, emit, fill_up, home, ledger_in, memory, small};
use crate::events::{Hub, Options};
use crate::ledger::Durability;
use crate::log::{Admission, Fill, Refusal};

#[test]
fn options_out_of_range_say_which_and_what_they_must_be() {
    let cases: [(&str, Options); 9] = [
        ("ringBytes", Options { ring_bytes: 1024, ..memory() }),
        ("ringBytes", Options { ring_bytes: (1 << 32) + 1, ..memory() }),
        ("maxLineBytes", Options { max_line_bytes: 255, ..memory() }),
        ("maxLineBytes", Options { max_line_bytes: (16 << 10) + 1, ..memory() }),
        ("maxEvents", Options { max_events: 0, ..memory() }),
        ("maxEvents", Options { max_events: (1 << 24) + 1, ..memory() }),
        ("maxTopicEvents", Options { max_topic_events: 0, ..memory() }),
        ("maxTopicEvents", Options { max_topic_events: (1 << 24) + 1, ..memory() }),
        ("maxBytes", Options { max_bytes: 0, ..memory() }),
    ];
    for (option, options) in cases {
        let error = Hub::open(&options).unwrap_err();
        assert_eq!(error.code(), "ERR_HUB_OPTION_INVALID");
        assert!(error.to_string().contains(option), "{error}");
    }
}

#[test]
fn the_longest_line_of_the_smallest_ring_can_be_emitted_again_and_again() {
    let home = home();
    for path in [None, Some(ledger_in(&home))] {
        let hub = Hub::open(&Options { path, max_line_bytes: 16 << 10, ..memory() }).unwrap();
        let line = vec![b'x'; 16 << 10];
        for event in 0..20 {
            loop {
                match append(&hub, "t", "K", 1, &line) {
                    Err(Refusal::Full) => assert_eq!(hub.wait(hub.head(), PATIENCE), Ok(true)),
                    outcome => break assert_eq!(outcome, Ok(event)),
                }
            }
        }
        assert_eq!(hub.close(PATIENCE), Ok(true));
    }
}

#[test]
fn a_hub_in_memory_is_as_durable_as_it_gets() {
    let hub = Hub::open(&memory()).unwrap();
    emit(&hub, "t", "K", "e0", 1);
    assert_eq!((hub.durable(), hub.commit(), hub.wait(1, Duration::ZERO)), (1, 1, Ok(true)));
    assert!(!hub.has_ledger() && !hub.pressure());
    assert_eq!(hub.close(PATIENCE), Ok(true));
    assert_eq!(hub.admission(), Admission::Closed);
    assert_eq!(append(&hub, "t", "K", 1, b"{}"), Err(Refusal::Closed));
    assert_eq!(hub.stats().head_offset, 1, "a closed hub can still be read");
}

#[test]
fn every_refusal_has_its_code_and_its_figures() {
    let hub = Hub::open(&memory()).unwrap();
    for (refusal, code) in [
        (Refusal::Full, "ERR_LOG_FULL"),
        (Refusal::TooLarge { line_bytes: 9999 }, "ERR_LOG_LINE_TOO_LARGE"),
        (Refusal::Closed, "ERR_HUB_CLOSED"),
        (Refusal::Failed, "ERR_HUB_CLOSED"),
        (Refusal::Nothing, "ERR_HUB_EVENT_INVALID"),
        (Refusal::StaleTopic, "ERR_INTERNAL"),
    ] {
        assert_eq!(hub.explain(refusal).code(), code);
    }
    let too_large = hub.explain(Refusal::TooLarge { line_bytes: 9999 }).to_string();
    assert!(too_large.contains("9999") && too_large.contains("1024"), "{too_large}");
    assert_eq!(
        hub.append(hub.topic("t"), hub.kind("K").unwrap(), 0, 1, |_| Fill::Nothing),
        Err(Refusal::Nothing)
    );
}

#[test]
fn figures_count_from_opening_and_show_what_is_there() {
    let home = home();
    let hub = Hub::open(&small(&home)).unwrap();
    (0..5).for_each(|event| assert_eq!(emit(&hub, "t", "K", "e", 1), event));
    assert_eq!(hub.close(PATIENCE), Ok(true));
    drop(hub);

    let hub = Hub::open(&Options { max_events: 4, durability: Durability::Always, ..small(&home) }).unwrap();
    let opened = hub.stats();
    assert_eq!((opened.head_offset, opened.durable_offset, opened.first_offset), (5, 5, 1));
    assert_eq!((opened.emitted, opened.window_events, opened.topics), (0, 4, 1));
    assert_eq!(
        (opened.recovered.events, opened.recovered.cut_bytes, opened.recovered.completed_bytes),
        (5, 0, 0)
    );
    assert_eq!((opened.commits, opened.written_bytes, opened.refused_full), (0, 0, 0));

    let line = br#"{"id":"e","topic":"u","type":"K"}"#;
    (5..8).for_each(|event| assert_eq!(append(&hub, "u", "K", 1, line), Ok(event)));
    assert_eq!(hub.wait(8, PATIENCE), Ok(true));
    let later = hub.stats();
    assert_eq!((later.emitted, later.commits, later.written_bytes), (3, 3, 3 * (line.len() as u64 + 1)));
    assert_eq!((later.head_offset, later.durable_offset, later.first_offset), (8, 8, 4));
    assert_eq!((later.window_events, later.topics, later.pending_bytes, later.failed), (4, 2, 0, false));
}

#[test]
fn a_ring_that_the_ledger_cannot_follow_refuses_and_counts_it() {
    let home = home();
    let hub = Hub::open(&small(&home)).unwrap();
    let refused = 3;
    (0..refused).for_each(|_| assert_eq!(fill_up(&hub), Refusal::Full));
    assert_eq!(hub.stats().refused_full, refused);
    assert_eq!(hub.explain(Refusal::Full).code(), "ERR_LOG_FULL");
    assert_eq!(hub.wait(hub.head(), PATIENCE), Ok(true));
    assert!(append(&hub, "t", "K", 1, b"{}").is_ok(), "and takes more as soon as it has room");
    assert_eq!(hub.close(PATIENCE), Ok(true));
}

#[test]
fn a_path_that_is_taken_is_refused_until_it_is_free() {
    let home = home();
    let first = Hub::open(&small(&home)).unwrap();
    assert_eq!(Hub::open(&small(&home)).unwrap_err().code(), "ERR_LEDGER_LOCKED");
    assert_eq!(first.close(PATIENCE), Ok(true));
    assert_eq!(Hub::open(&small(&home)).unwrap().close(PATIENCE), Ok(true));
}

#[test]
fn the_systems_clock_serves_where_none_is_given() {
    let hub = Hub::open(&Options { idle_ms: 60_000, ..memory() }).unwrap();
    emit(&hub, "t", "K", "e0", 0);
    hub.prune(0);
    assert_eq!(hub.stats().window_events, 1, "it came just now");
    emit(&hub, "old", "K", "e1", 1);
    hub.prune(0);
    assert_eq!(hub.stats().topics, 2, "behind an event that stays");
    assert_eq!(hub.kept_from(hub.open_filter(crate::log::filter::NamedFilter::default()).unwrap()), 2);
}
