//! Makes blocks of lines, and tells what a line says of itself.

use std::borrow::Cow;

use memchr::memchr;

use super::Block;
use super::bloom::Names;
use crate::ledger::time;
use crate::log::Checkpoint;
use crate::log::fields::{Written, written_fields};

/// A block is closed when it has this many bytes …
pub const BLOCK_BYTES: u32 = 256 * 1024;
/// … or events.
pub const BLOCK_EVENTS: u32 = 4096;

/// Which top-level fields of a line name what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// The topic.
    pub topic: String,
    /// The type.
    pub kind: String,
    /// The event itself.
    pub id: String,
    /// When it happened.
    pub time: String,
}

impl Default for Fields {
    fn default() -> Self {
        let [topic, kind, id, time] = ["topic", "type", "id", "timestamp"].map(str::to_owned);
        Self { topic, kind, id, time }
    }
}

/// What a line says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<'line> {
    /// Its topic, empty without one.
    pub topic: Cow<'line, str>,
    /// Its type, empty without one.
    pub kind: Cow<'line, str>,
    /// When it happened, in milliseconds since the Unix epoch.
    pub ms: Option<u64>,
}

impl Fields {
    /// Reads a line.
    pub fn see<'line>(&self, line: &'line [u8]) -> Seen<'line> {
        let [topic, kind, time] = written_fields(line, [&self.topic, &self.kind, &self.time]);
        let text = |field: Option<Written<'line>>| field.and_then(Written::text).unwrap_or_default();
        let ms = time.and_then(|time| match time {
            Written::Text(value) => time::parse(value, true),
            Written::Other(value) => time::parse(value, false),
        });
        Seen { topic: text(topic), kind: text(kind), ms }
    }

    /// What an index by other fields differs in.
    pub fn fingerprint(&self) -> u32 {
        crc32fast::hash(format!("{}\0{}\0{}", self.topic, self.kind, self.time).as_bytes())
    }
}

/// Gathers lines until they are a block.
#[derive(Debug)]
pub struct Builder {
    fields: Fields,
    block: Block,
}

impl Builder {
    /// A builder whose first line is at `start` of the segment.
    pub fn new(fields: Fields, start: Checkpoint) -> Self {
        Self { fields, block: begin(start) }
    }

    /// Takes the whole lines in `bytes`, and gives `each` the blocks they complete.
    pub fn add(&mut self, mut bytes: &[u8], mut each: impl FnMut(Block)) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end + 1);
            bytes = rest;
            self.add_line(line);
            if self.block.bytes >= BLOCK_BYTES || self.block.events >= BLOCK_EVENTS {
                let next = begin(self.block.end());
                each(std::mem::replace(&mut self.block, next));
            }
        }
    }

    /// What is left at the end of the segment, if there is anything.
    pub fn finish(&mut self) -> Option<Block> {
        let next = begin(self.block.end());
        Some(std::mem::replace(&mut self.block, next)).filter(|block| block.events > 0)
    }

    fn add_line(&mut self, line: &[u8]) {
        let seen = self.fields.see(line);
        let block = &mut self.block;
        block.events += 1;
        block.bytes = block.bytes.saturating_add(u32::try_from(line.len()).unwrap_or(u32::MAX));
        if let Some(ms) = seen.ms {
            block.times = (block.times.0.min(ms), block.times.1.max(ms));
        }
        block.names.add_topic(&seen.topic);
        block.names.add_type(&seen.kind);
    }
}

fn begin(start: Checkpoint) -> Block {
    Block { start, events: 0, bytes: 0, times: (u64::MAX, 0), names: Names::default() }
}
