//! What a power loss leaves where blocks reached the disk in another order than they were written: a file that is as long
//! as it was, with zeros in the place of the blocks that are missing. No line has a zero in it, for JSON escapes it, and
//! nothing behind the first hole was acknowledged, for a sync would have brought all of it to the disk.

use memchr::{memchr, memrchr};

use super::meta::Risk;
use crate::port::{AppendFile, ReadFile};

const CHUNK: usize = 1 << 20;

/// Cuts the file, whose first byte lies at position `base` of the ledger, where the first line begins that has a hole, and
/// returns how many bytes that cost.
pub fn cut(
    file: &mut dyn AppendFile,
    reader: &mut dyn ReadFile,
    base: u64,
    risk: Risk,
) -> std::io::Result<u64> {
    let length = reader.length()?;
    let begin = risk.begins(base, length);
    let mut position = begin;
    let mut line_start = None;
    let mut chunk = vec![0; usize::try_from(length.saturating_sub(begin)).unwrap_or(CHUNK).min(CHUNK)];
    while position < length {
        let read = reader.read_at(position, &mut chunk)?;
        let bytes =
            chunk.get(..read).filter(|bytes| !bytes.is_empty()).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let hole = memchr(0, bytes);
        let before = bytes.get(..hole.unwrap_or(bytes.len())).unwrap_or(&[]);
        if let Some(end) = memrchr(b'\n', before) {
            line_start = Some(position + end as u64 + 1);
        }
        if hole.is_some() {
            let start = match line_start {
                Some(start) => start,
                None => line_start_before(reader, begin)?,
            };
            file.truncate(start)?;
            return Ok(length - start);
        }
        position += read as u64;
    }
    Ok(0)
}

/// Where the line begins that goes on at `position`.
fn line_start_before(reader: &mut dyn ReadFile, position: u64) -> std::io::Result<u64> {
    let mut from = position;
    let mut chunk = vec![0; usize::try_from(position).unwrap_or(CHUNK).min(CHUNK)];
    while from > 0 {
        let step = CHUNK.min(usize::try_from(from).unwrap_or(CHUNK));
        let space = chunk.get_mut(..step).unwrap_or_default();
        let read = reader.read_at(from - step as u64, space)?;
        from -= step as u64;
        if let Some(end) = space.get(..read).and_then(|bytes| memrchr(b'\n', bytes)) {
            return Ok(from + end as u64 + 1);
        }
    }
    Ok(0)
}
