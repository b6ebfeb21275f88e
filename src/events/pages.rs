//! What readers ask for, and what they get.

use crate::ledger::Found;
use crate::log::Record;
use crate::log::filter::NamedFilter;

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

impl From<(Vec<Found>, u64)> for Page {
    fn from((found, next): (Vec<Found>, u64)) -> Self {
        let mut page = Self { next, ..Self::default() };
        found.iter().for_each(|event| page.push(event.record()));
        page
    }
}

impl Page {
    pub(super) fn push(&mut self, record: Record<'_>) {
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
