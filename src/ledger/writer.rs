//! The writer thread: takes what the log has beyond the ledger's end, writes it, syncs it, says so. No timer: while
//! one batch syncs, the next one gathers.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use memchr::memchr;

use super::meta::{self, Meta};
use super::progress::Progress;
use super::rotation::Rotation;
use super::{Durability, LedgerError, SharedKeeper, SharedLock, keeper};
use crate::log::cursor::Epoch;
use crate::log::{Admission, Checkpoint, Log};
use crate::port::{AppendFile, Files};
use crate::sync::atomic::Ordering;
use crate::sync::thread;

/// How long lines that nobody waits for may gather, so that a busy producer does not cost a system call per event.
const NAP: Duration = Duration::from_millis(1);

/// Naps without news before the thread sleeps until it is woken.
const NAPS_BEFORE_SLEEP: u32 = 20;

/// How long to sleep for the next request after one that somebody waited for: they come in series, each with a call
/// that ends the sleep. The nap's timer would be armed for every commit and hardly ever ring.
const LINGER: Duration = Duration::from_millis(20);

/// How far ahead of the head the ring's pages are prepared, and in what steps: a millisecond of a fast producer.
const PREFAULT: usize = 1 << 20;

/// Between two tries on a full disk.
const FULL_DISK_PAUSE: Duration = Duration::from_millis(100);

/// See the module.
pub struct Writer {
    pub path: PathBuf,
    pub log: Arc<Log>,
    pub file: Box<dyn AppendFile>,
    pub files: Arc<dyn Files>,
    pub lock: SharedLock,
    pub epoch: Epoch,
    pub durability: Durability,
    pub progress: Arc<Progress>,
    /// The end of the ledger.
    pub at: Checkpoint,
    /// Up to where the ring's pages are prepared.
    pub prepared: u64,
    /// The segment that is written, and when another one follows.
    pub rotation: Rotation,
    pub keeper: SharedKeeper,
    /// A file to let go of, where nobody waits for it.
    pub replaced: Option<File>,
}

impl Writer {
    /// Runs until closed or failed.
    pub fn run(mut self) {
        drop(self.replaced.take());
        let outcome = self.follow().and_then(|()| self.end());
        if let Err(error) = outcome {
            self.fail(error);
        } else {
            // The lock goes before anybody is told, so that whoever waits may open the ledger again at once, and after
            // the keeper, which works on the files.
            keeper::stop(&self.keeper);
            self.lock.lock().take();
        }
        self.progress.finish();
    }

    /// Refuses further events and acknowledgements, because of `error`. Whoever has closed already is not coming back.
    pub(super) fn fail(&self, error: LedgerError) {
        if self.progress.closing.load(Ordering::SeqCst) {
            self.lock.lock().take();
        }
        self.log.admit(Admission::Failed);
        self.progress.fail(error);
    }

    fn follow(&mut self) -> Result<(), LedgerError> {
        self.prepare();
        let mut idle = 0;
        let mut awaited = false;
        loop {
            let closing = self.progress.closing.load(Ordering::SeqCst);
            let sleepy = idle >= NAPS_BEFORE_SLEEP && !closing;
            match self.log.head_beyond(self.at.position, sleepy) {
                Some(_) => {
                    idle = 0;
                    self.prepare();
                    let mut urgent = self.progress.urgent.swap(false, Ordering::SeqCst);
                    if !urgent && !closing && !self.log.pressure() {
                        thread::park_timeout(NAP);
                        urgent = self.progress.urgent.swap(false, Ordering::SeqCst);
                    }
                    // Asked again after the nap: the batch is whatever has come by now.
                    if let Some(head) = self.log.head_beyond(self.at.position, false) {
                        self.commit(head)?;
                    }
                    awaited = urgent;
                }
                None if closing => return Ok(()),
                None if sleepy => self.sleep()?,
                None => {
                    idle += 1;
                    thread::park_timeout(if awaited { LINGER } else { NAP });
                }
            }
        }
    }

    /// Sleeps until there are events, or the segment is old enough.
    fn sleep(&mut self) -> Result<(), LedgerError> {
        let Some(due) = self.rotation.due_in(self.at) else {
            thread::park();
            return Ok(());
        };
        thread::park_timeout(due);
        self.advance()
    }

    /// Closes the segment when it is time.
    fn advance(&mut self) -> Result<(), LedgerError> {
        let outcome = self.rotation.advance(&mut self.file, self.at);
        outcome.map_err(|(operation, cause)| self.failed(operation, cause))
    }

    /// Takes page faults off the producers.
    fn prepare(&mut self) {
        let head = self.log.head_position();
        if head + PREFAULT as u64 / 2 >= self.prepared {
            let from = self.prepared.max(head);
            self.log.prefault(from, PREFAULT);
            self.prepared = from + PREFAULT as u64;
        }
    }

    /// Writes everything before `head`, makes it as durable as was asked for, and says so.
    pub(super) fn commit(&mut self, head: Checkpoint) -> Result<(), LedgerError> {
        while self.at.position < head.position {
            let wanted = if self.durability == Durability::Always { self.line(head) } else { head };
            let to = self.rotation.batch(&self.log, self.at, wanted);
            if to == self.at {
                self.advance()?; // another segment, which has room, or this one for want of another
            } else {
                self.commit_batch(to)?;
            }
        }
        Ok(())
    }

    /// The end of the next line.
    fn line(&self, head: Checkpoint) -> Checkpoint {
        let (from, to) = (self.at.position, head.position);
        let end = self.log.unreleased(from, to, |bytes| memchr(b'\n', bytes));
        let length = end.map_or(to - from, |end| end as u64 + 1);
        Checkpoint { position: from + length, offset: self.at.offset + 1 }
    }

    fn commit_batch(&mut self, to: Checkpoint) -> Result<(), LedgerError> {
        let log = Arc::clone(&self.log);
        log.unreleased(self.at.position, to.position, |bytes| {
            self.write(bytes)?;
            let recorded = self.rotation.record(self.at, bytes);
            recorded.map_err(|(operation, cause)| self.failed(operation, cause))
        })?;
        if self.durability != Durability::None {
            // An error here is final: the kernel may have dropped the pages, so a second sync would prove nothing.
            self.file.sync().map_err(|cause| self.failed("fdatasync", cause))?;
        }
        // A deleted file takes writes and syncs as any other, and keeps nothing.
        if self.file.vanished().map_err(|cause| self.failed("look for", cause))? {
            return Err(self.failed("find", io::ErrorKind::NotFound.into()));
        }
        self.progress.bytes.fetch_add(to.position - self.at.position, Ordering::Relaxed);
        self.at = to;
        self.log.release(to);
        self.progress.advance(to);
        self.advance()
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), LedgerError> {
        while !bytes.is_empty() {
            match self.file.append(bytes) {
                Ok(0) => return Err(self.failed("write", io::ErrorKind::WriteZero.into())),
                Ok(written) => {
                    bytes = bytes.get(written..).unwrap_or(&[]);
                    self.progress.stalled.store(false, Ordering::Relaxed);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Nothing is lost by waiting: the lines stay in the ring, and producers are told to wait as well.
                Err(error) if full(&error) && !self.progress.closing.load(Ordering::SeqCst) => {
                    self.progress.stalled.store(true, Ordering::Relaxed);
                    thread::park_timeout(FULL_DISK_PAUSE);
                }
                Err(error) => return Err(self.failed("write", error)),
            }
        }
        Ok(())
    }

    /// Leaves a ledger that needs no recovery.
    pub(super) fn end(&mut self) -> Result<(), LedgerError> {
        self.file.sync().map_err(|cause| self.failed("fdatasync", cause))?;
        self.rotation.end().map_err(|(operation, cause)| self.failed(operation, cause))?;
        let chained = self.rotation.chain.is_some();
        let clean = Meta { epoch: self.epoch, clean: Some(self.at), risk: None, chained };
        meta::write(self.files.as_ref(), &self.path, clean)
            .map_err(|cause| self.failed("record the end of", cause))
    }

    fn failed(&self, operation: &'static str, cause: io::Error) -> LedgerError {
        LedgerError::Failed { path: self.path.clone(), operation, cause: cause.into() }
    }
}

/// Whether the disk is full.
pub(super) fn full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
