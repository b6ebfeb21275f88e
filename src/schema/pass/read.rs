//! The bytes under the pass.

use super::{Pass, Sink};

impl<'a, S: Sink> Pass<'a, S> {
    #[inline(always)]
    pub(super) fn at_end(&self) -> bool {
        self.position >= self.input.len()
    }

    /// The byte here; 0 at the end, which is no byte of JSON outside strings.
    #[inline(always)]
    pub(super) fn peek(&self) -> u8 {
        if self.at_end() {
            return 0;
        }
        // SAFETY: checked above.
        unsafe { *self.input.get_unchecked(self.position) }
    }

    #[inline(always)]
    pub(super) fn rest(&self) -> &'a [u8] {
        let start = self.position.min(self.input.len());
        // SAFETY: at most the length.
        unsafe { self.input.get_unchecked(start..) }
    }

    /// The bytes of a run that the pass has gone over.
    #[inline(always)]
    pub(super) fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        debug_assert!(start <= end && end <= self.input.len());
        // SAFETY: a run between two places the pass has been at, in this order.
        unsafe { self.input.get_unchecked(start..end) }
    }

    /// Skips what may stand between tokens.
    #[inline(always)]
    pub(super) fn blanks(&mut self) {
        if self.peek() <= b' ' {
            self.more_blanks();
        }
    }

    #[inline(never)]
    fn more_blanks(&mut self) {
        // Indented text is mostly a line end and a run of one kind of blank.
        loop {
            match self.peek() {
                b' ' | b'\n' | b'\r' | b'\t' if !self.at_end() => self.position += 1,
                _ => return,
            }
            #[cfg(target_arch = "x86_64")]
            if let Some(chunk) = self.rest().first_chunk::<16>() {
                let skipped = super::string::blank_run(chunk);
                self.position += skipped;
                if skipped < 16 {
                    return;
                }
            }
        }
    }
}
