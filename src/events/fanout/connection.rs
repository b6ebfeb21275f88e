//! One adopted connection: a cursor, a filter, a descriptor.

use std::collections::{HashMap, HashSet};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendFlags, send, sendmsg};

use super::catchup::PIECE_BYTES;
use super::counters::{Counters, add};
use super::encode::chunk;
use super::frames::FrameRing;
use super::selection::Selection;
use super::{ConnectionId, Owner};
use crate::log::filter::{Filter, TypeMask};

/// Bytes per write: enough for the kernel to be busy with, little enough to be fair to the others.
const WRITE_BYTES: usize = 256 * 1024;

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

/// Where a connection goes on after the gap event that told it what it misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnGap {
    /// With the oldest event kept.
    Continue,
    /// With the next event.
    Live,
    /// Nowhere: the gap is the last it gets.
    End,
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

/// Bytes of its own that go out before any frame of the ring: a piece of the past, a gap, the rest of a heartbeat or of
/// a chunk that was announced when the socket was full.
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
    pub on_gap: OnGap,
    /// Next event. Whatever is left to be sent of those before it is among its own bytes.
    pub next: u64,
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
            on_gap: OnGap::Continue,
            next,
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

    /// Gives it bytes that go out next.
    pub fn put(&mut self, bytes: Vec<u8>) {
        debug_assert!(self.own.is_none());
        if !bytes.is_empty() {
            self.own = Some(Box::new(Own { bytes, sent: 0 }));
        }
    }

    /// Writes what it wants and the socket takes, at most [`WRITE_BYTES`].
    pub fn serve(&mut self, frames: &FrameRing, counters: &Counters) -> Served {
        if let Some(served) = self.send_own(counters) {
            return served;
        }
        let end = self.until.map_or(frames.end(), |until| until.min(frames.end()));
        if self.lagging && self.on_slow == OnSlow::Coalesce {
            add(&counters.coalesced, self.coalesce(frames, end));
            if let Some(served) = self.send_own(counters) {
                return served;
            }
        }
        if self.next >= end {
            return Served::Level;
        }
        if self.next < frames.first() {
            return Served::Behind;
        }
        if !matches!(self.topics, Topics::All) || self.types.is_some() {
            return self.send_wanted(frames, end, end, counters);
        }
        while self.next < end && frames.get(self.next).is_some_and(|frame| frame.length == 0) {
            self.next += 1; // gone before it came here
        }
        if self.next >= end {
            Served::Level
        } else if frames.between_chunks(self.next) && frames.between_chunks(end) {
            self.send_run(frames, end, counters)
        } else {
            // It came, or is to end, within a chunk: a few frames, and it goes on with whole ones.
            self.send_wanted(frames, end.min(frames.next_chunk(self.next)), end, counters)
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

    /// Everything is wanted: whole chunks, as they lie in the ring.
    fn send_run(&mut self, frames: &FrameRing, end: u64, counters: &Counters) -> Served {
        let Some(run) = frames.run(self.next, end, WRITE_BYTES) else { return Served::Level };
        let bytes = frames.bytes(run.position, run.length);
        let sent = match send(&self.socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Ok(sent) => sent,
            Err(Errno::INTR) => return Served::More,
            Err(Errno::AGAIN) => return Served::Full,
            Err(_) => return Served::Broken,
        };
        count(counters, sent);
        self.moved = true;
        if sent < run.length {
            let reached = run.position + sent as u64;
            let (chunk_end, next) = frames.chunk_end(reached);
            let rest = usize::try_from(chunk_end - reached).unwrap_or(0);
            add(&counters.frames, frames.count(self.next, next));
            self.next = next;
            self.put(frames.bytes(reached, rest).to_vec());
            return Served::Full;
        }
        add(&counters.frames, run.frames);
        self.next = run.next;
        if self.next >= end { Served::Level } else { Served::More }
    }

    /// Sends the next frames before `before` that it wants, of those up to `end`, as a chunk of their own.
    fn send_wanted(&mut self, frames: &FrameRing, before: u64, end: u64, counters: &Counters) -> Served {
        let selection = Selection::of(self, frames, before);
        if !selection.is_empty() {
            let parts = selection.parts(frames);
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            let sent =
                match sendmsg(&self.socket, &parts.slices(), &mut SendAncillaryBuffer::default(), flags) {
                    Ok(sent) => sent,
                    Err(Errno::INTR) => return Served::More,
                    Err(Errno::AGAIN) => return Served::Full,
                    Err(_) => return Served::Broken,
                };
            count(counters, sent);
            add(&counters.frames, selection.count);
            self.moved = true;
            let rest = parts.after(sent);
            if !rest.is_empty() {
                self.next = selection.next;
                self.put(rest);
                return Served::Full;
            }
        }
        self.next = selection.next;
        if self.next >= end { Served::Level } else { Served::More }
    }

    /// Skips what a later event of the same key supersedes, of what the ring has for it. Returns how many it skipped.
    fn coalesce(&mut self, frames: &FrameRing, end: u64) -> u64 {
        if self.next < frames.first() {
            return 0;
        }
        let mut latest = HashMap::new();
        let wanted = |offset: u64| {
            frames.get(offset).filter(|frame| frame.length > 0 && self.wants(frame.topic, frame.kind))
        };
        for offset in self.next..end {
            if let Some(frame) = wanted(offset).filter(|frame| frame.key > 0) {
                latest.insert(frame.key, offset);
            }
        }
        let (mut bytes, mut skipped, mut next) = (Vec::new(), 0, self.next);
        while next < end && bytes.len() < PIECE_BYTES {
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
        let mut whole = Vec::new();
        if !bytes.is_empty() {
            chunk(&mut whole, &bytes);
        }
        self.put(whole);
        skipped
    }

    /// Writes a heartbeat if the connection is idle; what the socket does not take goes out before the next frame.
    pub fn heartbeat(&mut self, beat: &[u8], counters: &Counters) -> Served {
        if self.blocked || self.reading || self.own.is_some() {
            return Served::Level; // something on its way shows it is alive
        }
        self.put(beat.to_vec());
        self.send_own(counters).unwrap_or(Served::Level)
    }
}

fn count(counters: &Counters, bytes: usize) {
    add(&counters.bytes, bytes as u64);
    add(&counters.writes, 1);
}
