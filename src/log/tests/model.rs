//! What the log promises, as a list that is searched from end to end and forgets nothing.

use std::collections::HashSet;

use crate::log::filter::NamedFilter;
use crate::log::{Checkpoint, Retention};

/// One event that was appended.
#[derive(Debug, Clone)]
pub struct Event {
    pub offset: u64,
    pub position: u64,
    pub topic: String,
    pub kind: String,
    pub line: Vec<u8>,
    ms: u64,
    /// Gone with its idle topic.
    dropped: bool,
    /// Beyond what its topic may keep: only readers of all topics still see it.
    surplus: bool,
}

/// Every event that was ever appended, and which of them the window still has.
pub struct Model {
    retention: Retention,
    window_bytes: u64,
    start: Checkpoint,
    pub events: Vec<Event>,
    /// Number of events, from the beginning, that left the window.
    gone: usize,
    pub head: Checkpoint,
}

impl Model {
    pub fn new(start: Checkpoint, retention: Retention, window_bytes: u64) -> Self {
        Self { retention, window_bytes, start, events: Vec::new(), gone: 0, head: start }
    }

    pub fn append(&mut self, topic: &str, kind: &str, ms: u64, line: &[u8]) -> u64 {
        let offset = self.head.offset;
        self.events.push(Event {
            offset,
            position: self.head.position,
            topic: topic.to_owned(),
            kind: kind.to_owned(),
            line: line.to_vec(),
            ms,
            dropped: false,
            surplus: false,
        });
        self.head = Checkpoint { position: self.head.position + line.len() as u64 + 1, offset: offset + 1 };
        let window = &mut self.events[self.gone..];
        let own = window.iter_mut().rev().filter(|event| event.topic == topic && !event.dropped);
        own.skip(self.retention.max_topic_events).for_each(|event| event.surplus = true);
        self.evict(self.window_bytes);
        offset
    }

    pub fn prune(&mut self, now_ms: u64) {
        let Some(horizon) = now_ms.checked_sub(self.retention.idle_ms) else { return };
        if self.retention.idle_ms == 0 {
            return;
        }
        let mut seen = HashSet::new();
        let mut idle = HashSet::new();
        for event in self.events[self.gone..].iter().rev() {
            if seen.insert(event.topic.clone()) && event.ms < horizon {
                idle.insert(event.topic.clone());
            }
        }
        for event in &mut self.events[self.gone..] {
            event.dropped |= idle.contains(&event.topic);
        }
        self.evict(u64::MAX);
    }

    fn evict(&mut self, window_bytes: u64) {
        let bytes = window_bytes.min(self.retention.max_bytes);
        while let Some(front) = self.events.get(self.gone) {
            let many = self.events.len() - self.gone > self.retention.max_events;
            if !many && !front.dropped && self.head.position - front.position <= bytes {
                break;
            }
            self.gone += 1;
        }
    }

    /// Offset of the oldest event of the window.
    pub fn first(&self) -> u64 {
        self.start.offset + self.gone as u64
    }

    /// Number of events of the window, visible or not.
    pub fn len(&self) -> usize {
        self.events.len() - self.gone
    }

    /// Topics that an event of the window has.
    pub fn topics(&self) -> HashSet<&str> {
        self.events[self.gone..].iter().map(|event| event.topic.as_str()).collect()
    }

    /// Everything that `filter` wants, whether it is still there or not.
    pub fn wanted<'a>(&'a self, filter: &'a NamedFilter) -> impl DoubleEndedIterator<Item = &'a Event> {
        self.events.iter().filter(|event| filter.wants(&event.topic, &event.kind))
    }

    /// What a reader with `filter` sees.
    pub fn visible<'a>(&'a self, filter: &'a NamedFilter) -> impl DoubleEndedIterator<Item = &'a Event> {
        self.events[self.gone..].iter().filter(|event| {
            let hidden = event.dropped || (filter.topics.is_some() && event.surplus);
            !hidden && filter.wants(&event.topic, &event.kind)
        })
    }
}
