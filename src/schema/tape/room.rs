//! Room on the stack for what recurses along a document and its schema at once.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::thread;

/// What any stack is taken to have left: a worker of Node whose own calls are at their deepest has 192 KiB.
const LEFT: usize = 160 << 10;

thread_local! {
    /// Stack that there is room for on this thread.
    static ROOM: Cell<usize> = const { Cell::new(LEFT) };
}

/// Runs `work` where there are `bytes` of stack for it: here, or on a thread made for that. `None` if there is none to be
/// had.
pub fn with_room<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> Option<T> {
    if bytes <= ROOM.get() {
        return Some(work());
    }
    thread::scope(|scope| {
        // The same again: what called `work` has frames as well.
        let made = thread::Builder::new().stack_size(bytes + LEFT).spawn_scoped(scope, || {
            ROOM.set(bytes);
            work()
        });
        match made.ok()?.join() {
            Ok(outcome) => Some(outcome),
            Err(panic) => resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::{LEFT, with_room};

    #[test]
    fn another_thread_is_made_only_where_this_one_has_no_room() {
        let here = thread::current().id();
        let runs_here = |bytes| with_room(bytes, || thread::current().id() == here);
        assert_eq!((runs_here(LEFT), runs_here(LEFT + 1)), (Some(true), Some(false)));
        // Inside of a larger room no other is needed.
        let nested = with_room(1 << 20, || {
            let outer = thread::current().id();
            with_room(1 << 20, || thread::current().id() == outer)
        });
        assert_eq!(nested, Some(Some(true)));
        assert_eq!(runs_here(LEFT + 1), Some(false));
        assert_eq!(with_room(usize::MAX / 2, || ()), None);
    }
}
