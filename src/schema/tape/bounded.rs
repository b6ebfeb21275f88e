//! A bound on what the `jsonschema` crate does for one document.
//!
//! Alternatives inside each other are told by their own errors, and values are checked again where what was evaluated has to
//! be known: a short document can double that with every level. The crate has no bound of its own, but it has to look at
//! values, which are ours: a look too many unwinds to where the bound was set.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

thread_local! {
    /// Looks at values that are left on this thread.
    static LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
}

/// What is unwound with; nobody is told of it.
struct Spent;

/// Counts a look at a value.
#[inline]
pub fn look() {
    let left = LEFT.get();
    if left == 0 {
        resume_unwind(Box::new(Spent));
    }
    LEFT.set(left - 1);
}

/// Runs `work` with up to `looks` looks at values; `None` if it wanted more.
pub fn within<T>(looks: u64, work: impl FnOnce() -> T) -> Option<T> {
    let outer = LEFT.replace(looks);
    // What unwinds is the crate's, which keeps nothing between calls.
    let outcome = catch_unwind(AssertUnwindSafe(work));
    LEFT.set(outer);
    outcome.map_or_else(unless_spent, Some)
}

fn unless_spent<T>(panic: Box<dyn Any + Send>) -> Option<T> {
    if panic.is::<Spent>() { None } else { resume_unwind(panic) }
}

#[cfg(test)]
mod tests {
    use super::{look, within};

    #[test]
    fn a_look_too_many_ends_it_and_nothing_else() {
        let looks = |count: u64| (0..count).for_each(|_| look());
        assert_eq!(within(3, || looks(3)), Some(()));
        assert_eq!(within(3, || looks(4)), None);
        // Outside of it there is no bound.
        looks(100);
        assert_eq!(within(10, || (within(3, || looks(4)), looks(10))), Some((None, ())));
        assert!(std::panic::catch_unwind(|| within(3, || std::panic::resume_unwind(Box::new(1)))).is_err());
    }
}
