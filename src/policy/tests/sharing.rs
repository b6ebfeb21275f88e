//! A table in a file: who may use it, and what becomes of it.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::policy::PolicyError;
use crate::policy::clock::uptime_us;
use crate::policy::table::limiter::Answer;
use crate::policy::table::plan::{Plan, Rate};
use crate::policy::table::shared::SharedTable;
use crate::port::{Random, System};

fn plan(limit: u64) -> Plan {
    Plan { max_keys: 8, exact: vec![Rate { limit, window_ms: 60_000 }], gcra: vec![], concurrent: None }
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("limits");
    (folder, path)
}

fn open(path: &Path, plan: &Plan) -> Result<SharedTable, PolicyError> {
    SharedTable::open(path, plan, &System)
}

fn take(table: &SharedTable) -> bool {
    let key = table.seed.hash(b"key");
    matches!(table.limiter.take(key, 1, 0, uptime_us()), Answer::Admitted { .. })
}

#[test]
fn users_of_a_file_share_its_counts_and_the_next_ones_find_them() {
    let (_folder, path) = place();
    let (first, second) = (open(&path, &plan(3)).unwrap(), open(&path, &plan(3)).unwrap());
    assert!(take(&first) && take(&second));
    drop((first, second));
    let third = open(&path, &plan(3)).unwrap();
    assert!(take(&third) && !take(&third));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn other_limits_are_refused_while_the_file_is_in_use_and_begin_anew_when_it_is_not() {
    let (_folder, path) = place();
    let first = open(&path, &plan(3)).unwrap();
    assert!(take(&first));
    assert!(matches!(open(&path, &plan(4)), Err(PolicyError::TableMismatch { .. })));
    assert!(take(&first) && take(&first) && !take(&first), "the refused one did no harm");
    drop(first);
    let other = open(&path, &plan(4)).unwrap();
    assert_eq!((0..9).filter(|_| take(&other)).count(), 4);
}

#[test]
fn files_that_are_not_ours_alone_or_no_tables_are_refused() {
    let (folder, path) = place();
    let target = folder.path().join("target");
    fs::write(&target, "").unwrap();
    symlink(&target, &path).unwrap();
    assert!(matches!(open(&path, &plan(1)), Err(PolicyError::TableUnsafe { .. })), "a link");
    fs::remove_file(&path).unwrap();

    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(open(&path, &plan(1)), Err(PolicyError::TableUnsafe { .. })), "rights of others");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::hard_link(&path, folder.path().join("second")).unwrap();
    assert!(matches!(open(&path, &plan(1)), Err(PolicyError::TableUnsafe { .. })), "two names");
    fs::remove_file(folder.path().join("second")).unwrap();

    fs::write(&path, "precious").unwrap();
    assert!(matches!(open(&path, &plan(1)), Err(PolicyError::TableFormat { .. })), "somebody's file");
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    assert!(matches!(open(folder.path(), &plan(1)), Err(PolicyError::TableOpen { .. })), "a directory");
    assert!(matches!(open(&folder.path().join("none/x"), &plan(1)), Err(PolicyError::TableOpen { .. })));
}

#[test]
fn a_table_of_another_boot_or_cut_short_is_made_anew() {
    let (_folder, path) = place();
    let first = open(&path, &plan(1)).unwrap();
    assert!(take(&first));
    drop(first);
    // Another boot: the id changes, and with it the checksum; an unfinished header says the same more simply.
    let mut bytes = fs::read(&path).unwrap();
    bytes[56..64].fill(0);
    fs::write(&path, &bytes).unwrap();
    let second = open(&path, &plan(1)).unwrap();
    assert!(take(&second));
    drop(second);

    let header = crate::policy::table::header::Header::decode(&fs::read(&path).unwrap());
    let crate::policy::table::header::Found::Table(mut header) = header else { panic!() };
    header.boot = [9; 16];
    let mut bytes = fs::read(&path).unwrap();
    bytes[..4096].copy_from_slice(&header.encode().unwrap());
    fs::write(&path, &bytes).unwrap();
    assert!(take(&open(&path, &plan(1)).unwrap()), "what was counted before the reboot is over");

    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(5000).unwrap();
    assert!(take(&open(&path, &plan(1)).unwrap()), "a file that lost its end");
}

struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, _bytes: &mut [u8]) -> io::Result<()> {
        Err(io::Error::other("none left"))
    }
}

#[test]
fn without_randomness_no_table_is_made_and_a_later_one_can_be() {
    let (_folder, path) = place();
    assert!(matches!(SharedTable::open(&path, &plan(1), &NoRandom), Err(PolicyError::TableOpen { .. })));
    assert!(open(&path, &plan(1)).is_ok());
}

#[test]
fn opening_at_once_agrees_on_one_table() {
    for _ in 0..20 {
        let (_folder, path) = place();
        let barrier = std::sync::Barrier::new(8);
        let tables: Vec<SharedTable> = std::thread::scope(|threads| {
            let open_one = || {
                barrier.wait();
                open(&path, &plan(5)).unwrap()
            };
            let all: Vec<_> = (0..8).map(|_| threads.spawn(open_one)).collect();
            all.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(tables.iter().all(|table| table.seed == tables[0].seed));
        let admitted: usize = tables.iter().map(|table| (0..5).filter(|_| take(table)).count()).sum();
        assert_eq!(admitted, 5);
    }
}
