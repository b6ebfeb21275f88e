//! Taking over lines that the ring has already: what a ledger had when it was opened.

use std::borrow::Cow;
use std::num::NonZero;
use std::thread;

use super::Log;
use crate::sync::Mutex;

/// Topic and type of a line, where it has them.
pub type LineNames<'line> = [Option<Cow<'line, str>>; 2];

/// Lines that are worth a further thread to look at: looking at so many takes a millisecond or two.
const LINES_PER_THREAD: usize = 8192;

/// More threads than this wait for memory.
const MAX_THREADS: usize = 4;

impl Log {
    /// Enters lines of these `lengths`, which follow each other from the head on and are in the ring; newlines are not
    /// counted. `names` gives topic and type of a line. To be called before anybody else has the log.
    pub fn adopt<'line>(
        &'line self,
        lengths: &[usize],
        now_ms: u64,
        names: impl Fn(&'line [u8]) -> LineNames<'line> + Sync,
    ) {
        let mut state = self.state.lock();
        let mut position = state.head.position;
        let lines: Vec<&[u8]> = lengths
            .iter()
            .map(|length| {
                debug_assert!(*length <= self.max_line_bytes);
                // SAFETY: the caller has put the line there; nothing is written at or after the head but by an append,
                // which the lock keeps out, and what it writes then lies behind all these lines.
                let line = unsafe { self.ring.slice(position, *length) };
                position += *length as u64 + 1;
                line
            })
            .collect();
        // A type too many in an old line is no reason not to open; it reads as untyped from memory. That comes first, so
        // that it has a number whatever the lines name.
        let untyped = state.types.intern("").unwrap_or_default();
        state.index.reserve(lines.len());
        for (line, [topic, kind]) in lines.iter().zip(all_names(&lines, names)) {
            let topic = state.topics.intern(topic.as_deref().unwrap_or_default());
            let kind = state.types.intern(kind.as_deref().unwrap_or_default()).unwrap_or(untyped);
            if let Some(topic) = state.topics.resolve(topic) {
                state.push(topic, kind, 0, now_ms, line.len());
            }
        }
        state.evict(self.window_bytes());
        self.publish(&state.head);
    }
}

/// The names of all lines, in order: most of what taking them over costs, and the part that can be shared out.
fn all_names<'line>(
    lines: &[&'line [u8]],
    names: impl Fn(&'line [u8]) -> LineNames<'line> + Sync,
) -> Vec<LineNames<'line>> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = (lines.len() / LINES_PER_THREAD).clamp(1, processors.min(MAX_THREADS));
    let mut found: Vec<LineNames<'line>> = vec![[None, None]; lines.len()];
    let share = lines.len().div_ceil(threads).max(1);
    {
        let shares = Mutex::new(lines.chunks(share).zip(found.chunks_mut(share)));
        let look = || {
            loop {
                let Some((lines, found)) = shares.lock().next() else { break };
                lines.iter().zip(found).for_each(|(line, found)| *found = names(line));
            }
        };
        thread::scope(|scope| {
            for _ in 1..threads {
                // One that cannot be had leaves its share to the others.
                let _ = thread::Builder::new().spawn_scoped(scope, look);
            }
            look();
        });
    }
    found
}
