//! Fills the window of a log with the newest lines of its ledger.
//!
//! The lines are read from the files straight to where the ring has them by their positions, the newest ones first and
//! no more than the window can show: opening waits for this, and most of a ring is more than most windows need.

use std::io::{self, ErrorKind};

use memchr::memrchr;

use super::recovery::Setup;
use super::segments::{Segments, source};
use crate::log::fields::string_fields;
use crate::log::spool::{Header, Stamp};
use crate::log::{Checkpoint, Log, Ring};
use crate::port::{Clock, Files, ReadFile, System};

/// Bytes read before it is asked again whether the window has enough.
const STEP: usize = 1 << 20;

/// A log in `ring` that goes on at `end`, with the newest lines in its window. `reader` has the active segment.
pub fn refill(
    setup: &Setup,
    files: &dyn Files,
    segments: &Segments,
    end: Checkpoint,
    (ring, stamp): (Ring, &Stamp),
    reader: &mut dyn ReadFile,
) -> io::Result<Log> {
    let mut lengths = load(setup, files, segments, end, &ring, reader)?;
    lengths.reverse();
    let bytes: u64 = lengths.iter().map(|length| *length as u64 + 1).sum();
    let begin = Checkpoint { position: end.position - bytes, offset: end.offset - lengths.len() as u64 };
    Header::of(&ring).reset(stamp, begin);
    let log = Log::new(ring, begin, setup.max_line_bytes, setup.retention, true);
    log.adopt(&lengths, System.now_ms(), |line| string_fields(line, [&setup.topic_field, &setup.type_field]));
    log.release(end);
    Ok(log)
}

/// Reads the newest lines to their places in the ring and returns their lengths, the newest one first: without a gap,
/// none longer than a line may be, no more than the window shows.
fn load(
    setup: &Setup,
    files: &dyn Files,
    segments: &Segments,
    end: Checkpoint,
    ring: &Ring,
    reader: &mut dyn ReadFile,
) -> io::Result<Vec<usize>> {
    let room = (ring.capacity() - 2 * setup.max_line_bytes) as u64;
    let lowest = end.position.saturating_sub(setup.retention.max_bytes.min(room));
    let events = usize::try_from(end.offset.saturating_sub(segments.oldest())).unwrap_or(usize::MAX);
    let most = setup.retention.max_events.min(events);
    let mut lines = Lines { setup, most, lengths: Vec::new(), start: end.position };
    let active = segments.active;
    let mut go_on = lines.of_file(ring, reader, (active, end), lowest)?;
    let mut next = active;
    for segment in segments.closed.iter().rev() {
        if !go_on || segment.end != next {
            break;
        }
        next = segment.start;
        let Some(mut file) = source::open(files, &setup.path, segment.start.offset, false)? else { break };
        // One that somebody has cut has not the bytes that would be needed, or has others.
        if file.length()? != segment.end.position.saturating_sub(segment.start.position) {
            break;
        }
        go_on = lines.of_file(ring, file.as_mut(), (segment.start, segment.end), lowest)?;
    }
    Ok(lines.lengths)
}

/// The lines found so far.
struct Lines<'setup> {
    setup: &'setup Setup,
    /// How many are wanted, or there can be.
    most: usize,
    lengths: Vec<usize>,
    /// Where the oldest of them begins.
    start: u64,
}

impl Lines<'_> {
    /// Takes the lines of a file that has what is between `first` and `last`, as far down as `lowest`; whether there may be
    /// more. A file that was changed to have another number of lines has none whose offset is known.
    fn of_file(
        &mut self,
        ring: &Ring,
        file: &mut dyn ReadFile,
        (first, last): (Checkpoint, Checkpoint),
        lowest: u64,
    ) -> io::Result<bool> {
        let begin = first.position;
        let (known, known_start) = (self.lengths.len(), self.start);
        let (from, mut at, mut more) = (begin.max(lowest), last.position, self.wants_more());
        while at > from && more {
            let step = STEP.min(usize::try_from(at - from).unwrap_or(STEP));
            at -= step as u64;
            ring.prefault(at, step);
            // SAFETY: the ring is new and nobody else has it; all positions lie within one capacity before the end.
            let space = unsafe { ring.space(at, step) };
            if file.read_at(at - begin, space)? != step {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            // SAFETY: what was just read.
            unsafe { ring.mirror(at, step) };
            // SAFETY: everything from `at` to the oldest line's start has been read and nothing writes to it.
            let unseen = unsafe { ring.slice(at, usize::try_from(self.start - at).unwrap_or(0)) };
            more = self.take(unseen, at == begin);
        }
        let (taken, all) = ((self.lengths.len() - known) as u64, last.offset.saturating_sub(first.offset));
        if taken > all || (taken == all) != (self.start == begin) {
            self.lengths.truncate(known);
            self.start = known_start;
            return Ok(false);
        }
        Ok(more && from == begin)
    }

    fn wants_more(&self) -> bool {
        self.lengths.len() < self.most
    }

    /// Takes the whole lines at the end of `bytes`, which end where the oldest line so far begins. What they begin with
    /// is a line's beginning where that is `whole`. False when no older line may follow.
    fn take(&mut self, bytes: &[u8], whole: bool) -> bool {
        let Some(mut rest) = bytes.strip_suffix(b"\n") else { return bytes.is_empty() };
        while self.wants_more() {
            let before = memrchr(b'\n', rest);
            if before.is_none() && !whole {
                return rest.len() <= self.setup.max_line_bytes; // its beginning is still to be read
            }
            let line = rest.len() - before.map_or(0, |end| end + 1);
            if line > self.setup.max_line_bytes {
                return false;
            }
            self.lengths.push(line);
            self.start -= line as u64 + 1;
            let Some(end) = before else { break };
            rest = rest.get(..end).unwrap_or(&[]);
        }
        self.wants_more()
    }
}
