//! One adopted connection: a cursor, a filter, a descriptor.

use std::collections::{HashMap, HashSet};
use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendFlags, send, sendmsg};

use super::counters::{Counters, add};
use super::frames::{Frame, FrameRing};
use super::{ConnectionId, Owner};
use crate::log::filter::{Filter, TypeMask};

/// Bytes per write: enough for the kernel to be busy with, little enough to be fair to the others.
const WRITE_BYTES: usize = 256 * 1024;

/// Frames per gathered write.
const WRITE_FRAMES: usize = 64;

/// What happens to a connection that lags too far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSlow {
    /// It is closed; its client comes back with its cursor.
    Disconnect,
    /// It skips to what is kept and is told so by a gap event.
    Gap,
    /// It skips what a later event of the same key supersedes.
    Coalesce,
}

/// What happened to a connection that JavaScript must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Everything up to the end asked for is written; the descriptor is given back.
    Drained,
    /// It was too slow.
    Slow,
    /// Its socket failed.
    Broken,
}

/// How serving a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// It has everything.
    Level,
    /// There is more, and room.
    More,
    /// The socket is full.
    Full,
    /// What it wants next is no longer in the frame ring.
    Behind,
    /// The socket is gone.
    Broken,
}

/// Topics wanted, by id with generation.
#[derive(Debug, Clone)]
pub enum Topics {
    All,
    One(u64),
    Many(HashSet<u64>),
}

/// Bytes of its own that go out before any frame of the ring: a piece of the past, a gap, the rest of a heartbeat.
#[derive(Debug)]
struct Own {
    bytes: Vec<u8>,
    sent: usize,
}

/// See the module.
pub struct Connection {
    pub owner: Owner,
    pub id: ConnectionId,
    socket: OwnedFd,
    pub topics: Topics,
    pub types: Option<TypeMask>,
    /// Filters that keep its topics' ids alive in the log, with their names.
    pub followed: Vec<(String, Filter)>,
    /// Names of the types wanted, for the ledger.
    pub type_names: Option<Vec<String>>,
    pub on_slow: OnSlow,
    /// Next event, and how much of its frame is out.
    pub next: u64,
    within: usize,
    own: Option<Box<Own>>,
    /// The socket took less than it was given, since this time.
    pub full_since: Option<u64>,
    /// The socket is full, until the poller says otherwise.
    pub blocked: bool,
    /// It was full and has not been level since.
    pub lagging: bool,
    /// It has a past to catch up with through no fault of its own, and has not been level since.
    pub resuming: bool,
    /// Something was written since it was last found full.
    pub moved: bool,
    /// The poller knows it.
    pub watched: bool,
    /// A piece of its past is being read.
    pub reading: bool,
    /// It ends once everything before this event is out.
    pub until: Option<u64>,
    /// The sweep that served it last.
    pub sweep: u64,
}

impl Connection {
    pub fn new(
        owner: Owner,
        id: ConnectionId,
        socket: OwnedFd,
        topics: Topics,
        types: Option<TypeMask>,
        next: u64,
    ) -> Self {
        Self {
            owner,
            id,
            socket,
            topics,
            types,
            followed: Vec::new(),
            type_names: None,
            blocked: false,
            lagging: false,
            resuming: false,
            moved: false,
            on_slow: OnSlow::Disconnect,
            next,
            within: 0,
            own: None,
            full_since: None,
            watched: false,
            reading: false,
            until: None,
            sweep: 0,
        }
    }

    pub fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Whether an event is wanted.
    pub fn wants(&self, topic: u64, kind: u16) -> bool {
        let topic = match &self.topics {
            Topics::All => true,
            Topics::One(wanted) => *wanted == topic,
            Topics::Many(wanted) => wanted.contains(&topic),
        };
        topic && self.types.as_ref().is_none_or(|types| types.contains(kind))
    }

    /// Whether it stands between frames with nothing of its own to send: only then may it skip or be given a past.
    fn between_frames(&self) -> bool {
        self.within == 0 && self.own.is_none()
    }

    /// Keeps the rest of a frame that is half out, so that the cursor stands between frames while the socket is full:
    /// the ring may move on, a whole frame may not become half of one.
    pub fn keep_rest(&mut self, frames: &FrameRing) {
        if self.within > 0
            && let Some(frame) = frames.get(self.next)
        {
            let rest = frames
                .bytes(frame.position + self.within as u64, frame.length as usize - self.within)
                .to_vec();
            self.within = 0;
            self.next += 1;
            self.put(rest);
        }
    }

    /// Gives it bytes that go out next.
    pub fn put(&mut self, bytes: Vec<u8>) {
        debug_assert!(self.between_frames());
        if !bytes.is_empty() {
            self.own = Some(Box::new(Own { bytes, sent: 0 }));
        }
    }

    /// Writes what it wants and the socket takes, at most [`WRITE_BYTES`].
    pub fn serve(&mut self, frames: &FrameRing, counters: &Counters) -> Served {
        if let Some(served) = self.send_own(counters) {
            return served;
        }
        if self.lagging && self.on_slow == OnSlow::Coalesce {
            add(&counters.coalesced, self.coalesce(frames));
            if let Some(served) = self.send_own(counters) {
                return served;
            }
        }
        let end = self.until.map_or(frames.end(), |until| until.min(frames.end()));
        if self.next >= end {
            return Served::Level;
        }
        if self.next < frames.first() {
            return Served::Behind;
        }
        if matches!(self.topics, Topics::All) && self.types.is_none() {
            self.send_run(frames, end, counters)
        } else {
            self.send_wanted(frames, end, counters)
        }
    }

    /// `None` when it has nothing of its own left.
    fn send_own(&mut self, counters: &Counters) -> Option<Served> {
        while let Some(own) = &mut self.own {
            let rest = own.bytes.get(own.sent..).unwrap_or(&[]);
            match send(&self.socket, rest, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(sent) => {
                    count(counters, sent);
                    self.moved = true;
                    own.sent += sent;
                    if own.sent >= own.bytes.len() {
                        self.own = None;
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Some(Served::Full),
                Err(_) => return Some(Served::Broken),
            }
        }
        None
    }

    /// Everything is wanted, so the frames are one run of bytes.
    fn send_run(&mut self, frames: &FrameRing, end: u64, counters: &Counters) -> Served {
        let Some(first) = frames.get(self.next) else { return Served::Level };
        let from = first.position + self.within as u64;
        let to = frames.get(end).map_or(frames.head(), |frame| frame.position);
        let length = usize::try_from(to - from).unwrap_or(WRITE_BYTES).min(WRITE_BYTES);
        if length == 0 {
            self.next = end;
            return Served::Level;
        }
        let sent =
            match send(&self.socket, frames.bytes(from, length), SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
                Ok(sent) => sent,
                Err(Errno::INTR) => return Served::More,
                Err(Errno::AGAIN) => return Served::Full,
                Err(_) => return Served::Broken,
            };
        count(counters, sent);
        self.moved = true;
        let reached = from + sent as u64;
        let mut passed = 0;
        while let Some(frame) =
            frames.get(self.next).filter(|frame| frame.position + u64::from(frame.length) <= reached)
        {
            passed += u64::from(frame.length > 0);
            self.next += 1;
        }
        add(&counters.frames, passed);
        self.within =
            frames.get(self.next).map_or(0, |frame| usize::try_from(reached - frame.position).unwrap_or(0));
        self.outcome(sent, length, end)
    }

    /// Only some frames are wanted: gathered, up to [`WRITE_FRAMES`].
    fn send_wanted(&mut self, frames: &FrameRing, end: u64, counters: &Counters) -> Served {
        let (wanted, complete) = self.gather(frames, end);
        if wanted.is_empty() {
            self.next = end;
            return Served::Level;
        }
        let mut skip = self.within;
        let mut slices = Vec::with_capacity(wanted.len());
        let mut length = 0;
        for (_, frame) in &wanted {
            let bytes = frames.bytes(frame.position + skip as u64, frame.length as usize - skip);
            length += bytes.len();
            slices.push(IoSlice::new(bytes));
            skip = 0;
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        let sent = match sendmsg(&self.socket, &slices, &mut SendAncillaryBuffer::default(), flags) {
            Ok(sent) => sent,
            Err(Errno::INTR) => return Served::More,
            Err(Errno::AGAIN) => return Served::Full,
            Err(_) => return Served::Broken,
        };
        count(counters, sent);
        self.moved = true;
        let mut rest = sent + self.within;
        let mut passed = 0;
        self.next = if complete { end } else { wanted.last().map_or(end, |(offset, _)| offset + 1) };
        self.within = 0;
        for (offset, frame) in &wanted {
            if rest < frame.length as usize {
                (self.next, self.within) = (*offset, rest);
                break;
            }
            rest -= frame.length as usize;
            passed += 1;
        }
        add(&counters.frames, passed);
        self.outcome(sent, length, end)
    }

    fn outcome(&self, sent: usize, length: usize, end: u64) -> Served {
        if sent < length {
            Served::Full
        } else if self.next >= end {
            Served::Level
        } else {
            Served::More
        }
    }

    /// The next wanted frames, and whether those are all up to `end`.
    fn gather(&self, frames: &FrameRing, end: u64) -> (Vec<(u64, Frame)>, bool) {
        let mut wanted: Vec<(u64, Frame)> = Vec::new();
        let mut bytes = 0;
        let mut take = |offset: u64, frame: &Frame| {
            if wanted.len() == WRITE_FRAMES || bytes >= WRITE_BYTES {
                return false;
            }
            bytes += frame.length as usize;
            wanted.push((offset, *frame));
            true
        };
        let complete = match &self.topics {
            Topics::One(topic) => {
                // From the newest frame of the topic back to the cursor; mostly a step or two.
                let mut chain = Vec::new();
                let mut at = frames.last_of(*topic);
                while let Some(offset) = at.filter(|offset| *offset >= self.next) {
                    chain.push(offset);
                    at = frames.before_in_topic(offset);
                }
                chain.into_iter().rev().filter(|offset| *offset < end).all(|offset| {
                    match frames.get(offset) {
                        Some(frame) if self.wants(frame.topic, frame.kind) => take(offset, frame),
                        _ => true,
                    }
                })
            }
            _ => (self.next..end).all(|offset| match frames.get(offset) {
                Some(frame) if frame.length > 0 && self.wants(frame.topic, frame.kind) => take(offset, frame),
                _ => true,
            }),
        };
        (wanted, complete)
    }

    /// Skips what a later event of the same key supersedes, of what the ring has for it. Returns how many it skipped.
    fn coalesce(&mut self, frames: &FrameRing) -> u64 {
        if self.next < frames.first() {
            return 0;
        }
        let mut latest = HashMap::new();
        let wanted = |offset: u64| {
            frames.get(offset).filter(|frame| frame.length > 0 && self.wants(frame.topic, frame.kind))
        };
        for offset in self.next..frames.end() {
            if let Some(frame) = wanted(offset).filter(|frame| frame.key > 0) {
                latest.insert(frame.key, offset);
            }
        }
        let (mut bytes, mut skipped, mut next) = (Vec::new(), 0, self.next);
        while next < frames.end() && bytes.len() < WRITE_BYTES {
            if let Some(frame) = wanted(next) {
                if frame.key == 0 || latest.get(&frame.key) == Some(&next) {
                    bytes.extend_from_slice(frames.bytes(frame.position, frame.length as usize));
                } else {
                    skipped += 1;
                }
            }
            next += 1;
        }
        self.next = next;
        self.put(bytes);
        skipped
    }

    /// Writes a heartbeat if the connection is idle; what the socket does not take goes out before the next frame.
    pub fn heartbeat(&mut self, chunk: &[u8], counters: &Counters) -> Served {
        if self.blocked || self.reading || !self.between_frames() {
            return Served::Level; // something on its way shows it is alive
        }
        self.put(chunk.to_vec());
        self.send_own(counters).unwrap_or(Served::Level)
    }
}

fn count(counters: &Counters, bytes: usize) {
    add(&counters.bytes, bytes as u64);
    add(&counters.writes, 1);
}
