//! Holds the lines of a ledger against its chain.

use std::io::{self, ErrorKind};
use std::path::Path;

use memchr::memchr_iter;

use super::classify::classify;
use super::hash::Hasher;
use super::open::Place;
use super::record::{Kind, Record, check};
use super::scan::Records;
use crate::hash::Digest;
use crate::ledger::LedgerError;
use crate::ledger::meta::{self, Meta};
use crate::ledger::paths;
use crate::ledger::reader::Lines;
use crate::ledger::segments::{load, source};
use crate::ledger::stretch::Stretch;
use crate::ledger::upkeep::Key;
use crate::log::Checkpoint;
use crate::port::Files;

/// Bytes hashed at a time.
const CHUNK: usize = 1 << 20;

/// Lines looked at beyond a batch that does not fit, to tell a missing line from an altered one.
const BEYOND: usize = 64;

/// What became of the first line that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// It has other content.
    Altered,
    /// It is not there.
    Missing,
    /// It was never written.
    Added,
    /// It comes in another order.
    Reordered,
    /// The chain itself was changed or lost here.
    Chain,
    /// The chain is not the one that an anchor was taken from.
    Anchor,
}

impl ProblemKind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Altered => "altered",
            Self::Missing => "missing",
            Self::Added => "added",
            Self::Reordered => "reordered",
            Self::Chain => "chain",
            Self::Anchor => "anchor",
        }
    }
}

/// The first thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// Offset of the event concerned.
    pub offset: u64,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

/// A digest to publish elsewhere: whoever has it can tell whether the chain up to `offset` is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Number of events that it covers.
    pub offset: u64,
    /// The digest.
    pub digest: Digest,
}

/// What to verify with.
#[derive(Default)]
pub struct Ask<'ask> {
    /// The key, if the chain has one.
    pub key: Option<Key>,
    /// Anchors taken earlier.
    pub anchors: Vec<Anchor>,
    /// Told the bytes verified and those there are; `false` ends it.
    pub progress: Option<&'ask dyn Fn(u64, u64) -> bool>,
}

/// What verifying found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// Events that the chain proves.
    pub events: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Segments with a chain.
    pub segments: u64,
    /// Records about lines.
    pub batches: u64,
    /// Of the events, those that were taken up after a crash without a record of their own.
    pub recovered: u64,
    /// Crashes that took lines whose records were there already.
    pub cuts: u64,
    /// Events after the last record: being written, or left so by a crash.
    pub unproven: u64,
    /// Events from before there was a chain.
    pub unchained: u64,
    /// What is wrong.
    pub problem: Option<Problem>,
}

/// Verifies all that is kept of `ledger`, which may be in use.
pub fn verify(files: &dyn Files, ledger: &Path, ask: &Ask) -> Result<Verified, LedgerError> {
    let meta = meta::read(files, ledger)?;
    let found = verify_once(files, ledger, ask, meta)?;
    if found.problem.is_some() && meta::read(files, ledger)? != meta {
        // Opened or closed meanwhile.
        let meta = meta::read(files, ledger)?;
        return verify_once(files, ledger, ask, meta);
    }
    Ok(found)
}

fn verify_once(
    files: &dyn Files,
    ledger: &Path,
    ask: &Ask,
    meta: Option<Meta>,
) -> Result<Verified, LedgerError> {
    let mut verifier = Verifier {
        files,
        ledger,
        ask,
        hasher: Hasher::new(ask.key.as_ref()),
        clean: meta.and_then(|meta| meta.clean),
        chained: ask.key.is_some() || meta.is_some_and(|meta| meta.chained),
        bare: None,
        found: Verified::default(),
        before: None,
        met: vec![false; ask.anchors.len()],
        total: 0,
        done: 0,
    };
    match verifier.all() {
        Ok(()) => {}
        Err(Stop::Problem(problem)) => verifier.found.problem = Some(problem),
        Err(Stop::Io(cause)) => return Err(LedgerError::read(ledger, "verify", cause)),
    }
    Ok(verifier.found)
}

/// The newest anchor of `ledger`; `None` when it has no chain.
pub fn head(files: &dyn Files, ledger: &Path) -> Result<Option<Anchor>, LedgerError> {
    let fail = |cause| LedgerError::read(ledger, "read the chain of", cause);
    let segments = load(files, ledger).map_err(fail)?.segments;
    let place = Place::read(files, ledger, segments.active.offset).map_err(fail)?;
    Ok(place.map(|place| Anchor { offset: place.offset, digest: place.digest }))
}

enum Stop {
    Problem(Problem),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn problem<T>(offset: u64, kind: ProblemKind) -> Result<T, Stop> {
    Err(Stop::Problem(Problem { offset, kind }))
}

struct Verifier<'ask> {
    files: &'ask dyn Files,
    ledger: &'ask Path,
    ask: &'ask Ask<'ask>,
    hasher: Hasher,
    /// Where the ledger ended when it was closed, if it is.
    clean: Option<Checkpoint>,
    /// Whether there has to be a chain.
    chained: bool,
    /// The first event of the oldest segment without a chain.
    bare: Option<u64>,
    found: Verified,
    /// The last digest of the segment before.
    before: Option<Digest>,
    /// Which anchors were met.
    met: Vec<bool>,
    total: u64,
    done: u64,
}

impl Verifier<'_> {
    fn all(&mut self) -> Result<(), Stop> {
        let loaded = load(self.files, self.ledger)?;
        self.clean = self.clean.filter(|_| loaded.positions_known);
        let segments = loaded.segments;
        let active = source::open(self.files, self.ledger, segments.active.offset, true)?;
        let active_bytes = active.map_or(Ok(0), |file| file.length())?;
        let closed_bytes: u64 =
            segments.closed.iter().map(|segment| segment.end.position - segment.start.position).sum();
        self.total = closed_bytes + active_bytes;
        let oldest = segments.oldest();
        let mut reached = oldest;
        for segment in &segments.closed {
            if segment.start.offset > reached {
                return problem(reached, ProblemKind::Missing);
            }
            self.segment(segment.start, Some(segment.end))?;
            reached = segment.end.offset;
        }
        if segments.active.offset > reached {
            return problem(reached, ProblemKind::Missing);
        }
        let end = self.segment(segments.active, None)?;
        if let Some(bare) = self.bare.filter(|_| self.chained && self.found.segments == 0) {
            return problem(bare, ProblemKind::Chain);
        }
        self.anchors(oldest, end)
    }

    /// Verifies one segment and returns the offset after the last event that its chain proves.
    fn segment(&mut self, start: Checkpoint, end: Option<Checkpoint>) -> Result<u64, Stop> {
        let first = start.offset;
        let Some(file) = source::open(self.files, self.ledger, first, end.is_none())? else {
            self.before = None; // deleted meanwhile, or never begun
            return Ok(end.map_or(first, |end| end.offset));
        };
        let mut lines = Stretch::new(file);
        let sidecar = paths::of_segment(self.ledger, first, "chain");
        let records = match self.files.open_read(&sidecar) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return self.without_chain(first, &mut lines, end);
            }
            Err(error) => return Err(error.into()),
        };
        let sidecar_bytes = records.length()?;
        self.found.segments += 1;
        let cuts = cuts(Records::new(records))?;
        let mut walk = Walk { first, cuts, number: 0, at: Checkpoint { offset: first, position: 0 } };
        let mut records = Records::new(self.files.open_read(&sidecar)?);
        let mut digest = self.start(&mut records, first)?;
        while let Some((record, checks)) = records.next()? {
            let checks = checks.to_vec();
            digest = self.record(&mut walk, digest, &record, &checks, &mut lines, &mut records)?;
        }
        self.before = Some(digest);
        let at = walk.at;
        let torn = records.position() < sidecar_bytes && (end.is_some() || self.clean.is_some());
        if torn {
            return problem(at.offset, ProblemKind::Chain);
        }
        self.tail(start, at, end, &mut lines)?;
        Ok(at.offset)
    }

    fn without_chain(
        &mut self,
        first: u64,
        lines: &mut Stretch,
        end: Option<Checkpoint>,
    ) -> Result<u64, Stop> {
        if self.found.segments > 0 {
            return problem(first, ProblemKind::Chain);
        }
        let count = count_from(lines, 0)?;
        self.found.unchained += count;
        let is_there = source::open(self.files, self.ledger, first, end.is_none())?.is_some();
        if self.bare.is_none() && count > 0 && is_there {
            self.bare = Some(first);
        }
        self.advance(lines.length()?)?;
        Ok(end.map_or(first + count, |end| end.offset))
    }

    /// The digest that the chain of a segment begins with.
    fn start(&mut self, records: &mut Records, first: u64) -> Result<Digest, Stop> {
        let start = records.next()?.map(|(record, _)| record);
        let Some(start) = start.filter(|record| record.kind == Kind::Start && record.first == first) else {
            return problem(first, ProblemKind::Chain);
        };
        if start.length != self.hasher.key_check() {
            let text = match (start.length, self.hasher.key_check()) {
                (_, 0) => "the chain has a key, which is needed to verify it",
                (0, _) => "the chain has no key",
                _ => "the chain has another key",
            };
            return Err(io::Error::new(ErrorKind::InvalidInput, text).into());
        }
        if self.before.is_some_and(|before| before != start.digest) {
            return problem(first, ProblemKind::Chain);
        }
        Ok(start.digest)
    }

    fn record(
        &mut self,
        walk: &mut Walk,
        before: Digest,
        record: &Record,
        checks: &[u8],
        lines: &mut Stretch,
        records: &mut Records,
    ) -> Result<Digest, Stop> {
        walk.number += 1;
        self.meet(record);
        if let Some(bare) = self.bare.filter(|_| self.found.segments == 1 && walk.number == 1)
            && record.kind != Kind::Genesis
        {
            return problem(bare, ProblemKind::Chain); // this one goes on from a chain that is not there
        }
        let place = Checkpoint { offset: record.first, position: record.position };
        if !record.has_lines() {
            let sealed = self.hasher.seal(&before, record.clone());
            let misplaced = match record.kind {
                Kind::Start => true,
                Kind::Genesis => walk.number != 1,
                _ => false,
            };
            if misplaced || sealed.digest != record.digest {
                return problem(walk.at.offset, ProblemKind::Chain);
            }
            if place != walk.at {
                // Changed while it was closed, by more or less than was looked at.
                let (from, kind) = match record.kind {
                    Kind::Break if place.offset < walk.at.offset => (place.offset, ProblemKind::Missing),
                    Kind::Break => (walk.at.offset, ProblemKind::Added),
                    _ => (walk.at.offset, ProblemKind::Chain),
                };
                return problem(from, kind);
            }
            self.found.cuts += u64::from(record.kind == Kind::Cut);
            return Ok(record.digest);
        }
        if walk.is_revoked(record) {
            return Ok(record.digest);
        }
        if place != walk.at {
            return problem(walk.at.offset, ProblemKind::Chain);
        }
        if self.digest(&before, record, lines)? != record.digest {
            let (number, kind) =
                compare(record, checks, lines, records, walk)?.unwrap_or((0, ProblemKind::Chain));
            return problem(record.first + number as u64, kind);
        }
        walk.at = Checkpoint { offset: record.end_offset(), position: record.end_position() };
        let lines = u64::from(record.lines);
        if record.kind == Kind::Adopted {
            self.found.unchained += lines;
            return Ok(record.digest);
        }
        self.found.events += lines;
        self.found.bytes += record.length;
        self.found.batches += 1;
        if record.kind == Kind::Recovered {
            self.found.recovered += lines;
        }
        Ok(record.digest)
    }

    fn digest(&mut self, before: &Digest, record: &Record, lines: &mut Stretch) -> Result<Digest, Stop> {
        let mut digest = self.hasher.of_record(before, record);
        let mut position = record.position;
        while position < record.end_position() {
            let left = usize::try_from(record.end_position() - position).unwrap_or(CHUNK);
            let bytes = lines.get(position, left.min(CHUNK))?;
            if bytes.is_empty() {
                break;
            }
            digest.add(bytes);
            let count = bytes.len() as u64;
            position += count;
            self.advance(count)?;
        }
        Ok(digest.done())
    }

    /// What comes after the last record.
    fn tail(
        &mut self,
        start: Checkpoint,
        at: Checkpoint,
        end: Option<Checkpoint>,
        lines: &mut Stretch,
    ) -> Result<(), Stop> {
        let more = count_from(lines, at.position)?;
        match (end, self.clean) {
            (Some(_), _) | (None, Some(_)) if more > 0 => problem(at.offset, ProblemKind::Added),
            (Some(end), _) if at.offset < end.offset => problem(at.offset, ProblemKind::Missing),
            (None, Some(clean)) if start.position + at.position < clean.position => {
                problem(at.offset, ProblemKind::Missing)
            }
            _ => {
                self.found.unproven += more;
                Ok(())
            }
        }
    }

    fn meet(&mut self, record: &Record) {
        for (met, anchor) in self.met.iter_mut().zip(&self.ask.anchors) {
            *met |= anchor.offset == record.end_offset() && anchor.digest == record.digest;
        }
    }

    /// What no anchor was met for is not the chain that it was taken from, unless its part is no longer kept.
    fn anchors(&self, oldest: u64, end: u64) -> Result<(), Stop> {
        for (met, anchor) in self.met.iter().zip(&self.ask.anchors) {
            if anchor.offset > end {
                return problem(end, ProblemKind::Missing);
            }
            if !met && anchor.offset > oldest {
                return problem(anchor.offset, ProblemKind::Anchor);
            }
        }
        Ok(())
    }

    fn advance(&mut self, bytes: u64) -> Result<(), Stop> {
        self.done += bytes;
        if self.ask.progress.is_some_and(|progress| !progress(self.done, self.total.max(self.done))) {
            return Err(io::Error::from(ErrorKind::Interrupted).into());
        }
        Ok(())
    }
}

/// How far the records of a segment have come.
struct Walk {
    first: u64,
    /// Number and position of each cut.
    cuts: Vec<(u64, u64)>,
    /// Number of the record after the start.
    number: u64,
    at: Checkpoint,
}

impl Walk {
    /// Whether a later cut says that a crash took this batch.
    fn is_revoked(&self, record: &Record) -> bool {
        self.cuts.iter().any(|(number, position)| *number > self.number && *position <= record.position)
    }
}

fn cuts(mut records: Records) -> io::Result<Vec<(u64, u64)>> {
    let (mut cuts, mut number) = (Vec::new(), 0);
    while let Some((record, _)) = records.next()? {
        if record.kind == Kind::Cut {
            cuts.push((number, record.position));
        }
        number += 1;
    }
    Ok(cuts)
}

/// Compares the lines of a batch, and a few more, with the checks that were recorded.
fn compare(
    record: &Record,
    checks: &[u8],
    lines: &mut Stretch,
    records: &mut Records,
    walk: &Walk,
) -> io::Result<Option<(usize, ProblemKind)>> {
    debug_assert!(record.first >= walk.first);
    let number = |checks: &[u8]| -> Vec<u32> {
        checks.as_chunks::<4>().0.iter().map(|check| u32::from_le_bytes(*check)).collect()
    };
    let mut expected = number(checks);
    let enough = expected.len() + BEYOND;
    while expected.len() < enough
        && let Some((next, checks)) = records.next()?
    {
        if !next.has_lines() {
            break;
        }
        expected.extend(number(checks));
    }
    let mut actual = Vec::new();
    let mut found = Lines::new(lines.file(), record.position, u64::MAX);
    while actual.len() < enough
        && let Some(line) = found.next()?
    {
        actual.push(u32::from_le_bytes(check(line)));
    }
    expected.truncate(enough);
    Ok(classify(&expected, &actual))
}

/// Whole lines from `position` on.
fn count_from(lines: &mut Stretch, mut position: u64) -> io::Result<u64> {
    let mut count = 0;
    loop {
        let bytes = lines.get(position, CHUNK)?;
        if bytes.is_empty() {
            return Ok(count);
        }
        count += memchr_iter(b'\n', bytes).count() as u64;
        position += bytes.len() as u64;
    }
}
