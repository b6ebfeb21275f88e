//! The index of the window: where each event that is still in memory lies, and which event of its topic came before
//! and after it.
//!
//! Offsets are consecutive, so the index is a queue and finding an event is a subtraction. The links let a reader of
//! one topic step from event to event without looking at those of others.

use std::collections::VecDeque;

/// One event of the window. 40 bytes: the window's cost per event besides its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Stream position of the line.
    pub position: u64,
    /// When it came, in milliseconds since the Unix epoch.
    pub ms: u64,
    /// Length of the line in bytes, without its newline.
    pub length: u32,
    /// Slot of its topic.
    pub topic: u32,
    /// Distance back to the previous event of the topic, 0 if none was known.
    pub prev: u32,
    /// Distance on to the next event of the topic, 0 if there is none yet.
    pub next: u32,
    /// What a later event with the same key supersedes for a slow reader, 0 for nothing.
    pub key: u32,
    /// Its type.
    pub kind: u16,
    /// Expired by `idleMs` while younger events of other topics stay.
    pub dropped: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Index {
    first: u64,
    entries: VecDeque<Entry>,
}

impl Index {
    /// An empty index whose first event will have offset `first`.
    pub fn starting_at(first: u64) -> Self {
        Self { first, entries: VecDeque::new() }
    }

    /// Offset of the oldest event kept, or of the next one when there is none.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Offset after the newest event kept.
    pub fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// Number of events kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    fn slot(&self, offset: u64) -> Option<usize> {
        usize::try_from(offset.checked_sub(self.first)?).ok()
    }

    /// The event at `offset`, if it is kept.
    pub fn get(&self, offset: u64) -> Option<&Entry> {
        self.entries.get(self.slot(offset)?)
    }

    /// The event at `offset`, to relink or drop it.
    pub fn get_mut(&mut self, offset: u64) -> Option<&mut Entry> {
        let slot = self.slot(offset)?;
        self.entries.get_mut(slot)
    }

    /// The oldest event kept.
    pub fn front(&self) -> Option<&Entry> {
        self.entries.front()
    }

    /// Makes room for so many more events at once.
    pub fn reserve(&mut self, events: usize) {
        self.entries.reserve(events);
    }

    /// Adds the newest event.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push_back(entry);
    }

    /// Forgets the oldest event and returns it with its offset.
    pub fn pop(&mut self) -> Option<(u64, Entry)> {
        let entry = self.entries.pop_front()?;
        self.first += 1;
        Some((self.first - 1, entry))
    }
}
