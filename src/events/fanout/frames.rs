//! The frame ring: every recent event encoded once, ready to be written to any socket, in order of offsets.
//!
//! ```text
//! size line │ frame │ frame │ … │ line end │ size line │ frame │ …      events that came together share an HTTP chunk
//! ```
//!
//! Who wants everything is sent runs of whole chunks as they lie there; who wants a part is sent frames of it, as a chunk
//! made for the occasion. Only the fan-out thread touches the ring. Offsets are consecutive: an event that the log no
//! longer had when it was read leaves an empty entry, so that finding a frame is a subtraction.

use std::collections::{HashMap, VecDeque};
use std::io;

use super::encode::{self, CHUNK_END, StagedEvent};
use crate::log::Ring;

/// No topic: the entry of an event that was gone.
const NOBODY: u64 = u64::MAX;

/// One frame.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Where it begins in the ring, as a stream position.
    pub position: u64,
    /// Its length in bytes, 0 for an event that was gone.
    pub length: u32,
    /// Distance back to the previous frame of its topic, 0 if that is gone.
    back: u32,
    /// Topic, with its generation: a slot that was given to another topic does not match.
    pub topic: u64,
    /// Type.
    pub kind: u16,
    /// It is the first of its chunk.
    leads: bool,
    /// What a later event with the same key supersedes, 0 for nothing.
    pub key: u32,
}

/// Frames under one size line.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    /// Offset of its first frame.
    first: u64,
    /// Where its size line begins in the ring.
    position: u64,
    /// Frames before it since the ring was made.
    before: u64,
}

/// Whole chunks that lie in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Where it begins, as a stream position.
    pub position: u64,
    /// Bytes.
    pub length: usize,
    /// Frames in it.
    pub frames: u64,
    /// Offset after it.
    pub next: u64,
}

/// See the module.
pub struct FrameRing {
    ring: Ring,
    first: u64,
    frames: VecDeque<Frame>,
    chunks: VecDeque<Chunk>,
    head: u64,
    pushed: u64,
    size_line: Vec<u8>,
    /// Newest frame per topic, for topics that have one in the ring.
    last: HashMap<u64, u64>,
}

impl FrameRing {
    /// An empty ring of `capacity` bytes whose first frame will be that of event `first`.
    pub fn new(capacity: usize, first: u64) -> io::Result<Self> {
        Ok(Self {
            ring: Ring::anonymous(capacity)?,
            first,
            frames: VecDeque::new(),
            chunks: VecDeque::new(),
            head: 0,
            pushed: 0,
            size_line: Vec::new(),
            last: HashMap::new(),
        })
    }

    /// Offset of the oldest frame kept.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Offset after the newest frame.
    pub fn end(&self) -> u64 {
        self.first + self.frames.len() as u64
    }

    /// The frame of event `offset`, if it is kept.
    pub fn get(&self, offset: u64) -> Option<&Frame> {
        let at = usize::try_from(offset.checked_sub(self.first)?).ok()?;
        self.frames.get(at)
    }

    /// Whether a run may begin with event `offset`, or end before it.
    pub fn between_chunks(&self, offset: u64) -> bool {
        offset == self.end() || self.get(offset).is_some_and(|frame| frame.leads)
    }

    /// Bytes of the ring. They must be kept: between the oldest chunk and the head.
    pub fn bytes(&self, position: u64, length: usize) -> &[u8] {
        let oldest = self.chunks.front().map_or(self.head, |chunk| chunk.position);
        let sound = oldest <= position && position + length as u64 <= self.head;
        // SAFETY: from the oldest chunk to the head the ring holds what was written, and writing needs `&mut self`.
        unsafe { self.ring.slice(position, if sound { length } else { 0 }) }
    }

    /// Chunks from event `from` on, which is the first of one, to before `end`: at most `limit` bytes, one chunk at least.
    pub fn run(&self, from: u64, end: u64, limit: usize) -> Option<Run> {
        let begin = self.chunk_of(from)?;
        let last = self.border(end);
        let farthest = begin.position.saturating_add(limit as u64);
        let to = if last.position <= farthest {
            last
        } else {
            // The last border within the limit, or else the first one after the beginning.
            let within = self.chunks.partition_point(|chunk| chunk.position <= farthest);
            let border = within.checked_sub(1).and_then(|at| self.chunks.get(at));
            match border.filter(|border| border.position > begin.position) {
                Some(border) => *border,
                None => self.after(begin.first),
            }
        };
        let length = usize::try_from(to.position.checked_sub(begin.position)?).ok()?;
        let frames = to.before.saturating_sub(begin.before);
        Some(Run { position: begin.position, length, frames, next: to.first })
    }

    /// What is left, from `position` within it on, of the chunk that lies there: where it ends, and the offset after it.
    pub fn chunk_end(&self, position: u64) -> (u64, u64) {
        let at = self.chunks.partition_point(|chunk| chunk.position < position);
        let border = self.chunks.get(at).copied().unwrap_or_else(|| self.tail());
        (border.position, border.first)
    }

    /// Frames from the chunk of event `from` on to before the one of `to`.
    pub fn count(&self, from: u64, to: u64) -> u64 {
        self.border(to).before.saturating_sub(self.border(from).before)
    }

    /// Offset of the first event that is in a later chunk than event `offset`.
    pub fn next_chunk(&self, offset: u64) -> u64 {
        self.after(offset).first
    }

    /// Newest frame of a topic, if the ring has one.
    pub fn last_of(&self, topic: u64) -> Option<u64> {
        self.last.get(&topic).copied()
    }

    /// Frame of the same topic before the one at `offset`.
    pub fn before_in_topic(&self, offset: u64) -> Option<u64> {
        let back = u64::from(self.get(offset)?.back);
        offset.checked_sub(back).filter(|before| back > 0 && *before >= self.first)
    }

    /// Begins anew at `first`: what came before was lost to this thread.
    pub fn restart(&mut self, first: u64) {
        self.frames.clear();
        self.chunks.clear();
        self.last.clear();
        self.first = first;
    }

    /// Leaves empty entries for events that were gone, up to `end`.
    pub fn pad(&mut self, end: u64) {
        while self.end() < end {
            self.frames.push_back(Frame {
                position: self.head,
                length: 0,
                back: 0,
                topic: NOBODY,
                kind: 0,
                leads: false,
                key: 0,
            });
        }
    }

    /// Adds a chunk: the frames of the next events or, with a few of them gone, of later ones.
    pub fn push(&mut self, events: &[StagedEvent], frames: &[u8]) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
        self.size_line.clear();
        encode::size_line(&mut self.size_line, frames.len());
        let head = self.size_line.len();
        let length = head + frames.len() + CHUNK_END.len();
        if length > self.ring.capacity() {
            return self.restart(last.offset + 1); // who wants it finds it in the log
        }
        self.pad(first.offset);
        self.make_room(length as u64);
        let mut position = self.head;
        for part in [self.size_line.as_slice(), frames, CHUNK_END] {
            // SAFETY: room was made, so the bytes belong to no chunk; `&mut self` keeps readers away.
            unsafe {
                self.ring.space(position, part.len()).copy_from_slice(part);
                self.ring.mirror(position, part.len());
            }
            position += part.len() as u64;
        }
        self.chunks.push_back(Chunk { first: first.offset, position: self.head, before: self.pushed });
        position = self.head + head as u64;
        for (at, event) in events.iter().enumerate() {
            self.pad(event.offset);
            let (offset, topic) = (event.offset, event.topic);
            let before = self.last.insert(topic, offset);
            self.frames.push_back(Frame {
                position,
                length: u32::try_from(event.length).unwrap_or(0),
                back: before.map_or(0, |before| u32::try_from(offset - before).unwrap_or(0)),
                topic,
                kind: event.kind,
                leads: at == 0,
                key: event.key,
            });
            position += event.length as u64;
        }
        self.pushed += events.len() as u64;
        self.head += length as u64;
    }

    fn make_room(&mut self, bytes: u64) {
        while let Some(front) = self.chunks.front() {
            if self.head + bytes - front.position <= self.ring.capacity() as u64 {
                return;
            }
            self.chunks.pop_front();
            let kept_from = self.chunks.front().map_or(self.end(), |next| next.first);
            while let Some(frame) = self.frames.front().filter(|_| self.first < kept_from) {
                if self.last.get(&frame.topic) == Some(&self.first) {
                    self.last.remove(&frame.topic);
                }
                self.frames.pop_front();
                self.first += 1;
            }
        }
    }

    /// The chunk that event `offset` lies in, or would.
    fn chunk_of(&self, offset: u64) -> Option<&Chunk> {
        let newest = self.chunks.back().filter(|newest| newest.first <= offset);
        newest.or_else(|| self.chunks.get(self.index_after(offset).checked_sub(1)?))
    }

    /// Border before event `end`.
    fn border(&self, end: u64) -> Chunk {
        if end == self.end() {
            return self.tail();
        }
        self.chunk_of(end).copied().unwrap_or_else(|| self.tail())
    }

    /// Border behind the chunk of event `offset`.
    fn after(&self, offset: u64) -> Chunk {
        self.chunks.get(self.index_after(offset)).copied().unwrap_or_else(|| self.tail())
    }

    fn index_after(&self, offset: u64) -> usize {
        self.chunks.partition_point(|chunk| chunk.first <= offset)
    }

    /// Border behind everything.
    fn tail(&self) -> Chunk {
        Chunk { first: self.end(), position: self.head, before: self.pushed }
    }
}
