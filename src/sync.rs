//! What threads meet by: locks, atomics, parking, the time of deadlines.
//!
//! The log and the ledger take these from here and nowhere else, so that tests/model can build the same sources upon
//! the primitives of a model checker and run them through schedules that a machine rarely takes.

pub use std::sync::atomic;
pub use std::thread;
pub use std::time::Instant;

pub use parking_lot::{Condvar, Mutex};
