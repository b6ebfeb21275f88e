//! The sparse index of a segment: what each block of some thousand lines can hold, so that a reader skips the others.
//!
//! The sidecar `.index` is a header and one record per block, in order. It only grows, behind the lines, so that what a
//! crash leaves of it is a shorter one; each record proves itself. Blocks that do not fit the segment are dropped and
//! made anew. All integers are little endian.
//!
//! # Format
//! ```text
//! byte 0  magic "CTXINDEX"                 block 0  offset of the first event, u64
//!      8  format version, u32: 1                 8  where it begins in the segment, u64
//!     12  fingerprint of the fields, u32        16  events, u32
//!     16  first offset of the segment, u64      20  bytes, u32
//!     24  CRC-32 of the above, u32              24  earliest time of an event, u64 (ms; 2^64-1: none has one)
//!     28  0, u32                                32  latest time, u64
//!                                               40  Bloom filter of topics and types, 128 bytes
//!                                              168  CRC-32 of the above, u32
//!                                              172  0, u32
//! ```

mod bloom;
mod build;

#[cfg(test)]
mod tests;

pub use bloom::Names;
pub use build::{BLOCK_BYTES, BLOCK_EVENTS, Builder, Fields, Seen};

use super::reader::Span;
use crate::log::Checkpoint;
use crate::log::filter::NamedFilter;

const MAGIC: &[u8; 8] = b"CTXINDEX";
const VERSION: u32 = 1;

/// Bytes of the header.
pub const HEADER_BYTES: usize = 32;

/// Bytes of one block's record.
pub const RECORD_BYTES: usize = 176;

/// Some consecutive lines of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its first event, and where that begins in the segment.
    pub start: Checkpoint,
    /// Number of lines.
    pub events: u32,
    /// Their bytes, newlines included.
    pub bytes: u32,
    /// The earliest and the latest time of an event; `u64::MAX` and 0 when none has one.
    pub times: (u64, u64),
    /// Topics and types.
    pub names: Names,
}

impl Block {
    /// Where it ends.
    pub fn end(&self) -> Checkpoint {
        Checkpoint {
            position: self.start.position + u64::from(self.bytes),
            offset: self.start.offset + u64::from(self.events),
        }
    }

    /// Whether a wanted event can be in it. `true` proves nothing, `false` does.
    pub fn may_have(&self, filter: &NamedFilter, span: Span) -> bool {
        let (earliest, latest) = self.times;
        span.meets(earliest, latest) && self.names.may_have(filter)
    }

    fn encode(&self) -> [u8; RECORD_BYTES] {
        let mut record = Vec::with_capacity(RECORD_BYTES);
        record.extend_from_slice(&self.start.offset.to_le_bytes());
        record.extend_from_slice(&self.start.position.to_le_bytes());
        record.extend_from_slice(&self.events.to_le_bytes());
        record.extend_from_slice(&self.bytes.to_le_bytes());
        record.extend_from_slice(&self.times.0.to_le_bytes());
        record.extend_from_slice(&self.times.1.to_le_bytes());
        record.extend_from_slice(&self.names.to_bytes());
        record.extend_from_slice(&crc32fast::hash(&record).to_le_bytes());
        record.extend_from_slice(&[0; 4]);
        record.try_into().unwrap_or([0; RECORD_BYTES])
    }

    fn decode(record: &[u8; RECORD_BYTES]) -> Option<Self> {
        if crc32fast::hash(record.get(..168)?) != u32_at(record, 168)? {
            return None;
        }
        Some(Self {
            start: Checkpoint { offset: u64_at(record, 0)?, position: u64_at(record, 8)? },
            events: u32_at(record, 16)?,
            bytes: u32_at(record, 20)?,
            times: (u64_at(record, 24)?, u64_at(record, 32)?),
            names: Names::from_bytes(record.get(40..168)?.try_into().ok()?),
        })
    }
}

/// The index of one segment, as far as it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    blocks: Vec<Block>,
    first: u64,
}

impl Index {
    /// An index of the segment that begins with event `first`, with nothing in it.
    pub fn empty(first: u64) -> Self {
        Self { blocks: Vec::new(), first }
    }

    /// The header of its sidecar.
    pub fn header(first: u64, fields: &Fields) -> [u8; HEADER_BYTES] {
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&fields.fingerprint().to_le_bytes());
        header.extend_from_slice(&first.to_le_bytes());
        header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
        header.extend_from_slice(&[0; 4]);
        header.try_into().unwrap_or([0; HEADER_BYTES])
    }

    /// Reads a sidecar: the blocks that follow each other from the segment's beginning and end within its `length`
    /// bytes. `None` when it is not the index of this segment by these fields.
    pub fn parse(sidecar: &[u8], first: u64, fields: &Fields, length: u64) -> Option<Self> {
        let records = sidecar.strip_prefix(&Self::header(first, fields))?;
        let mut index = Self::empty(first);
        for record in records.as_chunks::<RECORD_BYTES>().0 {
            let Some(block) = Block::decode(record) else { break };
            let fits = block.start == index.covered()
                && block.events > 0
                && u64::from(block.bytes) <= length.saturating_sub(block.start.position);
            if !fits {
                break;
            }
            index.blocks.push(block);
        }
        Some(index)
    }

    /// Up to where it goes, in the segment.
    pub fn covered(&self) -> Checkpoint {
        self.blocks.last().map_or(Checkpoint { position: 0, offset: self.first }, Block::end)
    }

    /// Bytes of its sidecar.
    pub fn sidecar_bytes(&self) -> u64 {
        (HEADER_BYTES + self.blocks.len() * RECORD_BYTES) as u64
    }

    /// Adds the block that follows and returns its record.
    pub fn push(&mut self, block: Block) -> [u8; RECORD_BYTES] {
        let record = block.encode();
        self.blocks.push(block);
        record
    }

    /// All blocks, in order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The blocks from the one with `offset` on.
    pub fn from(&self, offset: u64) -> &[Block] {
        let at = self.blocks.partition_point(|block| block.end().offset <= offset);
        self.blocks.get(at..).unwrap_or(&[])
    }
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
