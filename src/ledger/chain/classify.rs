//! Names the line that was changed, and how, once a digest has told that something was.

use super::verify::ProblemKind;

/// The first line, by number, at which `actual` is not what was `expected`, and what became of it. Both are the checks
/// of consecutive lines, a few more than the batch has. `None` when they agree as far as `actual` was to go.
pub fn classify(expected: &[u32], actual: &[u32]) -> Option<(usize, ProblemKind)> {
    let at = expected.iter().zip(actual).position(|(one, other)| one != other);
    let Some(at) = at else {
        // All that is there is right: then some are not there.
        return (actual.len() < expected.len()).then_some((actual.len(), ProblemKind::Missing));
    };
    let (wanted, found) = (expected.get(at)?, actual.get(at)?);
    let comes_later = actual.get(at + 1..).is_some_and(|later| later.contains(wanted));
    let was_due_later = expected.get(at + 1..).is_some_and(|later| later.contains(found));
    let kind = match (comes_later, was_due_later) {
        (true, true) => ProblemKind::Reordered,
        (true, false) => ProblemKind::Added,
        (false, true) => ProblemKind::Missing,
        (false, false) => ProblemKind::Altered,
    };
    Some((at, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_was_done() {
        let lines = [1, 2, 3, 4, 5, 6];
        assert_eq!(classify(&lines, &lines), None);
        assert_eq!(classify(&lines, &[1, 2, 9, 4, 5, 6]), Some((2, ProblemKind::Altered)));
        assert_eq!(classify(&lines, &[1, 3, 4, 5, 6, 7]), Some((1, ProblemKind::Missing)));
        assert_eq!(classify(&lines, &[1, 2, 9, 3, 4, 5]), Some((2, ProblemKind::Added)));
        assert_eq!(classify(&lines, &[1, 4, 3, 2, 5, 6]), Some((1, ProblemKind::Reordered)));
        assert_eq!(classify(&lines, &[1, 2, 4, 5, 3, 6]), Some((2, ProblemKind::Reordered)));
        assert_eq!(classify(&lines, &[1, 2, 3]), Some((3, ProblemKind::Missing)));
        assert_eq!(classify(&lines, &[]), Some((0, ProblemKind::Missing)));
    }
}
