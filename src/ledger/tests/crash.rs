//! What a kill leaves behind: made by holding a real writer in the middle of its work and copying the files.

use std::fs;
use std::path::Path;

use super::files::{Call, Scripted};
use super::{Durability, close, emit_all, home, ledger_in, lines, open, open_with, setup, sidecar, soon};

/// Where the boot id begins in the spool (see log/spool.rs).
const BOOT_AT: usize = 24;

/// The files of a ledger whose process was killed.
pub struct Crash {
    /// The first bytes of the lines, which were acknowledged.
    pub floor: usize,
    /// The lines of all events whose append had returned. The file may have had any part of them from the floor on.
    pub lines: Vec<u8>,
    pub epoch: String,
    meta: Vec<u8>,
    spool: Vec<u8>,
}

/// What became of the spool since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spool {
    Kept,
    /// The machine was started anew.
    OfAnotherBoot,
    Missing,
}

impl Crash {
    /// A process that was killed after `events` events, the first `acknowledged` of them acknowledged.
    pub fn after(acknowledged: usize, events: usize) -> Self {
        let home = home();
        let path = ledger_in(&home);
        let files = Scripted::passing();
        // A life before this one, if there is anything for it to do, ended well.
        let before = acknowledged.min(1);
        let ledger = open(&path).unwrap();
        emit_all(ledger.log(), 0..before);
        close(ledger);
        let ledger = open_with(&setup(&path), Durability::Group, files.as_files()).unwrap();
        emit_all(ledger.log(), before..acknowledged);
        assert_eq!(ledger.wait(acknowledged as u64, soon()), Ok(true));
        files.hold(Call::Append);
        emit_all(ledger.log(), acknowledged..events);
        ledger.urge();
        files.until_held();
        let crash = Self {
            floor: lines(0..acknowledged).len(),
            lines: lines(0..events),
            epoch: ledger.epoch().to_string(),
            meta: fs::read(sidecar(&path, "meta")).unwrap(),
            spool: fs::read(sidecar(&path, "spool")).unwrap(),
        };
        files.let_go();
        drop(ledger);
        crash
    }

    /// Puts the files to `ledger`, whose own content is the first `length` bytes of the lines.
    pub fn restore(&self, ledger: &Path, length: usize, spool: Spool) {
        fs::write(ledger, &self.lines[..length]).unwrap();
        fs::write(sidecar(ledger, "meta"), &self.meta).unwrap();
        fs::write(sidecar(ledger, "spool"), &self.spool).unwrap();
        match spool {
            Spool::Kept => {}
            Spool::OfAnotherBoot => boot_anew(ledger),
            Spool::Missing => fs::remove_file(sidecar(ledger, "spool")).unwrap(),
        }
    }
}

/// Makes the spool one of an earlier boot, if there is one.
pub fn boot_anew(ledger: &Path) {
    let path = sidecar(ledger, "spool");
    if let Ok(mut bytes) = fs::read(&path) {
        bytes[BOOT_AT] ^= 1;
        fs::write(path, bytes).unwrap();
    }
}
