//! The fan-out thread: commands, new frames, sockets that have room, time; over and over.

mod commands;
mod lagging;
mod news;
mod pace;
mod serving;
mod time;

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use pace::{Pace, Sweep};

use super::catchup::{self, Errand};
use super::connection::{Connection, Notice};
use super::encode::{self, Staged};
use super::frames::FrameRing;
use super::poller::Poller;
use super::shared::Shared;
use super::topics::{Slot, TopicIndex};
use super::{ConnectionId, Owner, Settings};
use crate::events::{Hub, Listeners};
use crate::log::cursor::Epoch;
use crate::log::{CAPACITY_STEP, Log};

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
    pace: Pace,
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
            heartbeat,
            shared,
            connections: Vec::new(),
            slots: HashMap::new(),
            vacant: Vec::new(),
            index: TopicIndex::default(),
            ready: Vec::new(),
            full: HashSet::new(),
            sweep: 0,
            pace: Pace::new(Duration::from_millis(settings.window_ms)),
            noticed: false,
            began,
            next_turn: began,
            turn: 0,
            next_check: began + time::STALL_CHECK,
            measured: 0,
            settings,
        })
    }

    /// Runs until stopped.
    pub fn run(mut self) {
        let mut roomy = Vec::new();
        let mut idle = 0;
        loop {
            // Commands after news: what was asked for before an event was emitted counts for that event.
            let news = self.pace.pause().is_none() && self.encode_news();
            if !self.obey() {
                break;
            }
            let sweep = Sweep::begin(&self.shared.counters);
            self.serve_ready();
            if news {
                let more = self.log.head_offset() > self.frames.end();
                self.pace.swept(&sweep, &self.shared.counters, more);
            }
            self.keep_time();
            if std::mem::take(&mut self.noticed) {
                self.listeners.tell();
            }
            idle = if news { 0 } else { idle + 1 };
            roomy.clear();
            let patience = self.patience(idle);
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

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn by_id(&mut self, id: ConnectionId) -> Option<(Slot, &mut Connection)> {
        let slot = self.slots.get(&id).copied()?;
        Some((slot, self.connections.get_mut(slot)?.as_mut()?))
    }

    fn notify(&mut self, owner: Owner, id: ConnectionId, notice: Notice) {
        self.shared.notify(owner, id, notice);
        self.noticed = true;
    }
}
