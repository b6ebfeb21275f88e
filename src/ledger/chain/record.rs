//! One record of the chain, as bytes. See the module above for the format.

use crate::hash::Digest;

/// Bytes before the digest.
pub const HEADER_BYTES: usize = 40;

/// Bytes before the checks of the lines.
pub const FIXED_BYTES: usize = HEADER_BYTES + 32;

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The chain of a segment begins.
    Start,
    /// Here it is the chain of the ledger that begins: what is before has none.
    Genesis,
    /// These lines were there when it began: that they are those that were written is not proven.
    Adopted,
    /// These lines were written.
    Batch,
    /// These lines were there after a crash, without a record.
    Recovered,
    /// A crash took everything from here on: the records about it are revoked.
    Cut,
    /// The ledger was changed while it was closed; the chain goes on here.
    Break,
    /// The chain of the segment was taken away while it was closed; another one goes on here.
    Lost,
}

const KINDS: [(u8, Kind); 8] = [
    (b'S', Kind::Start),
    (b'G', Kind::Genesis),
    (b'A', Kind::Adopted),
    (b'B', Kind::Batch),
    (b'R', Kind::Recovered),
    (b'C', Kind::Cut),
    (b'K', Kind::Break),
    (b'L', Kind::Lost),
];

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What it says.
    pub kind: Kind,
    /// Number of its lines.
    pub lines: u32,
    /// Offset of the first event.
    pub first: u64,
    /// Where it begins in the segment.
    pub position: u64,
    /// Bytes of the batch; of a start what tells the key from others.
    pub length: u64,
    /// When it was made.
    pub ms: u64,
    /// The digest; of a start the last one of the segment before.
    pub digest: Digest,
}

impl Record {
    /// One without lines and digest.
    pub fn new(kind: Kind, first: u64, position: u64, ms: u64) -> Self {
        Self { kind, lines: 0, first, position, length: 0, ms, digest: [0; 32] }
    }

    /// Whether it is about lines.
    pub fn has_lines(&self) -> bool {
        matches!(self.kind, Kind::Adopted | Kind::Batch | Kind::Recovered)
    }

    /// Offset after its last event.
    pub fn end_offset(&self) -> u64 {
        self.first.saturating_add(u64::from(self.lines))
    }

    /// Where its batch ends in the segment.
    pub fn end_position(&self) -> u64 {
        self.position.saturating_add(if self.has_lines() { self.length } else { 0 })
    }

    /// What the digest covers of it.
    pub fn header(&self) -> [u8; HEADER_BYTES] {
        let kind = KINDS.iter().find(|(_, kind)| *kind == self.kind).map_or(0, |(byte, _)| *byte);
        let mut header = [0; HEADER_BYTES];
        let words = [self.first, self.position, self.length, self.ms];
        let bytes = [b'C', b'H', b'N', kind]
            .into_iter()
            .chain(self.lines.to_le_bytes())
            .chain(words.into_iter().flat_map(u64::to_le_bytes));
        header.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
        header
    }

    /// Appends it with the checks of its lines, four bytes each, to `out`.
    pub fn write(&self, checks: &[u8], out: &mut Vec<u8>) {
        let begin = out.len();
        out.extend_from_slice(&self.header());
        out.extend_from_slice(&self.digest);
        out.extend_from_slice(checks);
        let crc = crc32fast::hash(out.get(begin..).unwrap_or(&[]));
        out.extend_from_slice(&crc.to_le_bytes());
    }

    /// Bytes of the whole record.
    pub fn stored_bytes(&self) -> u64 {
        FIXED_BYTES as u64 + u64::from(self.lines) * 4 + 4
    }

    /// Reads the part before the checks of the lines; `None` when it is none.
    pub fn parse(bytes: &[u8; FIXED_BYTES]) -> Option<Self> {
        let kind = *bytes.strip_prefix(b"CHN")?.first()?;
        let kind = KINDS.iter().find(|(byte, _)| *byte == kind)?.1;
        let word =
            |at: usize| -> Option<u64> { Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?)) };
        let record = Self {
            kind,
            lines: u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?),
            first: word(8)?,
            position: word(16)?,
            length: word(24)?,
            ms: word(32)?,
            digest: bytes.get(40..72)?.try_into().ok()?,
        };
        let sound = (record.lines > 0) == record.has_lines()
            && (!record.has_lines() || u64::from(record.lines) <= record.length);
        sound.then_some(record)
    }
}

/// The check of one line.
pub fn check(line: &[u8]) -> [u8; 4] {
    crc32fast::hash(line).to_le_bytes()
}
