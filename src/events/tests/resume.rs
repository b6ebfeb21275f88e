//! Where a reader that comes back goes on.

use super::{PATIENCE, emit, home, memory, small};
use crate::events::{Hub, Options, Resume};
use crate::log::cursor;

#[test]
fn a_cursor_of_this_hub_goes_on_after_its_event() {
    let hub = Hub::open(&memory()).unwrap();
    (0..3).for_each(|event| assert_eq!(emit(&hub, "t", "K", &format!("e{event}"), 1), event));
    for offset in 0..3 {
        assert_eq!(hub.resume(&cursor::format(hub.epoch(), offset)), Resume::After(offset));
    }
    for offset in [3, 4, cursor::MAX_OFFSET] {
        assert_eq!(hub.resume(&cursor::format(hub.epoch(), offset)), Resume::Unknown, "never given out");
    }
}

#[test]
fn a_cursor_of_another_hub_is_told_from_an_id() {
    let (one, other) = (Hub::open(&memory()).unwrap(), Hub::open(&memory()).unwrap());
    assert_ne!(one.epoch(), other.epoch());
    emit(&one, "t", "K", "my-id", 1);
    emit(&other, "t", "K", "my-id", 1);
    assert_eq!(one.resume(&cursor::format(other.epoch(), 0)), Resume::OtherEpoch);
    assert_eq!(one.resume("my-id"), Resume::After(0));
    for strange in ["", "-", "no such id", "0195d3a8-7c2e-4f60-9a51-3f2b8c1d4e5f", "\u{0}", "k3v9x2qa-01"] {
        assert_eq!(one.resume(strange), Resume::NotInWindow, "{strange:?}");
    }
}

#[test]
fn an_id_names_its_newest_event_of_the_window_and_older_ones_are_found_in_the_ledger() {
    let home = home();
    let hub = Hub::open(&Options { max_events: 2, ..small(&home) }).unwrap();
    for id in ["a", "b", "a", "c"] {
        emit(&hub, "t", "K", id, 1);
    }
    assert_eq!((hub.find("a"), hub.find("b"), hub.find("c")), (Some(2), None, Some(3)));
    assert_eq!(hub.find_in_ledger("b"), Ok(Some(1)));
    assert_eq!(hub.find_in_ledger("a"), Ok(Some(2)), "on its way to the file or there already");
    assert_eq!(hub.find_in_ledger("d"), Ok(None));
    emit(&hub, "t", "K", "d", 1);
    assert_eq!((hub.find("a"), hub.find("d")), (None, Some(4)), "what came since the last look");
}

#[test]
fn cursors_and_ids_outlive_a_clean_restart() {
    let home = home();
    let hub = Hub::open(&small(&home)).unwrap();
    emit(&hub, "t", "K", "before", 1);
    let cursor = cursor::format(hub.epoch(), 0);
    assert_eq!(hub.close(PATIENCE), Ok(true));
    drop(hub);
    let hub = Hub::open(&small(&home)).unwrap();
    assert_eq!(hub.resume(&cursor), Resume::After(0));
    assert_eq!(hub.resume("before"), Resume::After(0));
    assert_eq!(emit(&hub, "t", "K", "after", 1), 1);
}
