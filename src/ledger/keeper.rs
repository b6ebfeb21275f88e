//! The thread that looks after segments: indexes them, compresses and deletes closed ones, writes the manifest. It runs
//! behind the writer, with low priority, and nothing waits for it. What it cannot do now it tries again later.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::growth::Growth;
use super::index::{BLOCK_BYTES, BLOCK_EVENTS, Fields};
use super::paths::{self, Part};
use super::progress::Progress;
use super::segments::{Catalog, News, Segment, Segments, packed, write_manifest};
use super::upkeep::Upkeep;
use super::{LedgerError, consumers, retention};
use crate::log::Checkpoint;
use crate::port::{Clock, Files, System};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::thread::{self, JoinHandle, Thread};

/// Between two tries of what failed.
const PAUSE: Duration = Duration::from_secs(5);

/// How the writer holds it.
pub struct Handle {
    thread: JoinHandle<()>,
    closing: Arc<AtomicBool>,
}

impl Handle {
    /// The thread, to be unparked when there is something to do.
    pub fn thread(&self) -> Thread {
        self.thread.thread().clone()
    }

    /// Ends it after the step it is at.
    pub fn stop(self) {
        self.closing.store(true, Ordering::SeqCst);
        self.thread.thread().unpark();
        let _ = self.thread.join(); // a panic of it has been told on stderr
    }
}

/// Ends the keeper of a ledger, if it is still there.
pub fn stop(keeper: &Mutex<Option<Handle>>) {
    // Taken out first: nobody waits for the lock while the keeper ends.
    let keeper = keeper.lock().take();
    if let Some(keeper) = keeper {
        keeper.stop();
    }
}

/// See the module.
pub struct Keeper {
    pub path: PathBuf,
    pub files: Arc<dyn Files>,
    pub fields: Fields,
    pub upkeep: Upkeep,
    pub catalog: Arc<Catalog>,
    pub progress: Arc<Progress>,
    /// The segments as the manifest has them, `None` when it has others.
    pub recorded: Option<Arc<Segments>>,
}

type Outcome<T> = Result<T, (&'static str, std::io::Error)>;

/// What is kept between passes.
#[derive(Default)]
pub(super) struct Memory {
    growth: Option<Growth>,
    /// Everything before this offset is indexed.
    indexed_to: u64,
    /// The last trouble, told once.
    trouble: Option<LedgerError>,
}

impl Keeper {
    /// Starts the thread.
    pub fn start(self) -> std::io::Result<Handle> {
        let closing = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&closing);
        let thread =
            thread::Builder::new().name("cortex-keeper".to_owned()).spawn(move || self.run(&seen))?;
        Ok(Handle { thread, closing })
    }

    fn run(mut self, closing: &AtomicBool) {
        #[cfg(target_os = "linux")]
        let _ = rustix::process::setpriority_process(None, 10); // of this thread; without it all works as well
        let mut memory = Memory::default();
        while !closing.load(Ordering::SeqCst) {
            match self.pass(&mut memory, closing) {
                Ok(()) => {
                    memory.trouble = None;
                    match self.due_in() {
                        Some(due) => thread::park_timeout(due),
                        None => thread::park(),
                    }
                }
                Err((operation, cause)) => {
                    // Whatever was under way is begun again from what the disk has.
                    memory.growth = None;
                    let trouble = LedgerError::upkeep(&self.path, operation, cause);
                    if memory.trouble.as_ref() != Some(&trouble) {
                        self.catalog.tell(News::Trouble(trouble.clone()));
                        self.progress.call();
                    }
                    memory.trouble = Some(trouble);
                    thread::park_timeout(PAUSE);
                }
            }
        }
        // The last rotations may have come too late for a pass. After a failure others may have the lock already.
        if self.progress.failure().is_none() {
            let _ = self.record(&self.catalog.current()); // without it the next opening counts lines
        }
    }

    fn due_in(&self) -> Option<Duration> {
        let due_ms = retention::due_in_ms(&self.catalog.current(), &self.upkeep.retain, System.now_ms())?;
        // What is due and still there is kept for a consumer, who does not tell when it goes on.
        Some(Duration::from_millis(due_ms).max(Duration::from_secs(1)))
    }

    /// Does what is to be done now.
    pub(super) fn pass(&mut self, memory: &mut Memory, closing: &AtomicBool) -> Outcome<()> {
        let go_on = || !closing.load(Ordering::SeqCst);
        // Asked first, so that the segments have all of it.
        let durable = self.progress.durable();
        let segments = self.catalog.current();
        self.retire(&segments, durable).map_err(|cause| ("delete an old segment of", cause))?;
        let segments = self.catalog.current();
        self.record(&segments).map_err(|cause| ("record the segments of", cause))?;
        for segment in &segments.closed {
            if self.upkeep.index && segment.start.offset >= memory.indexed_to {
                self.index(memory, segment.start, segment.end, true, &go_on)
                    .map_err(|cause| ("index", cause))?;
            }
            if self.upkeep.compress && !segment.packed && go_on() {
                self.compress(segment, &go_on).map_err(|cause| ("compress a segment of", cause))?;
            }
        }
        if self.upkeep.index && durable.offset >= segments.active.offset {
            self.index(memory, segments.active, durable, false, &go_on).map_err(|cause| ("index", cause))?;
        }
        Ok(())
    }

    /// Deletes what retention no longer keeps, oldest first.
    fn retire(&mut self, segments: &Arc<Segments>, durable: Checkpoint) -> std::io::Result<()> {
        let active_bytes = durable.position.saturating_sub(segments.active.position);
        let count = |wanted| {
            let now_ms = System.now_ms();
            retention::surplus(segments, active_bytes, &self.upkeep.retain, wanted, now_ms)
        };
        if count(u64::MAX) == 0 {
            return Ok(());
        }
        let surplus = count(consumers::wanted(self.files.as_ref(), &self.path)?);
        if surplus > 0 {
            // Where a segment begins follows from those before it, or is recorded.
            self.record(segments)?;
            self.files.sync_directory(&self.path)?; // what an earlier try deleted, should it have failed after that
        }
        let files = self.files.as_ref();
        for segment in segments.closed.iter().take(surplus) {
            // Asked again: a consumer may have been declared while the last one was deleted.
            if segment.end.offset > consumers::wanted(files, &self.path)? {
                break;
            }
            let first = segment.start.offset;
            self.catalog.update(|segments| segments.closed.retain(|one| one.start.offset != first));
            let removed = files
                .remove(&paths::closed(&self.path, first))
                .and_then(|()| files.remove(&paths::packed(&self.path, first)));
            if removed.is_err() {
                // Still there, and still the oldest: deleting a later one before it would leave a hole.
                self.catalog.update(|segments| segments.closed.insert(0, *segment));
            }
            removed?;
            // One after the other also on disk, so that no power loss leaves a hole.
            files.sync_directory(&self.path)?;
        }
        if surplus > 0 {
            self.sweep()?;
        }
        Ok(())
    }

    /// Deletes sidecars of segments that are gone.
    fn sweep(&self) -> std::io::Result<()> {
        let oldest = self.catalog.current().oldest();
        for file in self.files.neighbours(&self.path)? {
            if let Some(Part::Sidecar(first, suffix)) = paths::part(&self.path, &file.name)
                && first < oldest
            {
                self.files.remove(&paths::of_segment(&self.path, first, &suffix))?;
            }
        }
        Ok(())
    }

    fn record(&mut self, segments: &Arc<Segments>) -> std::io::Result<()> {
        let same = self.recorded.as_ref().is_some_and(|recorded| {
            Arc::ptr_eq(recorded, segments)
                || (recorded.active == segments.active && recorded.closed.len() == segments.closed.len())
        });
        // A ledger that was never rotated needs none, unless it is to be by age.
        let needed = !segments.closed.is_empty()
            || segments.active.offset > 0
            || self.upkeep.rotate.max_age_ms.is_some();
        if !same && needed {
            write_manifest(self.files.as_ref(), &self.path, segments)?;
            self.recorded = Some(Arc::clone(segments));
        }
        Ok(())
    }

    fn index(
        &self,
        memory: &mut Memory,
        start: Checkpoint,
        end: Checkpoint,
        closed: bool,
        go_on: &dyn Fn() -> bool,
    ) -> std::io::Result<()> {
        let length = end.position - start.position;
        if !closed && length < u64::from(BLOCK_BYTES) && end.offset - start.offset < u64::from(BLOCK_EVENTS) {
            return Ok(()); // no whole block yet: a small ledger has no index at all
        }
        let growth = match memory.growth.take().filter(|growth| growth.first() == start.offset) {
            Some(growth) => Some(growth),
            None => Growth::open(self.files.as_ref(), &self.path, &self.fields, start.offset, !closed)?,
        };
        let Some(mut growth) = growth else { return Ok(()) };
        growth.grow(length, closed, &|_| go_on())?;
        if !closed {
            memory.growth = Some(growth);
        } else if growth.is_complete(length) {
            memory.indexed_to = end.offset;
        }
        Ok(())
    }

    fn compress(&self, segment: &Segment, go_on: &dyn Fn() -> bool) -> std::io::Result<()> {
        let files = self.files.as_ref();
        let first = segment.start.offset;
        let (plain, target) = (paths::closed(&self.path, first), paths::packed(&self.path, first));
        let staged = paths::sidecar(&target, "tmp");
        let mut source = files.open_read(&plain)?;
        let mut file = files.open_append(&staged)?;
        file.truncate(0)?;
        if !packed::pack(source.as_mut(), file.as_mut(), go_on)? {
            return files.remove(&staged);
        }
        file.sync()?;
        let stored_bytes = file.length()?;
        files.rename(&staged, &target)?;
        files.sync_directory(&self.path)?;
        self.catalog.update(|segments| {
            if let Some(one) = segments.closed.iter_mut().find(|one| one.start.offset == first) {
                (one.packed, one.stored_bytes) = (true, stored_bytes);
            }
        });
        files.remove(&plain)?;
        files.sync_directory(&self.path)
    }
}
