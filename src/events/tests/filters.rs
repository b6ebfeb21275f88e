//! Filters by number.

use super::{emit, home, memory, small};
use crate::events::{Hub, Options};
use crate::log::MAX_TYPES;
use crate::log::filter::NamedFilter;

fn of_topic(name: &str) -> NamedFilter {
    NamedFilter::topic(name)
}

fn count(hub: &Hub, number: u32) -> usize {
    hub.frames(number, 0, usize::MAX, &mut Vec::new()).count
}

#[test]
fn a_number_is_given_again_only_after_its_filter_was_closed() {
    let hub = Hub::open(&memory()).unwrap();
    (0..3).for_each(|_| assert_eq!(emit(&hub, "a", "K", "e", 1), hub.head() - 1));
    emit(&hub, "b", "K", "e", 1);
    let (a, b) = (hub.open_filter(of_topic("a")).unwrap(), hub.open_filter(of_topic("b")).unwrap());
    assert_ne!(a, b);
    assert_eq!((count(&hub, a), count(&hub, b)), (3, 1));
    hub.close_filter(a);
    assert_eq!(count(&hub, a), 0, "closed");
    assert_eq!(hub.kept_from(a), 0);
    let again = hub.open_filter(of_topic("b")).unwrap();
    assert_eq!((again, count(&hub, again)), (a, 1));
    hub.close_filter(7777);
    hub.close_filter(again);
    hub.close_filter(again);
    assert_eq!(count(&hub, b), 1, "closing one twice leaves the others open");
}

#[test]
fn a_filter_of_no_types_wants_nothing_and_one_of_strange_types_waits() {
    let hub = Hub::open(&memory()).unwrap();
    let types = |types: &[&str]| NamedFilter {
        topics: None,
        types: Some(types.iter().map(|name| (*name).to_owned()).collect()),
    };
    let none = hub.open_filter(types(&[])).unwrap();
    let later = hub.open_filter(types(&["Later"])).unwrap();
    emit(&hub, "a", "Now", "e0", 1);
    emit(&hub, "a", "Later", "e1", 1);
    assert_eq!((count(&hub, none), count(&hub, later)), (0, 1));
}

#[test]
fn a_filter_keeps_its_topic_while_the_window_forgets_its_events() {
    let hub = Hub::open(&Options { max_events: 1, ..memory() }).unwrap();
    let number = hub.open_filter(of_topic("a")).unwrap();
    emit(&hub, "a", "K", "e0", 1);
    (1..5).for_each(|event| assert_eq!(emit(&hub, &format!("t{event}"), "K", "e", 1), event));
    assert_eq!((count(&hub, number), hub.kept_from(number)), (0, 1));
    emit(&hub, "a", "K", "e5", 1);
    assert_eq!(count(&hub, number), 1);
}

#[test]
fn more_types_than_there_are_numbers_are_an_error_that_takes_nothing() {
    let hub = Hub::open(&memory()).unwrap();
    (0..MAX_TYPES).for_each(|number| assert_eq!(hub.kind(&format!("K{number}")), Ok(number as u16)));
    let named = NamedFilter { topics: Some(vec!["a".to_owned()]), types: Some(vec!["one more".to_owned()]) };
    let (_, before) = (hub.topic("a"), hub.stats().topics);
    assert_eq!(hub.open_filter(named).unwrap_err().code(), "ERR_LOG_TYPES_FULL");
    assert_eq!(hub.stats().topics, before);
}

#[test]
fn frames_of_a_closed_filter_or_without_a_ledger_are_none() {
    let home = home();
    for options in [memory(), small(&home)] {
        let hub = Hub::open(&options).unwrap();
        emit(&hub, "a", "K", "e0", 1);
        let frames = hub.frames_from_ledger(99, 0, usize::MAX).unwrap();
        assert_eq!((frames.count, frames.next, frames.bytes.len()), (0, 0, 0));
    }
}
