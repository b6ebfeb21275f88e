//! One hub: producers append, readers follow, the ledger keeps.

use std::path::Path;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

#[cfg(unix)]
use super::fanout::{FanOut, Settings};
use super::filters::Filters;
use super::lines::checked;
use super::listeners::Listeners;
use super::{HubError, Options, Stats};
use crate::error::{Error, Result};
use crate::ledger::segments::News;
use crate::ledger::{Ledger, LedgerError, Recovered, Setup};
use crate::log::cursor::Epoch;
use crate::log::{
    Admission, CAPACITY_STEP, Checkpoint, Fill, IdIndex, Log, LogError, Refusal, Ring, TopicId,
};
use crate::port::{Clock, Random, System};
use crate::schema::Schema;

/// See the module.
#[derive(Debug)]
pub struct Hub {
    pub(super) log: Arc<Log>,
    pub(super) ledger: Option<Ledger>,
    pub(super) epoch: Epoch,
    began_at: u64,
    pub(super) ids: Mutex<IdIndex>,
    pub(super) filters: Filters,
    listeners: Arc<Listeners>,
    #[cfg(unix)]
    fan_out: Mutex<Option<Arc<FanOut>>>,
    refused_full: AtomicU64,
    last_key: AtomicU32,
    /// What every line has to match before it is stored.
    pub(super) schema: OnceLock<Arc<Schema>>,
    /// Fields that name topic and type of a line that comes without them.
    pub(super) fields: [String; 2],
}

impl Hub {
    /// Opens a hub. With a path this reads and completes the ledger: blocking.
    pub fn open(options: &Options) -> Result<Self> {
        options.check()?;
        let ring_bytes = options.ring_bytes.next_multiple_of(CAPACITY_STEP);
        let listeners = Arc::new(Listeners::default());
        let (log, ledger, epoch) = match &options.path {
            Some(path) => {
                let setup = Setup {
                    path: path.clone(),
                    ring_bytes,
                    max_line_bytes: options.max_line_bytes,
                    retention: options.retention(),
                    topic_field: options.topic_field.clone(),
                    type_field: options.type_field.clone(),
                    id_field: options.id_field.clone(),
                    time_field: options.time_field.clone(),
                    upkeep: options.upkeep.clone(),
                };
                let told = Arc::clone(&listeners);
                let ledger = Ledger::open(
                    &setup,
                    options.durability,
                    Arc::new(System),
                    Arc::new(move || told.tell()),
                )?;
                (Arc::clone(ledger.log()), Some(ledger), None)
            }
            None => {
                let ring = Ring::anonymous(ring_bytes).map_err(memory_error)?;
                let start = Checkpoint::default();
                let log = Log::new(ring, start, options.max_line_bytes, options.retention(), false);
                let mut random = [0; 8];
                System.fill(&mut random).map_err(memory_error)?;
                (Arc::new(log), None, Some(Epoch::from_random(random)))
            }
        };
        let epoch =
            epoch.or_else(|| ledger.as_ref().map(Ledger::epoch)).unwrap_or(Epoch::from_random([0; 8]));
        Ok(Self {
            began_at: log.head_offset(),
            log,
            ledger,
            epoch,
            ids: Mutex::new(IdIndex::new(options.id_field.clone())),
            filters: Filters::default(),
            listeners,
            #[cfg(unix)]
            fan_out: Mutex::new(None),
            refused_full: AtomicU64::new(0),
            last_key: AtomicU32::new(0),
            schema: OnceLock::new(),
            fields: [options.topic_field.clone(), options.type_field.clone()],
        })
    }

    /// Appends one line; see [`Log::append_keyed`]. A `now_ms` of 0 takes the system's time.
    pub fn append(
        &self,
        topic: TopicId,
        kind: u16,
        key: u32,
        now_ms: u64,
        fill: impl FnOnce(&mut [u8]) -> Fill,
    ) -> Result<u64, Refusal> {
        match self.schema.get() {
            None => self.append_unchecked(topic, kind, key, now_ms, fill),
            Some(schema) => {
                self.append_unchecked(topic, kind, key, now_ms, |space| checked(schema, fill(space), space))
            }
        }
    }

    /// The same for a line that its filler has checked.
    #[inline]
    pub(super) fn append_unchecked(
        &self,
        topic: TopicId,
        kind: u16,
        key: u32,
        now_ms: u64,
        fill: impl FnOnce(&mut [u8]) -> Fill,
    ) -> Result<u64, Refusal> {
        let now_ms = if now_ms == 0 { System.now_ms() } else { now_ms };
        let outcome = self.log.append_keyed(topic, kind, key, now_ms, fill);
        if outcome == Err(Refusal::Full) {
            self.refused_full.fetch_add(1, Ordering::Relaxed);
        }
        outcome
    }

    /// The error behind a refusal.
    pub fn explain(&self, refusal: Refusal) -> Error {
        match refusal {
            Refusal::Full => LogError::Full {
                capacity_bytes: self.log.capacity(),
                pending_bytes: self.log.pending_bytes(),
            }
            .into(),
            Refusal::TooLarge { line_bytes } => LogError::LineTooLarge {
                line_bytes: line_bytes as u64,
                max_line_bytes: self.log.max_line_bytes(),
            }
            .into(),
            Refusal::Closed => HubError::Closed.into(),
            Refusal::Failed => self.failure().map_or_else(|| HubError::Closed.into(), Error::from),
            Refusal::Nothing => HubError::EventInvalid {
                reason:
                    "JSON.stringify has no text for it; emit an object, an array, a string, a number or null"
                        .to_owned(),
            }
            .into(),
            Refusal::StaleTopic => Error::Internal { context: "naming a topic".to_owned() },
            Refusal::Unsure => Error::Internal { context: "joining a line".to_owned() },
            // Who has the line asks `mismatch`.
            Refusal::Mismatch => Error::Internal { context: "checking a line".to_owned() },
        }
    }

    /// The id of a topic for [`Self::append`].
    pub fn topic(&self, name: &str) -> TopicId {
        self.log.topic(name)
    }

    /// The number of a type for [`Self::append`].
    pub fn kind(&self, name: &str) -> Result<u16> {
        Ok(self.log.kind(name)?)
    }

    /// A number for a key of [`Self::append`] that no other key has: never 0.
    pub fn new_key(&self) -> u32 {
        self.last_key.fetch_add(1, Ordering::Relaxed).wrapping_add(1).max(1)
    }

    /// Identity of the log.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Offset of the next event.
    pub fn head(&self) -> u64 {
        self.log.head_offset()
    }

    /// The next offset that is not acknowledged. Without a ledger there is nothing more durable than the log.
    pub fn durable(&self) -> u64 {
        self.ledger.as_ref().map_or_else(|| self.head(), |ledger| ledger.durable().offset)
    }

    /// Whether producers should wait: half of the ring is not in the ledger, or the disk has no room.
    pub fn pressure(&self) -> bool {
        self.log.pressure() || self.ledger.as_ref().is_some_and(Ledger::stalled)
    }

    /// The ledger's error, if it failed.
    pub fn failure(&self) -> Option<LedgerError> {
        self.ledger.as_ref().and_then(Ledger::failure)
    }

    /// Whether the hub takes events.
    pub fn admission(&self) -> Admission {
        self.log.admission()
    }

    /// The log itself.
    pub fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// Who is told of progress.
    pub fn listeners(&self) -> &Arc<Listeners> {
        &self.listeners
    }

    /// The fan-out of this hub, started with `settings` on first use.
    #[cfg(unix)]
    pub fn fan_out(self: &Arc<Self>, settings: &Settings) -> Result<Arc<FanOut>> {
        let mut started = self.fan_out.lock();
        if let Some(running) = started.as_ref() {
            return Ok(Arc::clone(running));
        }
        let fan_out = Arc::new(FanOut::start(self, settings.clone()).map_err(memory_error)?);
        *started = Some(Arc::clone(&fan_out));
        Ok(fan_out)
    }

    /// The fan-out, if it was started.
    #[cfg(unix)]
    pub fn running_fan_out(&self) -> Option<Arc<FanOut>> {
        self.fan_out.lock().clone()
    }

    /// Asks for a commit now and one call of the listeners after it; returns what is durable already.
    pub fn commit(&self) -> u64 {
        self.ledger.as_ref().map_or_else(|| self.head(), |ledger| ledger.commit().offset)
    }

    /// Waits until everything before `offset` is durable. Blocking.
    pub fn wait(&self, offset: u64, patience: Duration) -> Result<bool> {
        match &self.ledger {
            Some(ledger) => Ok(ledger.wait(offset, Instant::now() + patience)?),
            None => Ok(true),
        }
    }

    /// The ledger's file, if there is one.
    pub fn path(&self) -> Option<&Path> {
        self.ledger.as_ref().map(Ledger::path)
    }

    /// Offset of the oldest event that can still be read. What a hub in memory keeps depends on the filter, so that
    /// there it is 0.
    pub fn oldest(&self) -> u64 {
        self.ledger.as_ref().map_or(0, |ledger| ledger.catalog().current().oldest())
    }

    /// What happened to the segments of the ledger after the first `heard` news, and how many there have been.
    pub fn ledger_news(&self, heard: u64) -> (Vec<News>, u64) {
        self.ledger.as_ref().map_or_else(Default::default, |ledger| ledger.catalog().news(heard))
    }

    /// Recovers a ledger that failed; does nothing when there is none or it works. Blocking.
    pub fn reopen(&self) -> Result<()> {
        match &self.ledger {
            Some(ledger) => Ok(ledger.reopen()?),
            None => Ok(()),
        }
    }

    /// Forgets idle topics, as of `now_ms` (0 for the system's time).
    pub fn prune(&self, now_ms: u64) {
        self.log.prune(if now_ms == 0 { System.now_ms() } else { now_ms });
    }

    /// Takes no more events, writes what is left and gives the ledger back. Blocking. `false` when it took longer than
    /// `patience`.
    pub fn close(&self, patience: Duration) -> Result<bool> {
        #[cfg(unix)]
        if let Some(fan_out) = self.fan_out.lock().take() {
            fan_out.stop();
        }
        match &self.ledger {
            Some(ledger) => Ok(ledger.close(patience)?),
            None => {
                self.log.admit(Admission::Closed);
                Ok(true)
            }
        }
    }

    /// A snapshot of sizes and counts.
    pub fn stats(&self) -> Stats {
        let (window_events, topics) = self.log.counts();
        let (commits, written_bytes) = self.ledger.as_ref().map_or((0, 0), Ledger::commits);
        Stats {
            head_offset: self.head(),
            first_offset: self.log.first_offset(),
            durable_offset: self.durable(),
            emitted: self.head() - self.began_at,
            window_events: window_events as u64,
            topics: topics as u64,
            ring_bytes: self.log.capacity(),
            pending_bytes: self.log.pending_bytes(),
            refused_full: self.refused_full.load(Ordering::Relaxed),
            commits,
            written_bytes,
            recovered: self.ledger.as_ref().map_or_else(Recovered::default, Ledger::recovered),
            failed: self.failure().is_some(),
            stalled: self.ledger.as_ref().is_some_and(Ledger::stalled),
        }
    }
}

fn memory_error(cause: std::io::Error) -> Error {
    HubError::OptionInvalid {
        option: "ringBytes",
        expected: "a size the system has memory for".to_owned(),
        actual: cause.to_string(),
    }
    .into()
}
