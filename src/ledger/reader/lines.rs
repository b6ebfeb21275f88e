//! Lines of a stretch of a file, read in chunks.

use memchr::memchr;

use crate::port::ReadFile;

const CHUNK: usize = 256 * 1024;

/// See the module.
pub struct Lines<'file> {
    file: &'file mut dyn ReadFile,
    /// File position after the buffer.
    position: u64,
    end: u64,
    buffer: Vec<u8>,
    start: usize,
}

impl<'file> Lines<'file> {
    /// The lines of `file` from `position` to `end`.
    pub fn new(file: &'file mut dyn ReadFile, position: u64, end: u64) -> Self {
        Self { file, position, end: end.max(position), buffer: Vec::new(), start: 0 }
    }

    /// The next whole line without its newline; `None` at the end.
    pub fn next(&mut self) -> std::io::Result<Option<&[u8]>> {
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
