//! Reads a file in order through a buffer, in pieces of whatever size the caller needs whole.

use std::io;

use crate::port::ReadFile;

const CHUNK: usize = 1 << 20;

/// See the module.
pub struct Stretch {
    file: Box<dyn ReadFile>,
    buffer: Vec<u8>,
    /// File position of the buffer's first byte.
    begin: u64,
}

impl Stretch {
    /// Nothing is read yet.
    pub fn new(file: Box<dyn ReadFile>) -> Self {
        Self { file, buffer: Vec::new(), begin: 0 }
    }

    /// `length` bytes from `position` on, fewer where the file ends. Cheap where positions go up.
    pub fn get(&mut self, position: u64, length: usize) -> io::Result<&[u8]> {
        let inside = position.checked_sub(self.begin).and_then(|skip| usize::try_from(skip).ok());
        let at = match inside.filter(|at| *at <= self.buffer.len()) {
            Some(at) if at + length <= self.buffer.len() => at,
            Some(at) => {
                self.buffer.drain(..at);
                self.begin = position;
                self.fill(length)?;
                0
            }
            None => {
                self.buffer.clear();
                self.begin = position;
                self.fill(length)?;
                0
            }
        };
        let end = (at + length).min(self.buffer.len());
        Ok(self.buffer.get(at..end).unwrap_or(&[]))
    }

    /// The file itself.
    pub fn file(&mut self) -> &mut dyn ReadFile {
        self.file.as_mut()
    }

    /// Length of the file in bytes.
    pub fn length(&self) -> io::Result<u64> {
        self.file.length()
    }

    /// Reads on until the buffer has `length` bytes or the file ends.
    fn fill(&mut self, length: usize) -> io::Result<()> {
        while self.buffer.len() < length {
            let filled = self.buffer.len();
            // In steps, so that a length which a damaged file asks for costs no more than the file has.
            let left = self.file.length()?.saturating_sub(self.begin + filled as u64);
            self.buffer.resize(filled + usize::try_from(left).unwrap_or(CHUNK).min(CHUNK), 0);
            let space = self.buffer.get_mut(filled..).unwrap_or(&mut []);
            let read = self.file.read_at(self.begin + filled as u64, space);
            self.buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_possible_truncation)] // sizes of tests are small

    use super::*;
    use crate::port::{Files, System};

    #[test]
    fn gives_what_the_file_has_at_any_position() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        let bytes: Vec<u8> = (0..3 * CHUNK + 5).map(|at| (at * 7 % 256) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let mut stretch = Stretch::new(System.open_read(&path).unwrap());
        let asks = [
            (0, 10),
            (5, 10),
            (CHUNK - 2, 4),
            (CHUNK, 2 * CHUNK),
            (3, 1),
            (3 * CHUNK, 100),
            (9 * CHUNK, 7),
            (0, 0),
            (CHUNK - 1, 9 * CHUNK),
        ];
        for (position, length) in asks {
            let expected = bytes.get(position..(position + length).min(bytes.len())).unwrap_or(&[]);
            assert_eq!(stretch.get(position as u64, length).unwrap(), expected, "{position} {length}");
        }
        assert_eq!(stretch.length().unwrap(), bytes.len() as u64);
    }
}
