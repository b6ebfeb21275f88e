//! Where every few thousandth event of the ledger begins, so that a reader need not scan from the start.
//!
//! In memory: 16 bytes per [`STRIDE`] events (4 MB per thousand million). It grows while the writer writes and while
//! readers scan what nobody has scanned before.

use crate::log::Checkpoint;

/// Events between two marks.
pub const STRIDE: u64 = 4096;

/// Marks in ascending order, the first at the beginning of the ledger.
#[derive(Debug, Clone)]
pub struct Sparse {
    marks: Vec<Checkpoint>,
}

impl Default for Sparse {
    fn default() -> Self {
        Self { marks: vec![Checkpoint::default()] }
    }
}

impl Sparse {
    /// Notes that event `at.offset` begins at `at.position`, unless a mark is near.
    pub fn note(&mut self, at: Checkpoint) {
        let after = self.marks.partition_point(|mark| mark.offset <= at.offset);
        let near =
            |mark: Option<&Checkpoint>| mark.is_some_and(|mark| mark.offset.abs_diff(at.offset) < STRIDE);
        if !near(self.marks.get(after))
            && !near(after.checked_sub(1).and_then(|before| self.marks.get(before)))
        {
            self.marks.insert(after, at);
        }
    }

    /// The last mark at or before `offset`.
    pub fn before(&self, offset: u64) -> Checkpoint {
        let after = self.marks.partition_point(|mark| mark.offset <= offset);
        after.checked_sub(1).and_then(|at| self.marks.get(at)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_marks_apart_and_finds_the_one_before() {
        let mut sparse = Sparse::default();
        for offset in [100, STRIDE, 3 * STRIDE, STRIDE + 1, 2 * STRIDE + 5, 2 * STRIDE] {
            sparse.note(Checkpoint { offset, position: offset * 10 });
        }
        assert_eq!(sparse.before(STRIDE - 1).offset, 0);
        assert_eq!(sparse.before(STRIDE).offset, STRIDE);
        assert_eq!(sparse.before(3 * STRIDE - 1).offset, 2 * STRIDE);
        assert_eq!(sparse.before(u64::MAX), Checkpoint { offset: 3 * STRIDE, position: 30 * STRIDE });
    }
}
