//! The ledger: the log on disk, one line per event, as people grep it.
//!
//! One thread per ledger moves lines from the log's ring to the file and syncs as its [`Durability`] says. Producers
//! never wait for it: they learn the durable offset and may ask to be told when it passes theirs.
//!
//! # Files
//! ```text
//! ledger.ndjson        the lines, nothing else: JSON.stringify(event) + "\n" each; the active segment
//! ledger.<first>.ndjson      a closed segment, named by its first offset  (segments/, rotation.rs)
//! ledger.<first>.ndjson.zst  one that is compressed                       (segments/packed.rs)
//! ledger.ndjson.segments     where each segment begins and ends, JSON     (segments/manifest.rs)
//! ledger.ndjson.<first>.index, .chain  sidecars of each segment           (index/, chain/)
//! ledger.ndjson.consumer.<name>  how far a declared consumer has read     (consumers.rs)
//! ledger.ndjson.next   the next active segment, during a rotation
//! ledger.ndjson.meta   epoch and clean end, JSON, replaced whole          (meta.rs)
//! ledger.ndjson.spool  the ring: what kill -9 must not lose               (../log/spool.rs)
//!                      (and .spool.next while a ledger is being opened)
//! ledger.ndjson.lock   held while a writer has the ledger, names its pid  (lock.rs)
//! ```

mod append;
mod archive;
pub mod chain;
pub mod consumers;
mod error;
mod growth;
mod holes;
pub mod index;
mod keeper;
mod lock;
mod meta;
mod paths;
mod progress;
mod reader;
mod recovery;
mod refill;
mod reopen;
mod retention;
mod rotation;
pub mod segments;
mod sparse;
mod stretch;
pub mod time;
mod upkeep;
mod writer;

#[cfg(test)]
pub(crate) mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use archive::{Archive, SegmentInfo, Summary};
use chain::Chain;
pub use error::{LedgerError, OsCause};
use keeper::Keeper;
use lock::Lock;
pub use meta::FORMAT;
use progress::Progress;
pub use reader::{Found, Reader, Span, Want};
pub use recovery::{Recovered, Setup};
use rotation::Rotation;
use segments::Catalog;
pub use upkeep::{Key, Retain, Rotate, Upkeep};
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

/// The keeper of a ledger, until whoever comes first ends it: as with the lock, which goes after it.
type SharedKeeper = Arc<Mutex<Option<keeper::Handle>>>;

/// An open ledger with its writer thread.
pub struct Ledger {
    path: PathBuf,
    epoch: Epoch,
    log: Arc<Log>,
    files: Arc<dyn Files>,
    durability: Durability,
    lock: SharedLock,
    progress: Arc<Progress>,
    catalog: Arc<Catalog>,
    upkeep: Upkeep,
    keeper: SharedKeeper,
    reader: Reader,
    recovered: Recovered,
    /// Whether it has a hash chain.
    chained: bool,
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
        let (ledger, mut writer, keeper) = Self::prepare(setup, durability, files, listener)?;
        if setup.upkeep.needs_keeper() {
            let started = keeper.start();
            let keeper = started
                .map_err(|cause| LedgerError::open(&setup.path, "start the keeper thread of", cause))?;
            writer.rotation.keeper = Some(keeper.thread());
            *ledger.keeper.lock() = Some(keeper);
        }
        ledger.start(writer)?;
        Ok(ledger)
    }

    /// The ledger, opened, its writer and its keeper, which have no threads yet.
    fn prepare(
        setup: &Setup,
        durability: Durability,
        files: Arc<dyn Files>,
        listener: Listener,
    ) -> Result<(Self, Writer, Keeper), LedgerError> {
        let opened = recovery::open(setup, durability, files.as_ref())?;
        let log = Arc::new(opened.log);
        let progress = Arc::new(Progress::new(opened.end, opened.sparse, listener));
        let catalog = Arc::new(Catalog::new(opened.segments));
        let keeper = Keeper {
            path: setup.path.clone(),
            files: Arc::clone(&files),
            fields: setup.fields(),
            upkeep: setup.upkeep.clone(),
            catalog: Arc::clone(&catalog),
            progress: Arc::clone(&progress),
            recorded: opened.recorded.then(|| catalog.current()),
        };
        let ledger = Self {
            path: setup.path.clone(),
            epoch: opened.epoch,
            log,
            reader: Reader::new(setup, Arc::clone(&files), Arc::clone(&catalog), Arc::clone(&progress)),
            catalog,
            upkeep: setup.upkeep.clone(),
            keeper: Arc::new(Mutex::new(None)),
            files,
            durability,
            lock: Arc::new(Mutex::new(Some(opened.lock))),
            progress,
            recovered: opened.recovered,
            chained: opened.chain.is_some(),
            thread: Mutex::new(None),
            reopening: Mutex::new(()),
        };
        let mut writer = ledger.writer(opened.file, opened.end, opened.chain);
        writer.replaced = opened.replaced;
        Ok((ledger, writer, keeper))
    }

    /// A writer that goes on at `at`, the end of `file`.
    fn writer(&self, file: Box<dyn AppendFile>, at: Checkpoint, chain: Option<Chain>) -> Writer {
        let segments = self.catalog.current();
        let rotation = Rotation {
            path: self.path.clone(),
            files: Arc::clone(&self.files),
            rule: self.upkeep.rotate,
            catalog: Arc::clone(&self.catalog),
            progress: Arc::clone(&self.progress),
            chain,
            active: segments.active,
            since_ms: segments.since_ms,
            keeper: self.keeper.lock().as_ref().map(keeper::Handle::thread),
            told: at.position,
            begun: at.position,
            put_off_until: None,
            full: false,
        };
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
            rotation,
            keeper: Arc::clone(&self.keeper),
            replaced: None,
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

    /// The segments as they are now, and news of them.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
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
            keeper::stop(&self.keeper);
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
        keeper::stop(&self.keeper);
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("path", &self.path).field("durable", &self.durable()).finish()
    }
}
