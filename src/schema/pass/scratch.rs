//! Memory that passes use again and again, so that none is asked for per document.

use super::{FirstOnly, Text};

/// See the module. A stack of parts: who puts something on top takes it away again.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Keys of open objects that are not in their tables, for finding duplicates.
    pub(super) keys: Vec<UnknownKey>,
    /// Words that count the seen names of open objects with more than 64.
    pub(super) words: Vec<u64>,
    /// Items of open arrays that have to be unique.
    pub(super) items: Vec<(usize, usize)>,
    /// A string without its escapes.
    pub(super) text: String,
    /// What [`crate::schema::Schema::check_first`] collects with.
    pub first: FirstOnly,
}

/// A key nobody named.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnknownKey {
    /// Made only where there are many of them in one object.
    pub hash: u64,
    pub text: Text,
}

/// How much of the scratch was in use at some time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    keys: usize,
    words: usize,
    items: usize,
}

impl Scratch {
    pub(super) fn clear(&mut self) {
        self.keys.clear();
        self.words.clear();
        self.items.clear();
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { keys: self.keys.len(), words: self.words.len(), items: self.items.len() }
    }

    pub(super) fn reset(&mut self, mark: Mark) {
        self.keys.truncate(mark.keys);
        self.words.truncate(mark.words);
        self.items.truncate(mark.items);
    }
}
