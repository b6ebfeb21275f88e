//! Filters: which events a reader wants, as a topic slot and a mask of types.

/// A set of types, one bit each. `Types::MAX` bounds it to 512 bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeMask(Vec<u64>);

impl TypeMask {
    /// Adds type `kind`.
    pub fn insert(&mut self, kind: u16) {
        let word = usize::from(kind / 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (kind % 64);
        }
    }

    /// Whether type `kind` is in the set.
    pub fn contains(&self, kind: u16) -> bool {
        self.0.get(usize::from(kind / 64)).is_some_and(|bits| bits >> (kind % 64) & 1 == 1)
    }
}

/// What a reader wants. Absent parts want everything; empty ones want nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Slot of the one topic followed.
    pub topic: Option<u32>,
    /// Slots of several topics followed, in ascending order.
    pub among: Option<Box<[u32]>>,
    /// Types wanted.
    pub types: Option<TypeMask>,
}

impl Filter {
    /// Whether an event of this topic and type is wanted.
    pub fn wants(&self, topic: u32, kind: u16) -> bool {
        self.topic.is_none_or(|wanted| wanted == topic)
            && self.among.as_ref().is_none_or(|wanted| wanted.binary_search(&topic).is_ok())
            && self.types.as_ref().is_none_or(|types| types.contains(kind))
    }
}

/// A filter in words, for readers of the ledger, where there are no slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedFilter {
    /// The topics wanted.
    pub topics: Option<Vec<String>>,
    /// The types wanted.
    pub types: Option<Vec<String>>,
}

impl NamedFilter {
    /// Everything of one topic.
    pub fn topic(name: &str) -> Self {
        Self { topics: Some(vec![name.to_owned()]), types: None }
    }

    /// Whether an event of this topic and type is wanted.
    pub fn wants(&self, topic: &str, kind: &str) -> bool {
        self.topics.as_ref().is_none_or(|topics| topics.iter().any(|wanted| wanted == topic))
            && self.types.as_ref().is_none_or(|types| types.iter().any(|wanted| wanted == kind))
    }
}
