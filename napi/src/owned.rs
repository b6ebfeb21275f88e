//! Owning a hub between the steps of opening and closing it.
//!
//! A worker may be terminated between any two of them: while the pool opens its hub, before JavaScript attaches it,
//! while the pool closes it. Whatever is dropped on such a way gives the hub back, so that its ledger is free again.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use cortex_native_core::Result;
use cortex_native_core::events::registry::{self, Handle};

/// How long whoever drops a hub that nobody closed waits for its ledger.
const PATIENCE: Duration = Duration::from_secs(5);

/// One ownership of a hub, given back when it is dropped.
#[derive(Debug)]
pub struct Owned {
    handle: Handle,
    held: bool,
}

thread_local! {
    /// What this thread opened or joined and has not attached yet.
    static WAITING: RefCell<Vec<Owned>> = const { RefCell::new(Vec::new()) };
}

impl Owned {
    /// The ownership that opening or joining a hub gave.
    pub fn new(handle: Handle) -> Self {
        Self { handle, held: true }
    }

    /// Gives it back; the last owner closes the hub. Blocking then.
    pub fn release(mut self, patience: Duration) -> Result<bool> {
        self.held = false;
        registry::release(self.handle, patience)
    }

    /// Keeps it for the call of this thread that attaches the hub, which goes by the number.
    pub fn await_attaching(self) -> Handle {
        let handle = self.handle;
        WAITING.with_borrow_mut(|waiting| waiting.push(self));
        handle
    }

    /// What [`Self::await_attaching`] kept.
    pub fn take(handle: Handle) -> Option<Self> {
        WAITING.with_borrow_mut(|waiting| {
            let at = waiting.iter().position(|one| one.handle == handle)?;
            Some(waiting.swap_remove(at))
        })
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if self.held {
            // A failure to write has been told to whoever waited; nobody is left here.
            let _ = catch_unwind(AssertUnwindSafe(|| registry::release(self.handle, PATIENCE)));
        }
    }
}
