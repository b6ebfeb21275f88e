//! Reads events of the ledger that the window no longer has, as far as the durable offset. Blocking: called from
//! threads that may wait.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use memchr::{memchr, memmem};

use super::LedgerError;
use super::progress::Progress;
use super::recovery::Setup;
use super::sparse::STRIDE;
use crate::log::cursor::MAX_OFFSET;
use crate::log::fields::string_fields;
use crate::log::filter::NamedFilter;
use crate::log::{Checkpoint, Record};
use crate::port::{Files, ReadFile};

const CHUNK: usize = 256 * 1024;

/// Which events of the ledger are wanted.
#[derive(Debug, Clone)]
pub struct Want {
    /// Topic and types.
    pub filter: NamedFilter,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its offset.
    pub offset: u64,
    /// Its topic.
    pub topic: String,
    /// Its type.
    pub kind: String,
    /// Its line, without newline.
    pub line: Vec<u8>,
}

impl Found {
    /// The same, borrowed.
    pub fn record(&self) -> Record<'_> {
        Record {
            offset: self.offset,
            topic: &self.topic,
            kind: &self.kind,
            line: &self.line,
            topic_id: 0,
            kind_id: 0,
            key: 0,
        }
    }
}

/// See the module.
pub struct Reader {
    path: PathBuf,
    topic_field: String,
    type_field: String,
    id_field: String,
    files: Arc<dyn Files>,
    progress: Arc<Progress>,
}

impl Reader {
    /// A reader of the ledger that `progress` tells about.
    pub fn new(setup: &Setup, files: Arc<dyn Files>, progress: Arc<Progress>) -> Self {
        Self {
            path: setup.path.clone(),
            topic_field: setup.topic_field.clone(),
            type_field: setup.type_field.clone(),
            id_field: setup.id_field.clone(),
            files,
            progress,
        }
    }

    /// The wanted events in order, oldest first, and the offset to go on from.
    pub fn read(&self, want: &Want) -> Result<(Vec<Found>, u64), LedgerError> {
        // Asked once: what becomes durable during the scan is not part of it.
        let before = want.before.min(self.progress.durable().offset);
        let (mut found, mut bytes, mut bounded) = (Vec::new(), 0, false);
        let mut next = want.from;
        self.scan(want.from, before, |offset, line| {
            bounded = found.len() == want.limit;
            if bounded {
                return false;
            }
            if let Some(event) = self.wanted(&want.filter, offset, line) {
                bounded = !found.is_empty() && bytes + line.len() > want.max_bytes;
                if bounded {
                    return false;
                }
                bytes += line.len();
                found.push(event);
            }
            next = offset + 1;
            true
        })?;
        Ok((found, if bounded { next } else { next.max(before) }))
    }

    /// The newest `limit` wanted events before `before`, oldest first. Looks at the ledger from its end.
    pub fn newest(&self, filter: &NamedFilter, before: u64, limit: usize) -> Result<Vec<Found>, LedgerError> {
        let mut runs = Vec::new();
        let mut count = 0;
        self.backwards(before, |from, to| {
            let mut run = VecDeque::new();
            self.scan(from, to, |offset, line| {
                if let Some(event) = self.wanted(filter, offset, line) {
                    // A run may be the whole ledger: only what can be among the newest is held.
                    if run.len() >= limit {
                        run.pop_front();
                    }
                    run.push_back(event);
                }
                true
            })?;
            count += run.len();
            runs.push(run);
            Ok(count < limit)
        })?;
        let mut found: Vec<Found> = runs.into_iter().rev().flatten().collect();
        found.drain(..found.len().saturating_sub(limit));
        Ok(found)
    }

    /// Offset of the newest event whose id field is `id`.
    pub fn find(&self, id: &str) -> Result<Option<u64>, LedgerError> {
        // The id as JSON.stringify writes it rules out almost every line; the rest are looked at properly.
        let written = serde_json::to_string(id).unwrap_or_default();
        let finder = memmem::Finder::new(written.as_bytes());
        let mut newest = None;
        self.backwards(MAX_OFFSET, |from, to| {
            self.scan(from, to, |offset, line| {
                if finder.find(line).is_some()
                    && string_fields(line, [&self.id_field]).into_iter().flatten().any(|found| found == id)
                {
                    newest = Some(offset);
                }
                true
            })?;
            Ok(newest.is_none())
        })?;
        Ok(newest)
    }

    fn wanted(&self, filter: &NamedFilter, offset: u64, line: &[u8]) -> Option<Found> {
        let [topic, kind] = string_fields(line, [&self.topic_field, &self.type_field]);
        let (topic, kind) = (topic.unwrap_or_default(), kind.unwrap_or_default());
        filter.wants(&topic, &kind).then(|| Found {
            offset,
            topic: topic.into_owned(),
            kind: kind.into_owned(),
            line: line.to_vec(),
        })
    }

    /// Gives `each` runs of offsets, newest run first, until it says no.
    fn backwards(
        &self,
        before: u64,
        mut each: impl FnMut(u64, u64) -> Result<bool, LedgerError>,
    ) -> Result<(), LedgerError> {
        let mut to = before.min(self.progress.durable().offset);
        while to > 0 {
            let from = self.progress.sparse.lock().before(to - 1).offset;
            if !each(from, to)? {
                break;
            }
            to = from;
        }
        Ok(())
    }

    /// Gives `each` the lines from offset `from` until it says no, `before`, or the end.
    fn scan(
        &self,
        from: u64,
        before: u64,
        mut each: impl FnMut(u64, &[u8]) -> bool,
    ) -> Result<(), LedgerError> {
        let end = self.progress.durable();
        let before = before.min(end.offset);
        if from >= before {
            return Ok(());
        }
        let fail = |cause| LedgerError::read(&self.path, "read", cause);
        let mut file = self.files.open_read(&self.path).map_err(fail)?;
        let mut at = self.progress.sparse.lock().before(from);
        let mut lines = Lines::new(file.as_mut(), at.position, end.position);
        while at.offset < before {
            let Some(line) = lines.next().map_err(fail)? else { break };
            if at.offset >= from && !each(at.offset, line) {
                break;
            }
            at = Checkpoint { offset: at.offset + 1, position: at.position + line.len() as u64 + 1 };
            if at.offset.is_multiple_of(STRIDE) {
                self.progress.sparse.lock().note(at);
            }
        }
        Ok(())
    }
}

/// Lines of a stretch of a file, read in chunks.
struct Lines<'file> {
    file: &'file mut dyn ReadFile,
    /// File position after the buffer.
    position: u64,
    end: u64,
    buffer: Vec<u8>,
    start: usize,
}

impl<'file> Lines<'file> {
    fn new(file: &'file mut dyn ReadFile, position: u64, end: u64) -> Self {
        Self { file, position, end, buffer: Vec::new(), start: 0 }
    }

    /// The next whole line without its newline; `None` at the end.
    fn next(&mut self) -> std::io::Result<Option<&[u8]>> {
        let mut searched = self.start;
        loop {
            if let Some(found) = self.buffer.get(searched..).and_then(|rest| memchr(b'\n', rest)) {
                let (start, end) = (self.start, searched + found);
                self.start = end + 1;
                return Ok(self.buffer.get(start..end));
            }
            searched = self.buffer.len() - self.start;
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn fill(&mut self) -> std::io::Result<bool> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let step = CHUNK.min(usize::try_from(self.end - self.position).unwrap_or(CHUNK));
        let filled = self.buffer.len();
        self.buffer.resize(filled + step, 0);
        let read = match self.buffer.get_mut(filled..) {
            Some(space) if step > 0 => self.file.read_at(self.position, space)?,
            _ => 0,
        };
        self.buffer.truncate(filled + read);
        self.position += read as u64;
        Ok(read > 0)
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("path", &self.path).finish()
    }
}
