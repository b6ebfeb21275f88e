//! Who is told that something happened: one listener per JavaScript environment that holds the hub.
//!
//! A listener is called under the lock, so that once [`Listeners::remove`] has returned no call is under way: what it
//! calls into may then be torn down.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

/// Names a listener.
pub type ListenerId = u64;

type Call = Box<dyn Fn() + Send + Sync>;

/// See the module.
#[derive(Default)]
pub struct Listeners {
    inner: Mutex<(ListenerId, Vec<(ListenerId, Call)>)>,
    count: AtomicUsize,
}

impl Listeners {
    /// Adds a listener. It must be quick and must not call back into the hub.
    pub fn add(&self, call: impl Fn() + Send + Sync + 'static) -> ListenerId {
        let mut inner = self.inner.lock();
        inner.0 += 1;
        let id = inner.0;
        inner.1.push((id, Box::new(call)));
        self.count.store(inner.1.len(), Ordering::Release);
        id
    }

    /// Removes a listener; no call of it is under way afterwards.
    pub fn remove(&self, id: ListenerId) {
        let mut inner = self.inner.lock();
        inner.1.retain(|(known, _)| *known != id);
        self.count.store(inner.1.len(), Ordering::Release);
    }

    /// Tells everybody.
    pub fn tell(&self) {
        self.inner.lock().1.iter().for_each(|(_, call)| call());
    }

    /// Tells everybody but `id`: the one who did it knows.
    pub fn tell_others(&self, id: ListenerId) {
        if self.count.load(Ordering::Acquire) > 1 {
            self.inner.lock().1.iter().filter(|(known, _)| *known != id).for_each(|(_, call)| call());
        }
    }
}

impl std::fmt::Debug for Listeners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listeners").field("count", &self.count).finish()
    }
}
