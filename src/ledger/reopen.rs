//! Going on after a failure, in place: same log, same epoch, same readers.
//!
//! The log still holds every event that the failed writer could not bring to the disk, and the lock kept everybody else
//! away. What was acknowledged is in the file. Behind it may be anything: a torn line, or bytes whose sync failed, which
//! the system shows and the disk does not have. That is cut and written again from the log, so no sync is ever retried.

use std::io::ErrorKind;

use super::chain::{self, Chain};
use super::segments::{News, Segment};
use super::{Ledger, LedgerError, Writer, paths};
use crate::log::{Admission, Checkpoint};
use crate::port::{Clock, System};
use crate::sync::atomic::Ordering;

impl Ledger {
    /// Recovers a ledger that failed; one that did not is left as it is. Blocking. When it cannot, the ledger is as it
    /// was and this may be tried again.
    pub fn reopen(&self) -> Result<(), LedgerError> {
        // One at a time, and none while the failed writer is still on its way out.
        let _turn = self.reopening.lock();
        if self.failure().is_none() {
            return Ok(());
        }
        let ended = self.thread.lock().take();
        if let Some(thread) = ended {
            let _ = thread.join(); // it has told of its failure
        }
        let Some(writer) = self.revive()? else { return Ok(()) };
        if let Err(error) = self.start(writer) {
            self.log.admit(Admission::Failed);
            self.progress.fail(error.clone());
            self.progress.finish();
            return Err(error);
        }
        self.urge();
        Ok(())
    }

    /// Takes the failure back and returns the writer that goes on; none when there was no failure.
    pub(super) fn revive(&self) -> Result<Option<Writer>, LedgerError> {
        let Some(failure) = self.failure() else { return Ok(None) };
        if self.progress.closing.load(Ordering::SeqCst) {
            return Err(failure);
        }
        let fail = |operation| move |cause| LedgerError::open(&self.path, operation, cause);
        let at = self.progress.durable();
        self.finish_rotation(at).map_err(fail("close a segment of"))?;
        // The names as they are now must be those that a power loss leaves, before anything is written under them.
        self.files.sync_directory(&self.path).map_err(fail("fsync the directory of"))?;
        let active = self.catalog.current().active;
        let written = at.position - active.position;
        // Read first: opening for appending would make a new file in the place of one that somebody removed.
        let length = self.files.open_read(&self.path).and_then(|file| file.length());
        if length.map_err(fail("open"))? < written {
            let cause = std::io::Error::other("the file is shorter than what was acknowledged");
            return Err(fail("go on with")(cause));
        }
        let mut file = self.files.open_append(&self.path).map_err(fail("open"))?;
        file.truncate(written).map_err(fail("truncate"))?;
        file.sync().map_err(fail("fdatasync"))?;
        let chain = self.chain(at).map_err(fail("go on with the chain of"))?;
        let writer = self.writer(file, at, chain);
        self.progress.revive();
        self.log.admit(Admission::Open);
        Ok(Some(writer))
    }
    /// Ends what a rotation left half done, when the segment has its closed name already.
    fn finish_rotation(&self, at: Checkpoint) -> std::io::Result<()> {
        let active = self.catalog.current().active;
        match self.files.open_read(&paths::closed(&self.path, active.offset)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            found => drop(found?),
        }
        // First the closed name, then another file under the one it had.
        self.files.sync_directory(&self.path)?;
        drop(self.files.open_append(&self.path)?);
        let closed_ms = System.now_ms();
        let stored_bytes = at.position - active.position;
        let segment = Segment { start: active, end: at, stored_bytes, packed: false, closed_ms };
        self.catalog.update(|segments| {
            segments.closed.push(segment);
            (segments.active, segments.since_ms) = (at, closed_ms);
        });
        self.catalog.tell(News::Rotated(segment));
        Ok(())
    }

    /// The chain, brought in line with what is acknowledged.
    fn chain(&self, at: Checkpoint) -> std::io::Result<Option<Chain>> {
        let segments = self.catalog.current();
        let end = Checkpoint { position: at.position - segments.active.position, ..at };
        let (epoch, now_ms) = (self.epoch, System.now_ms());
        let found = chain::Found {
            segments: &segments,
            end,
            chained: self.chained,
            clean: false,
            synced: 0, // nobody but the failed writer had the files since they were opened
            epoch,
            now_ms,
        };
        let lines = self.files.open_read(&self.path)?;
        chain::open(self.files.as_ref(), &self.path, &self.upkeep, &found, lines)
    }
}
