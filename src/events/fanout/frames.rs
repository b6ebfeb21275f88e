//! The frame ring: every recent event encoded once, ready to be written to any socket, in order of offsets.
//!
//! Only the fan-out thread touches it. Offsets are consecutive: an event that the log no longer had when it was read
//! leaves an empty entry, so that finding a frame is a subtraction.

use std::collections::{HashMap, VecDeque};
use std::io;

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
    /// What a later event with the same key supersedes, 0 for nothing.
    pub key: u32,
}

/// See the module.
pub struct FrameRing {
    ring: Ring,
    first: u64,
    frames: VecDeque<Frame>,
    head: u64,
    /// Newest frame per topic, for topics that have one in the ring.
    last: HashMap<u64, u64>,
}

impl FrameRing {
    /// An empty ring of `capacity` bytes whose first frame will be that of event `first`.
    pub fn new(capacity: usize, first: u64) -> io::Result<Self> {
        let ring = Ring::anonymous(capacity)?;
        Ok(Self { ring, first, frames: VecDeque::new(), head: 0, last: HashMap::new() })
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

    /// Position after the newest frame.
    pub fn head(&self) -> u64 {
        self.head
    }

    /// Bytes of the ring. They must be kept: between the oldest frame and the head.
    pub fn bytes(&self, position: u64, length: usize) -> &[u8] {
        let oldest = self.frames.front().map_or(self.head, |frame| frame.position);
        let sound = oldest <= position && position + length as u64 <= self.head;
        // SAFETY: from the oldest frame to the head the ring holds what was written, and writing needs `&mut self`.
        unsafe { self.ring.slice(position, if sound { length } else { 0 }) }
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
                key: 0,
            });
        }
    }

    /// Adds the frame of the next event or, with a few events gone, of a later one.
    pub fn push(&mut self, offset: u64, topic: u64, kind: u16, key: u32, frame: &[u8]) {
        self.pad(offset);
        self.make_room(frame.len() as u64);
        // SAFETY: room was made, so the bytes belong to no frame; `&mut self` keeps readers away.
        unsafe {
            self.ring.space(self.head, frame.len()).copy_from_slice(frame);
            self.ring.mirror(self.head, frame.len());
        }
        let back =
            self.last.insert(topic, offset).map_or(0, |before| u32::try_from(offset - before).unwrap_or(0));
        let length = u32::try_from(frame.len()).unwrap_or(0);
        self.frames.push_back(Frame { position: self.head, length, back, topic, kind, key });
        self.head += frame.len() as u64;
    }

    fn make_room(&mut self, bytes: u64) {
        while let Some(front) = self.frames.front() {
            if self.head + bytes - front.position <= self.ring.capacity() as u64 {
                return;
            }
            let (offset, topic) = (self.first, front.topic);
            self.frames.pop_front();
            self.first += 1;
            if self.last.get(&topic) == Some(&offset) {
                self.last.remove(&topic);
            }
        }
    }
}
