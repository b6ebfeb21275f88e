//! The index sidecar of one segment as it grows behind the lines.

use std::io;
use std::path::Path;

use memchr::memrchr;

use super::append::append_all;
use super::index::{Builder, Fields, Index};
use super::paths;
use super::segments::source;
use super::stretch::Stretch;
use crate::port::{AppendFile, Files};

/// Bytes of lines looked at between two looks at whether to go on.
const STEP: usize = 1 << 20;

/// See the module.
pub struct Growth {
    first: u64,
    lines: Stretch,
    sidecar: Box<dyn AppendFile>,
    index: Index,
    builder: Builder,
    /// Up to where the builder has the lines.
    read: u64,
}

impl Growth {
    /// Goes on with the index of the segment that begins with event `first`, or makes it anew where it does not fit the
    /// segment. `None` when the segment is gone.
    pub fn open(
        files: &dyn Files,
        ledger: &Path,
        fields: &Fields,
        first: u64,
        active: bool,
    ) -> io::Result<Option<Self>> {
        let Some(file) = source::open(files, ledger, first, active)? else { return Ok(None) };
        let lines = Stretch::new(file);
        let path = paths::of_segment(ledger, first, "index");
        let known = files
            .read_small(&path)?
            .and_then(|known| Index::parse(&known, first, fields, lines.length().ok()?));
        let mut sidecar = files.open_append(&path)?;
        let index = match known {
            Some(index) => {
                if sidecar.length()? != index.sidecar_bytes() {
                    sidecar.truncate(index.sidecar_bytes())?;
                }
                index
            }
            None => {
                sidecar.truncate(0)?;
                append_all(sidecar.as_mut(), &Index::header(first, fields))?;
                Index::empty(first)
            }
        };
        let covered = index.covered();
        let builder = Builder::new(fields.clone(), covered);
        Ok(Some(Self { first, lines, sidecar, index, builder, read: covered.position }))
    }

    /// The first event of its segment.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Whether it covers all `length` bytes of the segment.
    pub fn is_complete(&self, length: u64) -> bool {
        self.index.covered().position == length
    }

    /// Takes in the lines up to `length`; of a closed segment the rest that makes no whole block, too. `go_on` is asked
    /// before each step, with the bytes of lines that are in.
    pub fn grow(&mut self, length: u64, closed: bool, go_on: &dyn Fn(u64) -> bool) -> io::Result<()> {
        let mut wanted = STEP;
        while self.read < length && go_on(self.read) {
            let left = usize::try_from(length - self.read).unwrap_or(usize::MAX);
            let bytes = self.lines.get(self.read, wanted.min(left))?;
            let Some(end) = memrchr(b'\n', bytes) else {
                if bytes.len() < wanted {
                    break; // shorter than it should be, which is for others to tell
                }
                wanted *= 2;
                continue;
            };
            let whole = bytes.get(..=end).unwrap_or(&[]);
            let mut records = Vec::new();
            let index = &mut self.index;
            self.builder.add(whole, |block| records.extend_from_slice(&index.push(block)));
            self.read += whole.len() as u64;
            append_all(self.sidecar.as_mut(), &records)?;
            wanted = STEP;
        }
        if closed
            && self.read == length
            && let Some(block) = self.builder.finish()
        {
            let record = self.index.push(block);
            append_all(self.sidecar.as_mut(), &record)?;
        }
        Ok(())
    }
}

/// Cuts off what the index of a segment has beyond the segment's `length` bytes, before they are written anew.
pub fn trim(files: &dyn Files, ledger: &Path, fields: &Fields, first: u64, length: u64) -> io::Result<()> {
    let path = paths::of_segment(ledger, first, "index");
    let Some(known) = files.read_small(&path)? else { return Ok(()) };
    let kept = Index::parse(&known, first, fields, length).map_or(0, |index| index.sidecar_bytes());
    if kept < known.len() as u64 {
        files.open_append(&path)?.truncate(kept)?;
    }
    Ok(())
}
