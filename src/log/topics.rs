//! Topics and types by number.
//!
//! A producer names a topic once and then passes its id, a slot with a generation: a slot is given to another topic
//! once no event of the window and no reader refers to it, and the generation tells an id that outlived its topic.
//! So the table is bounded by the window and the readers, whatever number of topics a process sees in its life.

use std::collections::HashMap;

use super::error::LogError;

/// Distinct event types a log can name.
pub const MAX_TYPES: usize = 4096;

const SLOT_BITS: u32 = 24;
const GENERATION_MASK: u32 = (1 << 28) - 1;

/// A topic, as producers and readers hold it. Fits into a JavaScript number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicId(pub u64);

impl TopicId {
    fn new(slot: u32, generation: u32) -> Self {
        Self(u64::from(slot) | (u64::from(generation) << SLOT_BITS))
    }

    #[allow(clippy::cast_possible_truncation)] // masked to 24 bits
    fn slot(self) -> u32 {
        (self.0 & ((1 << SLOT_BITS) - 1)) as u32
    }
}

/// What the log knows of one topic.
#[derive(Debug)]
pub struct Topic {
    /// Its name.
    pub name: Box<str>,
    generation: u32,
    /// Filters that name it.
    pub followers: u32,
    /// Events of the index that carry it, visible or not.
    pub entries: u32,
    /// Events a reader of the topic sees: `first` to `last` along the links.
    pub count: u32,
    /// Oldest visible event, meaningful when `count > 0`.
    pub first: u64,
    /// Newest event, meaningful when `entries > 0`.
    pub last: u64,
    /// When that one came.
    pub last_ms: u64,
    /// Every event of the topic at or above this offset is visible.
    pub kept_from: u64,
    live: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Topics {
    slots: Vec<Topic>,
    free: Vec<u32>,
    names: HashMap<Box<str>, u32>,
    /// What `kept_from` of a topic that comes (back) must at least be: its earlier events may have been forgotten.
    forgotten_to: u64,
    sweep_at: usize,
}

impl Topics {
    /// The id of the topic `name`, made when it is new.
    pub fn intern(&mut self, name: &str) -> TopicId {
        if let Some(&slot) = self.names.get(name) {
            let generation = self.slots.get(slot as usize).map_or(0, |topic| topic.generation);
            return TopicId::new(slot, generation);
        }
        // Ids that were handed out and never used: rare, so they are looked for only when the table has doubled.
        if self.names.len() >= self.sweep_at.max(1024) {
            self.sweep();
            self.sweep_at = self.names.len() * 2;
        }
        let topic = Topic {
            name: name.into(),
            generation: 0,
            followers: 0,
            entries: 0,
            count: 0,
            first: 0,
            last: 0,
            last_ms: 0,
            kept_from: self.forgotten_to,
            live: true,
        };
        let reused = self.free.pop().and_then(|slot| Some((slot, self.slots.get_mut(slot as usize)?)));
        let (slot, generation) = match reused {
            Some((slot, old)) => {
                let generation = (old.generation + 1) & GENERATION_MASK;
                *old = Topic { generation, ..topic };
                (slot, generation)
            }
            None => {
                // The window holds fewer events than a slot number can count, and sweeping keeps unused ids few.
                let slot = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
                self.slots.push(topic);
                (slot, 0)
            }
        };
        self.names.insert(name.into(), slot);
        TopicId::new(slot, generation)
    }

    /// The slot of `id` while its topic lives.
    pub fn resolve(&self, id: TopicId) -> Option<u32> {
        let topic = self.slots.get(id.slot() as usize)?;
        (topic.live && TopicId::new(id.slot(), topic.generation) == id).then(|| id.slot())
    }

    /// The id of the topic in `slot`.
    pub fn id(&self, slot: u32) -> Option<TopicId> {
        self.get(slot).map(|topic| TopicId::new(slot, topic.generation))
    }

    /// The topic in `slot`.
    pub fn get(&self, slot: u32) -> Option<&Topic> {
        self.slots.get(slot as usize)
    }

    /// The topic in `slot`, for the log's bookkeeping.
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut Topic> {
        self.slots.get_mut(slot as usize)
    }

    /// Number of topics known.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// All slots of living topics.
    pub fn live(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.slots).filter(|(_, topic)| topic.live).map(|(slot, _)| slot)
    }

    /// Gives the slot back if nothing refers to its topic any more.
    pub fn release(&mut self, slot: u32) {
        let Some(topic) = self.slots.get_mut(slot as usize) else { return };
        if topic.live && topic.entries == 0 && topic.followers == 0 {
            topic.live = false;
            self.forgotten_to = self.forgotten_to.max(topic.kept_from);
            let name = std::mem::take(&mut topic.name);
            self.names.remove(&name);
            self.free.push(slot);
        }
    }

    fn sweep(&mut self) {
        let unused: Vec<u32> = self.live().collect();
        unused.into_iter().for_each(|slot| self.release(slot));
    }

    /// Nothing before `offset` is known of any topic: the log begins here.
    pub fn forget_before(&mut self, offset: u64) {
        self.forgotten_to = self.forgotten_to.max(offset);
    }
}

/// Event types by number, in order of first use. Never forgotten: they are few by nature and by [`MAX_TYPES`].
#[derive(Debug, Default)]
pub struct Types {
    names: Vec<Box<str>>,
    ids: HashMap<Box<str>, u16>,
}

impl Types {
    /// The number of the type `name`, made when it is new.
    pub fn intern(&mut self, name: &str) -> Result<u16, LogError> {
        if let Some(&id) = self.ids.get(name) {
            return Ok(id);
        }
        let full = LogError::TypesFull { max_types: MAX_TYPES as u64 };
        let id =
            u16::try_from(self.names.len()).ok().filter(|id| usize::from(*id) < MAX_TYPES).ok_or(full)?;
        self.names.push(name.into());
        self.ids.insert(name.into(), id);
        Ok(id)
    }

    /// The name of type `id`.
    pub fn name(&self, id: u16) -> &str {
        self.names.get(usize::from(id)).map_or("", |name| name)
    }
}
