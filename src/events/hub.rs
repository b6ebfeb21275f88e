//! One hub: producers append, readers follow, the ledger keeps.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

#[cfg(unix)]
use super::fanout::{FanOut, Settings};
use super::filters::Filters;
use super::lines::checked;
use super::listeners::Listeners;
use super::{HubError, Resume, Stats, sse};
use crate::error::{Error, Result};
use crate::ledger::{Durability, Found, Ledger, LedgerError, Recovered, Setup, Want};
use crate::log::cursor::{self, Epoch, MAX_OFFSET, Token};
use crate::log::filter::NamedFilter;
use crate::log::{
    Admission, Batch, CAPACITY_STEP, Checkpoint, Fill, IdIndex, Log, LogError, Query, Record, Refusal,
    Retention, Ring, TopicId,
};
use crate::port::{Clock, Random, System};
use crate::schema::Schema;

/// How long a read of the ledger waits for lines that are on their way to the file.
const SETTLE: Duration = Duration::from_secs(10);

/// How a hub is opened. [`Options::default`] is a hub in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The ledger's file; none for a hub in memory.
    pub path: Option<PathBuf>,
    /// What an acknowledgement promises.
    pub durability: Durability,
    /// Size of the ring, rounded up to 64 KiB.
    pub ring_bytes: usize,
    /// Bound on one line, at most a quarter of the ring.
    pub max_line_bytes: usize,
    /// Events of the window.
    pub max_events: usize,
    /// Events of the window per topic.
    pub max_topic_events: usize,
    /// Bytes of the window.
    pub max_bytes: u64,
    /// Age at which a silent topic leaves the window, 0 for never.
    pub idle_ms: u64,
    /// Top-level string field of an event that names its topic.
    pub topic_field: String,
    /// Top-level string field of an event that names its type.
    pub type_field: String,
    /// Top-level string field of an event that names the event.
    pub id_field: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: None,
            durability: Durability::Group,
            ring_bytes: 16 << 20,
            max_line_bytes: 1 << 20,
            max_events: 65_536,
            max_topic_events: 65_536,
            max_bytes: u64::MAX,
            idle_ms: 0,
            topic_field: "topic".to_owned(),
            type_field: "type".to_owned(),
            id_field: "id".to_owned(),
        }
    }
}

impl Options {
    fn check(&self) -> Result<(), HubError> {
        let range = |option, value: u64, low: u64, high: u64| {
            let actual = value.to_string();
            let expected = format!("a whole number from {low} to {high}");
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(HubError::OptionInvalid { option, expected, actual })
            }
        };
        if self.path.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
            let (expected, actual) = ("the name of a file, or absent".to_owned(), "''".to_owned());
            return Err(HubError::OptionInvalid { option: "path", expected, actual });
        }
        range("ringBytes", self.ring_bytes as u64, CAPACITY_STEP as u64, 1 << 32)?;
        range("maxLineBytes", self.max_line_bytes as u64, 256, self.ring_bytes as u64 / 4)?;
        range("maxEvents", self.max_events as u64, 1, 1 << 24)?;
        range("maxTopicEvents", self.max_topic_events as u64, 1, 1 << 24)?;
        range("maxBytes", self.max_bytes, 1, u64::MAX)
    }

    fn retention(&self) -> Retention {
        Retention {
            max_events: self.max_events,
            max_topic_events: self.max_topic_events,
            max_bytes: self.max_bytes,
            idle_ms: self.idle_ms,
        }
    }
}

/// What a reader asks for in words.
#[derive(Debug, Clone)]
pub struct ReadWant {
    /// Topic and types.
    pub filter: NamedFilter,
    /// Only events from this offset on; `None` for the newest that `limit` allows.
    pub from: Option<u64>,
    /// Only events before this offset.
    pub before: u64,
    /// How many at the most.
    pub limit: usize,
}

/// Events read, and where to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Their offsets.
    pub offsets: Vec<u64>,
    /// Their topics.
    pub topics: Vec<String>,
    /// Their types.
    pub kinds: Vec<String>,
    /// Their lines, each with its newline.
    pub lines: Vec<u8>,
    /// The offset to go on from.
    pub next: u64,
}

impl Page {
    fn push(&mut self, record: Record<'_>) {
        self.offsets.push(record.offset);
        self.topics.push(record.topic.to_owned());
        self.kinds.push(record.kind.to_owned());
        self.lines.extend_from_slice(record.line);
        self.lines.push(b'\n');
    }
}

/// SSE frames, and where to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frames {
    /// The frames.
    pub bytes: Vec<u8>,
    /// Number of events in them.
    pub count: usize,
    /// The offset to go on from.
    pub next: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Hub {
    log: Arc<Log>,
    ledger: Option<Ledger>,
    epoch: Epoch,
    began_at: u64,
    ids: Mutex<IdIndex>,
    filters: Filters,
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

    /// Whether producers should wait.
    pub fn pressure(&self) -> bool {
        self.log.pressure()
    }

    /// The ledger's error, if it failed.
    pub fn failure(&self) -> Option<LedgerError> {
        self.ledger.as_ref().and_then(Ledger::failure)
    }

    /// Whether the hub takes events.
    pub fn admission(&self) -> Admission {
        self.log.admission()
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
        }
    }
}

/// Readers.
impl Hub {
    /// Opens a filter and returns its number, for [`Self::frames`] and [`Self::kept_from`].
    pub fn open_filter(&self, named: NamedFilter) -> Result<u32> {
        Ok(self.filters.open(&self.log, named)?)
    }

    /// Closes a filter.
    pub fn close_filter(&self, number: u32) {
        self.filters.close(&self.log, number);
    }

    /// Events that the filter wants may be missing from the window below this offset.
    pub fn kept_from(&self, number: u32) -> u64 {
        self.filters.get(number).map_or(0, |open| self.log.kept_from(&open.filter))
    }

    /// Whether events that left the window can still be read.
    pub fn has_ledger(&self) -> bool {
        self.ledger.is_some()
    }

    /// Where a reader with this token goes on.
    pub fn resume(&self, token: &str) -> Resume {
        match cursor::parse(self.epoch, token) {
            Token::Offset(offset) if offset < self.head() => Resume::After(offset),
            Token::Offset(_) => Resume::Unknown,
            Token::OtherEpoch => Resume::OtherEpoch,
            Token::Foreign => self.find(token).map_or(Resume::NotInWindow, Resume::After),
        }
    }

    /// Offset of the newest event of the window whose id field is `id`.
    pub fn find(&self, id: &str) -> Option<u64> {
        self.ids.lock().find(&self.log, id)
    }

    /// Offset of the newest event of the ledger whose id field is `id`. Blocking.
    pub fn find_in_ledger(&self, id: &str) -> Result<Option<u64>> {
        match &self.ledger {
            Some(ledger) => {
                // The event may have left the window and still be on its way to the file.
                self.settle(ledger, self.head());
                Ok(ledger.reader().find(id)?)
            }
            None => Ok(self.find(id)),
        }
    }

    /// Appends the SSE frames of events of the window, from offset `from`, to `out`.
    pub fn frames(&self, number: u32, from: u64, max_bytes: usize, out: &mut Vec<u8>) -> Batch {
        let Some(open) = self.filters.get(number) else {
            return Batch { next: from, count: 0, complete: true, first: from };
        };
        let query = Query { filter: &open.filter, from, before: MAX_OFFSET, limit: usize::MAX, max_bytes };
        self.log.read(&query, |record| sse::event(out, self.epoch, &record))
    }

    /// The same from the ledger. Blocking.
    pub fn frames_from_ledger(&self, number: u32, from: u64, max_bytes: usize) -> Result<Frames> {
        let mut frames = Frames { next: from, ..Frames::default() };
        let (Some(open), Some(ledger)) = (self.filters.get(number), &self.ledger) else { return Ok(frames) };
        self.settle(ledger, from);
        let filter = open.named.clone();
        let want = Want { filter, from, before: MAX_OFFSET, limit: usize::MAX, max_bytes };
        let (found, next) = ledger.reader().read(&want)?;
        found.iter().for_each(|event| sse::event(&mut frames.bytes, self.epoch, &event.record()));
        Ok(Frames { count: found.len(), next, ..frames })
    }

    /// What the window has of the wanted events.
    pub fn read_window(&self, want: &ReadWant) -> Result<Page> {
        let filter = self.log.follow(&want.filter)?;
        let from = want.from.unwrap_or_else(|| self.log.newest(&filter, want.before, want.limit));
        let query =
            Query { filter: &filter, from, before: want.before, limit: want.limit, max_bytes: usize::MAX };
        let mut page = Page::default();
        page.next = self.log.read(&query, |record| page.push(record)).next;
        self.log.unfollow(&filter);
        Ok(page)
    }

    /// Whether the window alone can answer: nothing older could be among the wanted events.
    pub fn window_suffices(&self, want: &ReadWant) -> Result<bool> {
        if self.ledger.is_none() {
            return Ok(true);
        }
        let filter = self.log.follow(&want.filter)?;
        let kept_from = self.log.kept_from(&filter);
        let suffices = match want.from {
            Some(from) => from >= kept_from,
            None => {
                kept_from == 0 || {
                    let from = self.log.newest(&filter, want.before, want.limit);
                    let query = Query {
                        filter: &filter,
                        from,
                        before: want.before,
                        limit: want.limit,
                        max_bytes: usize::MAX,
                    };
                    // Below `kept_from` there are holes that an idle topic left.
                    from >= kept_from && self.log.read(&query, |_| ()).count == want.limit
                }
            }
        };
        self.log.unfollow(&filter);
        Ok(suffices)
    }

    /// The wanted events, from the ledger. Blocking.
    pub fn read_ledger(&self, want: &ReadWant) -> Result<Page> {
        let Some(ledger) = &self.ledger else { return self.read_window(want) };
        self.settle(ledger, want.before.min(self.head()));
        let (found, next) = match want.from {
            Some(from) => ledger.reader().read(&Want {
                filter: want.filter.clone(),
                from,
                before: want.before,
                limit: want.limit,
                max_bytes: usize::MAX,
            })?,
            None => {
                // Asked once: what becomes durable during the search is not part of it.
                let before = want.before.min(ledger.durable().offset);
                (ledger.reader().newest(&want.filter, before, want.limit)?, before)
            }
        };
        let mut page = Page { next, ..Page::default() };
        found.iter().for_each(|event| page.push(event.record()));
        Ok(page)
    }

    /// Events of the ledger as they are, for readers on other threads. Blocking.
    pub fn read_past(&self, want: &Want) -> Result<(Vec<Found>, u64)> {
        let Some(ledger) = &self.ledger else { return Ok((Vec::new(), want.from)) };
        self.settle(ledger, want.from);
        Ok(ledger.reader().read(want)?)
    }

    /// The log itself.
    pub fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// Lets the file catch up with `offset`. When it cannot, what it has is what there is to read.
    fn settle(&self, ledger: &Ledger, offset: u64) {
        if ledger.durable().offset <= offset {
            let _ = ledger.wait(offset.saturating_add(1).min(self.head()), Instant::now() + SETTLE);
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
