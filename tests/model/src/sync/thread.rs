//! Threads that park. The checker's own never wake from a nap, so the token is kept here.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use shuttle::thread as checked;

use super::{Condvar, Instant, Mutex};

/// A thread that can be woken.
#[derive(Debug, Clone, Default)]
pub struct Thread(Arc<(Mutex<bool>, Condvar)>);

impl Thread {
    /// Gives the thread its token; it wakes, or does not fall asleep the next time.
    pub fn unpark(&self) {
        *self.0.0.lock() = true;
        self.0.1.notify_all();
    }
}

shuttle::thread_local! {
    static ME: RefCell<Thread> = RefCell::new(Thread::default());
}

/// The thread that asks.
pub fn current() -> Thread {
    ME.with(|me| me.borrow().clone())
}

/// Waits for the token and takes it.
pub fn park() {
    let me = current();
    let mut token = me.0.0.lock();
    while !*token {
        me.0.1.wait_until(&mut token, Instant::now());
    }
    *token = false;
}

/// Lets the others go on for as long as they like and takes the token, if there is one by then.
pub fn park_timeout(_nap: Duration) {
    checked::yield_now();
    *current().0.0.lock() = false;
}

/// Starts threads.
#[derive(Debug, Default)]
pub struct Builder(checked::Builder);

impl Builder {
    /// One without a name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread.
    pub fn name(self, name: String) -> Self {
        Self(self.0.name(name))
    }

    /// Starts it.
    pub fn spawn<T: Send + 'static>(
        self,
        run: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        let thread = Thread::default();
        let me = thread.clone();
        let handle = self.0.spawn(move || {
            ME.with(|own| *own.borrow_mut() = me);
            run()
        })?;
        Ok(JoinHandle { handle, thread })
    }
}

/// A thread that was started.
#[derive(Debug)]
pub struct JoinHandle<T> {
    handle: checked::JoinHandle<T>,
    thread: Thread,
}

impl<T> JoinHandle<T> {
    /// The thread, to wake it.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Waits until it has ended.
    pub fn join(self) -> std::thread::Result<T> {
        self.handle.join()
    }
}
