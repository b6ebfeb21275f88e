//! The ledger: the log on disk, one line per event, as people grep it.
//!
//! One thread per ledger moves lines from the log's ring to the file and syncs as its [`Durability`] says. Producers
//! never wait for it: they learn the durable offset and may ask to be told when it passes theirs.
//!
//! # Files
//! ```text
//! ledger.ndjson        the lines, nothing else: JSON.stringify(event) + "\n" each
//! ledger.ndjson.meta   epoch and clean end, JSON, replaced whole          (meta.rs)
//! ledger.ndjson.spool  the ring: what kill -9 must not lose               (../log/spool.rs)
//!                      (and .spool.next while a ledger is being opened)
//! ledger.ndjson.lock   held while a writer has the ledger, names its pid  (lock.rs)
//! ```

mod error;
mod holes;
mod lock;
mod meta;
mod paths;
mod progress;
mod reader;
mod recovery;
mod reopen;
mod sparse;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use error::{LedgerError, OsCause};
use lock::Lock;
pub use meta::FORMAT;
use progress::Progress;
pub use reader::{Found, Reader, Want};
pub use recovery::{Recovered, Setup};
use writer::Writer;

use crate::log::cursor::Epoch;
use crate::log::{Admission, Checkpoint, Log};
use crate::port::{AppendFile, Files};
use crate::sync::atomic::Ordering;
use crate::sync::thread::{self, JoinHandle};
use crate::sync::{Instant, Mutex};

/// What an acknowledgement promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Written to the operating system: survives the process, not the machine.
    None,
    /// One `fdatasync` for everything that came during the last one.
    Group,
    /// One `fdatasync` per event.
    Always,
}

/// Called from the writer thread when the durable offset moved and somebody asked to be told.
pub type Listener = Arc<dyn Fn() + Send + Sync>;

/// The lock of a ledger, until whoever comes first gives it back: the writer that ends well, or who closes. A ledger that
/// failed keeps it, because what it could not write is in its ring only, and [`Ledger::reopen`] goes on from there.
type SharedLock = Arc<Mutex<Option<Lock>>>;

/// An open ledger with its writer thread.
pub struct Ledger {
    path: PathBuf,
    epoch: Epoch,
    log: Arc<Log>,
    files: Arc<dyn Files>,
    durability: Durability,
    lock: SharedLock,
    progress: Arc<Progress>,
    reader: Reader,
    recovered: Recovered,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Held while a failed ledger is recovered, which closing must not cross.
    reopening: Mutex<()>,
}

impl Ledger {
    /// Opens the ledger, completes it from the spool, fills the log's window with its newest events and starts the
    /// writer. `listener` is called as [`Listener`] says.
    pub fn open(
        setup: &Setup,
        durability: Durability,
        files: Arc<dyn Files>,
        listener: Listener,
    ) -> Result<Self, LedgerError> {
        let (ledger, writer) = Self::prepare(setup, durability, files, listener)?;
        ledger.start(writer)?;
        Ok(ledger)
    }

    /// The ledger, opened, and its writer, which has no thread yet.
    fn prepare(
        setup: &Setup,
        durability: Durability,
        files: Arc<dyn Files>,
        listener: Listener,
    ) -> Result<(Self, Writer), LedgerError> {
        let opened = recovery::open(setup, durability, files.as_ref())?;
        let log = Arc::new(opened.log);
        let progress = Arc::new(Progress::new(opened.end, opened.sparse, listener));
        let ledger = Self {
            path: setup.path.clone(),
            epoch: opened.epoch,
            log,
            reader: Reader::new(setup, Arc::clone(&files), Arc::clone(&progress)),
            files,
            durability,
            lock: Arc::new(Mutex::new(Some(opened.lock))),
            progress,
            recovered: opened.recovered,
            thread: Mutex::new(None),
            reopening: Mutex::new(()),
        };
        let writer = ledger.writer(opened.file, opened.end);
        Ok((ledger, writer))
    }

    /// A writer that goes on at `at`, the end of `file`.
    fn writer(&self, file: Box<dyn AppendFile>, at: Checkpoint) -> Writer {
        Writer {
            path: self.path.clone(),
            log: Arc::clone(&self.log),
            file,
            files: Arc::clone(&self.files),
            lock: Arc::clone(&self.lock),
            epoch: self.epoch,
            durability: self.durability,
            progress: Arc::clone(&self.progress),
            at,
            prepared: at.position,
        }
    }

    fn start(&self, writer: Writer) -> Result<(), LedgerError> {
        let thread = thread::Builder::new()
            .name("cortex-ledger".to_owned())
            .spawn(move || writer.run())
            .map_err(|cause| LedgerError::open(&self.path, "start the writer thread of", cause))?;
        self.log.set_follower(thread.thread().clone());
        *self.thread.lock() = Some(thread);
        Ok(())
    }

    /// The log whose lines go here.
    pub fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// Identity of the log.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The ledger's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads old events.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// What opening found.
    pub fn recovered(&self) -> Recovered {
        self.recovered
    }

    /// The end of what is acknowledged: the next offset that is not.
    pub fn durable(&self) -> Checkpoint {
        self.progress.durable()
    }

    /// Batches committed and bytes written since opening.
    pub fn commits(&self) -> (u64, u64) {
        (self.progress.commits.load(Ordering::Relaxed), self.progress.bytes.load(Ordering::Relaxed))
    }

    /// The error that ended the writer, if one did.
    pub fn failure(&self) -> Option<LedgerError> {
        self.progress.failure()
    }

    /// Whether the writer waits for room on the disk.
    pub fn stalled(&self) -> bool {
        self.progress.stalled.load(Ordering::Relaxed)
    }

    /// Asks for a commit now and for one call of the listener once the durable offset moves. Returns that offset as
    /// it is now: when it covers what the caller waits for, no call may come.
    pub fn commit(&self) -> Checkpoint {
        self.progress.armed.store(true, Ordering::SeqCst);
        self.urge();
        self.progress.durable()
    }

    /// Asks for a commit now.
    pub fn urge(&self) {
        self.progress.urgent.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.lock().as_ref() {
            thread.thread().unpark();
        }
    }

    /// Waits until everything before `offset` is acknowledged; `false` when `deadline` came first.
    pub fn wait(&self, offset: u64, deadline: Instant) -> Result<bool, LedgerError> {
        self.urge();
        self.progress.wait(offset, deadline)
    }

    /// Refuses further appends, writes what is left, records the clean end and gives the lock back. `false` when it
    /// took longer than `patience`; the thread then goes on by itself.
    pub fn close(&self, patience: Duration) -> Result<bool, LedgerError> {
        let turn = self.reopening.lock();
        if self.log.admission() == Admission::Open {
            self.log.admit(Admission::Closed);
        }
        self.progress.closing.store(true, Ordering::SeqCst);
        drop(turn);
        self.urge();
        let finished = self.progress.wait_finished(Instant::now() + patience);
        if finished {
            if let Some(thread) = self.thread.lock().take() {
                let _ = thread.join(); // it has ended; a panic of it would have shown as not finished
            }
            self.lock.lock().take();
        }
        match self.failure() {
            Some(error) => Err(error),
            None => Ok(finished),
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // The last owner went without closing (a worker that ended): finish, but never hang for ever.
        if self.thread.lock().is_some() {
            let _ = self.close(Duration::from_secs(5));
        }
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("path", &self.path).field("durable", &self.durable()).finish()
    }
}
