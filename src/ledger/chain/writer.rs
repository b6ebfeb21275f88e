//! The writer's side: a record per batch, appended as the lines are.

use std::io::{self, ErrorKind};
use std::path::Path;

use memchr::memchr;

use super::hash::Hasher;
use super::record::{Kind, Record, check};
use crate::hash::Digest;
use crate::ledger::paths;
use crate::log::Checkpoint;
use crate::port::{AppendFile, Files};

/// See the module.
pub struct Chain {
    pub(super) file: Box<dyn AppendFile>,
    pub(super) hasher: Hasher,
    pub(super) digest: Digest,
    /// Records that the file does not have yet.
    pending: Vec<u8>,
    checks: Vec<u8>,
}

impl Chain {
    /// A chain that goes on after `digest` at the end of `file`.
    pub(super) fn at(file: Box<dyn AppendFile>, hasher: Hasher, digest: Digest) -> Self {
        Self { file, hasher, digest, pending: Vec::new(), checks: Vec::new() }
    }

    /// Begins the chain of the segment that begins with event `first`, in a `file` of its own.
    pub fn begin(
        mut file: Box<dyn AppendFile>,
        first: u64,
        hasher: Hasher,
        before: Digest,
        ms: u64,
    ) -> io::Result<Self> {
        if file.length()? > 0 {
            // What a rotation left behind that did not come about. Synced, so that no power loss brings its records back
            // behind the new ones.
            file.truncate(0)?;
            file.sync()?;
        }
        let mut chain = Self::at(file, hasher, before);
        let mut start = Record::new(Kind::Start, first, 0, ms);
        start.length = chain.hasher.key_check();
        chain.seal(start);
        chain.flush()?;
        Ok(chain)
    }

    /// The same for the segment that follows, which takes over.
    pub fn begin_next(&self, files: &dyn Files, ledger: &Path, first: u64, ms: u64) -> io::Result<Self> {
        let file = files.open_append(&paths::of_segment(ledger, first, "chain"))?;
        Self::begin(file, first, self.hasher.clone(), self.digest, ms)
    }

    /// Adds a batch: whole lines, the first of which is event `at.offset` and lies at `at.position` of the segment.
    pub fn add(&mut self, kind: Kind, at: Checkpoint, bytes: &[u8], ms: u64) {
        let mut record = Record::new(kind, at.offset, at.position, ms);
        record.length = bytes.len() as u64;
        self.checks.clear();
        let mut rest = bytes;
        while let Some(end) = memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            self.checks.extend_from_slice(&check(line));
            record.lines += 1;
            rest = after.get(1..).unwrap_or(&[]);
        }
        let mut digest = self.hasher.of_record(&self.digest, &record);
        digest.add(bytes);
        record.digest = digest.done();
        self.digest = record.digest;
        record.write(&self.checks, &mut self.pending);
    }

    /// Adds a record that is not about lines.
    pub fn seal(&mut self, record: Record) {
        let record = self.hasher.seal(&self.digest, record);
        self.digest = record.digest;
        record.write(&[], &mut self.pending);
    }

    /// Writes what was added.
    pub fn flush(&mut self) -> io::Result<()> {
        let mut written = 0;
        let outcome = loop {
            let rest = self.pending.get(written..).unwrap_or(&[]);
            if rest.is_empty() {
                break Ok(());
            }
            match self.file.append(rest) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.pending.drain(..written);
        outcome
    }

    /// Makes what was written survive power loss.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }
}
