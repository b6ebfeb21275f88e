//! Reads the records of one sidecar in order, as far as they prove themselves.

use std::io;

use super::record::{FIXED_BYTES, Record};
use crate::ledger::stretch::Stretch;
use crate::port::ReadFile;

/// No batch has more lines: it is bounded by the ring. A damaged count must not ask for absurd memory.
const MAX_LINES: u32 = 1 << 28;

/// See the module.
pub struct Records {
    file: Stretch,
    /// Where the next record begins.
    position: u64,
}

impl Records {
    /// The records of a sidecar.
    pub fn new(file: Box<dyn ReadFile>) -> Self {
        Self { file: Stretch::new(file), position: 0 }
    }

    /// Bytes of the records so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The next record with the checks of its lines; `None` at the end, or where what follows is no whole record.
    #[allow(clippy::should_implement_trait)] // it lends what it gives, which an iterator cannot
    pub fn next(&mut self) -> io::Result<Option<(Record, &[u8])>> {
        let fixed = self.file.get(self.position, FIXED_BYTES)?;
        let record = fixed.first_chunk::<FIXED_BYTES>().and_then(Record::parse);
        let Some(record) = record.filter(|record| record.lines <= MAX_LINES) else { return Ok(None) };
        let Ok(length) = usize::try_from(record.stored_bytes()) else { return Ok(None) };
        let whole = self.file.get(self.position, length)?;
        let Some((body, crc)) = whole.split_last_chunk::<4>().filter(|_| whole.len() == length) else {
            return Ok(None);
        };
        if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
            return Ok(None);
        }
        self.position += record.stored_bytes();
        Ok(Some((record, body.get(FIXED_BYTES..).unwrap_or(&[]))))
    }
}
