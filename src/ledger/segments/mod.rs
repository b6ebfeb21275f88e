//! The ledger as a row of segments: closed ones that never change, and the active one that the writer appends to.
//!
//! Offsets and positions count through all of them. The files' names say where each begins (see paths.rs), so that
//! whatever a crash leaves behind in the middle of a rotation is a row of segments again.

mod load;
mod manifest;
pub mod packed;
pub mod source;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

pub use load::{Loaded, load};
pub use manifest::write as write_manifest;

use super::LedgerError;
use crate::log::Checkpoint;
use crate::sync::Mutex;

/// News kept for those who have not asked yet.
const NEWS_KEPT: usize = 256;

/// A closed segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Where it begins, in the ledger as a whole.
    pub start: Checkpoint,
    /// Where it ends.
    pub end: Checkpoint,
    /// Bytes it takes on disk.
    pub stored_bytes: u64,
    /// Whether it is compressed.
    pub packed: bool,
    /// When it was closed, in milliseconds since the Unix epoch.
    pub closed_ms: u64,
}

/// All segments at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segments {
    /// The closed ones, oldest first.
    pub closed: Vec<Segment>,
    /// Where the active one begins.
    pub active: Checkpoint,
    /// When the active one was begun.
    pub since_ms: u64,
}

impl Segments {
    /// Offset of the oldest event kept.
    pub fn oldest(&self) -> u64 {
        self.closed.first().map_or(self.active.offset, |segment| segment.start.offset)
    }
}

/// What happened to a ledger that its owner may want to hear of.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// This segment was closed.
    Rotated(Segment),
    /// Upkeep (rotation, index, compression, retention) failed and will be tried again.
    Trouble(LedgerError),
}

#[derive(Debug, Default)]
struct Told {
    count: u64,
    recent: VecDeque<News>,
}

/// The segments as they are now, for the writer, the keeper and readers.
#[derive(Debug)]
pub struct Catalog {
    current: Mutex<Arc<Segments>>,
    told: Mutex<Told>,
}

impl Catalog {
    /// A catalog of these.
    pub fn new(segments: Segments) -> Self {
        Self { current: Mutex::new(Arc::new(segments)), told: Mutex::default() }
    }

    /// The segments as they are now.
    pub fn current(&self) -> Arc<Segments> {
        Arc::clone(&self.current.lock())
    }

    /// Replaces them by what `change` makes of them.
    pub fn update(&self, change: impl FnOnce(&mut Segments)) {
        let mut current = self.current.lock();
        let mut next = Segments::clone(&current);
        change(&mut next);
        *current = Arc::new(next);
    }

    /// Adds to the news.
    pub fn tell(&self, news: News) {
        let mut told = self.told.lock();
        told.count += 1;
        told.recent.push_back(news);
        if told.recent.len() > NEWS_KEPT {
            told.recent.pop_front();
        }
    }

    /// The news after the first `heard`, as far as they are kept, and how many there have been.
    pub fn news(&self, heard: u64) -> (Vec<News>, u64) {
        let told = self.told.lock();
        let fresh = usize::try_from(told.count.saturating_sub(heard)).unwrap_or(usize::MAX);
        let skip = told.recent.len().saturating_sub(fresh);
        (told.recent.iter().skip(skip).cloned().collect(), told.count)
    }
}
