//! The fan-out thread: commands, new frames, sockets that have room, time; over and over.

use std::collections::{HashMap, HashSet};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::catchup::{self, Errand, Past};
use super::connection::{Connection, Notice, OnSlow, Served, Topics};
use super::counters::add;
use super::encode::{self, Staged};
use super::frames::FrameRing;
use super::poller::Poller;
use super::shared::{Command, Shared};
use super::topics::{Slot, TopicIndex};
use super::{Adoption, ConnectionId, Owner, Settings};
use crate::events::Listeners;
use crate::events::hub::Hub;
use crate::log::cursor::{self, Epoch, MAX_OFFSET};
use crate::log::filter::{Filter, NamedFilter};
use crate::log::{CAPACITY_STEP, Log, Query};

/// Bytes read from the log at a time: what its lock is held for, some ten microseconds.
const READ_BYTES: usize = 32 * 1024;

/// Waiting this short for more costs less than being called for each event.
const NAP: Duration = Duration::from_millis(1);

/// Naps without news before the next event has to call.
const NAPS_BEFORE_SLEEP: u32 = 4;

/// Heartbeats are spread over so many turns.
const HEARTBEAT_TURNS: u64 = 16;

/// How often stalled connections are looked at.
const STALL_CHECK: Duration = Duration::from_millis(250);

/// See the module.
pub struct Worker {
    log: Arc<Log>,
    epoch: Epoch,
    has_ledger: bool,
    listeners: Arc<Listeners>,
    settings: Settings,
    heartbeat: Vec<u8>,
    shared: Arc<Shared>,
    errands: Sender<Errand>,
    poller: Poller,
    frames: FrameRing,
    staged: Staged,
    connections: Vec<Option<Connection>>,
    slots: HashMap<ConnectionId, Slot>,
    vacant: Vec<Slot>,
    index: TopicIndex,
    /// Who has more to write and room for it.
    ready: Vec<Slot>,
    /// Who is full, for the stall check.
    full: HashSet<Slot>,
    sweep: u64,
    noticed: bool,
    began: Instant,
    next_turn: Instant,
    turn: u64,
    next_check: Instant,
    measured: u64,
}

impl Worker {
    /// A thread's worth of state, ready to run.
    pub fn new(hub: &Arc<Hub>, settings: Settings, shared: Arc<Shared>) -> io::Result<Self> {
        let log = Arc::clone(hub.log());
        let line = usize::try_from(log.max_line_bytes()).map_err(io::Error::other)?;
        let ring_bytes = settings.ring_bytes.max(4 * line).next_multiple_of(CAPACITY_STEP);
        let mut heartbeat = Vec::new();
        encode::chunk(&mut heartbeat, &settings.heartbeat);
        let (began, head) = (Instant::now(), log.head_offset());
        let waker = Arc::clone(&shared);
        log.set_watcher(Some(Arc::new(move || waker.wake())));
        Ok(Self {
            epoch: hub.epoch(),
            has_ledger: hub.has_ledger(),
            listeners: Arc::clone(hub.listeners()),
            errands: catchup::start_reader(Arc::downgrade(hub), Arc::clone(&shared))?,
            poller: Poller::new(shared.bell())?,
            frames: FrameRing::new(ring_bytes, head)?,
            staged: Staged::default(),
            log,
            settings,
            heartbeat,
            shared,
            connections: Vec::new(),
            slots: HashMap::new(),
            vacant: Vec::new(),
            index: TopicIndex::default(),
            ready: Vec::new(),
            full: HashSet::new(),
            sweep: 0,
            noticed: false,
            began,
            next_turn: began,
            turn: 0,
            next_check: began + STALL_CHECK,
            measured: 0,
        })
    }

    /// Runs until stopped.
    pub fn run(mut self) {
        let mut roomy = Vec::new();
        let mut idle = 0;
        loop {
            // Commands after news: what was asked for before an event was emitted counts for that event.
            let news = self.encode_news();
            if !self.obey() {
                break;
            }
            self.serve_ready();
            self.keep_time();
            if std::mem::take(&mut self.noticed) {
                self.listeners.tell();
            }
            idle = if news { 0 } else { idle + 1 };
            roomy.clear();
            let patience = self.patience(idle, news);
            self.poller.wait(patience, &mut roomy);
            self.shared.answered();
            for id in &roomy {
                if let Some((slot, connection)) = self.by_id(*id) {
                    connection.blocked = false;
                    self.ready.push(slot);
                }
            }
        }
        self.log.set_watcher(None);
        for slot in 0..self.connections.len() {
            self.remove(slot);
        }
    }

    /// How long to wait for something to do.
    fn patience(&mut self, idle: u32, news: bool) -> Option<Duration> {
        if !self.ready.is_empty() {
            return Some(Duration::ZERO);
        }
        if news && self.settings.window_ms > 0 {
            return Some(Duration::from_millis(self.settings.window_ms));
        }
        if idle <= NAPS_BEFORE_SLEEP && !self.slots.is_empty() {
            return Some(NAP);
        }
        if !self.log.watcher_may_sleep(self.frames.end()) {
            return Some(Duration::ZERO);
        }
        let now = Instant::now();
        let heartbeat = (self.settings.heartbeat_ms > 0 && !self.slots.is_empty()).then_some(self.next_turn);
        let check = (!self.full.is_empty()).then_some(self.next_check);
        heartbeat.into_iter().chain(check).min().map(|at| at.saturating_duration_since(now))
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    // --- commands

    /// Carries out what was asked for; `false` to stop.
    fn obey(&mut self) -> bool {
        for command in self.shared.take_commands() {
            match command {
                Command::Adopt { owner, id, socket, adoption } => self.adopt(owner, id, socket, *adoption),
                Command::Release { id } => {
                    if let Some(slot) = self.slots.get(&id).copied() {
                        self.remove(slot);
                    }
                }
                Command::ReleaseAll { owner } => self.release_all(owner),
                Command::Drain { owner, id } => self.drain(owner, id),
                Command::Topic { id, topic, followed, at } => self.set_topic(id, topic, followed, at),
                Command::Heartbeat => (0..self.connections.len()).for_each(|slot| self.beat(slot)),
                Command::Past { id, past } => self.receive(id, past),
                Command::Stop => return false,
            }
        }
        true
    }

    fn adopt(&mut self, owner: Owner, id: ConnectionId, socket: OwnedFd, adoption: Adoption) {
        let types = adoption.types.clone();
        let follow = |topics| self.log.follow(&NamedFilter { topics, types: types.clone() });
        let mut followed: Vec<(String, Filter)> = Vec::new();
        for topic in adoption.topics.iter().flatten() {
            match follow(Some(vec![topic.clone()])) {
                Ok(filter) => followed.push((topic.clone(), filter)),
                Err(_) => return self.notify(owner, id, Notice::Broken), // more types than a log can name
            }
        }
        let Ok(mask) = follow(None) else { return self.notify(owner, id, Notice::Broken) };
        let ids: Vec<u64> =
            followed.iter().filter_map(|(_, filter)| Some(self.log.topic_of(filter)?.0)).collect();
        let topics = match (&adoption.topics, ids.as_slice()) {
            (None, _) => Topics::All,
            (Some(_), [one]) => Topics::One(*one),
            (Some(_), many) => Topics::Many(many.iter().copied().collect()),
        };
        let resuming = adoption.from < self.log.head_offset();
        add(&self.shared.counters.resumes, u64::from(resuming));
        let mut connection = Connection::new(owner, id, socket, topics, mask.types, adoption.from);
        connection.resuming = resuming;
        connection.followed = followed;
        connection.type_names = adoption.types;
        connection.on_slow = adoption.on_slow;
        let slot = self.vacant.pop().unwrap_or(self.connections.len());
        self.index_topics(&connection, slot, true);
        match self.connections.get_mut(slot) {
            Some(place) => *place = Some(connection),
            None => self.connections.push(Some(connection)),
        }
        self.slots.insert(id, slot);
        self.shared.counters.connections.store(self.slots.len() as u64, Ordering::Relaxed);
        self.ready.push(slot);
    }

    fn drain(&mut self, owner: Owner, id: ConnectionId) {
        let head = self.log.head_offset();
        match self.by_id(id) {
            Some((slot, connection)) => {
                connection.until = Some(connection.next.max(head));
                self.ready.push(slot);
            }
            None => self.notify(owner, id, Notice::Drained), // gone before: nothing is left to be written
        }
    }

    fn release_all(&mut self, owner: Owner) {
        let of_owner = |found: &Option<Connection>| found.as_ref().is_some_and(|found| found.owner == owner);
        let slots: Vec<Slot> =
            (0..).zip(&self.connections).filter(|(_, found)| of_owner(found)).map(|(slot, _)| slot).collect();
        slots.into_iter().for_each(|slot| self.remove(slot));
        self.shared.forget_notices(owner);
    }

    fn index_topics(&mut self, connection: &Connection, slot: Slot, added: bool) {
        let mut change =
            |topic| if added { self.index.add(topic, slot) } else { self.index.remove(topic, slot) };
        match &connection.topics {
            Topics::All => change(None),
            Topics::One(topic) => change(Some(*topic)),
            Topics::Many(topics) => topics.iter().for_each(|topic| change(Some(*topic))),
        }
    }

    fn set_topic(&mut self, id: ConnectionId, topic: String, followed: bool, at: u64) {
        let Some(slot) = self.slots.get(&id).copied() else { return };
        // What was emitted before the call must be encoded to be served by the old filter.
        self.encode_news();
        self.level_up_to(slot, at);
        let Some(mut connection) = self.connections.get_mut(slot).and_then(Option::take) else { return };
        let mut ids = match &connection.topics {
            Topics::All => HashSet::new(),
            Topics::One(one) => HashSet::from([*one]),
            Topics::Many(many) => many.clone(),
        };
        let known = connection.followed.iter().position(|(name, _)| *name == topic);
        let changes = !matches!(connection.topics, Topics::All) && known.is_none() == followed;
        if changes {
            self.index_topics(&connection, slot, false);
            match known {
                Some(at) => {
                    let (_, filter) = connection.followed.swap_remove(at);
                    ids.retain(|id| Some(*id) != self.log.topic_of(&filter).map(|id| id.0));
                    self.log.unfollow(&filter);
                }
                None => {
                    if let Ok(filter) = self.log.follow(&NamedFilter::topic(&topic)) {
                        ids.extend(self.log.topic_of(&filter).map(|id| id.0));
                        connection.followed.push((topic, filter));
                    }
                }
            }
            connection.topics = Topics::Many(ids);
            self.index_topics(&connection, slot, true);
        }
        if let Some(place) = self.connections.get_mut(slot) {
            *place = Some(connection);
        }
    }

    /// Serves a connection that lags behind nothing up to event `at`, so that what follows is another filter's.
    fn level_up_to(&mut self, slot: Slot, at: u64) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        if connection.until.is_none() && !connection.blocked && !connection.reading {
            connection.until = Some(at);
            let served = connection.serve(&self.frames, &self.shared.counters);
            connection.until = None;
            if served == Served::Full {
                self.filled(slot, self.now_ms());
            }
        }
        self.ready.push(slot);
    }

    fn by_id(&mut self, id: ConnectionId) -> Option<(Slot, &mut Connection)> {
        let slot = self.slots.get(&id).copied()?;
        Some((slot, self.connections.get_mut(slot)?.as_mut()?))
    }

    fn notify(&mut self, owner: Owner, id: ConnectionId, notice: Notice) {
        self.shared.notify(owner, id, notice);
        self.noticed = true;
    }

    fn remove(&mut self, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::take) else { return };
        if connection.watched {
            self.poller.forget(connection.socket());
        }
        self.index_topics(&connection, slot, false);
        for (_, filter) in &connection.followed {
            self.log.unfollow(filter);
        }
        self.slots.remove(&connection.id);
        self.full.remove(&slot);
        self.vacant.push(slot);
        self.shared.counters.connections.store(self.slots.len() as u64, Ordering::Relaxed);
    }

    // --- news

    /// Encodes what was appended and marks who follows it. Whether there was anything.
    fn encode_news(&mut self) -> bool {
        if self.log.head_offset() <= self.frames.end() {
            return false;
        }
        let everything = Filter::default();
        let mut topics = HashSet::new();
        loop {
            let from = self.frames.end();
            let query = Query {
                filter: &everything,
                from,
                before: MAX_OFFSET,
                limit: usize::MAX,
                max_bytes: READ_BYTES,
            };
            let (staged, epoch) = (&mut self.staged, self.epoch);
            staged.clear();
            let batch = self.log.read(&query, |record| staged.add(epoch, &record));
            if batch.first > from {
                // The window went by while this thread was elsewhere: connections read the rest where it still is.
                self.frames.restart(batch.first);
            }
            for (event, frame) in staged.frames() {
                self.frames.push(event.offset, event.topic, event.kind, event.key, frame);
                topics.insert(event.topic);
            }
            if batch.complete {
                self.frames.pad(batch.next);
                break;
            }
        }
        self.ready.extend_from_slice(self.index.of_all());
        for topic in topics {
            self.ready.extend_from_slice(self.index.of(topic));
        }
        true
    }

    // --- sockets

    fn serve_ready(&mut self) {
        self.sweep += 1;
        for slot in std::mem::take(&mut self.ready) {
            let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { continue };
            if connection.sweep != self.sweep {
                connection.sweep = self.sweep;
                self.serve(slot);
            }
        }
        self.measure();
    }

    fn serve(&mut self, slot: Slot) {
        let now_ms = self.now_ms();
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        if connection.reading || connection.blocked {
            return;
        }
        connection.moved = false;
        let served = connection.serve(&self.frames, &self.shared.counters);
        if served != Served::Full && connection.full_since.take().is_some() {
            self.full.remove(&slot);
        }
        match served {
            Served::Level => self.leveled(slot),
            Served::More => self.ready.push(slot),
            Served::Full => self.filled(slot, now_ms),
            Served::Behind => self.behind(slot),
            Served::Broken => self.give_up(slot, Notice::Broken),
        }
    }

    /// It has everything; perhaps that is all it was to have.
    fn leveled(&mut self, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        (connection.lagging, connection.resuming) = (false, false);
        if connection.until.is_some_and(|until| connection.next >= until) {
            self.give_up(slot, Notice::Drained);
        }
    }

    fn give_up(&mut self, slot: Slot, notice: Notice) {
        let named = self.connections.get(slot).and_then(Option::as_ref).map(|found| (found.owner, found.id));
        if let Some((owner, id)) = named {
            if notice == Notice::Slow {
                add(&self.shared.counters.slow, 1);
            }
            self.remove(slot);
            self.notify(owner, id, notice);
        }
    }

    fn filled(&mut self, slot: Slot, now_ms: u64) {
        add(&self.shared.counters.stalls, 1);
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        if connection.moved || connection.full_since.is_none() {
            connection.full_since = Some(now_ms);
        }
        connection.keep_rest(&self.frames);
        (connection.lagging, connection.blocked) = (true, true);
        let watched = std::mem::replace(&mut connection.watched, true);
        let (id, socket) = (connection.id, connection.socket());
        self.full.insert(slot);
        // Watched by an edge: once added, every later edge comes by itself, except where poll needs to be asked again.
        let lost = if watched && cfg!(target_os = "linux") {
            false
        } else {
            self.poller.watch(id, socket, watched).is_err()
        };
        if lost {
            self.give_up(slot, Notice::Broken);
        }
    }

    /// The frame ring has moved on. The window may still have what it wants, or the ledger; else its policy decides.
    fn behind(&mut self, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        let kept_from = catchup::kept_from(&self.log, connection);
        // One that began in the past, or that this thread was late for, is not slow.
        let at_fault = connection.lagging && !connection.resuming;
        connection.resuming = !at_fault;
        if connection.next >= kept_from {
            add(&self.shared.counters.catchups, 1);
            let past = catchup::from_window(&self.log, self.epoch, connection);
            connection.next = past.next;
            connection.put(past.bytes);
            add(&self.shared.counters.frames, past.count);
            self.ready.push(slot);
        } else if self.has_ledger && (!at_fault || connection.on_slow == OnSlow::Disconnect) {
            connection.reading = true;
            add(&self.shared.counters.catchups, 1);
            let topics = match connection.topics {
                Topics::All => None,
                _ => Some(connection.followed.iter().map(|(name, _)| name.clone()).collect()),
            };
            let filter = NamedFilter { topics, types: connection.type_names.clone() };
            let errand = Errand { id: connection.id, filter, from: connection.next };
            if self.errands.send(errand).is_err() {
                self.give_up(slot, Notice::Broken);
            }
        } else if at_fault && connection.on_slow == OnSlow::Disconnect {
            self.give_up(slot, Notice::Slow);
        } else {
            let mut gap = Vec::new();
            let requested = cursor::format(self.epoch, connection.next.saturating_sub(1));
            encode::gap(&mut gap, &requested, &cursor::format(self.epoch, kept_from), "expired");
            connection.next = kept_from;
            connection.put(gap);
            add(&self.shared.counters.gaps, 1);
            self.ready.push(slot);
        }
    }

    /// A piece of the past has been read from the ledger.
    fn receive(&mut self, id: ConnectionId, past: Past) {
        let Some((slot, connection)) = self.by_id(id) else { return };
        connection.reading = false;
        if past.failed {
            return self.give_up(slot, Notice::Broken);
        }
        connection.next = past.next;
        connection.put(past.bytes);
        add(&self.shared.counters.frames, past.count);
        self.ready.push(slot);
    }

    /// Counts how long the sampled event took, once it is out.
    fn measure(&mut self) {
        let sample = self.log.sample();
        if let Some((offset, appended)) =
            sample.filter(|(at, _)| (self.measured..self.frames.end()).contains(at))
        {
            let elapsed = u64::try_from(appended.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.shared.counters.latency.record(elapsed);
            self.measured = offset + 1;
        }
    }

    // --- time

    fn keep_time(&mut self) {
        let now = Instant::now();
        if now >= self.next_check {
            self.next_check = now + STALL_CHECK;
            self.drop_stalled();
        }
        if self.settings.heartbeat_ms > 0 && now >= self.next_turn {
            let every = Duration::from_millis(self.settings.heartbeat_ms.div_ceil(HEARTBEAT_TURNS));
            self.next_turn = now + every;
            self.turn = (self.turn + 1) % HEARTBEAT_TURNS;
            let turn = usize::try_from(self.turn).unwrap_or(0);
            let step = usize::try_from(HEARTBEAT_TURNS).unwrap_or(1);
            (turn..self.connections.len()).step_by(step).for_each(|slot| self.beat(slot));
        }
    }

    fn beat(&mut self, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        match connection.heartbeat(&self.heartbeat, &self.shared.counters) {
            Served::Full => self.filled(slot, self.now_ms()),
            Served::Broken => self.give_up(slot, Notice::Broken),
            _ => {}
        }
    }

    fn drop_stalled(&mut self) {
        let horizon = self.now_ms().saturating_sub(self.settings.stall_ms);
        let stalled: Vec<Slot> = self
            .full
            .iter()
            .copied()
            .filter(|slot| {
                let connection = self.connections.get(*slot).and_then(Option::as_ref);
                connection.is_some_and(|connection| {
                    connection.on_slow == OnSlow::Disconnect
                        && connection
                            .full_since
                            .is_some_and(|since| since <= horizon && self.settings.stall_ms > 0)
                })
            })
            .collect();
        for slot in stalled {
            self.give_up(slot, Notice::Slow);
        }
    }
}
