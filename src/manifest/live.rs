//! A manifest that keeps itself current on a thread of its own.
//!
//! The thread sleeps until a directory changed, the time to look has come, or somebody asks; then it compares stamps,
//! and only when one differs (or the time to live is over) it reads. Readers take the last good snapshot by a counter
//! and an `Arc`; nothing they do waits for a refresh.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::ManifestError;
use super::refresh::{KeySource, Recipe, Refresher, Snapshot};
use super::watch::Watch;
use crate::port::{self, Clock, Stamp};

/// When to look.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// Everything is read anew at least this often.
    pub ttl: Duration,
    /// Stamps are compared at least this often.
    pub poll: Duration,
    /// After a change, so long without another one before reading.
    pub debounce: Duration,
    /// Whether directories are watched at all.
    pub watch: bool,
}

/// Why the last good snapshot may be out of date.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What the last refresh said.
    pub error: ManifestError,
    /// When the first of them failed, in milliseconds since 1970.
    pub since_ms: u64,
}

#[derive(Default)]
struct State {
    snapshot: Option<Arc<Snapshot>>,
    failure: Option<Failure>,
    /// Refreshes asked for, and how many of them are done.
    asked: u64,
    done: u64,
    changed: bool,
    closed: bool,
}

type Listener = Box<dyn Fn() + Send + Sync>;

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    settled: Condvar,
    /// Goes up with every new snapshot, failure or recovery.
    revision: AtomicU64,
    /// When the sources were last known to be as served.
    checked_ms: AtomicU64,
    refreshes: AtomicU64,
    listener: Mutex<Option<Listener>>,
}

/// See the module.
pub struct Live {
    shared: Arc<Shared>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

impl Live {
    /// Makes the first refresh on this thread, then starts the other one. A first refresh that fails is no error here:
    /// it is what `failure` tells until one succeeds.
    pub fn open(mut refresher: Refresher, rhythm: Rhythm, ports: Ports) -> Result<Self, ManifestError> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::default()),
            wake: Condvar::new(),
            settled: Condvar::new(),
            revision: AtomicU64::new(0),
            checked_ms: AtomicU64::new(0),
            refreshes: AtomicU64::new(0),
            listener: Mutex::new(None),
        });
        let changed = Arc::downgrade(&shared);
        let watch = rhythm.watch.then(|| {
            Watch::new(move || {
                if let Some(shared) = changed.upgrade() {
                    shared.state.lock().changed = true;
                    shared.wake.notify_one();
                }
            })
        });
        let files = sources(refresher.recipe());
        let mut loop_ = Loop { shared: Arc::clone(&shared), rhythm, ports, files, watch, seen: Vec::new() };
        loop_.refresh(&mut refresher);
        let thread = thread::Builder::new()
            .name("cortex-manifest".to_owned())
            .spawn(move || loop_.run(refresher))
            .map_err(|cause| ManifestError::Read { path: PathBuf::new(), reason: cause.to_string() })?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Called from another thread after every change of `revision`.
    pub fn on_change(&self, listener: impl Fn() + Send + Sync + 'static) {
        *self.shared.listener.lock() = Some(Box::new(listener));
    }

    /// Goes up with every new snapshot, failure or recovery.
    pub fn revision(&self) -> u64 {
        self.shared.revision.load(Ordering::Acquire)
    }

    /// When the sources were last known to be as served, in milliseconds since 1970; 0 for never.
    pub fn checked_ms(&self) -> u64 {
        self.shared.checked_ms.load(Ordering::Acquire)
    }

    /// How often the sources were read.
    pub fn refreshes(&self) -> u64 {
        self.shared.refreshes.load(Ordering::Relaxed)
    }

    /// The last good snapshot, and what has failed since.
    pub fn current(&self) -> (Option<Arc<Snapshot>>, Option<Failure>) {
        let state = self.shared.state.lock();
        (state.snapshot.clone(), state.failure.clone())
    }

    /// Why nothing may be served: there was never a good document, or the last one is older than `limit_ms` allows.
    pub fn refusal(&self, limit_ms: u64) -> Option<ManifestError> {
        let checked_ms = self.checked_ms();
        match self.current() {
            (None, Some(failure)) => Some(failure.error),
            (None, None) => Some(ManifestError::Unavailable { attempts: Vec::new() }),
            (Some(_), Some(Failure { error, since_ms })) => {
                Some(ManifestError::Stale { since_ms, limit_ms, reason: error.to_string() })
            }
            (Some(_), None) => {
                // No failure was told and nothing was looked at either: the thread hangs, say in a dead mount.
                let reason = "a refresh does not come back".to_owned();
                Some(ManifestError::Stale { since_ms: checked_ms, limit_ms, reason })
            }
        }
    }

    /// Reads everything anew and waits until that is done.
    pub fn refresh(&self) -> Result<(), ManifestError> {
        let mut state = self.shared.state.lock();
        state.asked += 1;
        let ticket = state.asked;
        self.shared.wake.notify_one();
        while state.done < ticket && !state.closed {
            self.shared.settled.wait(&mut state);
        }
        match (&state.failure, state.done < ticket) {
            (_, true) => Err(ManifestError::Closed),
            (Some(failure), _) => Err(failure.error.clone()),
            (None, _) => Ok(()),
        }
    }

    /// Ends the thread and waits for it.
    pub fn close(&self) {
        *self.shared.listener.lock() = None;
        self.shared.state.lock().closed = true;
        self.shared.wake.notify_all();
        self.shared.settled.notify_all();
        if let Some(thread) = self.thread.lock().take() {
            // A panic of the thread was its end; there is nobody to tell.
            let _ = thread.join();
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.close();
    }
}

/// The world outside.
#[derive(Clone)]
pub struct Ports {
    /// What files look like.
    pub stamps: Arc<dyn port::Stamps>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// Every file that a snapshot is made of.
fn sources(recipe: &Recipe) -> Vec<PathBuf> {
    let mut files = recipe.paths.clone();
    if let KeySource::File(path) = &recipe.keys {
        files.push(path.clone());
    }
    files
}

/// What a file looked like; `None` for one that is missing or out of reach.
type Stamps = Vec<Option<Stamp>>;

/// A file may be written twice within one tick of its clock: younger than this, a stamp proves nothing.
const FRESH_MS: u64 = 60;

struct Loop {
    shared: Arc<Shared>,
    rhythm: Rhythm,
    ports: Ports,
    files: Vec<PathBuf>,
    watch: Option<Watch>,
    /// Empty when the stamps are not to be trusted.
    seen: Stamps,
}

enum Reason {
    /// Stamps may differ.
    Look,
    /// Read, whatever stamps say.
    Read { ticket: u64 },
}

impl Loop {
    fn run(mut self, mut refresher: Refresher) {
        let mut read_at = Instant::now();
        while let Some(reason) = self.sleep(read_at) {
            let ticket = match reason {
                Reason::Read { ticket } => Some(ticket),
                Reason::Look => None,
            };
            if ticket.is_some() || self.seen.is_empty() || self.stamps() != self.seen {
                read_at = Instant::now();
                self.refresh(&mut refresher);
            } else if self.shared.state.lock().failure.is_none() {
                self.note_checked();
            }
            if let Some(ticket) = ticket {
                self.shared.state.lock().done = ticket;
                self.shared.settled.notify_all();
            }
        }
    }

    /// Until there is something to do; `None` at the end.
    fn sleep(&mut self, read_at: Instant) -> Option<Reason> {
        let mut state = self.shared.state.lock();
        let trust = if self.seen.is_empty() {
            self.rhythm.poll.min(Duration::from_millis(FRESH_MS))
        } else {
            self.rhythm.poll
        };
        let look_at = Instant::now() + trust;
        let expires = read_at + self.rhythm.ttl;
        loop {
            if state.closed {
                return None;
            }
            if state.asked > state.done {
                state.changed = false;
                return Some(Reason::Read { ticket: state.asked });
            }
            if state.changed {
                // Gather what belongs together, for no longer than a burst lasts.
                let quiet = Instant::now() + self.rhythm.debounce;
                while !state.closed && state.asked == state.done {
                    if self.shared.wake.wait_until(&mut state, quiet).timed_out() {
                        break;
                    }
                }
                state.changed = false;
                if state.asked == state.done && !state.closed {
                    return Some(Reason::Look);
                }
                continue;
            }
            let now = Instant::now();
            if now >= expires {
                return Some(Reason::Read { ticket: state.done });
            }
            if now >= look_at {
                return Some(Reason::Look);
            }
            self.shared.wake.wait_until(&mut state, look_at.min(expires));
        }
    }

    fn stamps(&self) -> Stamps {
        self.files.iter().map(|file| self.ports.stamps.stamp(file).ok().flatten()).collect()
    }

    fn refresh(&mut self, refresher: &mut Refresher) {
        // Watches first, then stamps, then reading: whatever changes after the stamps differs from them later, and
        // whatever changes after the watches is told.
        if let Some(watch) = &mut self.watch {
            watch.forget();
            watch.follow(&self.files);
        }
        let stamps = self.stamps();
        let now_ms = self.ports.clock.now_ms();
        let settled = |stamp: &Stamp| now_ms.saturating_sub(stamp.changed_ms) > FRESH_MS;
        let trusted = stamps.iter().flatten().all(settled);
        self.seen = if trusted { stamps } else { Stamps::new() };
        let current = self.shared.state.lock().snapshot.clone();
        self.shared.refreshes.fetch_add(1, Ordering::Relaxed);
        let outcome = refresher.refresh(current.as_deref());
        let news = self.settle(outcome, now_ms);
        if news {
            self.shared.revision.fetch_add(1, Ordering::AcqRel);
            if let Some(listener) = self.shared.listener.lock().as_ref() {
                listener();
            }
        }
    }

    /// Stores the outcome; whether anybody should know.
    fn settle(&self, outcome: Result<Option<Snapshot>, ManifestError>, now_ms: u64) -> bool {
        let mut state = self.shared.state.lock();
        match outcome {
            Ok(snapshot) => {
                let recovered = state.failure.take().is_some();
                let new = snapshot.is_some();
                if let Some(snapshot) = snapshot {
                    state.snapshot = Some(Arc::new(snapshot));
                }
                drop(state);
                self.note_checked();
                new || recovered
            }
            Err(error) => {
                let since_ms = state.failure.as_ref().map_or(now_ms, |failure| failure.since_ms);
                let failure = Failure { error, since_ms };
                let news = state.failure.as_ref() != Some(&failure);
                state.failure = Some(failure);
                news
            }
        }
    }

    fn note_checked(&self) {
        self.shared.checked_ms.store(self.ports.clock.now_ms(), Ordering::Release);
    }
}
