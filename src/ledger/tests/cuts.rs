//! The ledger cut at every byte and opened again.

use std::fs;
use std::path::Path;

use super::crash::{Crash, Spool};
use super::{
    Recovered, close, content, emit, emit_all, event, home, ledger_in, line_of, lines, open, sidecar, window,
    written,
};

/// What is left of a cut ledger without a spool: its whole lines, and a last one that lacks only its newline.
fn whole_lines(cut: &[u8]) -> Vec<u8> {
    let whole = cut.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (kept, torn) = cut.split_at(whole);
    match serde_json::from_slice::<serde_json::Value>(torn) {
        Ok(_) => [cut, b"\n"].concat(),
        Err(_) => kept.to_vec(),
    }
}

/// Opens what is at `path` and requires these lines, in the file, in the window and from the reader; that the log goes
/// on after them; and that nothing is left to mend afterwards. Returns the epoch and what opening found.
fn requires(path: &Path, expected: &[u8]) -> (String, Recovered) {
    let ledger = open(path).unwrap();
    let epoch = ledger.epoch().to_string();
    let recovered = ledger.recovered();
    let count = expected.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(content(path), expected);
    assert_eq!(recovered.events, count as u64);
    assert_eq!(ledger.durable().offset, count as u64);

    let found = window(ledger.log());
    let joined: Vec<u8> = found.iter().flat_map(|found| [line_of(found), b"\n"].concat()).collect();
    assert_eq!(joined, expected);
    assert!(found.iter().map(|found| found.offset).eq(0..count as u64));
    assert_eq!(found, written(&ledger));

    assert_eq!(emit(ledger.log(), count), Ok(count as u64));
    close(ledger);
    let longer = [expected, &lines([count])[..]].concat();
    assert_eq!(content(path), longer);
    let again = open(path).unwrap();
    assert_eq!(again.epoch().to_string(), epoch, "a clean end keeps the epoch");
    assert_eq!(again.recovered(), Recovered { events: count as u64 + 1, ..Recovered::default() });
    close(again);
    (epoch, recovered)
}

#[test]
fn with_a_spool_of_this_boot_a_cut_file_is_completed_to_the_byte() {
    let home = home();
    let path = ledger_in(&home);
    for (acknowledged, events) in [(0, 5), (3, 8)] {
        let crash = Crash::after(acknowledged, events);
        for length in crash.floor..=crash.lines.len() {
            crash.restore(&path, length, Spool::Kept);
            let (epoch, recovered) = requires(&path, &crash.lines);
            assert_eq!(epoch, crash.epoch);
            let completed_bytes = (crash.lines.len() - length) as u64;
            assert_eq!(recovered, Recovered { completed_bytes, cut_bytes: 0, events: events as u64 });
        }
    }
}

#[test]
fn a_file_cut_below_what_the_spool_has_is_somebody_elses_doing_and_keeps_its_whole_lines() {
    let home = home();
    let path = ledger_in(&home);
    let crash = Crash::after(4, 6);
    for length in 0..crash.floor {
        crash.restore(&path, length, Spool::Kept);
        let kept = whole_lines(&crash.lines[..length]);
        let (epoch, recovered) = requires(&path, &kept);
        assert_ne!(epoch, crash.epoch, "offsets will be given again");
        assert_eq!(recovered.completed_bytes, 0);
        assert_eq!(recovered.cut_bytes, length.saturating_sub(kept.len()) as u64);
    }
}

#[test]
fn without_a_spool_of_this_boot_whole_lines_stay_and_a_torn_one_goes() {
    let home = home();
    let path = ledger_in(&home);
    let crash = Crash::after(2, 5);
    for spool in [Spool::OfAnotherBoot, Spool::Missing] {
        for length in 0..=crash.lines.len() {
            crash.restore(&path, length, spool);
            let kept = whole_lines(&crash.lines[..length]);
            let (epoch, recovered) = requires(&path, &kept);
            assert_ne!(epoch, crash.epoch, "lines that a reader saw may be gone");
            assert_eq!(recovered.completed_bytes, 0);
            assert_eq!(recovered.cut_bytes, length.saturating_sub(kept.len()) as u64);
        }
    }
}

#[test]
fn a_cleanly_closed_ledger_keeps_its_epoch_unless_it_is_cut_below_its_end() {
    let home = home();
    let path = ledger_in(&home);
    let ledger = open(&path).unwrap();
    let epoch = ledger.epoch().to_string();
    emit_all(ledger.log(), 0..3);
    close(ledger);
    let end = lines(0..3).len();
    let meta = fs::read(sidecar(&path, "meta")).unwrap();
    // Somebody appended two more lines since, the last of them perhaps in part.
    let whole = lines(0..5);
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        fs::write(sidecar(&path, "meta"), &meta).unwrap();
        fs::remove_file(sidecar(&path, "spool")).unwrap();
        let kept = whole_lines(&whole[..length]);
        let (found, _) = requires(&path, &kept);
        assert_eq!(found == epoch, kept.len() >= end, "cut at {length}");
    }
}

#[test]
fn the_same_with_the_spool_of_the_clean_end() {
    let home = home();
    let path = ledger_in(&home);
    let ledger = open(&path).unwrap();
    let epoch = ledger.epoch().to_string();
    emit_all(ledger.log(), 0..3);
    close(ledger);
    let end = lines(0..3).len();
    let (meta, spool) =
        (fs::read(sidecar(&path, "meta")).unwrap(), fs::read(sidecar(&path, "spool")).unwrap());
    let whole = lines(0..5);
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        fs::write(sidecar(&path, "meta"), &meta).unwrap();
        fs::write(sidecar(&path, "spool"), &spool).unwrap();
        let kept = whole_lines(&whole[..length]);
        let (found, _) = requires(&path, &kept);
        assert_eq!(found == epoch, kept.len() >= end, "cut at {length}");
    }
}

#[test]
fn a_ledger_edited_while_it_was_closed_is_counted_anew() {
    let home = home();
    let path = ledger_in(&home);
    for spool in [true, false] {
        fs::write(&path, b"").unwrap();
        let ledger = open(&path).unwrap();
        let epoch = ledger.epoch().to_string();
        emit_all(ledger.log(), 0..3);
        close(ledger);
        // Longer lines in the place of the old ones: where these ended, a new one goes on.
        let edited = lines([7, 8, 9, 10]);
        assert!(edited.len() > lines(0..3).len() && edited[lines(0..3).len() - 1] != b'\n');
        fs::write(&path, &edited).unwrap();
        if !spool {
            fs::remove_file(sidecar(&path, "spool")).unwrap();
        }
        let (found, _) = requires(&path, &edited);
        assert_ne!(found, epoch);
    }
}

#[test]
fn what_somebody_appended_after_a_kill_is_neither_overwritten_nor_spliced() {
    let home = home();
    let path = ledger_in(&home);
    let crash = Crash::after(2, 6);
    let foreign = b"{\"foreign\":true}\n";
    let long = [&b"{\"foreign\":\""[..], &vec![b'x'; crash.lines.len()], b"\"}\n"].concat();
    let append = |length: usize, more: &[u8]| {
        crash.restore(&path, length, Spool::Kept);
        fs::write(&path, [&crash.lines[..length], more].concat()).unwrap();
    };
    // Where the spool goes on otherwise it proves nothing: the lines of the file stay, in a new epoch.
    for more in [&foreign[..], &long] {
        append(crash.floor, more);
        let ledger = open(&path).unwrap();
        assert_eq!(content(&path), [&crash.lines[..crash.floor], more].concat());
        assert_ne!(ledger.epoch().to_string(), crash.epoch);
        assert_eq!(written(&ledger).len(), 3);
        close(ledger);
    }
    // What follows all that the spool has is one event more.
    append(crash.lines.len(), foreign);
    let (epoch, _) = requires(&path, &[&crash.lines[..], foreign].concat());
    assert_eq!(epoch, crash.epoch);
}

#[test]
fn a_ledger_that_is_killed_again_and_again_loses_nothing() {
    let home = home();
    let path = ledger_in(&home);
    let crash = Crash::after(2, 6);
    crash.restore(&path, crash.floor + 7, Spool::Kept);
    // Opening, and dying before anything is emitted: the files are as opening left them.
    let files = ["", ".meta", ".spool"].map(|suffix| home.path().join(format!("ledger.ndjson{suffix}")));
    for _ in 0..3 {
        let ledger = open(&path).unwrap();
        let left = files.clone().map(|file| fs::read(file).unwrap());
        close(ledger);
        files.iter().zip(left).for_each(|(file, bytes)| fs::write(file, bytes).unwrap());
    }
    let (epoch, _) = requires(&path, &crash.lines);
    assert_eq!(epoch, crash.epoch);
}

#[test]
fn an_event_that_is_no_object_is_cut_only_when_its_end_cannot_be_told() {
    // `12` may have been `123`; the others would show that something is missing.
    for (torn, kept) in [("12", false), ("nul", false), ("[1,2", false), (event(1).as_str(), true)] {
        let home = home();
        let path = ledger_in(&home);
        fs::write(&path, [&lines([0])[..], torn.as_bytes()].concat()).unwrap();
        let ledger = open(&path).unwrap();
        assert_eq!(written(&ledger).len(), 1 + usize::from(kept), "{torn}");
        close(ledger);
    }
}
