//! The index in use: grown behind the lines, made anew where it is missing or does not fit, and worth its bytes: what it
//! rules out is not read.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{Call, Scripted};
use super::rotation::{open, rotating, until};
use super::{Durability, Ledger, Setup, Want, close, emit_line, home, ledger_in, open_with, soon};
use crate::ledger::index::BLOCK_EVENTS;
use crate::ledger::{Span, paths};
use crate::log::Refusal;
use crate::log::filter::NamedFilter;

const EVENTS: u64 = 60_000;

/// Event number `number`: of topic `name`, a second after the one before.
fn line(number: u64, name: &str) -> String {
    format!(
        r#"{{"id":"e{number}","topic":"{name}","type":"K","timestamp":{},"n":{number:08}}}"#,
        number * 1000
    )
}

/// One in thirty thousand is of a rare topic.
fn topic(number: u64) -> &'static str {
    if number % 30_000 == 17 { "rare" } else { "common" }
}

fn spacious(path: &Path) -> Setup {
    let mut setup = rotating(path);
    setup.upkeep.rotate.max_bytes = Some(3 << 20);
    setup.ring_bytes = 4 << 20;
    setup
}

fn emit(ledger: &Ledger, numbers: std::ops::Range<u64>, topic: impl Fn(u64) -> &'static str) {
    for number in numbers {
        let name = topic(number);
        while emit_line(ledger.log(), name, "K", line(number, name).as_bytes()) == Err(Refusal::Full) {
            ledger.urge();
            std::thread::yield_now();
        }
    }
    assert_eq!(ledger.wait(ledger.log().head_offset(), soon()), Ok(true));
}

/// The indexes of a ledger with a closed segment and an active one, once they are complete.
fn indexes(ledger: &Ledger, path: &Path) -> Vec<PathBuf> {
    let segments = ledger.catalog().current();
    assert!(!segments.closed.is_empty());
    let starts = segments.closed.iter().map(|segment| segment.start.offset).chain([segments.active.offset]);
    let indexes: Vec<PathBuf> = starts.map(|first| paths::of_segment(path, first, "index")).collect();
    let covered = |first| ledger.reader().index(first).covered().offset;
    let blocks_behind = 2 * u64::from(BLOCK_EVENTS);
    until(|| {
        segments.closed.iter().all(|segment| covered(segment.start.offset) == segment.end.offset)
            && covered(segments.active.offset) + blocks_behind > ledger.durable().offset
    });
    indexes
}

fn offsets(ledger: &Ledger, filter: NamedFilter, span: Span) -> Vec<u64> {
    let want = Want { filter, span, ..Want::default() };
    ledger.reader().read(&want).unwrap().0.iter().map(|event| event.offset).collect()
}

/// What was found, and how many reads of files that took.
fn cost(files: &Scripted, ledger: &Ledger, filter: NamedFilter, span: Span) -> (Vec<u64>, usize) {
    let before = files.count(Call::ReadAt);
    let found = offsets(ledger, filter, span);
    (found, files.count(Call::ReadAt) - before)
}

#[test]
fn what_it_rules_out_is_not_read() {
    let home = home();
    let path = ledger_in(&home);
    let setup = spacious(&path);
    let ledger = open(&setup);
    emit(&ledger, 0..EVENTS, topic);
    indexes(&ledger, &path);
    close(ledger);
    let files = Scripted::passing();
    let ledger = open_with(&setup, Durability::Group, files.as_files()).unwrap();
    let (all, everything) = cost(&files, &ledger, NamedFilter::default(), Span::default());
    assert_eq!(all.len() as u64, EVENTS);
    let within = |since, until| Span { since_ms: Some(since * 1000), until_ms: Some(until * 1000) };
    // The tail that has no block yet is read for each of them.
    let sought = [
        (NamedFilter::topic("never"), Span::default(), vec![]),
        (NamedFilter::topic("rare"), Span::default(), vec![17, 30_017]),
        (NamedFilter::topic("rare"), within(0, 20_000), vec![17]),
        (NamedFilter::default(), within(31_000, 31_003), vec![31_000, 31_001, 31_002]),
        (NamedFilter::topic("common"), within(EVENTS, EVENTS + 9), vec![]),
    ];
    for (filter, span, expected) in sought {
        let (found, reads) = cost(&files, &ledger, filter.clone(), span);
        assert_eq!(found, expected, "{filter:?} {span:?}");
        assert!(reads * 3 < everything, "{filter:?} {span:?}: {reads} reads, {everything} for all events");
    }
    close(ledger);
}

#[test]
fn it_is_made_anew_where_it_is_missing_or_does_not_fit() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("missing", |index| fs::remove_file(index).unwrap()),
        ("emptied", |index| fs::write(index, "").unwrap()),
        ("of something else", |index| fs::write(index, [7; 4096]).unwrap()),
        ("damaged in its middle", |index| {
            let mut bytes = fs::read(index).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            bytes.truncate(bytes.len() - 3);
            fs::write(index, bytes).unwrap();
        }),
    ];
    let home = home();
    let path = ledger_in(&home);
    let setup = spacious(&path);
    let ledger = open(&setup);
    emit(&ledger, 0..EVENTS, topic);
    let paths = indexes(&ledger, &path);
    close(ledger);
    let sound: Vec<Vec<u8>> = paths.iter().map(|index| fs::read(index).unwrap()).collect();
    for (name, damage) in damages {
        paths.iter().for_each(|index| damage(index));
        let ledger = open(&setup);
        // What it cannot be asked is read instead.
        assert_eq!(offsets(&ledger, NamedFilter::topic("rare"), Span::default()), [17, 30_017], "{name}");
        until(|| {
            paths.iter().zip(&sound).all(|(index, sound)| fs::read(index).is_ok_and(|bytes| bytes == *sound))
        });
        close(ledger);
    }
}

#[test]
fn lines_that_took_the_place_of_others_are_found_by_their_own_topics() {
    let home = home();
    let path = ledger_in(&home);
    let setup = spacious(&path);
    let ledger = open(&setup);
    emit(&ledger, 0..20_000, |_| "before");
    let first = paths::of_segment(&path, 0, "index");
    until(|| fs::metadata(&first).is_ok_and(|about| about.len() > 600));
    close(ledger);
    // As a power loss may leave it: the index knows lines that the ledger lost.
    let lines = fs::read(&path).unwrap();
    let end = memchr::memchr_iter(b'\n', &lines).nth(4_999).unwrap() + 1;
    fs::write(&path, &lines[..end]).unwrap();
    // Nobody indexes meanwhile, so that opening alone sees to it.
    let mut setup = setup;
    setup.upkeep.index = false;
    let ledger = open(&setup);
    assert_eq!(ledger.log().head_offset(), 5_000);
    emit(&ledger, 5_000..20_000, |_| "insted"); // as long as the ones they replace
    let found = offsets(&ledger, NamedFilter::topic("insted"), Span::default());
    assert_eq!((found.len(), found.first()), (15_000, Some(&5_000)));
    close(ledger);
}
