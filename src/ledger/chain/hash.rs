//! Digests: SHA-256, or HMAC-SHA-256 with a key. The lines of a batch go into them by the digests of their pieces
//! (pieces.rs).

use super::pieces::{PIECE_BYTES, digest_each};
use super::record::{HEADER_BYTES, Kind, Record};
use crate::hash::{Digest, Hashing, HmacKey, sha256};
use crate::ledger::upkeep::Key;
use crate::log::cursor::Epoch;

/// Makes digests, with a key or without.
#[derive(Clone)]
pub struct Hasher {
    key: Option<HmacKey>,
}

/// The digest of a record whose lines are still to come.
pub struct OfRecord {
    making: Hashing,
    /// The beginning of a piece.
    begun: Vec<u8>,
}

impl OfRecord {
    /// Adds the bytes that follow.
    pub fn add(&mut self, mut bytes: &[u8]) {
        if !self.begun.is_empty() {
            let missing = bytes.len().min(PIECE_BYTES - self.begun.len());
            let (end, rest) = bytes.split_at(missing);
            self.begun.extend_from_slice(end);
            bytes = rest;
            if self.begun.len() < PIECE_BYTES {
                return;
            }
            self.end_piece();
        }
        let (pieces, rest) = bytes.as_chunks::<PIECE_BYTES>();
        digest_each(pieces, |digest| self.making.add(digest));
        self.begun.extend_from_slice(rest);
    }

    /// The digest of the record with all that was added.
    pub fn done(mut self) -> Digest {
        if !self.begun.is_empty() {
            self.end_piece();
        }
        self.making.done()
    }

    fn end_piece(&mut self) {
        self.making.add(&sha256(&self.begun));
        self.begun.clear();
    }
}

impl Hasher {
    /// One with this key.
    pub fn new(key: Option<&Key>) -> Self {
        Self { key: key.map(|key| HmacKey::new(&key.0)) }
    }

    fn begin(&self) -> Hashing {
        Hashing::new(self.key.as_ref())
    }

    /// The digest of `record` after `before`; the bytes of the batch are still to be added.
    pub fn of_record(&self, before: &Digest, record: &Record) -> OfRecord {
        let mut making = self.begin();
        making.add(before);
        let header: [u8; HEADER_BYTES] = record.header();
        making.add(&header);
        OfRecord { making, begun: Vec::new() }
    }

    /// What the first chain of a ledger begins with.
    pub fn genesis(&self, epoch: Epoch) -> Digest {
        let mut making = self.begin();
        making.add(b"cortex ledger chain 1\n");
        making.add(epoch.as_str().as_bytes());
        making.done()
    }

    /// Tells the key from others; 0 without one.
    pub fn key_check(&self) -> u64 {
        if self.key.is_none() {
            return 0;
        }
        let mut making = self.begin();
        making.add(b"cortex ledger chain key\n");
        let [a, b, c, d, e, f, g, h, ..] = making.done();
        u64::from_le_bytes([a, b, c, d, e, f, g, h]).max(1)
    }

    /// A record without a batch.
    pub fn seal(&self, before: &Digest, mut record: Record) -> Record {
        record.digest = match record.kind {
            Kind::Start => *before,
            _ => self.of_record(before, &record).done(),
        };
        record
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)] // patterns of bytes
mod tests {
    use super::*;

    /// The digest as the format has it, in the plainest way.
    fn plain(before: &Digest, record: &Record, bytes: &[u8]) -> Digest {
        let pieces = bytes.chunks(PIECE_BYTES).map(sha256);
        let all: Vec<u8> = before.iter().chain(&record.header()).copied().chain(pieces.flatten()).collect();
        sha256(&all)
    }

    #[test]
    fn the_digest_is_that_of_the_format_however_the_lines_come() {
        let (hasher, before) = (Hasher::new(None), [7; 32]);
        for length in [0, 1, 63, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 40 * PIECE_BYTES + 5] {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 31 % 253) as u8).collect();
            let mut record = Record::new(Kind::Batch, 3, 100, 5);
            record.length = length as u64;
            let expected = plain(&before, &record, &bytes);
            for step in [usize::MAX, 1, 100, PIECE_BYTES, PIECE_BYTES + 1, 5 * PIECE_BYTES - 3] {
                let mut digest = hasher.of_record(&before, &record);
                bytes.chunks(step).for_each(|part| digest.add(part));
                assert_eq!(digest.done(), expected, "{length} bytes in steps of {step}");
            }
        }
    }
}
