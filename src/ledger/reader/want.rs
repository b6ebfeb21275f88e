//! What readers ask for, and what they get.

use crate::log::Record;
use crate::log::filter::NamedFilter;

/// A range of time. Absent bounds bound nothing; an event that tells no time is in no range but the whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// The first millisecond in it.
    pub since_ms: Option<u64>,
    /// The first millisecond after it.
    pub until_ms: Option<u64>,
}

impl Span {
    /// Whether an event of this time is in it.
    pub fn has(self, ms: Option<u64>) -> bool {
        match ms {
            Some(ms) => self.meets(ms, ms),
            None => self == Self::default(),
        }
    }

    /// Whether it has a moment in common with the one from `earliest` to `latest`, both included.
    pub fn meets(self, earliest: u64, latest: u64) -> bool {
        self == Self::default()
            || (earliest <= latest
                && self.since_ms.is_none_or(|since| latest >= since)
                && self.until_ms.is_none_or(|until| earliest < until))
    }
}

/// Which events of the ledger are wanted.
#[derive(Debug, Clone)]
pub struct Want {
    /// Topic and types.
    pub filter: NamedFilter,
    /// When they happened.
    pub span: Span,
    /// First offset wanted.
    pub from: u64,
    /// Offset after the last one wanted.
    pub before: u64,
    /// How many at the most.
    pub limit: usize,
    /// How many bytes of lines at the most, but always one line.
    pub max_bytes: usize,
    /// How many bytes of the ledger to look at, roughly, before the answer is what was found so far.
    pub max_scan: u64,
}

impl Default for Want {
    fn default() -> Self {
        Self {
            filter: NamedFilter::default(),
            span: Span::default(),
            from: 0,
            before: u64::MAX,
            limit: usize::MAX,
            max_bytes: usize::MAX,
            max_scan: u64::MAX,
        }
    }
}

/// One event read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its offset.
    pub offset: u64,
    /// Its topic.
    pub topic: String,
    /// Its type.
    pub kind: String,
    /// Its line, without newline.
    pub line: Vec<u8>,
}

impl Found {
    /// The same, borrowed.
    pub fn record(&self) -> Record<'_> {
        Record {
            offset: self.offset,
            topic: &self.topic,
            kind: &self.kind,
            line: &self.line,
            topic_id: 0,
            kind_id: 0,
            key: 0,
        }
    }
}
