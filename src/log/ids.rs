//! Finds an event of the window by its own id (a field of the event), for consumers that resume with it.
//!
//! Nothing is done at append: the first lookup indexes the window and each later one what came since, so that
//! producers pay nothing and a burst of reconnects pays once.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::Log;
use super::fields::string_fields;
use super::filter::Filter;
use super::window::Query;

const BATCH_BYTES: usize = 256 * 1024;

/// See the module. Holds at most twice as many ids as the window holds events.
#[derive(Debug)]
pub struct IdIndex {
    field: String,
    hasher: RandomState,
    offsets: HashMap<u64, u64>,
    next: u64,
}

impl IdIndex {
    /// An index over the top-level string field `field`.
    pub fn new(field: String) -> Self {
        Self { field, hasher: RandomState::new(), offsets: HashMap::new(), next: 0 }
    }

    /// Offset of the newest event of the window whose id is `id`.
    pub fn find(&mut self, log: &Log, id: &str) -> Option<u64> {
        self.catch_up(log);
        let offset = *self.offsets.get(&self.hasher.hash_one(id))?;
        let query =
            Query { filter: &Filter::default(), from: offset, before: offset + 1, limit: 1, max_bytes: 0 };
        let mut matches = false;
        log.read(&query, |record| {
            matches =
                string_fields(record.line, [&self.field]).into_iter().flatten().any(|found| found == id);
        });
        matches.then_some(offset)
    }

    fn catch_up(&mut self, log: &Log) {
        let filter = Filter::default();
        loop {
            let query = Query {
                filter: &filter,
                from: self.next,
                before: u64::MAX,
                limit: usize::MAX,
                max_bytes: BATCH_BYTES,
            };
            let (field, hasher, offsets) = (&self.field, &self.hasher, &mut self.offsets);
            let batch = log.read(&query, |record| {
                if let [Some(id)] = string_fields(record.line, [field]) {
                    offsets.insert(hasher.hash_one(id.as_ref()), record.offset);
                }
            });
            self.next = batch.next;
            if batch.complete {
                break;
            }
        }
        let (kept, _) = log.counts();
        if self.offsets.len() > 2 * kept + 1024 {
            let first = log.first_offset();
            self.offsets.retain(|_, offset| *offset >= first);
        }
    }
}
