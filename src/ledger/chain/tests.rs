//! The chain: what is as it was written verifies, whatever was done to it is found and named.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::ledger::chain::verify::Verified;
use crate::ledger::paths;
use crate::ledger::tests::rotation::{emit_patiently, rotating, until};
use crate::ledger::tests::{close, home, ledger_in, open_with, setup};
use crate::ledger::upkeep::{Key, Upkeep};
use crate::ledger::{Durability, Ledger, LedgerError, Setup};
use crate::port::System;

fn chained(path: &Path) -> Setup {
    Setup { upkeep: Upkeep { chain: true, ..Upkeep::default() }, ..setup(path) }
}

fn open(setup: &Setup) -> Ledger {
    open_with(setup, Durability::Group, Arc::new(System)).unwrap()
}

fn check(path: &Path) -> Verified {
    verify(&System, path, &Ask::default()).unwrap()
}

/// A ledger of three batches of ten events, closed.
fn three_batches(home: &tempfile::TempDir) -> PathBuf {
    let path = ledger_in(home);
    let ledger = open(&chained(&path));
    for batch in 0..3 {
        emit_patiently(&ledger, batch * 10..batch * 10 + 10);
    }
    close(ledger);
    path
}

fn lines_of(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn put(path: &Path, lines: &[String]) {
    fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

#[test]
fn what_was_written_verifies_open_and_closed() {
    let home = home();
    let path = ledger_in(&home);
    let ledger = open(&chained(&path));
    emit_patiently(&ledger, 0..500);
    let live = check(&path);
    assert_eq!((live.events, live.problem, live.unproven), (500, None, 0));
    close(ledger);
    // The option may be left out later: a ledger that has a chain keeps it.
    let ledger = open(&setup(&path));
    emit_patiently(&ledger, 500..600);
    close(ledger);
    let found = check(&path);
    assert_eq!((found.events, found.problem, found.segments), (600, None, 1));
    assert_eq!(found.bytes, fs::metadata(&path).unwrap().len());
    assert!(found.batches >= 2 && found.recovered == 0 && found.cuts == 0);
}

#[test]
fn each_kind_of_change_is_found_and_names_its_line() {
    let change = |act: &dyn Fn(&mut Vec<String>)| {
        let home = home();
        let path = three_batches(&home);
        let mut lines = lines_of(&path);
        act(&mut lines);
        put(&path, &lines);
        check(&path).problem.map(|problem| (problem.offset, problem.kind))
    };
    assert_eq!(change(&|_| ()), None);
    for at in 0..30 {
        let altered = change(&|lines| lines[at] = lines[at].replace("\"id\":\"e", "\"id\":\"f"));
        assert_eq!(altered, Some((at as u64, ProblemKind::Altered)));
        let missing = change(&|lines| drop(lines.remove(at)));
        assert_eq!(missing, Some((at as u64, ProblemKind::Missing)));
        let added = change(&|lines| lines.insert(at, "{\"forged\":1}".to_owned()));
        assert_eq!(added, Some((at as u64, ProblemKind::Added)));
        if at < 29 {
            let reordered = change(&|lines| lines.swap(at, at + 1));
            assert_eq!(reordered, Some((at as u64, ProblemKind::Reordered)));
        }
    }
    assert_eq!(change(&|lines| lines.push("{}".to_owned())), Some((30, ProblemKind::Added)));
    assert_eq!(change(&|lines| lines.truncate(12)), Some((12, ProblemKind::Missing)));
    assert_eq!(change(&Vec::clear), Some((0, ProblemKind::Missing)));
}

#[test]
fn a_change_stays_found_after_the_ledger_was_used_again() {
    for act in [
        (|lines: &mut Vec<String>| lines.push("{}".to_owned())) as fn(&mut Vec<String>),
        |lines| lines.truncate(12),
        |lines| drop(lines.remove(4)),
        |lines| lines[4] = lines[4].replace('e', "f"),
    ] {
        let home = home();
        let path = three_batches(&home);
        let mut lines = lines_of(&path);
        act(&mut lines);
        put(&path, &lines);
        let first = check(&path).problem.unwrap();
        let ledger = open(&chained(&path));
        emit_patiently(&ledger, 100..150);
        assert_eq!(check(&path).problem.unwrap().offset, first.offset);
        close(ledger);
        assert_eq!(check(&path).problem.unwrap().offset, first.offset);
    }
}

#[test]
fn every_byte_of_the_chain_counts() {
    let home = home();
    let path = three_batches(&home);
    let sidecar = paths::of_segment(&path, 0, "chain");
    let good = fs::read(&sidecar).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&sidecar, bad).unwrap();
        let found = verify(&System, &path, &Ask::default());
        assert!(found.is_err() || found.unwrap().problem.is_some(), "byte {at}");
    }
    for length in 0..good.len() {
        fs::write(&sidecar, &good[..length]).unwrap();
        assert!(check(&path).problem.is_some(), "cut to {length}");
    }
    fs::remove_file(&sidecar).unwrap();
    let problem = Some(Problem { offset: 0, kind: ProblemKind::Chain });
    assert_eq!((check(&path).problem, check(&path).unchained), (problem, 30));
}

#[test]
fn a_key_is_needed_and_no_other_will_do() {
    let home = home();
    let path = ledger_in(&home);
    let key = |text: &str| Some(Key(text.as_bytes().to_vec()));
    let mut keyed = chained(&path);
    keyed.upkeep.key = key("secret");
    let ledger = open(&keyed);
    emit_patiently(&ledger, 0..20);
    close(ledger);
    let ask = |key| verify(&System, &path, &Ask { key, ..Ask::default() });
    assert_eq!(ask(key("secret")).unwrap().problem, None);
    assert_eq!(ask(key("secret")).unwrap().events, 20);
    assert!(matches!(ask(key("guess")), Err(LedgerError::Read { .. })));
    assert!(matches!(ask(None), Err(LedgerError::Read { .. })));
    for wrong in [key("guess"), None] {
        keyed.upkeep.key = wrong;
        let error = open_with(&keyed, Durability::Group, Arc::new(System)).unwrap_err();
        assert!(error.to_string().contains("key"), "{error}");
    }
    keyed.upkeep.key = key("secret");
    let ledger = open(&keyed);
    emit_patiently(&ledger, 20..30);
    close(ledger);
    assert_eq!(ask(key("secret")).unwrap().events, 30);
}

#[test]
fn whoever_forges_both_without_the_key_is_found() {
    let (one, two) = (home(), home());
    let (path, forged) = (ledger_in(&one), ledger_in(&two));
    let mut keyed = chained(&path);
    keyed.upkeep.key = Some(Key(b"secret".to_vec()));
    let ledger = open(&keyed);
    emit_patiently(&ledger, 0..20);
    close(ledger);
    // The same lines but one, with a chain of the forger's own key.
    keyed.path = forged.clone();
    keyed.upkeep.key = Some(Key(b"other".to_vec()));
    let ledger = open(&keyed);
    emit_patiently(&ledger, 1..21);
    close(ledger);
    let suffix = |path: &Path| paths::of_segment(path, 0, "chain");
    let original = fs::read(suffix(&path)).unwrap();
    let mut fake = fs::read(suffix(&forged)).unwrap();
    fake[..76].copy_from_slice(&original[..76]); // the start, which tells the key
    fs::copy(&forged, &path).unwrap();
    fs::write(suffix(&path), fake).unwrap();
    let ask = Ask { key: Some(Key(b"secret".to_vec())), ..Ask::default() };
    assert!(verify(&System, &path, &ask).unwrap().problem.is_some());
}

#[test]
fn the_chain_runs_through_segments_and_their_compressed_form() {
    let home = home();
    let path = ledger_in(&home);
    let mut setup = rotating(&path);
    setup.upkeep.chain = true;
    setup.upkeep.compress = true;
    let ledger = open(&setup);
    emit_patiently(&ledger, 0..1000);
    until(|| ledger.catalog().current().closed.iter().all(|segment| segment.packed));
    let segments = ledger.catalog().current();
    let found = check(&path);
    assert_eq!((found.events, found.problem), (1000, None));
    assert_eq!(found.segments, segments.closed.len() as u64 + 1);
    close(ledger);

    // A segment that is missing, or has another one's chain.
    let second = segments.closed[1].start.offset;
    let chain = |first| paths::of_segment(&path, first, "chain");
    let saved = fs::read(chain(second)).unwrap();
    fs::remove_file(chain(second)).unwrap();
    let problem = |kind| Some(Problem { offset: second, kind });
    assert_eq!(check(&path).problem, problem(ProblemKind::Chain));
    fs::write(chain(second), saved).unwrap();
    assert_eq!(check(&path).problem, None);
    fs::remove_file(paths::packed(&path, second)).unwrap();
    assert_eq!(check(&path).problem, problem(ProblemKind::Missing));
}

#[test]
fn an_anchor_tells_a_chain_that_was_made_anew() {
    let home = home();
    let path = three_batches(&home);
    let anchor = head(&System, &path).unwrap().unwrap();
    assert_eq!(anchor.offset, 30);
    let ask = |anchors| verify(&System, &path, &Ask { anchors, ..Ask::default() }).unwrap().problem;
    let ledger = open(&chained(&path));
    emit_patiently(&ledger, 30..40);
    close(ledger);
    let later = head(&System, &path).unwrap().unwrap();
    assert_eq!(ask(vec![anchor, later]), None);
    // Everything is replaced by a ledger that is sound in itself.
    let mut lines = lines_of(&path);
    lines[3] = lines[3].replace('e', "f");
    put(&path, &lines);
    for suffix in ["meta", "spool", "0000000000000000.chain"] {
        fs::remove_file(paths::sidecar(&path, suffix)).unwrap();
    }
    close(open(&chained(&path)));
    // Which proves nothing of what was there before it.
    assert_eq!((check(&path).problem, check(&path).events, check(&path).unchained), (None, 0, 40));
    assert_eq!(ask(vec![anchor]), Some(Problem { offset: 30, kind: ProblemKind::Anchor }));
    // Cut off behind an earlier anchor.
    lines.truncate(20);
    put(&path, &lines);
    for suffix in ["meta", "0000000000000000.chain"] {
        fs::remove_file(paths::sidecar(&path, suffix)).unwrap();
    }
    close(open(&chained(&path)));
    assert_eq!(ask(vec![later]), Some(Problem { offset: 20, kind: ProblemKind::Missing }));
}

#[test]
fn verifying_tells_how_far_it_is_and_can_be_ended() {
    let home = home();
    let path = three_batches(&home);
    let total = fs::metadata(&path).unwrap().len();
    let told = std::cell::Cell::new((0, 0));
    let progress = |done, all| {
        told.set((done, all));
        true
    };
    verify(&System, &path, &Ask { progress: Some(&progress), ..Ask::default() }).unwrap();
    assert_eq!(told.get(), (total, total));
    let stop = |_, _| false;
    assert!(verify(&System, &path, &Ask { progress: Some(&stop), ..Ask::default() }).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn no_sidecar_makes_verify_panic(at in 0usize..400, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let home = home();
        let path = three_batches(&home);
        let sidecar = paths::of_segment(&path, 0, "chain");
        let mut chain = fs::read(&sidecar).unwrap();
        let at = at.min(chain.len());
        chain.splice(at.., bytes);
        fs::write(&sidecar, chain).unwrap();
        let _ = verify(&System, &path, &Ask::default());
    }
}
