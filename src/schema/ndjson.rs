//! Documents one per line.

use std::num::NonZeroUsize;
use std::thread;

use super::report::Issue;
use super::{Schema, Scratch, codes};

/// Lines below which a thread is not worth starting.
const LEAST_PER_THREAD: usize = 1 << 16;

/// What became of the lines of one buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// How many lines there are. A line end at the very end begins none.
    pub count: usize,
    /// How many match.
    pub valid: usize,
    /// One bit per line, lowest first, set where the line matches.
    pub bitmap: Vec<u8>,
    /// Lines that do not match, from 0, with their first issue; offsets count from the start of the buffer. As many as
    /// were asked for.
    pub issues: Vec<(usize, Issue)>,
}

/// Lines of one part of a buffer: whether each matches, and where the bad ones are.
struct Part {
    verdicts: Vec<bool>,
    bad: Vec<(usize, usize, usize)>,
}

/// Checks every line of `input`, on up to `threads` threads but no more than there are processors, and tells at most
/// `max_issues` issues. A blank line is a line that does not match.
pub fn check(schema: &Schema, input: &[u8], threads: NonZeroUsize, max_issues: usize) -> Lines {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let wanted = threads.get().min(processors).min(input.len() / LEAST_PER_THREAD).max(1);
    let pieces = pieces(input, wanted);
    let parts: Vec<Part> = match pieces.as_slice() {
        [(start, end)] => vec![check_part(schema, input, *start, *end, max_issues)],
        _ => thread::scope(|scope| {
            let work = |&(start, end): &(usize, usize)| check_part(schema, input, start, end, max_issues);
            let (first, others) = pieces.split_first().unwrap_or((&(0, 0), &[]));
            let start = |piece| thread::Builder::new().spawn_scoped(scope, move || work(piece)).ok();
            let running: Vec<_> = others.iter().map(start).collect();
            let mut parts = vec![work(first)];
            for (thread, piece) in running.into_iter().zip(others) {
                // A thread that cannot be had, or that failed, is made up for here.
                let part = thread.and_then(|thread| thread.join().ok());
                parts.push(part.unwrap_or_else(|| work(piece)));
            }
            parts
        }),
    };
    let mut lines = Lines::default();
    for part in parts {
        for (line, start, end) in part.bad {
            if lines.issues.len() < max_issues {
                lines.issues.push((lines.count + line, issue(schema, input, lines.count + line, start, end)));
            }
        }
        for verdict in part.verdicts {
            if lines.count.is_multiple_of(8) {
                lines.bitmap.push(0);
            }
            if let Some(byte) = lines.bitmap.last_mut() {
                *byte |= u8::from(verdict) << (lines.count % 8);
            }
            lines.valid += usize::from(verdict);
            lines.count += 1;
        }
    }
    lines
}

/// Runs of whole lines of about equal length.
fn pieces(input: &[u8], count: usize) -> Vec<(usize, usize)> {
    let mut pieces = Vec::with_capacity(count);
    let mut start = 0;
    for index in 1..=count {
        let about = input.len() / count * index;
        let rest = input.get(about..).unwrap_or_default();
        let end = if index == count { None } else { memchr::memchr(b'\n', rest).map(|at| about + at + 1) };
        let end = end.unwrap_or(input.len());
        if end > start {
            pieces.push((start, end));
            start = end;
        }
    }
    if pieces.is_empty() {
        pieces.push((0, 0));
    }
    pieces
}

fn check_part(schema: &Schema, input: &[u8], start: usize, end: usize, max_bad: usize) -> Part {
    schema.with_room(|| check_lines(schema, input, start, end, max_bad))
}

fn check_lines(schema: &Schema, input: &[u8], start: usize, end: usize, max_bad: usize) -> Part {
    let mut part = Part { verdicts: Vec::new(), bad: Vec::new() };
    let mut scratch = Scratch::default();
    let mut at = start;
    while at < end {
        let rest = input.get(at..end).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let valid = schema.check_with(rest.get(..length).unwrap_or_default(), &mut scratch) == 0;
        if !valid && part.bad.len() < max_bad {
            part.bad.push((part.verdicts.len(), at, at + length));
        }
        part.verdicts.push(valid);
        at += length + 1;
    }
    part
}

/// The first issue of a line, with its place in the buffer.
fn issue(schema: &Schema, input: &[u8], line: usize, start: usize, end: usize) -> Issue {
    let found = schema.issues(input.get(start..end).unwrap_or_default(), 1).into_iter().next();
    let mut issue = found.unwrap_or_else(|| Issue::unknown(codes::KEYWORD));
    issue.offset += start;
    issue.line = line + 1;
    issue
}
