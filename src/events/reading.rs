//! Reading a hub: its window, and the ledger where the window no longer reaches.

use std::time::{Duration, Instant};

use super::{Frames, Hub, Page, ReadWant, Resume, sse};
use crate::error::Result;
use crate::ledger::{Found, Ledger, Want};
use crate::log::cursor::{self, MAX_OFFSET, Token};
use crate::log::filter::NamedFilter;
use crate::log::{Batch, Query};

/// How long a read of the ledger waits for lines that are on their way to the file.
const SETTLE: Duration = Duration::from_secs(10);

impl Hub {
    /// Opens a filter and returns its number, for [`Self::frames`] and [`Self::kept_from`].
    pub fn open_filter(&self, named: NamedFilter) -> Result<u32> {
        Ok(self.filters.open(&self.log, named)?)
    }

    /// Closes a filter.
    pub fn close_filter(&self, number: u32) {
        self.filters.close(&self.log, number);
    }

    /// Events that the filter wants may be missing from the window below this offset.
    pub fn kept_from(&self, number: u32) -> u64 {
        self.filters.get(number).map_or(0, |open| self.log.kept_from(&open.filter))
    }

    /// Whether events that left the window can still be read.
    pub fn has_ledger(&self) -> bool {
        self.ledger.is_some()
    }

    /// Where a reader with this token goes on.
    pub fn resume(&self, token: &str) -> Resume {
        match cursor::parse(self.epoch, token) {
            Token::Offset(offset) if offset < self.head() => Resume::After(offset),
            Token::Offset(_) => Resume::Unknown,
            Token::OtherEpoch => Resume::OtherEpoch,
            Token::Foreign => self.find(token).map_or(Resume::NotInWindow, Resume::After),
        }
    }

    /// Offset of the newest event of the window whose id field is `id`.
    pub fn find(&self, id: &str) -> Option<u64> {
        self.ids.lock().find(&self.log, id)
    }

    /// Offset of the newest event of the ledger whose id field is `id`. Blocking.
    pub fn find_in_ledger(&self, id: &str) -> Result<Option<u64>> {
        match &self.ledger {
            Some(ledger) => {
                // The event may have left the window and still be on its way to the file.
                self.settle(ledger, self.head());
                Ok(ledger.reader().find(id)?)
            }
            None => Ok(self.find(id)),
        }
    }

    /// Appends the SSE frames of events of the window, from offset `from`, to `out`.
    pub fn frames(&self, number: u32, from: u64, max_bytes: usize, out: &mut Vec<u8>) -> Batch {
        let Some(open) = self.filters.get(number) else {
            return Batch { next: from, count: 0, complete: true, first: from };
        };
        let query = Query { filter: &open.filter, from, before: MAX_OFFSET, limit: usize::MAX, max_bytes };
        self.log.read(&query, |record| sse::event(out, self.epoch, &record))
    }

    /// The same from the ledger. Blocking.
    pub fn frames_from_ledger(&self, number: u32, from: u64, max_bytes: usize) -> Result<Frames> {
        let mut frames = Frames { next: from, ..Frames::default() };
        let (Some(open), Some(ledger)) = (self.filters.get(number), &self.ledger) else { return Ok(frames) };
        self.settle(ledger, from);
        let filter = open.named.clone();
        let want = Want { filter, from, max_bytes, ..Want::default() };
        let (found, next) = ledger.reader().read(&want)?;
        found.iter().for_each(|event| sse::event(&mut frames.bytes, self.epoch, &event.record()));
        Ok(Frames { count: found.len(), next, ..frames })
    }

    /// What the window has of the wanted events.
    pub fn read_window(&self, want: &ReadWant) -> Result<Page> {
        let filter = self.log.follow(&want.filter)?;
        let from = want.from.unwrap_or_else(|| self.log.newest(&filter, want.before, want.limit));
        let query =
            Query { filter: &filter, from, before: want.before, limit: want.limit, max_bytes: usize::MAX };
        let mut page = Page::default();
        page.next = self.log.read(&query, |record| page.push(record)).next;
        self.log.unfollow(&filter);
        Ok(page)
    }

    /// Whether the window alone can answer: nothing older could be among the wanted events.
    pub fn window_suffices(&self, want: &ReadWant) -> Result<bool> {
        if self.ledger.is_none() {
            return Ok(true);
        }
        let filter = self.log.follow(&want.filter)?;
        let kept_from = self.log.kept_from(&filter);
        let suffices = match want.from {
            Some(from) => from >= kept_from,
            None => {
                kept_from == 0 || {
                    let from = self.log.newest(&filter, want.before, want.limit);
                    let query = Query {
                        filter: &filter,
                        from,
                        before: want.before,
                        limit: want.limit,
                        max_bytes: usize::MAX,
                    };
                    // Below `kept_from` there are holes that an idle topic left.
                    from >= kept_from && self.log.read(&query, |_| ()).count == want.limit
                }
            }
        };
        self.log.unfollow(&filter);
        Ok(suffices)
    }

    /// The wanted events, from the ledger. Blocking.
    pub fn read_ledger(&self, want: &ReadWant) -> Result<Page> {
        let Some(ledger) = &self.ledger else { return self.read_window(want) };
        self.settle(ledger, want.before.min(self.head()));
        let (found, next) = match want.from {
            Some(from) => ledger.reader().read(&Want {
                filter: want.filter.clone(),
                from,
                before: want.before,
                limit: want.limit,
                ..Want::default()
            })?,
            None => {
                // Asked once: what becomes durable during the search is not part of it.
                let before = want.before.min(ledger.durable().offset);
                (ledger.reader().newest(&want.filter, before, want.limit)?, before)
            }
        };
        Ok(Page::from((found, next)))
    }

    /// Events of the ledger as they are, for readers on other threads. Blocking.
    pub fn read_past(&self, want: &Want) -> Result<(Vec<Found>, u64)> {
        let Some(ledger) = &self.ledger else { return Ok((Vec::new(), want.from)) };
        self.settle(ledger, want.from);
        Ok(ledger.reader().read(want)?)
    }

    /// Lets the file catch up with `offset`. When it cannot, what it has is what there is to read.
    fn settle(&self, ledger: &Ledger, offset: u64) {
        if ledger.durable().offset <= offset {
            let _ = ledger.wait(offset.saturating_add(1).min(self.head()), Instant::now() + SETTLE);
        }
    }
}
