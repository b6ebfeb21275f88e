//! Opens the bytes of a segment, wherever the writer has put them by now.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::packed::Packed;
use crate::ledger::paths;
use crate::port::{Files, ReadFile};

/// Bytes looked at at a time.
const CHUNK: usize = 1 << 20;

/// The segment of `ledger` that begins with event `first`, decompressed if need be; `None` when it is gone.
///
/// It is looked for under its closed names last, also if it was active a moment ago: the writer gives a segment its
/// closed name before it begins another active one, so that a file which is opened as the active one while the closed
/// name is not there is the right one.
pub fn open(
    files: &dyn Files,
    ledger: &Path,
    first: u64,
    active: bool,
) -> io::Result<Option<Box<dyn ReadFile>>> {
    let opened = if active { there(files.open_read(ledger))? } else { None };
    if let Some(closed) = there(files.open_read(&paths::closed(ledger, first)))? {
        return Ok(Some(closed));
    }
    if let Some(packed) = there(files.open_read(&paths::packed(ledger, first)))? {
        return Ok(Some(Box::new(Packed::open(packed)?)));
    }
    if opened.is_none() {
        // Compressed in between: the plain file went after the compressed one had come.
        return there(files.open_read(&paths::closed(ledger, first)));
    }
    Ok(opened)
}

/// The whole lines of `file` that begin at `position`.
pub fn count_lines(file: &mut dyn ReadFile, mut position: u64) -> io::Result<u64> {
    let left = usize::try_from(file.length()?.saturating_sub(position)).unwrap_or(CHUNK);
    let (mut count, mut chunk) = (0, vec![0; left.clamp(1, CHUNK)]);
    loop {
        let read = file.read_at(position, &mut chunk)?;
        let bytes = chunk.get(..read).unwrap_or(&[]);
        if bytes.is_empty() {
            return Ok(count);
        }
        count += memchr::memchr_iter(b'\n', bytes).count() as u64;
        position += read as u64;
    }
}

fn there(opened: io::Result<Box<dyn ReadFile>>) -> io::Result<Option<Box<dyn ReadFile>>> {
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
