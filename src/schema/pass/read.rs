//! The bytes under the pass.
//!
//! Where a pass stands is passed from function to function, never kept in memory: a position in a register is what makes
//! the difference between one and several nanoseconds a token.

use super::string::STEP;
use super::{Pass, Sink};

impl<'a, S: Sink> Pass<'a, S> {
    /// The byte at `at`; 0 from the end on, which is no byte of JSON outside strings.
    #[inline(always)]
    pub(super) fn byte(&self, at: usize) -> u8 {
        if at >= self.input.len() {
            return 0;
        }
        // SAFETY: checked above.
        unsafe { *self.input.get_unchecked(at) }
    }

    #[inline(always)]
    pub(super) fn is_end(&self, at: usize) -> bool {
        at >= self.input.len()
    }

    #[inline(always)]
    pub(super) fn rest(&self, at: usize) -> &'a [u8] {
        let start = at.min(self.input.len());
        // SAFETY: at most the length.
        unsafe { self.input.get_unchecked(start..) }
    }

    /// The sixteen bytes from `at` on, if there are as many.
    #[inline(always)]
    pub(super) fn sixteen(&self, at: usize) -> Option<&'a [u8; 16]> {
        if self.input.len() < 16 || at > self.input.len() - 16 {
            return None;
        }
        // SAFETY: checked above; an array of bytes has no alignment.
        Some(unsafe { &*self.input.as_ptr().add(at).cast::<[u8; 16]>() })
    }

    /// The bytes of a step from `at` on, if there are as many.
    #[inline(always)]
    pub(super) fn step(&self, at: usize) -> Option<&'a [u8; STEP]> {
        if at + STEP > self.input.len() {
            return None;
        }
        // SAFETY: checked above; an array of bytes has no alignment.
        Some(unsafe { &*self.input.as_ptr().add(at).cast::<[u8; STEP]>() })
    }

    /// The eight bytes from `at` on as a number, the first one lowest, if there are as many.
    #[inline(always)]
    pub(super) fn eight(&self, at: usize) -> Option<u64> {
        if at + 8 > self.input.len() {
            return None;
        }
        // SAFETY: checked above; an array of bytes has no alignment.
        Some(u64::from_le_bytes(unsafe { *self.input.as_ptr().add(at).cast::<[u8; 8]>() }))
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
    pub(super) fn blanks(&self, at: usize) -> usize {
        if self.byte(at) > b' ' { at } else { self.more_blanks(at) }
    }

    /// The next token from `at` on, and its first byte.
    #[inline(always)]
    pub(super) fn token(&self, at: usize) -> (usize, u8) {
        let byte = self.byte(at);
        if byte > b' ' {
            return (at, byte);
        }
        let at = self.more_blanks(at);
        (at, self.byte(at))
    }

    #[inline(never)]
    fn more_blanks(&self, at: usize) -> usize {
        let mut at = at;
        // Indented text is mostly a line end and a run of one kind of blank.
        loop {
            match self.byte(at) {
                b' ' | b'\n' | b'\r' | b'\t' => at += 1,
                _ => return at,
            }
            self.spaced.set(true);
            #[cfg(target_arch = "x86_64")]
            while let Some(chunk) = self.sixteen(at) {
                let skipped = super::string::blank_run(chunk);
                at += skipped;
                if skipped < 16 {
                    return at;
                }
            }
        }
    }
}
