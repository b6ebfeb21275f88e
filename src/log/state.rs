//! What the log's lock guards: head, index, topics, and the retention that keeps them in bounds.

use std::time::Instant;

use super::filter::{Filter, NamedFilter, TypeMask};
use super::index::{Entry, Index};
use super::spool::Checkpoint;
use super::topics::{TopicId, Topics, Types};
use super::{Admission, LogError, Retention, WakeCall};
use crate::sync::thread::Thread;

/// See the module.
pub struct State {
    pub head: Checkpoint,
    pub index: Index,
    pub topics: Topics,
    pub types: Types,
    pub admission: Admission,
    pub follower: Option<Thread>,
    pub follower_asleep: bool,
    pub watcher: Option<WakeCall>,
    pub watcher_asleep: bool,
    pub sample: Option<(u64, Instant)>,
    retention: Retention,
    /// Every event of the index at or above this offset is visible to readers of all topics.
    dropped_to: u64,
}

impl State {
    pub fn new(start: Checkpoint, retention: Retention) -> Self {
        let mut topics = Topics::default();
        topics.forget_before(start.offset);
        Self {
            head: start,
            index: Index::starting_at(start.offset),
            topics,
            types: Types::default(),
            admission: Admission::Open,
            follower: None,
            follower_asleep: false,
            watcher: None,
            watcher_asleep: false,
            sample: None,
            retention,
            dropped_to: start.offset,
        }
    }

    /// Enters the line of `length` bytes that was just written at the head, and returns its offset.
    pub fn push(&mut self, topic: u32, kind: u16, key: u32, now_ms: u64, length: usize) -> u64 {
        let offset = self.head.offset;
        let mut prev = 0;
        if let Some(known) = self.topics.get_mut(topic) {
            if known.entries > 0 && known.last >= self.index.first() {
                // The window holds at most u32::MAX events; a wider distance is treated as no link.
                prev = u32::try_from(offset - known.last).unwrap_or(0);
                if let Some(before) = self.index.get_mut(known.last) {
                    before.next = prev;
                }
            }
            if known.count == 0 {
                known.first = offset;
            }
            known.last = offset;
            known.last_ms = now_ms;
            known.entries += 1;
            known.count += 1;
        }
        self.index.push(Entry {
            position: self.head.position,
            ms: now_ms,
            length: u32::try_from(length).unwrap_or(u32::MAX),
            topic,
            prev,
            next: 0,
            key,
            kind,
            dropped: false,
        });
        self.head = Checkpoint { position: self.head.position + length as u64 + 1, offset: offset + 1 };
        self.trim(topic);
        offset
    }

    /// Keeps topic `slot` within `maxTopicEvents`.
    fn trim(&mut self, slot: u32) {
        let Some(topic) = self.topics.get_mut(slot) else { return };
        while topic.count as usize > self.retention.max_topic_events {
            let step = self.index.get(topic.first).map_or(0, |entry| entry.next);
            topic.kept_from = topic.first + 1;
            topic.first += u64::from(step);
            topic.count -= 1;
        }
    }

    /// Keeps the window within its bounds.
    pub fn evict(&mut self, window_bytes: u64) {
        let bytes = window_bytes.min(self.retention.max_bytes);
        while let Some(front) = self.index.front() {
            let within =
                self.index.len() <= self.retention.max_events && self.head.position - front.position <= bytes;
            if within && !front.dropped {
                break;
            }
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((offset, entry)) = self.index.pop() else { return };
        if let Some(topic) = self.topics.get_mut(entry.topic) {
            topic.entries -= 1;
            topic.kept_from = topic.kept_from.max(offset + 1);
            if topic.count > 0 && topic.first == offset {
                topic.first += u64::from(entry.next);
                topic.count -= 1;
            }
            if topic.entries == 0 {
                self.topics.release(entry.topic);
            }
        }
    }

    /// Forgets topics without an event since `idleMs`.
    pub fn prune(&mut self, now_ms: u64) {
        if self.retention.idle_ms == 0 {
            return;
        }
        let Some(horizon) = now_ms.checked_sub(self.retention.idle_ms) else { return };
        let idle: Vec<u32> = self
            .topics
            .live()
            .filter(|slot| {
                self.topics.get(*slot).is_some_and(|topic| topic.entries > 0 && topic.last_ms < horizon)
            })
            .collect();
        for slot in idle {
            self.drop_topic(slot);
        }
        self.evict(u64::MAX);
    }

    /// Marks every event of the topic as gone; `evict` frees them once they are the oldest.
    fn drop_topic(&mut self, slot: u32) {
        let Some(topic) = self.topics.get_mut(slot) else { return };
        topic.count = 0;
        topic.kept_from = topic.last + 1;
        self.dropped_to = self.dropped_to.max(topic.kept_from);
        let mut at = Some(topic.last);
        while let Some(offset) = at {
            let Some(entry) = self.index.get_mut(offset).filter(|entry| !entry.dropped) else { break };
            entry.dropped = true;
            at = (entry.prev > 0).then(|| offset - u64::from(entry.prev));
        }
    }

    /// The filter in numbers, following its topic so that the slot stays its own until [`Self::unfollow`].
    pub fn follow(&mut self, named: &NamedFilter) -> Result<Filter, LogError> {
        let mut types = named.types.as_ref().map(|_| TypeMask::default());
        if let Some(mask) = &mut types {
            for name in named.types.iter().flatten() {
                mask.insert(self.types.intern(name)?);
            }
        }
        let mut slots: Vec<u32> = Vec::new();
        for name in named.topics.iter().flatten() {
            let id = self.topics.intern(name);
            slots.extend(self.topics.resolve(id));
        }
        slots.sort_unstable();
        slots.dedup();
        for slot in &slots {
            if let Some(known) = self.topics.get_mut(*slot) {
                known.followers += 1;
            }
        }
        let (topic, among) = match (&named.topics, slots.as_slice()) {
            (None, _) => (None, None),
            (Some(_), [one]) => (Some(*one), None),
            (Some(_), _) => (None, Some(slots.into_boxed_slice())),
        };
        Ok(Filter { topic, among, types })
    }

    /// The id of the topic a filter follows.
    pub fn topic_id(&self, filter: &Filter) -> Option<TopicId> {
        self.topics.id(filter.topic?)
    }

    /// Gives up what [`Self::follow`] took.
    pub fn unfollow(&mut self, filter: &Filter) {
        for slot in filter.topic.iter().chain(filter.among.iter().flatten()) {
            if let Some(topic) = self.topics.get_mut(*slot) {
                topic.followers = topic.followers.saturating_sub(1);
            }
            self.topics.release(*slot);
        }
    }

    /// Events that `filter` wants may be missing from the window below this offset.
    pub fn kept_from(&self, filter: &Filter) -> u64 {
        let of_topic = |slot| self.topics.get(slot).map_or(self.index.first(), |topic| topic.kept_from);
        match (filter.topic, &filter.among) {
            (Some(slot), _) => of_topic(slot),
            (None, Some(slots)) => slots.iter().map(|slot| of_topic(*slot)).max().unwrap_or(0),
            (None, None) => self.index.first().max(self.dropped_to),
        }
    }

    /// Whether a reader with `filter` sees the event at `at`. Readers of named topics, one or several, do not see what
    /// `maxTopicEvents` has trimmed.
    fn sees(&self, filter: &Filter, at: u64, entry: &Entry) -> bool {
        let trimmed =
            || self.topics.get(entry.topic).is_none_or(|topic| topic.count == 0 || at < topic.first);
        !entry.dropped && filter.wants(entry.topic, entry.kind) && !(filter.among.is_some() && trimmed())
    }

    /// The first event at or after `from` that `filter` wants.
    pub fn next_wanted(&self, filter: &Filter, from: u64) -> Option<u64> {
        let mut at = match filter.topic {
            None => from.max(self.index.first()),
            Some(slot) => self.first_of_topic(slot, from)?,
        };
        loop {
            let entry = self.index.get(at)?;
            if self.sees(filter, at, entry) {
                return Some(at);
            }
            at += match filter.topic {
                None => 1,
                Some(_) => u64::from((entry.next > 0).then_some(entry.next)?),
            };
        }
    }

    /// The first visible event of topic `slot` at or after `from`.
    ///
    /// A reader that goes on after an event of the topic follows its link; anybody else walks back from the newest.
    fn first_of_topic(&self, slot: u32, from: u64) -> Option<u64> {
        let topic = self.topics.get(slot).filter(|topic| topic.count > 0 && topic.last >= from)?;
        if from <= topic.first {
            return Some(topic.first);
        }
        let before = from.checked_sub(1).and_then(|at| Some((at, self.index.get(at)?)));
        if let Some((at, entry)) = before
            && entry.topic == slot
        {
            return (entry.next > 0).then(|| at + u64::from(entry.next));
        }
        let mut at = topic.last;
        loop {
            let back = u64::from(self.index.get(at)?.prev);
            if back == 0 || at - back < from {
                return Some(at);
            }
            at -= back;
        }
    }

    /// The newest event before `before` that `filter` wants.
    pub fn previous_wanted(&self, filter: &Filter, before: u64) -> Option<u64> {
        let mut at = match filter.topic {
            None => before.min(self.index.end()).checked_sub(1)?,
            Some(slot) => {
                let topic = self.topics.get(slot).filter(|topic| topic.count > 0)?;
                let mut at = topic.last;
                while at >= before {
                    at = self.back_in_topic(slot, at)?;
                }
                at
            }
        };
        loop {
            let entry = self.index.get(at)?;
            if self.sees(filter, at, entry) {
                return Some(at);
            }
            at = match filter.topic {
                None => at.checked_sub(1)?,
                Some(slot) => self.back_in_topic(slot, at)?,
            };
        }
    }

    fn back_in_topic(&self, slot: u32, at: u64) -> Option<u64> {
        let back = u64::from(self.index.get(at)?.prev);
        let before = (back > 0).then(|| at - back)?;
        (before >= self.topics.get(slot)?.first).then_some(before)
    }
}
