//! The log: one copy of every event, as a line in a ring, and an index over the lines still there.
//!
//! Positions count bytes of the stream since the log began, offsets count events. The ring holds the newest bytes;
//! two marks bound what may be overwritten:
//!
//! ```text
//!   window start (guard)          floor                     head
//!   |--- readers' window ---------|---- not in the ledger ---|~~ guard: the next line goes here ~~
//! ```
//!
//! - nothing from `floor` on is overwritten: the ledger has not been given it yet. A log without a ledger has no floor;
//! - the window always ends a guard of one longest line before what the next append may touch, so a reader that
//!   holds a position of the window never sees it change under it.

mod adopt;
pub mod cursor;
mod error;
pub mod fields;
pub mod filter;
mod ids;
mod index;
pub mod joined;
mod ring;
pub mod spool;
mod state;
#[cfg(test)]
pub(crate) mod tests;
mod topics;
mod window;

use std::sync::Arc;
use std::time::Instant;

pub use error::LogError;
pub use ids::IdIndex;
pub use ring::{CAPACITY_STEP, HEADER_BYTES, Ring};
pub use spool::Checkpoint;
use state::State;
pub use topics::{MAX_TYPES, TopicId};
pub use window::{Batch, Query, Record};

use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::thread::Thread;

/// Bytes that one append may use beyond the longest line: its newline and the NUL that writers of C strings add.
const LINE_SLACK: usize = 8;

/// How much of the past the window keeps. Every bound holds at once; the ring's size is one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Events in all.
    pub max_events: usize,
    /// Events of one topic.
    pub max_topic_events: usize,
    /// Bytes of lines.
    pub max_bytes: u64,
    /// Age at which a topic without new events is forgotten, 0 for never.
    pub idle_ms: u64,
}

/// What writing a line into the space of the ring came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// The line, without newline, has this many bytes.
    Line(usize),
    /// The line would need this many bytes, more than the space has.
    TooLong(usize),
    /// There is no line to be had.
    Nothing,
    /// There is one, and it is not to be stored.
    Refused,
    /// There is one, and it may not be what it was meant to be.
    Unsure,
}

/// Why an append did not happen. Plain values: a refusal on the hot path allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The ring holds as many unwritten bytes as it may.
    Full,
    /// The line is longer than the log accepts.
    TooLarge {
        /// Its length.
        line_bytes: usize,
    },
    /// The topic's id outlived its topic: name it again.
    StaleTopic,
    /// The log was closed.
    Closed,
    /// The ledger behind the log failed.
    Failed,
    /// The filler had no line.
    Nothing,
    /// The filler refused its line.
    Mismatch,
    /// The filler was not sure of its line: make it another way.
    Unsure,
}

/// Wakes a thread that follows the log.
pub type WakeCall = Arc<dyn Fn() + Send + Sync>;

/// One event in so many is timed: reading the clock for each would cost as much as the append.
pub const SAMPLED: u64 = 64;

/// Whether appends are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// They are.
    Open,
    /// The log was closed.
    Closed,
    /// The ledger failed.
    Failed,
}

/// See the module.
pub struct Log {
    ring: Ring,
    max_line_bytes: usize,
    state: Mutex<State>,
    /// Stream position below which the ring may be overwritten; `u64::MAX` without a ledger.
    floor: AtomicU64,
    /// Copies of the head for readers that need no lock.
    head_position: AtomicU64,
    head_offset: AtomicU64,
}

impl Log {
    /// A log over `ring`, empty, whose next event has `start.offset` and lies at `start.position`.
    ///
    /// `with_floor` says that a ledger follows: bytes are kept until [`Self::release`] allows otherwise.
    pub fn new(
        ring: Ring,
        start: Checkpoint,
        max_line_bytes: usize,
        retention: Retention,
        with_floor: bool,
    ) -> Self {
        debug_assert!(max_line_bytes <= ring.capacity() / 4);
        Self {
            state: Mutex::new(State::new(start, retention)),
            max_line_bytes,
            floor: AtomicU64::new(if with_floor { start.position } else { u64::MAX }),
            head_position: AtomicU64::new(start.position),
            head_offset: AtomicU64::new(start.offset),
            ring,
        }
    }

    /// Bytes of the ring that window readers may use: all but the guard.
    pub fn window_bytes(&self) -> u64 {
        (self.ring.capacity() - self.max_line_bytes - LINE_SLACK) as u64
    }

    /// Appends one line that `fill` writes into the ring, and returns its offset.
    ///
    /// `fill` gets at least as much space as the longest line needs, or what is left; it must not append to this log.
    /// Events of one log come in one order; `now_ms` is the producer's time.
    pub fn append(
        &self,
        topic: TopicId,
        kind: u16,
        now_ms: u64,
        fill: impl FnOnce(&mut [u8]) -> Fill,
    ) -> Result<u64, Refusal> {
        self.append_keyed(topic, kind, 0, now_ms, fill)
    }

    /// The same for an event that supersedes earlier ones with the same `key`, for readers that coalesce; 0 for none.
    pub fn append_keyed(
        &self,
        topic: TopicId,
        kind: u16,
        key: u32,
        now_ms: u64,
        fill: impl FnOnce(&mut [u8]) -> Fill,
    ) -> Result<u64, Refusal> {
        let mut state = self.state.lock();
        match state.admission {
            Admission::Open => {}
            Admission::Closed => return Err(Refusal::Closed),
            Admission::Failed => return Err(Refusal::Failed),
        }
        let topic = state.topics.resolve(topic).ok_or(Refusal::StaleTopic)?;
        let position = state.head.position;
        let pending = position.saturating_sub(self.floor.load(Ordering::Acquire));
        let capacity = self.ring.capacity();
        let free = capacity - usize::try_from(pending).unwrap_or(capacity).min(capacity);
        let wanted = self.max_line_bytes + LINE_SLACK;
        // SAFETY: the space starts at the head and is no longer than what is free, so it holds no byte from the floor
        // on; the window ends a guard of `wanted` bytes before it wraps onto the window, so no reader has it; and the
        // lock keeps other producers out.
        let space = unsafe { self.ring.space(position, wanted.min(free)) };
        let length = match fill(space) {
            Fill::Line(length) if length <= self.max_line_bytes && length < space.len() => length,
            Fill::Line(length) | Fill::TooLong(length) if length > self.max_line_bytes => {
                return Err(Refusal::TooLarge { line_bytes: length });
            }
            Fill::Line(_) | Fill::TooLong(_) => return Err(Refusal::Full),
            Fill::Nothing => return Err(Refusal::Nothing),
            Fill::Refused => return Err(Refusal::Mismatch),
            Fill::Unsure => return Err(Refusal::Unsure),
        };
        if let Some(end) = space.get_mut(length) {
            *end = b'\n';
        }
        // SAFETY: the same run as above, still exclusive.
        unsafe { self.ring.mirror(position, length + 1) };
        let offset = state.push(topic, kind, key, now_ms, length);
        state.evict(self.window_bytes());
        self.publish(&state.head);
        // A napping follower looks again by itself; it is called when it sleeps for good or the ring fills up.
        let call = state.follower_asleep || pending > self.pressure_bytes();
        let follower = if call { state.follower.clone() } else { None };
        state.follower_asleep = false;
        if offset.is_multiple_of(SAMPLED) {
            state.sample = Some((offset, Instant::now()));
        }
        let watcher = if state.watcher_asleep { state.watcher.clone() } else { None };
        state.watcher_asleep = false;
        drop(state);
        if let Some(call) = watcher {
            call();
        }
        if let Some(thread) = follower {
            thread.unpark();
        }
        Ok(offset)
    }

    fn publish(&self, head: &Checkpoint) {
        spool::Header::of(&self.ring).publish_head(head.position);
        self.head_position.store(head.position, Ordering::Release);
        self.head_offset.store(head.offset, Ordering::Release);
    }

    /// The id of topic `name` for [`Self::append`].
    pub fn topic(&self, name: &str) -> TopicId {
        self.state.lock().topics.intern(name)
    }

    /// The number of type `name` for [`Self::append`].
    pub fn kind(&self, name: &str) -> Result<u16, LogError> {
        self.state.lock().types.intern(name)
    }

    /// Offset of the next event.
    pub fn head_offset(&self) -> u64 {
        self.head_offset.load(Ordering::Acquire)
    }

    /// Stream position of the next event.
    pub fn head_position(&self) -> u64 {
        self.head_position.load(Ordering::Acquire)
    }

    /// Bytes that wait for the ledger.
    pub fn pending_bytes(&self) -> u64 {
        self.head_position().saturating_sub(self.floor.load(Ordering::Acquire))
    }

    /// Size of the ring.
    pub fn capacity(&self) -> u64 {
        self.ring.capacity() as u64
    }

    /// The bound on one line.
    pub fn max_line_bytes(&self) -> u64 {
        self.max_line_bytes as u64
    }

    /// Whether more than half of the ring waits for the ledger.
    pub fn pressure(&self) -> bool {
        self.pending_bytes() > self.pressure_bytes()
    }

    fn pressure_bytes(&self) -> u64 {
        self.capacity() / 2
    }

    /// Takes or refuses appends from now on.
    pub fn admit(&self, admission: Admission) {
        self.state.lock().admission = admission;
    }

    /// Whether appends are taken.
    pub fn admission(&self) -> Admission {
        self.state.lock().admission
    }

    /// Forgets what `idleMs` says, as of `now_ms`.
    pub fn prune(&self, now_ms: u64) {
        self.state.lock().prune(now_ms);
    }

    /// Events in the window and topics known.
    pub fn counts(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.index.len(), state.topics.len())
    }
}

/// The follower's side: the one thread that moves the log to the ledger.
impl Log {
    /// Names the thread that is to be woken when something is appended while it sleeps.
    pub fn set_follower(&self, thread: Thread) {
        self.state.lock().follower = Some(thread);
    }

    /// The head, if it lies beyond `position`; else marks the follower as asleep, so that the next append wakes it.
    ///
    /// Both happen under the lock that an append holds, so no append falls between the look and the mark.
    pub fn head_beyond(&self, position: u64, going_to_sleep: bool) -> Option<Checkpoint> {
        let mut state = self.state.lock();
        if state.head.position > position {
            state.follower_asleep = false;
            return Some(state.head);
        }
        state.follower_asleep = going_to_sleep;
        None
    }

    /// Gives `read` the bytes of the stream from `from` to `to`.
    ///
    /// The bytes must not be released yet: `from` is at least the floor and `to` at most the head.
    pub fn unreleased<T>(&self, from: u64, to: u64, read: impl FnOnce(&[u8]) -> T) -> T {
        let floor = self.floor.load(Ordering::Acquire);
        let sound = floor <= from && from <= to && to <= self.head_position();
        let length = if sound { usize::try_from(to - from).unwrap_or(0) } else { 0 };
        // SAFETY: from the floor to the head nothing is written, and the follower alone moves the floor.
        read(unsafe { self.ring.slice(from, length) })
    }

    /// Prepares the next `length` bytes of the ring for writing: a fresh page costs a producer more than an append.
    pub fn prefault(&self, position: u64, length: usize) {
        self.ring.prefault(position, length);
    }

    /// Allows everything before `at` to be overwritten: the ledger has it.
    pub fn release(&self, at: Checkpoint) {
        spool::Header::of(&self.ring).publish_floor(at);
        self.floor.store(at.position, Ordering::Release);
    }
}

/// The watcher's side: the one thread that hands events on to sockets.
impl Log {
    /// Names what wakes the watcher when something is appended while it sleeps; `None` when it is gone.
    pub fn set_watcher(&self, call: Option<WakeCall>) {
        let mut state = self.state.lock();
        state.watcher = call;
        state.watcher_asleep = false;
    }

    /// Whether nothing was appended from `offset` on. If so the next append calls the watcher: both are done under
    /// the lock that an append holds, so none falls in between.
    pub fn watcher_may_sleep(&self, offset: u64) -> bool {
        let mut state = self.state.lock();
        state.watcher_asleep = state.head.offset <= offset;
        state.watcher_asleep
    }

    /// One event in [`SAMPLED`] and when it was appended, for measuring how long it took to reach sockets.
    pub fn sample(&self) -> Option<(u64, Instant)> {
        self.state.lock().sample
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log")
            .field("head", &self.head_offset())
            .field("pending", &self.pending_bytes())
            .finish()
    }
}
