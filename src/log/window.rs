//! Reading the window: whole lines with their topic and type, copied out under the log's lock in bounded batches.

use super::filter::{Filter, NamedFilter};
use super::{Log, LogError, TopicId};

/// Which events of the window are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Query<'filter> {
    /// Topic and types.
    pub filter: &'filter Filter,
    /// First offset wanted.
    pub from: u64,
    /// Offset after the last one wanted.
    pub before: u64,
    /// How many at the most.
    pub limit: usize,
    /// How many bytes of lines at the most, but always one line.
    pub max_bytes: usize,
}

/// One event read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'line> {
    /// Its offset.
    pub offset: u64,
    /// Its topic.
    pub topic: &'line str,
    /// Its type.
    pub kind: &'line str,
    /// Its line, without newline.
    pub line: &'line [u8],
    /// Its topic by number, 0 for an event that was read from the ledger.
    pub topic_id: u64,
    /// Its type by number, 0 for an event that was read from the ledger.
    pub kind_id: u16,
    /// What a later event with the same key supersedes, 0 for nothing.
    pub key: u32,
}

/// Where a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// The offset to go on from.
    pub next: u64,
    /// Number of events given out.
    pub count: usize,
    /// Whether the end of what was asked for was reached, not a bound.
    pub complete: bool,
    /// Offset of the oldest event of the window at the time: below it, events may have been missed.
    pub first: u64,
}

impl Log {
    /// Puts a filter into numbers; [`Self::unfollow`] gives it back.
    pub fn follow(&self, named: &NamedFilter) -> Result<Filter, LogError> {
        self.state.lock().follow(named)
    }

    /// Gives up a filter that [`Self::follow`] made.
    pub fn unfollow(&self, filter: &Filter) {
        self.state.lock().unfollow(filter);
    }

    /// The id of the topic that a filter of [`Self::follow`] names.
    pub fn topic_of(&self, filter: &Filter) -> Option<TopicId> {
        self.state.lock().topic_id(filter)
    }

    /// Offset of the oldest event of the window.
    pub fn first_offset(&self) -> u64 {
        self.state.lock().index.first()
    }

    /// Events that `filter` wants may be missing from the window below this offset.
    pub fn kept_from(&self, filter: &Filter) -> u64 {
        self.state.lock().kept_from(filter)
    }

    /// The first event of the window at or after `from` that `filter` wants.
    pub fn next_wanted(&self, filter: &Filter, from: u64) -> Option<u64> {
        self.state.lock().next_wanted(filter, from)
    }

    /// Gives `each` the wanted events in order, oldest first.
    pub fn read(&self, query: &Query<'_>, mut each: impl FnMut(Record<'_>)) -> Batch {
        let state = self.state.lock();
        let end = query.before.min(state.head.offset);
        let first = state.index.first();
        let (mut next, mut count, mut bytes) = (query.from, 0, 0);
        loop {
            let wanted = state.next_wanted(query.filter, next).filter(|offset| *offset < end);
            let Some((offset, entry)) = wanted.and_then(|offset| Some((offset, state.index.get(offset)?)))
            else {
                return Batch { next: next.max(end), count, complete: true, first };
            };
            let length = entry.length as usize;
            if count == query.limit || (count > 0 && bytes + length > query.max_bytes) {
                return Batch { next, count, complete: false, first };
            }
            // SAFETY: an entry of the index lies in the window, which an append never touches; the lock is held, so
            // the window does not move either.
            let line = unsafe { self.ring.slice(entry.position, length) };
            let topic = state.topics.get(entry.topic).map_or("", |topic| &topic.name);
            each(Record {
                offset,
                topic,
                kind: state.types.name(entry.kind),
                line,
                topic_id: state.topics.id(entry.topic).map_or(0, |id| id.0),
                kind_id: entry.kind,
                key: entry.key,
            });
            (next, count, bytes) = (offset + 1, count + 1, bytes + length);
        }
    }

    /// Where to begin so that [`Self::read`] gives the newest `limit` of the wanted events before `before`.
    pub fn newest(&self, filter: &Filter, before: u64, limit: usize) -> u64 {
        let state = self.state.lock();
        let mut from = before.min(state.head.offset);
        for _ in 0..limit {
            match state.previous_wanted(filter, from) {
                Some(offset) => from = offset,
                None => break,
            }
        }
        from
    }
}
