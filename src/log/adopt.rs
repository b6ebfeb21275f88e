//! Taking over lines that the ring has already: what a ledger had when it was opened.

use std::borrow::Cow;

use super::Log;

impl Log {
    /// Enters lines of these `lengths`, which follow each other from the head on and are in the ring; newlines are not
    /// counted. `names` gives topic and type of a line. To be called before anybody else has the log.
    pub fn adopt<'line>(
        &'line self,
        lengths: impl Iterator<Item = usize>,
        now_ms: u64,
        names: impl Fn(&'line [u8]) -> [Option<Cow<'line, str>>; 2],
    ) {
        let mut state = self.state.lock();
        // A type too many in an old line is no reason not to open; it reads as untyped from memory. That comes first, so
        // that it has a number whatever the lines name.
        let untyped = state.types.intern("").unwrap_or_default();
        for length in lengths {
            debug_assert!(length <= self.max_line_bytes);
            // SAFETY: the caller has put the line there; nothing is written at or after the head but by an append, which
            // the lock keeps out, and what it writes then lies behind all these lines.
            let line = unsafe { self.ring.slice(state.head.position, length) };
            let [topic, kind] = names(line);
            let topic = state.topics.intern(topic.as_deref().unwrap_or_default());
            let kind = state.types.intern(kind.as_deref().unwrap_or_default()).unwrap_or(untyped);
            if let Some(topic) = state.topics.resolve(topic) {
                state.push(topic, kind, 0, now_ms, length);
            }
        }
        state.evict(self.window_bytes());
        self.publish(&state.head);
    }
}
