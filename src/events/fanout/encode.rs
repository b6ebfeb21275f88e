//! Frames as HTTP/1.1 chunks (RFC 9112, section 7.1).

use crate::events::sse;
use crate::log::Record;
use crate::log::cursor::Epoch;

/// Bytes of frames that go into one chunk. What was announced has to follow, so this is also what is kept of a chunk for a
/// client that stops reading within it; taking chunks apart costs clients nothing any more at a fraction of that.
pub const CHUNK_BYTES: usize = 16 * 1024;

/// What ends a chunk.
pub const CHUNK_END: &[u8] = b"\r\n";

/// What the frame ring needs to know of an event.
#[derive(Debug, Clone, Copy)]
pub struct StagedEvent {
    pub offset: u64,
    pub topic: u64,
    pub kind: u16,
    pub key: u32,
    /// Bytes of its frame.
    pub length: usize,
}

/// Frames on their way from the log, whose lock is held meanwhile, to the frame ring.
#[derive(Debug, Default)]
pub struct Staged {
    events: Vec<StagedEvent>,
    bytes: Vec<u8>,
}

impl Staged {
    pub fn clear(&mut self) {
        self.events.clear();
        self.bytes.clear();
    }

    pub fn add(&mut self, epoch: Epoch, record: &Record<'_>) {
        let before = self.bytes.len();
        sse::event(&mut self.bytes, epoch, record);
        let (offset, topic, kind, key) = (record.offset, record.topic_id, record.kind_id, record.key);
        self.events.push(StagedEvent { offset, topic, kind, key, length: self.bytes.len() - before });
    }

    /// Events whose frames make a chunk of about [`CHUNK_BYTES`], one at least, with those frames.
    pub fn chunks(&self) -> Chunks<'_> {
        Chunks { events: &self.events, bytes: &self.bytes }
    }
}

/// See [`Staged::chunks`].
pub struct Chunks<'a> {
    events: &'a [StagedEvent],
    bytes: &'a [u8],
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (&'a [StagedEvent], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (mut count, mut length) = (0, 0);
        for event in self.events {
            if count > 0 && length + event.length > CHUNK_BYTES {
                break;
            }
            count += 1;
            length += event.length;
        }
        let (events, later) = self.events.split_at_checked(count).filter(|(events, _)| !events.is_empty())?;
        let (bytes, rest) = self.bytes.split_at_checked(length)?;
        (self.events, self.bytes) = (later, rest);
        Some((events, bytes))
    }
}

/// Appends `payload` as one chunk.
pub fn chunk(out: &mut Vec<u8>, payload: &[u8]) {
    size_line(out, payload.len());
    out.extend_from_slice(payload);
    out.extend_from_slice(CHUNK_END);
}

/// Appends what announces a chunk of `size` bytes.
pub fn size_line(out: &mut Vec<u8>, size: usize) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut line = [0u8; 18];
    let mut count = 0;
    let mut rest = size;
    for place in line.iter_mut().rev() {
        *place = DIGITS.get(rest & 15).copied().unwrap_or(b'0');
        rest >>= 4;
        count += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend(line.into_iter().skip(18 - count));
    out.extend_from_slice(b"\r\n");
}

/// The frame that tells of a gap. Without an id: reconnecting after it must not skip what it announces.
pub fn gap(out: &mut Vec<u8>, requested: &str, oldest: &str, reason: &str) {
    // Cursors and reasons are plain ASCII without quotes.
    let frame = format!(
        "event: gap\ndata: {{\"requested\":\"{requested}\",\"oldest\":\"{oldest}\",\"reason\":\"{reason}\"}}\n\n"
    );
    chunk(out, frame.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_hexadecimal_and_exact() {
        for size in [0usize, 1, 9, 10, 15, 16, 255, 256, 4095, 65_536] {
            let mut out = Vec::new();
            chunk(&mut out, &vec![b'x'; size]);
            let expected = format!("{size:x}\r\n{}\r\n", "x".repeat(size));
            assert_eq!(out, expected.as_bytes());
        }
    }
}
