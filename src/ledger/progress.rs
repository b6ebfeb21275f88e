//! What the writer thread tells the others: how far the ledger is, that it failed, that it has ended.

use super::sparse::Sparse;
use super::{LedgerError, Listener};
use crate::log::Checkpoint;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::sync::{Condvar, Instant, Mutex};

#[derive(Debug)]
struct Gate {
    durable: Checkpoint,
    failure: Option<LedgerError>,
    finished: bool,
}

/// See the module.
pub struct Progress {
    gate: Mutex<Gate>,
    changed: Condvar,
    /// Copy of the durable offset for callers that must not lock.
    durable_offset: AtomicU64,
    listener: Listener,
    /// Somebody wants one call of the listener.
    pub armed: AtomicBool,
    /// Somebody wants a commit without a nap before it.
    pub urgent: AtomicBool,
    /// The writer is to finish.
    pub closing: AtomicBool,
    /// The writer waits for room on the disk.
    pub stalled: AtomicBool,
    /// Batches committed.
    pub commits: AtomicU64,
    /// Bytes written.
    pub bytes: AtomicU64,
    /// Where events begin, for readers.
    pub sparse: Mutex<Sparse>,
}

impl Progress {
    /// Everything before `durable` is on disk.
    pub fn new(durable: Checkpoint, sparse: Sparse, listener: Listener) -> Self {
        Self {
            gate: Mutex::new(Gate { durable, failure: None, finished: false }),
            changed: Condvar::new(),
            durable_offset: AtomicU64::new(durable.offset),
            listener,
            armed: AtomicBool::new(false),
            urgent: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            stalled: AtomicBool::new(false),
            commits: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            sparse: Mutex::new(sparse),
        }
    }

    /// The end of what is acknowledged.
    pub fn durable(&self) -> Checkpoint {
        self.gate.lock().durable
    }

    /// Its offset, without a lock.
    pub fn durable_offset(&self) -> u64 {
        self.durable_offset.load(Ordering::SeqCst)
    }

    /// The error that ended the writer.
    pub fn failure(&self) -> Option<LedgerError> {
        self.gate.lock().failure.clone()
    }

    /// Acknowledges everything before `at`.
    pub fn advance(&self, at: Checkpoint) {
        self.gate.lock().durable = at;
        self.durable_offset.store(at.offset, Ordering::SeqCst);
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.sparse.lock().note(at);
        self.tell();
    }

    /// Acknowledges nothing any more.
    pub fn fail(&self, error: LedgerError) {
        self.gate.lock().failure = Some(error);
        self.armed.store(true, Ordering::SeqCst);
        self.tell();
    }

    /// A new writer goes on where the failed one could not.
    pub fn revive(&self) {
        let mut gate = self.gate.lock();
        gate.failure = None;
        gate.finished = false;
        self.stalled.store(false, Ordering::Relaxed);
    }

    /// The writer has ended.
    pub fn finish(&self) {
        self.gate.lock().finished = true;
        self.armed.store(true, Ordering::SeqCst);
        self.tell();
    }

    /// Calls the listener, whether anybody asked or not: there is other news.
    pub fn call(&self) {
        (self.listener)();
    }

    fn tell(&self) {
        self.changed.notify_all();
        if self.armed.swap(false, Ordering::SeqCst) {
            (self.listener)();
        }
    }

    /// Waits until everything before `offset` is acknowledged; `false` when `deadline` came first.
    pub fn wait(&self, offset: u64, deadline: Instant) -> Result<bool, LedgerError> {
        let mut gate = self.gate.lock();
        loop {
            if gate.durable.offset >= offset {
                return Ok(true);
            }
            if let Some(error) = &gate.failure {
                return Err(error.clone());
            }
            if gate.finished || self.changed.wait_until(&mut gate, deadline).timed_out() {
                return Ok(gate.durable.offset >= offset);
            }
        }
    }

    /// Waits until the writer has ended; `false` when `deadline` came first.
    pub fn wait_finished(&self, deadline: Instant) -> bool {
        let mut gate = self.gate.lock();
        while !gate.finished {
            if self.changed.wait_until(&mut gate, deadline).timed_out() {
                return gate.finished;
            }
        }
        true
    }
}
