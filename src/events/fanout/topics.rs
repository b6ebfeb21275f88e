//! Which connections follow which topic, so that an event costs who follows it.

use std::collections::HashMap;

/// Place of a connection in the worker's table.
pub type Slot = usize;

/// See the module.
#[derive(Debug, Default)]
pub struct TopicIndex {
    all: Vec<Slot>,
    by_topic: HashMap<u64, Vec<Slot>>,
}

impl TopicIndex {
    /// `slot` follows `topic`, or everything.
    pub fn add(&mut self, topic: Option<u64>, slot: Slot) {
        match topic {
            None => self.all.push(slot),
            Some(topic) => self.by_topic.entry(topic).or_default().push(slot),
        }
    }

    /// And no longer.
    pub fn remove(&mut self, topic: Option<u64>, slot: Slot) {
        let remove = |slots: &mut Vec<Slot>| {
            if let Some(at) = slots.iter().position(|known| *known == slot) {
                slots.swap_remove(at);
            }
        };
        match topic {
            None => remove(&mut self.all),
            Some(topic) => {
                if let Some(slots) = self.by_topic.get_mut(&topic) {
                    remove(slots);
                    if slots.is_empty() {
                        self.by_topic.remove(&topic);
                    }
                }
            }
        }
    }

    /// Who follows everything.
    pub fn of_all(&self) -> &[Slot] {
        &self.all
    }

    /// Who follows `topic` by name.
    pub fn of(&self, topic: u64) -> &[Slot] {
        self.by_topic.get(&topic).map_or(&[], Vec::as_slice)
    }
}
