//! What src/sync.rs gives the core, with every lock, atomic, wake-up and nap a point where any other thread may go on.
//!
//! Time passes only when it is asked for, and nothing ever times out but a nap: whoever misses a wake-up waits for
//! ever, which the checker reports as a deadlock.

pub use shuttle::sync::atomic;

mod lock;
pub mod thread;
mod time;

pub use lock::{Condvar, Mutex, MutexGuard, WaitTimeoutResult};
pub use time::Instant;
