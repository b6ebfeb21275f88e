//! New events: each is encoded once, and marks who follows it.

use std::collections::HashSet;

use super::Worker;
use crate::log::Query;
use crate::log::cursor::MAX_OFFSET;
use crate::log::filter::Filter;

/// Bytes read from the log at a time: what its lock is held for, some ten microseconds.
const READ_BYTES: usize = 32 * 1024;

impl Worker {
    /// Encodes what was appended and marks who follows it. Whether there was anything.
    pub(super) fn encode_news(&mut self) -> bool {
        if self.log.head_offset() <= self.frames.end() {
            return false;
        }
        let everything = Filter::default();
        let mut topics = HashSet::new();
        loop {
            let from = self.frames.end();
            let query = Query {
                filter: &everything,
                from,
                before: MAX_OFFSET,
                limit: usize::MAX,
                max_bytes: READ_BYTES,
            };
            let (staged, epoch) = (&mut self.staged, self.epoch);
            staged.clear();
            let batch = self.log.read(&query, |record| staged.add(epoch, &record));
            if batch.first > from {
                // The window went by while this thread was elsewhere: connections read the rest where it still is.
                self.frames.restart(batch.first);
            }
            for (events, frames) in staged.chunks() {
                self.frames.push(events, frames);
                topics.extend(events.iter().map(|event| event.topic));
            }
            if batch.complete {
                self.frames.pad(batch.next);
                break;
            }
        }
        self.ready.extend_from_slice(self.index.of_all());
        for topic in topics {
            self.ready.extend_from_slice(self.index.of(topic));
        }
        true
    }
}
