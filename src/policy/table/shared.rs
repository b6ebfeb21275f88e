//! A table in a file: opening it, making it, and doing both in many processes at once.
//!
//! Every user holds a shared lock on the file, which the system drops with its process. Whoever finds itself alone
//! may make the table, or make it anew when it is of an earlier boot, unfinished, or of another plan. Nobody ever waits
//! for a lock to count: it only tells who is there.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use super::hash::Seed;
use super::header::{Found, HEADER_BYTES, Header};
use super::limiter::Limiter;
use super::memory::{Words, bytes_for};
use super::plan::{Layout, Plan};
use crate::policy::PolicyError;
use crate::policy::private_file::{allocate, failed, open_private};
use crate::port::{Random, boot_id};

/// A limiter over a file. Other users of the file see every count at once.
pub struct SharedTable {
    /// The counters.
    pub limiter: Limiter<Words>,
    /// Seed of the key hashes.
    pub seed: Seed,
    /// Holds the lock that tells others that the table is in use.
    _file: File,
}

/// Attempts to agree with others that open the same file at the same moment.
const ATTEMPTS: usize = 100;

impl SharedTable {
    /// Opens the table at `path`, making it if need be.
    pub fn open(path: &Path, plan: &Plan, random: &dyn Random) -> Result<Self, PolicyError> {
        if !portable_atomic::AtomicU128::is_lock_free() {
            // Without it, the swaps would be guarded by a lock that only this process sees.
            return Err(PolicyError::Unsupported { what: "a shared table on this processor" });
        }
        let layout = plan.layout()?.for_machine_clock();
        let opening = Opening { path, plan, bytes: file_bytes(&layout)?, boot: boot(path)? };
        for _ in 0..ATTEMPTS {
            let file = open_private(path)?;
            if let Some(seed) = opening.agree(&file, random)? {
                let words = Words::in_file(&file, HEADER_BYTES, layout.wide_count, layout.word_count)
                    .map_err(|error| failed(path, &error))?;
                return Ok(Self { limiter: Limiter::new(words, layout), seed, _file: file });
            }
        }
        let cause = "other processes keep changing it".to_owned();
        Err(PolicyError::TableOpen { path: path.display().to_string(), cause })
    }
}

fn boot(path: &Path) -> Result<[u8; 16], PolicyError> {
    boot_id().map_err(|error| failed(path, &error))
}

fn file_bytes(layout: &Layout) -> Result<u64, PolicyError> {
    bytes_for(layout.wide_count, layout.word_count)
        .and_then(|bytes| bytes.checked_add(HEADER_BYTES))
        .and_then(|bytes| u64::try_from(bytes).ok())
        .ok_or(PolicyError::Unsupported { what: "a table of this size" })
}

struct Opening<'a> {
    path: &'a Path,
    plan: &'a Plan,
    bytes: u64,
    boot: [u8; 16],
}

impl Opening<'_> {
    /// The seed of a table that is ready and ours to use, `None` when somebody was in between.
    fn agree(&self, file: &File, random: &dyn Random) -> Result<Option<Seed>, PolicyError> {
        let alone = flock(file, FlockOperation::NonBlockingLockExclusive).is_ok();
        if alone && self.usable(file)?.is_none() {
            self.make(file, random)?;
        }
        // Waits for whoever is making the table. Turning one's own exclusive lock into a shared one lets others in
        // between, so what counts is read after it.
        flock(file, FlockOperation::LockShared).map_err(|error| failed(self.path, &error.into()))?;
        match self.usable(file)? {
            Some(seed) => Ok(Some(seed)),
            None if alone => Ok(None),
            None => self.blame(file).map(|()| None),
        }
    }

    /// The seed, if the file is a whole table of this boot and this plan.
    fn usable(&self, file: &File) -> Result<Option<Seed>, PolicyError> {
        match self.read(file)? {
            Found::Table(header) => {
                let same = header.boot == self.boot
                    && header.plan == *self.plan
                    && header.bytes == self.bytes
                    && file.metadata().is_ok_and(|found| found.len() == self.bytes);
                Ok(same.then_some(header.seed))
            }
            Found::Unfinished => Ok(None),
            Found::Foreign(reason) => {
                Err(PolicyError::TableFormat { path: self.path.display().to_string(), reason })
            }
        }
    }

    /// Why a table that others hold cannot be used. Nothing: it may be better a moment later.
    fn blame(&self, file: &File) -> Result<(), PolicyError> {
        let others = matches!(self.read(file)?, Found::Table(header) if header.plan != *self.plan);
        if others && flock(file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(PolicyError::TableMismatch { path: self.path.display().to_string() });
        }
        Ok(())
    }

    fn read(&self, mut file: &File) -> Result<Found, PolicyError> {
        let mut page = Vec::with_capacity(HEADER_BYTES);
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.take(HEADER_BYTES as u64).read_to_end(&mut page))
            .map_err(|error| failed(self.path, &error))?;
        Ok(Header::decode(&page))
    }

    /// Makes the table. The header comes last: a death before it leaves a file that says it is unfinished.
    fn make(&self, mut file: &File, random: &dyn Random) -> Result<(), PolicyError> {
        let mut seed = [0; 16];
        let made = random.fill(&mut seed).and_then(|()| {
            file.set_len(0)?;
            allocate(file, self.bytes)
        });
        made.map_err(|error| failed(self.path, &error))?;
        let header = Header { boot: self.boot, seed: Seed(seed), bytes: self.bytes, plan: self.plan.clone() };
        let page = header.encode().ok_or(PolicyError::OptionInvalid {
            option: "budgets",
            expected: "fewer budgets".to_owned(),
            actual: format!("{}", self.plan.exact.len() + self.plan.gcra.len()),
        })?;
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.write_all(&page))
            .map_err(|error| failed(self.path, &error))
    }
}
