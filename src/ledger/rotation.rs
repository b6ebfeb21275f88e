//! The writer's side of segments: how much of a batch still belongs to the active one, its chain, and closing it.
//!
//! A segment is closed after a sync, so that a closed one is never shorter than its name promises. The order of steps
//! makes every crash in between one that opening understands (see segments/load.rs): the new file is made under
//! another name first, because that may fail; then the old one gets its closed name, then the new one takes its place,
//! each made durable before the next. The manifest follows later; names are the truth.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use memchr::memchr_iter;

use super::chain::{Chain, Kind};
use super::progress::Progress;
use super::segments::{Catalog, News, Segment};
use super::upkeep::Rotate;
use super::{LedgerError, paths};
use crate::log::{Checkpoint, Log};
use crate::port::{AppendFile, Clock, Files, System};
use crate::sync::thread::Thread;

/// Bytes after which the keeper is told that there is something to index.
const KEEPER_STEP: u64 = 1 << 20;

/// Bytes after which lines that nobody syncs begin to go to the disk, so that the sync which closes the segment finds
/// little left to do: the writer waits for it.
const AHEAD_STEP: u64 = 1 << 20;

/// How long a rotation that could not be begun is put off.
const PUT_OFF: Duration = Duration::from_secs(1);

/// See the module.
pub struct Rotation {
    pub path: PathBuf,
    pub files: Arc<dyn Files>,
    pub rule: Rotate,
    pub catalog: Arc<Catalog>,
    /// Whoever asks for news is called when there are some.
    pub progress: Arc<Progress>,
    pub chain: Option<Chain>,
    /// Where the active segment begins, and when it was begun.
    pub active: Checkpoint,
    pub since_ms: u64,
    /// Who is told of progress.
    pub keeper: Option<Thread>,
    /// Up to where the keeper was told of.
    pub told: u64,
    /// Up to where lines have begun to go to the disk.
    pub begun: u64,
    /// Not before this time, after a rotation that failed. No clock that is set changes it.
    pub put_off_until: Option<Instant>,
    /// The next line has no room.
    pub full: bool,
}

/// A step that failed, by name.
pub type Failure = (&'static str, io::Error);

impl Rotation {
    /// How far the batch that begins at `from` goes: to the `head`, or to the last line for which the segment has room,
    /// which may be none.
    pub fn batch(&mut self, log: &Log, from: Checkpoint, head: Checkpoint) -> Checkpoint {
        let used = Checkpoint {
            position: from.position - self.active.position,
            offset: from.offset - self.active.offset,
        };
        let left = |most: Option<u64>, used: u64| most.map_or(u64::MAX, |most| most.saturating_sub(used));
        let bytes_left = left(self.rule.max_bytes, used.position);
        let events_left = left(self.rule.max_events, used.offset);
        let fits = head.position - from.position <= bytes_left && head.offset - from.offset <= events_left;
        if fits || self.is_put_off() {
            return head;
        }
        self.full = true;
        let (mut end, mut count) = (0, 0);
        log.unreleased(from.position, head.position, |bytes| {
            for newline in memchr_iter(b'\n', bytes) {
                let next = newline as u64 + 1;
                // A line that is longer than a segment is one.
                let alone = used.position == 0 && count == 0;
                if count == events_left || (next > bytes_left && !alone) {
                    break;
                }
                (end, count) = (next, count + 1);
            }
        });
        Checkpoint { position: from.position + end, offset: from.offset + count }
    }

    /// Adds a batch that was written at `at` to the chain.
    pub fn record(&mut self, at: Checkpoint, bytes: &[u8]) -> Result<(), Failure> {
        let Some(chain) = &mut self.chain else { return Ok(()) };
        let place = Checkpoint { position: at.position - self.active.position, offset: at.offset };
        chain.add(Kind::Batch, place, bytes, System.now_ms());
        match chain.flush() {
            // On a full disk the ledger waits, too, and the records go with the next batch.
            Err(error) if super::writer::full(&error) => Ok(()),
            outcome => outcome.map_err(|cause| ("write the chain of", cause)),
        }
    }

    /// Tells the keeper of progress, and closes the active segment in `file`, which ends at `at`, when it is time.
    pub fn advance(&mut self, file: &mut Box<dyn AppendFile>, at: Checkpoint) -> Result<(), Failure> {
        if self.is_due(at) {
            return self.rotate(file, at);
        }
        if at.position - self.told >= KEEPER_STEP {
            self.tell_keeper(at);
        }
        if self.rule.max_bytes.is_some() && at.position - self.begun >= AHEAD_STEP {
            self.begun = at.position;
            file.begin_sync();
        }
        Ok(())
    }

    /// How long until age alone closes the active segment, which ends at `at`.
    pub fn due_in(&self, at: Checkpoint) -> Option<Duration> {
        let age = self.rule.max_age_ms.filter(|_| at.offset > self.active.offset)?;
        let now_ms = System.now_ms();
        let due = Duration::from_millis(age.saturating_sub(now_ms.saturating_sub(self.since_ms)));
        let put_off = self.put_off_until.map(|until| until.saturating_duration_since(Instant::now()));
        // At least a little, so that a coarse clock makes no busy loop.
        Some(due.max(put_off.unwrap_or_default()).max(Duration::from_millis(5)))
    }

    /// Makes the chain as durable as the ledger.
    pub fn end(&mut self) -> Result<(), Failure> {
        let Some(chain) = &mut self.chain else { return Ok(()) };
        chain.flush().map_err(|cause| ("write the chain of", cause))?;
        chain.sync().map_err(|cause| ("fdatasync the chain of", cause))
    }

    fn is_due(&mut self, at: Checkpoint) -> bool {
        if at.offset == self.active.offset || self.rule == Rotate::default() {
            return false;
        }
        let reached = |most: Option<u64>, value: u64| most.is_some_and(|most| value >= most);
        let full = self.full
            || reached(self.rule.max_bytes, at.position - self.active.position)
            || reached(self.rule.max_events, at.offset - self.active.offset);
        (full || self.is_old()) && !self.is_put_off()
    }

    fn is_old(&mut self) -> bool {
        let Some(age) = self.rule.max_age_ms else { return false };
        let now_ms = System.now_ms();
        // After the clock was set back the segment is young once more, and grows old from here.
        self.since_ms = self.since_ms.min(now_ms);
        now_ms - self.since_ms >= age
    }

    fn is_put_off(&self) -> bool {
        self.put_off_until.is_some_and(|until| Instant::now() < until)
    }

    fn rotate(&mut self, file: &mut Box<dyn AppendFile>, at: Checkpoint) -> Result<(), Failure> {
        let now_ms = System.now_ms();
        file.sync().map_err(|cause| ("fdatasync", cause))?;
        if let Some(chain) = &mut self.chain {
            match chain.flush() {
                Err(cause) if super::writer::full(&cause) => {
                    self.put_off(cause);
                    return Ok(());
                }
                outcome => outcome.map_err(|cause| ("write the chain of", cause))?,
            }
            chain.sync().map_err(|cause| ("fdatasync the chain of", cause))?;
        }
        let prepared = self.prepare(at, now_ms).and_then(|prepared| {
            self.files.rename(&self.path, &paths::closed(&self.path, self.active.offset))?;
            Ok(prepared)
        });
        let (next, chain) = match prepared {
            Ok(prepared) => prepared,
            Err(cause) => {
                self.put_off(cause);
                return Ok(());
            }
        };
        let durable =
            || self.files.sync_directory(&self.path).map_err(|cause| ("fsync the directory of", cause));
        durable()?;
        if let Err(cause) = self.files.rename(&paths::sidecar(&self.path, "next"), &self.path) {
            // Durable as well: what is written from here on must not be found under a closed name.
            let back = self.files.rename(&paths::closed(&self.path, self.active.offset), &self.path);
            back.map_err(|cause| ("rotate", cause))?;
            durable()?;
            self.put_off(cause);
            return Ok(());
        }
        durable()?;
        *file = next;
        self.chain = chain;
        (self.full, self.put_off_until) = (false, None);
        let segment = Segment {
            start: self.active,
            end: at,
            stored_bytes: at.position - self.active.position,
            packed: false,
            closed_ms: now_ms,
        };
        (self.active, self.since_ms) = (at, now_ms);
        self.catalog.update(|segments| {
            segments.closed.push(segment);
            (segments.active, segments.since_ms) = (at, now_ms);
        });
        self.catalog.tell(News::Rotated(segment));
        self.progress.call();
        self.tell_keeper(at);
        Ok(())
    }

    /// Makes the file and the chain of the next segment, which have no effect until they are used.
    fn prepare(&self, at: Checkpoint, now_ms: u64) -> io::Result<(Box<dyn AppendFile>, Option<Chain>)> {
        let mut next = self.files.open_append(&paths::sidecar(&self.path, "next"))?;
        next.truncate(0)?;
        let Some(chain) = &self.chain else { return Ok((next, None)) };
        let following = chain.begin_next(self.files.as_ref(), &self.path, at.offset, now_ms)?;
        Ok((next, Some(following)))
    }

    fn put_off(&mut self, cause: io::Error) {
        self.put_off_until = Some(Instant::now() + PUT_OFF);
        self.catalog.tell(News::Trouble(LedgerError::upkeep(&self.path, "rotate", cause)));
        self.progress.call();
    }

    fn tell_keeper(&mut self, at: Checkpoint) {
        self.told = at.position;
        if let Some(keeper) = &self.keeper {
            keeper.unpark();
        }
    }
}
