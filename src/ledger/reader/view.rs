//! The segments as one reader sees them during one call, and how it goes through their lines.

use std::sync::Arc;

use super::Reader;
use super::lines::Lines;
use crate::ledger::LedgerError;
use crate::ledger::index::{Block, Index};
use crate::ledger::paths;
use crate::ledger::segments::source;
use crate::ledger::sparse::STRIDE;
use crate::log::Checkpoint;
use crate::port::ReadFile;

/// A segment of the view.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    pub start: Checkpoint,
    /// `None`: as far as the file has whole lines.
    pub end: Option<Checkpoint>,
    pub active: bool,
}

impl Part {
    fn end_offset(&self) -> u64 {
        self.end.map_or(u64::MAX, |end| end.offset)
    }
}

/// Some lines of a segment that are looked at together.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Where they begin, in the segment.
    start: Checkpoint,
    /// Where they end, if that is known.
    end: Option<Checkpoint>,
}

/// What may be skipped, and how much may be looked at.
pub struct Pass<'may> {
    pub from: u64,
    pub before: u64,
    pub may: &'may dyn Fn(&Block) -> bool,
    pub max_scan: u64,
}

/// What is done with a line and its offset; `false` ends the pass.
pub type Each<'each> = dyn FnMut(u64, &[u8]) -> bool + 'each;

/// See the module.
pub struct View<'reader> {
    pub reader: &'reader Reader,
    pub parts: Vec<Part>,
}

struct Opened {
    file: Box<dyn ReadFile>,
    length: u64,
    index: Arc<Index>,
}

impl View<'_> {
    /// Gives `each` the lines from `pass.from` on that may be wanted, and returns the offset up to which everything was
    /// looked at.
    pub fn forwards(&self, pass: &Pass, each: &mut Each) -> Result<u64, LedgerError> {
        let (mut reached, mut scanned) = (pass.from, 0);
        for part in &self.parts {
            if part.end_offset() <= reached {
                continue;
            }
            if part.start.offset >= pass.before {
                break;
            }
            let Some(mut opened) = self.open(part, reached)? else {
                // Deleted meanwhile.
                reached = part.end.map_or(reached, |end| reached.max(end.offset));
                continue;
            };
            for run in self.runs(part, &opened, pass, reached, false) {
                if scanned >= pass.max_scan {
                    return Ok(reached.max(run.start.offset.min(pass.before)));
                }
                let (end, go_on) = self.run(part, &mut opened, run, pass, each)?;
                if !go_on {
                    return Ok(end.offset);
                }
                reached = reached.max(end.offset);
                scanned += end.position - run.start.position;
            }
            // Blocks that were skipped have been looked at, too.
            let known = part.end.map_or_else(|| opened.index.covered().offset, |end| end.offset);
            reached = reached.max(known.min(pass.before));
        }
        Ok(reached)
    }

    /// Gives `each` runs of lines, the newest run first, each in its order; `after_run` says whether to go on.
    pub fn backwards(
        &self,
        pass: &Pass,
        each: &mut Each,
        mut after_run: impl FnMut() -> bool,
    ) -> Result<(), LedgerError> {
        for part in self.parts.iter().rev() {
            if part.start.offset >= pass.before {
                continue;
            }
            let Some(mut opened) = self.open(part, u64::MAX)? else { continue };
            for run in self.runs(part, &opened, pass, part.start.offset, true).into_iter().rev() {
                self.run(part, &mut opened, run, pass, each)?;
                if !after_run() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn open(&self, part: &Part, wanted: u64) -> Result<Option<Opened>, LedgerError> {
        let reader = self.reader;
        let fail = |cause| LedgerError::read(&reader.path, "read", cause);
        let first = part.start.offset;
        let Some(file) =
            source::open(reader.files.as_ref(), &reader.path, first, part.active).map_err(fail)?
        else {
            // Deleted by retention, it is no longer listed either.
            if !reader.lists(first) {
                return Ok(None);
            }
            let name = if part.active { reader.path.clone() } else { paths::closed(&reader.path, first) };
            let cause = reader.files.open_read(&name).err();
            return Err(fail(cause.unwrap_or_else(|| std::io::ErrorKind::NotFound.into())));
        };
        let there = file.length().map_err(fail)?;
        let length = part.end.map_or(there, |end| (end.position - part.start.position).min(there));
        let index = reader.indexes.get(
            (reader.files.as_ref(), &reader.path),
            &reader.fields,
            (first, length),
            wanted,
        );
        Ok(Some(Opened { file, length, index }))
    }

    /// The runs of a segment that may have something wanted, in order: blocks, then what no block has.
    fn runs(&self, part: &Part, opened: &Opened, pass: &Pass, from: u64, in_pieces: bool) -> Vec<Run> {
        let before = pass.before.min(part.end_offset());
        let mut runs: Vec<Run> = opened
            .index
            .from(from)
            .iter()
            .take_while(|block| block.start.offset < before)
            .filter(|block| (pass.may)(block))
            .map(|block| Run { start: block.start, end: Some(block.end()) })
            .collect();
        let covered = opened.index.covered();
        if covered.offset >= before {
            return runs;
        }
        let mut tail = Vec::new();
        let (mut end, mut wanted) = (None, if in_pieces { before - 1 } else { from });
        loop {
            let mark = self.mark(part, wanted).filter(|mark| mark.offset > covered.offset);
            let start = mark.unwrap_or(covered);
            tail.push(Run { start, end });
            if !in_pieces || mark.is_none() {
                break;
            }
            (end, wanted) = (mark, start.offset - 1);
        }
        runs.extend(tail.into_iter().rev());
        runs
    }

    /// The last known beginning of an event of the segment at or before `offset`, as a place in the segment.
    fn mark(&self, part: &Part, offset: u64) -> Option<Checkpoint> {
        let mark = self.reader.progress()?.sparse.lock().before(offset);
        let position = mark.position.checked_sub(part.start.position)?;
        (mark.offset >= part.start.offset).then_some(Checkpoint { position, offset: mark.offset })
    }

    /// Gives `each` the lines of a run; where it came to, and whether to go on.
    fn run(
        &self,
        part: &Part,
        opened: &mut Opened,
        run: Run,
        pass: &Pass,
        each: &mut Each,
    ) -> Result<(Checkpoint, bool), LedgerError> {
        let before = pass.before.min(part.end_offset()).min(run.end.map_or(u64::MAX, |end| end.offset));
        let end = run.end.map_or(opened.length, |end| end.position.min(opened.length));
        let mut at = run.start;
        let mut lines = Lines::new(opened.file.as_mut(), at.position, end);
        while at.offset < before {
            let line = lines.next().map_err(|cause| LedgerError::read(&self.reader.path, "read", cause))?;
            let Some(line) = line else { break };
            if at.offset >= pass.from && !each(at.offset, line) {
                return Ok((at, false));
            }
            at = Checkpoint { offset: at.offset + 1, position: at.position + line.len() as u64 + 1 };
            if at.offset.is_multiple_of(STRIDE)
                && let Some(progress) = self.reader.progress()
            {
                let position = part.start.position + at.position;
                progress.sparse.lock().note(Checkpoint { position, ..at });
            }
        }
        Ok((at, true))
    }
}
