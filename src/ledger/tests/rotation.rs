//! Segments of a ledger in use: closed on time, read as one, kept as long as they should be, whatever goes wrong.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::files::{Call, Scripted, Verdict};
use super::{
    Durability, Found, Ledger, PATIENCE, Setup, Upkeep, close, emit, emit_all, event, home, ledger_in, lines,
    open_with, setup, soon, window, written,
};
use crate::ledger::consumers;
use crate::ledger::segments::{News, load, write_manifest};
use crate::ledger::{Retain, Rotate, paths};
use crate::log::Refusal;
use crate::log::filter::NamedFilter;
use crate::port::{Clock, Files, System};

/// A ledger whose segments have a few hundred events.
pub fn rotating(path: &Path) -> Setup {
    let rotate = Rotate { max_bytes: Some(8192), ..Rotate::default() };
    Setup { upkeep: Upkeep { rotate, index: true, ..Upkeep::default() }, ..setup(path) }
}

pub fn open(setup: &Setup) -> Ledger {
    open_with(setup, Durability::Group, Arc::new(System)).unwrap()
}

/// Emits these events, waiting where the ring is full.
pub fn emit_patiently(ledger: &Ledger, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        while emit(ledger.log(), number) == Err(Refusal::Full) {
            ledger.urge();
            std::thread::yield_now();
        }
    }
    assert_eq!(ledger.wait(ledger.log().head_offset(), soon()), Ok(true));
}

/// Waits until the keeper has brought about what `done` asks for.
pub fn until(mut done: impl FnMut() -> bool) {
    let deadline = soon();
    while !done() {
        assert!(std::time::Instant::now() < deadline, "it did not come about");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn offsets(found: &[Found]) -> Vec<u64> {
    found.iter().map(|event| event.offset).collect()
}

#[test]
fn a_full_segment_is_closed_and_all_are_read_as_one_ledger() {
    let home = home();
    let path = ledger_in(&home);
    let ledger = open(&rotating(&path));
    emit_patiently(&ledger, 0..1000);
    let segments = ledger.catalog().current();
    assert!(segments.closed.len() >= 5, "{segments:?}");
    let mut all = Vec::new();
    for segment in &segments.closed {
        let bytes = fs::read(paths::closed(&path, segment.start.offset)).unwrap();
        assert_eq!(bytes.len() as u64, segment.end.position - segment.start.position);
        assert!(bytes.len() <= 8192, "a batch is cut where the segment is full");
        all.extend_from_slice(&bytes);
    }
    all.extend_from_slice(&fs::read(&path).unwrap());
    assert_eq!(all, lines(0..1000));
    let read = written(&ledger);
    assert_eq!(offsets(&read), (0..1000).collect::<Vec<u64>>());
    assert_eq!(read[777].line, event(777).into_bytes());
    assert_eq!(ledger.reader().find("e3").unwrap(), Some(3));
    assert_eq!(ledger.reader().find("e999").unwrap(), Some(999));
    let filter = NamedFilter::topic("t1");
    assert_eq!(offsets(&ledger.reader().newest(&filter, 500, 3).unwrap()), [493, 496, 499]);
    let (news, count) = ledger.catalog().news(0);
    assert_eq!(count, segments.closed.len() as u64);
    assert_eq!(news.first(), Some(&News::Rotated(segments.closed[0])));
    assert_eq!(ledger.catalog().news(count).0, []);
    close(ledger);

    // Opened again: same offsets, same epoch, a window across segments.
    let ledger = open(&rotating(&path));
    assert_eq!(ledger.log().head_offset(), 1000);
    assert_eq!(written(&ledger).len(), 1000);
    assert!(window(ledger.log()).len() > 500);
    emit_patiently(&ledger, 1000..1100);
    assert_eq!(offsets(&written(&ledger)), (0..1100).collect::<Vec<u64>>());
    close(ledger);
}

#[test]
fn a_line_longer_than_a_segment_is_one() {
    let home = home();
    let path = ledger_in(&home);
    let mut setup = rotating(&path);
    setup.upkeep.rotate.max_bytes = Some(10);
    let ledger = open(&setup);
    emit_patiently(&ledger, 0..20);
    // The last one is closed after it is acknowledged.
    until(|| ledger.catalog().current().closed.len() == 20);
    assert_eq!(offsets(&written(&ledger)), (0..20).collect::<Vec<u64>>());
    close(ledger);
}

#[test]
fn a_segment_has_no_more_events_and_bytes_than_it_may() {
    for durability in [Durability::None, Durability::Group, Durability::Always] {
        for max_events in [1, 7, 30] {
            let home = home();
            let path = ledger_in(&home);
            let mut setup = rotating(&path);
            setup.upkeep.rotate =
                Rotate { max_bytes: Some(900), max_events: Some(max_events), max_age_ms: None };
            let ledger = open_with(&setup, durability, Arc::new(System)).unwrap();
            emit_patiently(&ledger, 0..100);
            let segments = ledger.catalog().current();
            for segment in &segments.closed {
                let events = segment.end.offset - segment.start.offset;
                let bytes = segment.end.position - segment.start.position;
                assert!(events <= max_events && bytes <= 900, "{durability:?} {segment:?}");
                // The one that follows would have found no room.
                let next = event(segment.end.offset as usize).len() as u64 + 1;
                assert!(events == max_events || bytes + next > 900, "{durability:?} {segment:?}");
            }
            assert!(100 - segments.active.offset <= max_events);
            assert_eq!(offsets(&written(&ledger)), (0..100).collect::<Vec<u64>>());
            close(ledger);
        }
    }
}

/// The time when the segment was begun is on disk, so that a clock that was set is one that began at another time.
#[test]
fn a_clock_that_is_set_closes_a_segment_early_or_late_and_loses_nothing() {
    let hour = 3_600_000;
    for (since_ms, closes) in [(1, true), (u64::MAX, false)] {
        let home = home();
        let path = ledger_in(&home);
        let mut setup = rotating(&path);
        setup.upkeep.rotate = Rotate { max_age_ms: Some(hour), ..Rotate::default() };
        let ledger = open(&setup);
        emit_patiently(&ledger, 0..10);
        assert_eq!(ledger.catalog().current().closed.len(), 0);
        close(ledger);
        let mut segments = load(&System, &path).unwrap().segments;
        segments.since_ms = since_ms;
        write_manifest(&System, &path, &segments).unwrap();
        let ledger = open(&setup);
        emit_patiently(&ledger, 10..20);
        until(|| !closes || ledger.catalog().current().closed.len() == 1);
        assert_eq!(ledger.catalog().current().closed.is_empty(), !closes);
        emit_patiently(&ledger, 20..30);
        assert_eq!(offsets(&written(&ledger)), (0..30).collect::<Vec<u64>>());
        close(ledger);
        let since_ms = load(&System, &path).unwrap().segments.since_ms;
        assert!(since_ms <= System.now_ms(), "it does not stay young for ever");
    }
}

#[test]
fn an_old_segment_is_closed_without_further_events_and_an_empty_one_is_not() {
    let home = home();
    let path = ledger_in(&home);
    let mut setup = rotating(&path);
    setup.upkeep.rotate = Rotate { max_age_ms: Some(40), ..Rotate::default() };
    let ledger = open(&setup);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(ledger.catalog().current().closed.len(), 0);
    emit_patiently(&ledger, 0..3);
    // On a busy machine the three may get old apart from each other; however many files there are, none is empty.
    until(|| ledger.catalog().current().active.offset == 3);
    let starts: Vec<u64> =
        ledger.catalog().current().closed.iter().map(|closed| closed.start.offset).collect();
    assert_eq!(starts.first(), Some(&0));
    assert!(starts.windows(2).all(|pair| pair[0] < pair[1]), "{starts:?}");
    assert_eq!(fs::read(&path).unwrap(), b"");
    close(ledger);
}

#[test]
fn closed_segments_are_compressed_and_read_all_the_same() {
    let home = home();
    let path = ledger_in(&home);
    let mut setup = rotating(&path);
    setup.upkeep.compress = true;
    let ledger = open(&setup);
    emit_patiently(&ledger, 0..1000);
    until(|| ledger.catalog().current().closed.iter().all(|segment| segment.packed));
    assert_eq!(offsets(&written(&ledger)), (0..1000).collect::<Vec<u64>>());
    assert_eq!(ledger.reader().find("e5").unwrap(), Some(5));
    close(ledger);
    assert!(!paths::closed(&path, 0).exists() && paths::packed(&path, 0).exists());
    let ledger = open(&setup);
    assert_eq!(offsets(&written(&ledger)), (0..1000).collect::<Vec<u64>>());
    assert!(window(ledger.log()).len() > 500, "the window is filled from compressed segments, too");
    close(ledger);
}

#[test]
fn retention_deletes_the_oldest_with_its_sidecars_but_nothing_a_consumer_wants() {
    let home = home();
    let path = ledger_in(&home);
    let mut setup = rotating(&path);
    setup.upkeep.retain = Retain { max_segments: Some(2), ..Retain::default() };
    setup.upkeep.chain = true;
    consumers::record(&System, &path, "shipper", 0).unwrap();
    let ledger = open(&setup);
    emit_patiently(&ledger, 0..1000);
    let before = ledger.catalog().current();
    assert!(before.closed.len() > 4);
    let third = before.closed[2].start.offset;
    consumers::record(&System, &path, "shipper", third + 1).unwrap();
    emit_patiently(&ledger, 1000..1400);
    until(|| ledger.reader().oldest().unwrap() == third);
    consumers::record(&System, &path, "shipper", 1700).unwrap();
    emit_patiently(&ledger, 1400..1700);
    until(|| ledger.catalog().current().closed.len() == 2);
    let oldest = ledger.reader().oldest().unwrap();
    assert_eq!(offsets(&written(&ledger)), (oldest..1700).collect::<Vec<u64>>());
    assert_eq!(ledger.reader().find("e0").unwrap(), None);
    close(ledger);
    for segment in &before.closed {
        let first = segment.start.offset;
        assert!(!paths::closed(&path, first).exists());
        assert!(!paths::of_segment(&path, first, "index").exists());
        assert!(!paths::of_segment(&path, first, "chain").exists());
    }
    let ledger = open(&setup);
    assert_eq!((ledger.reader().oldest().unwrap(), ledger.log().head_offset()), (oldest, 1700));
    close(ledger);
}

#[test]
fn retention_by_bytes_and_by_age_keeps_a_ledger_within_them() {
    let bounds = [
        Retain { max_bytes: Some(20_000), ..Retain::default() },
        Retain { max_age_ms: Some(1), ..Retain::default() },
    ];
    for retain in bounds {
        let home = home();
        let path = ledger_in(&home);
        let mut setup = rotating(&path);
        setup.upkeep.retain = retain;
        let ledger = open(&setup);
        emit_patiently(&ledger, 0..1000);
        let stored = || {
            let segments = ledger.catalog().current();
            segments.closed.iter().map(|segment| segment.stored_bytes).sum::<u64>()
                + (ledger.durable().position - segments.active.position)
        };
        match retain.max_bytes {
            Some(most) => {
                until(|| stored() <= most);
                assert!(stored() + 8192 > most, "no more is deleted than must be");
            }
            // Without further events: age alone does it.
            None => until(|| ledger.catalog().current().closed.is_empty()),
        }
        let oldest = ledger.reader().oldest().unwrap();
        assert!(oldest > 0);
        assert_eq!(offsets(&written(&ledger)), (oldest..1000).collect::<Vec<u64>>());
        close(ledger);
    }
}

#[test]
fn a_consumer_that_is_declared_while_segments_are_deleted_keeps_the_rest() {
    let home = home();
    let path = ledger_in(&home);
    let mut setup = rotating(&path);
    setup.upkeep.retain = Retain { max_segments: Some(0), ..Retain::default() };
    consumers::record(&System, &path, "first", 0).unwrap();
    let files = Scripted::passing();
    let ledger = open_with(&setup, Durability::Group, files.as_files()).unwrap();
    emit_patiently(&ledger, 0..1000);
    let closed = ledger.catalog().current().closed.clone();
    // The keeper is held between finding out what nobody wants and deleting it.
    files.hold(Call::Remove);
    consumers::forget(&System, &path, "first").unwrap();
    emit_patiently(&ledger, 1000..1400);
    files.until_held();
    let second = closed[1].start.offset;
    consumers::record(&System, &path, "second", second).unwrap();
    files.let_go();
    until(|| ledger.reader().oldest().unwrap() == second);
    emit_patiently(&ledger, 1400..1800);
    assert_eq!(offsets(&written(&ledger)), (second..1800).collect::<Vec<u64>>());
    close(ledger);
    assert_eq!(load(&System, &path).unwrap().segments.oldest(), second);
}

/// Every call of a rotation fails in turn.
#[test]
fn whatever_fails_in_a_rotation_nothing_is_lost() {
    let calls =
        [Call::OpenAppend, Call::Truncate, Call::Rename, Call::SyncDirectory, Call::Sync, Call::Append];
    for chain in [false, true] {
        for call in calls {
            for skip in 0..6 {
                let home = home();
                let path = ledger_in(&home);
                let mut setup = rotating(&path);
                setup.upkeep = Upkeep { chain, index: false, ..setup.upkeep };
                setup.upkeep.rotate.max_bytes = Some(400);
                let files = Scripted::passing();
                let ledger = open_with(&setup, Durability::Group, files.as_files()).unwrap();
                emit_all(ledger.log(), 0..1);
                ledger.wait(1, soon()).unwrap();
                let from = files.count(call);
                files.obey(move |asked, nth| {
                    if asked == call && nth == from + skip { Verdict::Fail(5) } else { Verdict::Pass }
                });
                let mut emitted = 1;
                for number in 1..30 {
                    if emit(ledger.log(), number).is_err() {
                        break;
                    }
                    emitted += 1;
                    let _ = ledger.wait(emitted as u64, soon());
                }
                let name = format!("{call:?} {skip} chain {chain}");
                files.obey(|_, _| Verdict::Pass);
                if ledger.failure().is_some() {
                    assert_eq!(ledger.reopen(), Ok(()), "{name}");
                    emit_all(ledger.log(), emitted..emitted + 20);
                    emitted += 20;
                    assert_eq!(ledger.wait(emitted as u64, soon()), Ok(true), "{name}");
                }
                assert_eq!(ledger.close(PATIENCE), Ok(true), "{name}");
                drop(ledger);
                let ledger = open(&setup);
                let found: Vec<u8> =
                    written(&ledger).iter().flat_map(|event| [&event.line[..], b"\n"].concat()).collect();
                assert_eq!(found, lines(0..emitted), "{name}");
                emit_patiently(&ledger, emitted..emitted + 20);
                assert!(ledger.catalog().current().closed.len() >= 2, "{name}");
                close(ledger);
            }
        }
    }
}

#[test]
fn a_rotation_that_cannot_begin_is_put_off_and_told_of() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let setup = rotating(&path);
    let ledger = open_with(&setup, Durability::Group, files.as_files()).unwrap();
    files.obey(|call, _| if call == Call::OpenAppend { Verdict::Fail(28) } else { Verdict::Pass });
    emit_patiently(&ledger, 0..300);
    let (news, _) = ledger.catalog().news(0);
    assert!(news.iter().any(|news| matches!(news, News::Trouble(_))), "{news:?}");
    assert_eq!(ledger.catalog().current().closed.len(), 0);
    assert_eq!(ledger.failure(), None);
    assert_eq!(fs::read(&path).unwrap(), lines(0..300));
    // It is tried again by itself, with the next events.
    files.obey(|_, _| Verdict::Pass);
    let mut emitted = 300;
    until(|| {
        emit_patiently(&ledger, [emitted]);
        emitted += 1;
        ledger.catalog().current().closed.len() == 1
    });
    assert_eq!(offsets(&written(&ledger)), (0..emitted as u64).collect::<Vec<u64>>());
    close(ledger);
}

#[test]
fn closing_records_the_segments_that_the_keeper_could_not() {
    let home = home();
    let path = ledger_in(&home);
    let files = Scripted::passing();
    let ledger = open_with(&rotating(&path), Durability::Group, files.as_files()).unwrap();
    // The keeper can write nothing until the writer has recorded the clean end: then it is only stopped.
    let ended = AtomicBool::new(false);
    files.obey(move |call, _| match (call, std::thread::current().name()) {
        (Call::Replace, Some("cortex-keeper")) if !ended.load(Ordering::SeqCst) => Verdict::Fail(28),
        (Call::Replace, Some(name)) => {
            ended.fetch_or(name != "cortex-keeper", Ordering::SeqCst);
            Verdict::Pass
        }
        _ => Verdict::Pass,
    });
    emit_patiently(&ledger, 0..300);
    until(|| ledger.catalog().news(0).0.iter().any(|news| matches!(news, News::Trouble(_))));
    assert!(!load(&System, &path).unwrap().recorded);
    close(ledger);
    assert!(load(&System, &path).unwrap().recorded);
}

/// What a crash leaves at every step of a rotation, made by hand.
#[test]
fn a_crash_at_any_step_of_a_rotation_leaves_a_ledger() {
    for step in 0..4 {
        let home = home();
        let path = ledger_in(&home);
        let mut setup = rotating(&path);
        setup.upkeep = Upkeep::default();
        let ledger = open(&setup);
        emit_patiently(&ledger, 0..50);
        let epoch = ledger.epoch();
        close(ledger);
        System.open_append(&paths::sidecar(&path, "next")).unwrap();
        if step >= 1 {
            fs::rename(&path, paths::closed(&path, 0)).unwrap();
        }
        if step >= 2 {
            fs::rename(paths::sidecar(&path, "next"), &path).unwrap();
        }
        if step >= 3 {
            fs::write(&path, event(50) + "\n").unwrap();
        }
        let ledger = open(&setup);
        let expected = if step >= 3 { 51 } else { 50 };
        assert_eq!(offsets(&written(&ledger)), (0..expected).collect::<Vec<u64>>(), "{step}");
        assert_eq!(ledger.epoch(), epoch, "{step}: readers' cursors go on");
        emit_patiently(&ledger, expected as usize..60);
        assert_eq!(offsets(&written(&ledger)), (0..60).collect::<Vec<u64>>(), "{step}");
        close(ledger);
    }
}
