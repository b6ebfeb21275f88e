//! Ledgers that somebody else had a hand in, and those that cannot be opened.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::crash::{Crash, Spool};
use super::{
    Durability, LedgerError, MAX_LINE, close, content, emit, emit_line, event, home, ledger_in, line_of,
    lines, open, open_with, setup, sidecar, window, written,
};
use crate::error::Coded;
use crate::ledger::FORMAT;
use crate::log::CAPACITY_STEP;
use crate::port::System;

/// Opens `path`, appends one event and closes; returns the lines that were there before.
fn old_lines(path: &Path) -> Vec<Vec<u8>> {
    let ledger = open(path).unwrap();
    let old = written(&ledger);
    assert!(old.iter().map(|found| found.offset).eq(0..old.len() as u64));
    let before = content(path);
    assert_eq!(emit(ledger.log(), 0), Ok(old.len() as u64));
    close(ledger);
    assert_eq!(content(path), [before, lines([0])].concat());
    old.iter().map(|found| line_of(found).to_vec()).collect()
}

#[test]
fn a_new_ledger_is_empty_and_only_its_owner_reads_it() {
    let home = home();
    let path = ledger_in(&home);
    let ledger = open(&path).unwrap();
    assert!(content(&path).is_empty() && written(&ledger).is_empty() && window(ledger.log()).is_empty());
    assert_eq!(ledger.durable().offset, 0);
    close(ledger);
    #[cfg(unix)]
    for file in fs::read_dir(home.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[test]
fn an_emptied_ledger_begins_anew() {
    let home = home();
    let path = ledger_in(&home);
    old_lines(&path);
    let epoch = open(&path).unwrap().epoch();
    fs::write(&path, b"").unwrap();
    let ledger = open(&path).unwrap();
    assert_ne!(ledger.epoch(), epoch);
    assert_eq!(ledger.log().head_offset(), 0);
    close(ledger);
}

#[test]
fn a_deleted_ledger_begins_anew_whatever_its_sidecars_say() {
    let home = home();
    let path = ledger_in(&home);
    old_lines(&path);
    fs::remove_file(&path).unwrap();
    assert!(old_lines(&path).is_empty());
}

#[test]
fn lines_of_others_count_as_events_without_topic_and_type() {
    let home = home();
    let path = ledger_in(&home);
    let foreign = b"# a heading\n\n{\"topic\":\"t1\",\"type\":7}\r\n\xff\xfe\n[1,2]\n{\"topic\":\"t2\",\"type\":\"K1\"}\n";
    fs::write(&path, foreign).unwrap();
    let ledger = open(&path).unwrap();
    let found = written(&ledger);
    let named: Vec<_> = found.iter().map(|found| (found.topic.as_str(), found.kind.as_str())).collect();
    assert_eq!(named, [("", ""), ("", ""), ("t1", ""), ("", ""), ("", ""), ("t2", "K1")]);
    assert_eq!(found, window(ledger.log()));
    close(ledger);
    assert_eq!(content(&path), foreign);
    assert_eq!(old_lines(&path).len(), 6);
}

#[test]
fn a_last_line_without_newline_is_completed_when_it_is_whole_and_cut_when_it_is_not() {
    let home = home();
    let path = ledger_in(&home);
    fs::write(&path, [&lines(0..2)[..], event(2).as_bytes()].concat()).unwrap();
    assert_eq!(old_lines(&path).len(), 3);
    fs::write(&path, [&lines(0..2)[..], b"half a line"].concat()).unwrap();
    assert_eq!(old_lines(&path).len(), 2);
    fs::write(&path, b"half a line").unwrap();
    assert_eq!(old_lines(&path).len(), 0);
}

#[test]
fn a_torn_line_longer_than_a_read_of_it_is_cut_whole() {
    let home = home();
    let path = ledger_in(&home);
    let torn = vec![b'x'; (5 << 19) + 3];
    fs::write(&path, [&lines(0..2)[..], &torn].concat()).unwrap();
    let ledger = open(&path).unwrap();
    assert_eq!(ledger.recovered().cut_bytes, torn.len() as u64);
    assert_eq!(content(&path), lines(0..2));
    close(ledger);
}

#[test]
fn lines_longer_than_the_bound_are_read_from_the_ledger_and_the_window_begins_after_them() {
    let home = home();
    let path = ledger_in(&home);
    let long = [&vec![b'x'; MAX_LINE + 1][..], b"\n"].concat();
    for (content, in_window) in [
        ([&lines(0..2)[..], &long, &lines(2..5)].concat(), 3),
        ([&lines(0..2)[..], &long].concat(), 0),
        ([&long[..], &lines(0..2)].concat(), 2),
    ] {
        fs::write(&path, &content).unwrap();
        let ledger = open(&path).unwrap();
        let all = written(&ledger);
        assert_eq!(all.len(), content.iter().filter(|byte| **byte == b'\n').count());
        assert_eq!(window(ledger.log()), all[all.len() - in_window..]);
        assert_eq!(ledger.log().first_offset() as usize, all.len() - in_window);
        close(ledger);
    }
}

#[test]
fn a_ledger_longer_than_the_window_shows_its_newest_lines() {
    let home = home();
    let path = ledger_in(&home);
    fs::write(&path, lines(0..4000)).unwrap();
    let ledger = open(&path).unwrap();
    let (all, newest) = (written(&ledger), window(ledger.log()));
    assert_eq!(all.len(), 4000);
    assert!((100..4000).contains(&newest.len()));
    assert_eq!(newest, all[4000 - newest.len()..]);
    close(ledger);

    let mut few = setup(&path);
    few.retention.max_events = 7;
    let ledger = open_with(&few, Durability::Group, Arc::new(System)).unwrap();
    assert_eq!(window(ledger.log()), all[3993..]);
    close(ledger);
    let mut short = setup(&path);
    short.retention.max_bytes = 1000;
    let ledger = open_with(&short, Durability::Group, Arc::new(System)).unwrap();
    let newest = window(ledger.log());
    let bytes: usize = newest.iter().map(|found| found.line.len() + 1).sum();
    assert!((800..=1000).contains(&bytes), "{bytes}");
    close(ledger);
}

#[test]
fn the_ring_may_change_its_size_between_openings_even_after_a_kill() {
    let home = home();
    let path = ledger_in(&home);
    let crash = Crash::after(2, 9);
    for steps in [1, 2, 5] {
        crash.restore(&path, crash.floor + 3, Spool::Kept);
        let mut other = setup(&path);
        other.ring_bytes = steps * CAPACITY_STEP;
        let ledger = open_with(&other, Durability::Group, Arc::new(System)).unwrap();
        assert_eq!(content(&path), crash.lines);
        assert_eq!(ledger.epoch().to_string(), crash.epoch);
        assert_eq!(ledger.log().capacity() as usize, steps * CAPACITY_STEP);
        close(ledger);
        assert_eq!(old_lines(&path).len(), 9);
    }
}

#[test]
fn a_spool_that_is_none_proves_nothing() {
    let home = home();
    let path = ledger_in(&home);
    let crash = Crash::after(2, 4);
    for spool in
        [&b""[..], b"short", &[0; CAPACITY_STEP], &[7; 2 * CAPACITY_STEP], &[7; 2 * CAPACITY_STEP + 1]]
    {
        crash.restore(&path, crash.floor + 3, Spool::Kept);
        fs::write(sidecar(&path, "spool"), spool).unwrap();
        assert_eq!(old_lines(&path).len(), 2);
    }
}

#[test]
fn an_unreadable_meta_is_mended_by_a_new_epoch() {
    let home = home();
    let path = ledger_in(&home);
    old_lines(&path);
    let mut epochs = vec![open(&path).unwrap().epoch()];
    let metas = [
        "",
        "not json",
        "[]",
        r#"{"format":1}"#,
        r#"{"format":1,"epoch":"TOO LONG TO BE ONE","clean":null}"#,
        r#"{"format":"1","epoch":"k3v9x2qa","clean":null}"#,
        r#"{"format":1,"epoch":"k3v9x2qa","clean":{"position":999999,"offset":3}}"#,
    ];
    for meta in metas {
        fs::write(sidecar(&path, "meta"), meta).unwrap();
        let ledger = open(&path).unwrap();
        assert_eq!(written(&ledger).len(), 1);
        assert!(!epochs.contains(&ledger.epoch()), "{meta}");
        epochs.push(ledger.epoch());
        close(ledger);
        assert_eq!(open(&path).unwrap().epoch(), *epochs.last().unwrap(), "mended");
    }
}

#[test]
fn a_ledger_of_a_newer_format_is_left_alone() {
    let home = home();
    let path = ledger_in(&home);
    old_lines(&path);
    let newer = br#"{"format":2,"identity":{"of":"another shape"}}"#;
    fs::write(sidecar(&path, "meta"), newer).unwrap();
    fs::write(&path, b"with a torn end").unwrap();
    let error = open(&path).unwrap_err();
    let meta = sidecar(&path, "meta");
    assert_eq!(error, LedgerError::Format { path: meta.clone(), version: 2, supported: FORMAT });
    assert_eq!(error.code(), "ERR_LEDGER_FORMAT");
    assert_eq!((content(&path), content(&meta)), (b"with a torn end".to_vec(), newer.to_vec()));
}

#[test]
fn what_cannot_be_opened_says_what_and_why() {
    let home = home();
    let missing = home.path().join("missing").join("ledger.ndjson");
    let folder = home.path().join("folder");
    fs::create_dir(&folder).unwrap();
    for (path, reason) in
        [(&missing, std::io::ErrorKind::NotFound), (&folder, std::io::ErrorKind::IsADirectory)]
    {
        let error = open(path).unwrap_err();
        let LedgerError::Open { cause, .. } = &error else { panic!("{error:?}") };
        assert_eq!(std::io::Error::from_raw_os_error(cause.errno.unwrap()).kind(), reason);
        assert_eq!(error.code(), "ERR_LEDGER_OPEN");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    assert!(!missing.parent().unwrap().exists(), "a mistyped path makes no folders");
}

#[test]
fn a_second_writer_is_kept_out_until_the_first_has_closed() {
    let home = home();
    let path = ledger_in(&home);
    let first = open(&path).unwrap();
    emit(first.log(), 0).unwrap();
    let refused = open(&path).unwrap_err();
    assert_eq!(refused, LedgerError::Locked { path: path.clone(), pid: std::process::id() });
    assert_eq!(refused.code(), "ERR_LEDGER_LOCKED");
    assert_eq!(emit(first.log(), 1), Ok(1), "the first goes on");
    close(first);
    let second = open(&path).unwrap();
    assert_eq!(written(&second).len(), 2);
    drop(second); // an owner that goes without closing gives the lock back too
    close(open(&path).unwrap());
}

#[test]
fn more_types_than_a_log_can_name_do_not_keep_a_ledger_closed() {
    let home = home();
    let path = ledger_in(&home);
    let count = crate::log::MAX_TYPES + 10;
    let text: String = (0..count).map(|number| format!("{{\"type\":\"K{number}\"}}\n")).collect();
    fs::write(&path, text).unwrap();
    let mut wide = setup(&path);
    wide.ring_bytes = 1 << 20;
    let ledger = open_with(&wide, Durability::Group, Arc::new(System)).unwrap();
    let (all, newest) = (written(&ledger), window(ledger.log()));
    assert_eq!((all.len(), newest.len()), (count, count));
    assert!(all.iter().zip(&newest).all(|(one, other)| one.line == other.line));
    // What has no number reads as untyped from memory, never as some other type.
    assert!(all.iter().zip(&newest).all(|(one, other)| other.kind == one.kind || other.kind.is_empty()));
    assert_eq!(all[count - 1].kind, format!("K{}", count - 1));
    assert_eq!(emit_line(ledger.log(), "", "K1", b"{}"), Ok(count as u64));
    close(ledger);
}
