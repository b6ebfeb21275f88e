//! Brings the chain of the active segment in line with the lines that opening found there.

use std::io::{self, ErrorKind};
use std::path::Path;

use memchr::memrchr;

use super::hash::Hasher;
use super::record::{Kind, Record};
use super::scan::Records;
use super::writer::Chain;
use crate::hash::Digest;
use crate::ledger::append::append_all;
use crate::ledger::paths;
use crate::ledger::segments::Segments;
use crate::ledger::stretch::Stretch;
use crate::ledger::upkeep::Upkeep;
use crate::log::Checkpoint;
use crate::log::cursor::Epoch;
use crate::port::{AppendFile, Files, ReadFile};

/// Bytes of lines that one record takes up after a crash.
const PIECE: usize = 1 << 20;

/// What opening found.
pub struct Found<'segments> {
    /// The segments, of which the active one has the lines.
    pub segments: &'segments Segments,
    /// Where the active segment ends, in the segment.
    pub end: Checkpoint,
    /// Whether there was a chain when the ledger was last opened.
    pub chained: bool,
    /// Whether its last writer had closed it.
    pub clean: bool,
    /// Up to where in the active segment chain and lines were synced when it was last opened.
    pub synced: u64,
    /// Identity of the log.
    pub epoch: Epoch,
    /// The time for records that are made now.
    pub now_ms: u64,
}

/// What a sidecar comes to.
#[derive(Debug, Clone, Copy)]
struct Summary {
    digest: Digest,
    key_check: u64,
    end: Checkpoint,
    bytes: u64,
}

impl Found<'_> {
    /// Whether the disk has what the chain has.
    fn has_synced(&self, known: &Summary) -> bool {
        self.clean || known.end.position <= self.synced
    }

    /// Whether a chain that ends at `end`, or at the segment's beginning if there is none, was longer once: no crash
    /// takes what had been synced.
    fn is_short(&self, end: Checkpoint) -> bool {
        self.chained && (self.clean || end.position < self.synced.min(self.end.position))
    }
}

/// The chain of the active segment, ready for the next batch; `None` when the ledger has none and is to have none.
pub fn open(
    files: &dyn Files,
    ledger: &Path,
    upkeep: &Upkeep,
    found: &Found,
    lines: Box<dyn ReadFile>,
) -> io::Result<Option<Chain>> {
    let first = found.segments.active.offset;
    let hasher = Hasher::new(upkeep.key.as_ref());
    let known = summary(files, ledger, first)?;
    let before = match found.segments.closed.last() {
        Some(last) if known.is_none() => summary(files, ledger, last.start.offset)?,
        _ => None,
    };
    if let Some(last) = known.or(before) {
        must_have_key(&hasher, last.key_check)?;
    } else if !upkeep.chain && !found.chained {
        return Ok(None);
    }
    let path = paths::of_segment(ledger, first, "chain");
    if let Some(known) = known.filter(|known| known.end == found.end && found.has_synced(known)) {
        let file = files.open_append(&path)?;
        if file.length()? == known.bytes {
            return Ok(Some(Chain::at(file, hasher, known.digest)));
        }
    }
    // Made anew beside it, also where nothing is to be added: what a sync failed to write is there to be seen, and no
    // other sync brings it to the disk. And what is said of lines that are gone must be on the disk before others are in
    // their place, which it would make look altered.
    let staged = paths::of_segment(ledger, first, "chain.next");
    files.remove(&staged)?; // not cut: a power loss may have left the chain with both names
    let mut file = files.open_append(&staged)?;
    let mut chain = match known {
        Some(known) => {
            copy(files.open_read(&path)?, known.bytes, file.as_mut())?;
            let mut chain = Chain::at(file, hasher, known.digest);
            if known.end != found.end {
                reconcile(files, ledger, &mut chain, known.end, lines, found)?;
            }
            chain
        }
        None => begin(file, hasher, before.map(|last| last.digest), lines, found)?,
    };
    chain.sync()?;
    files.rename(&staged, &path)?;
    files.sync_directory(ledger)?;
    Ok(Some(chain))
}

/// Copies the first `length` bytes.
fn copy(from: Box<dyn ReadFile>, length: u64, to: &mut dyn AppendFile) -> io::Result<()> {
    let mut from = Stretch::new(from);
    let mut at = 0;
    while at < length {
        let piece = PIECE.min(usize::try_from(length - at).unwrap_or(PIECE));
        let bytes = from.get(at, piece)?;
        if bytes.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        append_all(to, bytes)?;
        at += bytes.len() as u64;
    }
    Ok(())
}

fn must_have_key(hasher: &Hasher, key_check: u64) -> io::Result<()> {
    let text = match hasher.key_check() {
        same if same == key_check => return Ok(()),
        0 => "its hash chain has a key, which is to be given as chain: { key }",
        _ => "its hash chain has another key, or none",
    };
    Err(io::Error::new(ErrorKind::InvalidInput, text))
}

/// Begins the chain of a segment that has none, after `before`, the last digest of the segment before it.
fn begin(
    file: Box<dyn AppendFile>,
    hasher: Hasher,
    before: Option<Digest>,
    lines: Box<dyn ReadFile>,
    found: &Found,
) -> io::Result<Chain> {
    let start = Checkpoint { offset: found.segments.active.offset, position: 0 };
    let digest = before.unwrap_or_else(|| hasher.genesis(found.epoch));
    let mut chain = Chain::begin(file, start.offset, hasher, digest, found.now_ms)?;
    if found.is_short(start) {
        chain.seal(Record::new(Kind::Lost, found.end.offset, found.end.position, found.now_ms));
        chain.flush()?;
        return Ok(chain);
    }
    if found.chained {
        take_up(&mut chain, Kind::Recovered, lines, start, found)?;
    } else {
        if before.is_none() {
            chain.seal(Record::new(Kind::Genesis, start.offset, start.position, found.now_ms));
        }
        take_up(&mut chain, Kind::Adopted, lines, start, found)?;
    }
    Ok(chain)
}

fn reconcile(
    files: &dyn Files,
    ledger: &Path,
    chain: &mut Chain,
    known: Checkpoint,
    lines: Box<dyn ReadFile>,
    found: &Found,
) -> io::Result<()> {
    let end = found.end;
    let grown = known.position < end.position && known.offset < end.offset;
    let shrunk = known.position > end.position && known.offset >= end.offset;
    if found.clean || found.is_short(known) || end.position < found.synced || !(grown || shrunk) {
        // No crash does that.
        chain.seal(Record::new(Kind::Break, end.offset, end.position, found.now_ms));
        return chain.flush();
    }
    let mut from = known;
    if shrunk {
        from = batch_with(files, ledger, found.segments.active.offset, end)?;
        chain.seal(Record::new(Kind::Cut, from.offset, from.position, found.now_ms));
    }
    take_up(chain, Kind::Recovered, lines, from, found)
}

/// Adds records of this kind for the lines from `from` to the end.
fn take_up(
    chain: &mut Chain,
    kind: Kind,
    lines: Box<dyn ReadFile>,
    from: Checkpoint,
    found: &Found,
) -> io::Result<()> {
    let mut lines = Stretch::new(lines);
    let mut at = from;
    while at.position < found.end.position {
        let left = usize::try_from(found.end.position - at.position).unwrap_or(usize::MAX);
        let mut wanted = PIECE.min(left);
        let length = loop {
            if let Some(end) = memrchr(b'\n', lines.get(at.position, wanted)?) {
                break end + 1;
            }
            if wanted == left {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            wanted = left.min(wanted * 2);
        };
        let bytes = lines.get(at.position, length)?;
        let count = memchr::memchr_iter(b'\n', bytes).count() as u64;
        chain.add(kind, at, bytes, found.now_ms);
        at = Checkpoint { offset: at.offset + count, position: at.position + bytes.len() as u64 };
        chain.flush()?;
    }
    chain.flush()
}

fn records(files: &dyn Files, ledger: &Path, first: u64) -> io::Result<Option<Records>> {
    match files.open_read(&paths::of_segment(ledger, first, "chain")) {
        Ok(file) => Ok(Some(Records::new(file))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the sidecar of a segment comes to; `None` when there is none that begins as one.
fn summary(files: &dyn Files, ledger: &Path, first: u64) -> io::Result<Option<Summary>> {
    let Some(mut records) = records(files, ledger, first)? else { return Ok(None) };
    let mut summary: Option<Summary> = None;
    while let Some((record, _)) = records.next()? {
        let known = match &mut summary {
            Some(known) => known,
            None if record.kind == Kind::Start && record.first == first => summary.insert(Summary {
                digest: record.digest,
                key_check: record.length,
                end: Checkpoint { offset: first, position: 0 },
                bytes: 0,
            }),
            None => return Ok(None),
        };
        known.digest = record.digest;
        known.end = Checkpoint { offset: record.end_offset(), position: record.end_position() };
    }
    let bytes = records.position();
    Ok(summary.map(|summary| Summary { bytes, ..summary }))
}

/// Where the batch begins that goes on beyond `end`, of those that count.
fn batch_with(files: &dyn Files, ledger: &Path, first: u64, end: Checkpoint) -> io::Result<Checkpoint> {
    let mut at = Checkpoint { offset: first, position: 0 };
    let Some(mut records) = records(files, ledger, first)? else { return Ok(at) };
    while let Some((record, _)) = records.next()? {
        // The last one that begins before the end is it: after a cut the records begin further back again.
        if record.position <= end.position {
            at = Checkpoint { offset: record.first, position: record.position };
        }
    }
    Ok(at)
}

/// Where a chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Offset after the last event that it covers.
    pub offset: u64,
    /// The last digest.
    pub digest: Digest,
    /// When its record was made.
    pub ms: u64,
}

impl Place {
    /// Where the chain of the segment that begins with event `first` stands.
    pub fn read(files: &dyn Files, ledger: &Path, first: u64) -> io::Result<Option<Self>> {
        let Some(mut records) = records(files, ledger, first)? else { return Ok(None) };
        let mut place = None;
        while let Some((record, _)) = records.next()? {
            place = Some(Self { offset: record.end_offset(), digest: record.digest, ms: record.ms });
        }
        Ok(place)
    }
}
