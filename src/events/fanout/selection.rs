//! Frames that one connection wants, gathered from the frame ring into a chunk of its own.

use std::io::IoSlice;
use std::ops::Range;

use super::connection::{Connection, Topics};
use super::encode::{self, CHUNK_BYTES, CHUNK_END};
use super::frames::{Frame, FrameRing};

/// Places per gathered write. Frames that lie in a row share one.
const PLACES: usize = 64;

/// See the module.
#[derive(Debug, Default)]
pub struct Selection {
    /// Where frames begin in the ring, and bytes from there on.
    places: Vec<(u64, usize)>,
    bytes: usize,
    /// Frames in it.
    pub count: u64,
    /// Offset after what was looked at.
    pub next: u64,
}

impl Selection {
    /// What `connection` wants next, of the events before `before`.
    pub fn of(connection: &Connection, frames: &FrameRing, before: u64) -> Self {
        let mut selection = Self::default();
        let mut take = |offset: u64| match frames.get(offset) {
            Some(frame) if frame.length > 0 && connection.wants(frame.topic, frame.kind) => {
                selection.take(offset, frame)
            }
            _ => true,
        };
        let complete = match &connection.topics {
            Topics::One(topic) => {
                of_topics(std::iter::once(*topic), connection.next..before, frames).into_iter().all(&mut take)
            }
            // What others emitted must cost it nothing, however long its own topics were quiet.
            Topics::Many(topics) if topics.len() as u64 <= before.saturating_sub(connection.next) => {
                of_topics(topics.iter().copied(), connection.next..before, frames).into_iter().all(&mut take)
            }
            _ => (connection.next..before).all(&mut take),
        };
        if complete {
            selection.next = before;
        }
        selection
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The chunk, as it will be written.
    pub fn parts<'a>(&self, frames: &'a FrameRing) -> Parts<'a> {
        let mut size_line = Vec::with_capacity(8);
        encode::size_line(&mut size_line, self.bytes);
        let places = self.places.iter().map(|(position, length)| frames.bytes(*position, *length)).collect();
        Parts { size_line, places }
    }

    /// Whether there was room for it.
    fn take(&mut self, offset: u64, frame: &Frame) -> bool {
        let length = frame.length as usize;
        if self.bytes > 0 && self.bytes + length > CHUNK_BYTES {
            return false;
        }
        let count = self.places.len();
        match self.places.last_mut() {
            Some((position, known)) if *position + *known as u64 == frame.position => *known += length,
            _ if count == PLACES => return false,
            _ => self.places.push((frame.position, length)),
        }
        self.bytes += length;
        self.count += 1;
        self.next = offset + 1;
        true
    }
}

/// Offsets of these topics in ascending order: from the newest frame of each back to the beginning; mostly a step or two.
fn of_topics(topics: impl Iterator<Item = u64>, within: Range<u64>, frames: &FrameRing) -> Vec<u64> {
    let mut found = Vec::new();
    for topic in topics {
        let mut at = frames.last_of(topic);
        while let Some(offset) = at.filter(|offset| *offset >= within.start) {
            if offset < within.end {
                found.push(offset);
            }
            at = frames.before_in_topic(offset);
        }
    }
    found.sort_unstable();
    found
}

/// A chunk in pieces.
pub struct Parts<'a> {
    size_line: Vec<u8>,
    places: Vec<&'a [u8]>,
}

impl Parts<'_> {
    /// For a gathered write.
    pub fn slices(&self) -> Vec<IoSlice<'_>> {
        self.pieces().map(IoSlice::new).collect()
    }

    /// What is left of it after `sent` bytes.
    pub fn after(&self, sent: usize) -> Vec<u8> {
        let mut skip = sent;
        let mut rest = Vec::new();
        for piece in self.pieces() {
            rest.extend_from_slice(piece.get(skip..).unwrap_or(&[]));
            skip = skip.saturating_sub(piece.len());
        }
        rest
    }

    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let begin = std::iter::once(self.size_line.as_slice());
        begin.chain(self.places.iter().copied()).chain(std::iter::once(CHUNK_END))
    }
}
