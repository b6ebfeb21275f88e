//! Locks with the signatures of `parking_lot`.

use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;

use shuttle::sync;

use super::Instant;

/// A lock. A panic while it is held ends the run, so that nobody meets a poisoned one.
#[derive(Debug, Default)]
pub struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    /// A lock around `value`.
    pub fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    /// Waits for the lock.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(Some(self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// A lock that is held; empty only inside [`Condvar::wait_until`].
#[derive(Debug)]
pub struct MutexGuard<'lock, T>(Option<sync::MutexGuard<'lock, T>>);

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[allow(clippy::expect_used)] // see the type
    fn deref(&self) -> &T {
        self.0.as_ref().expect("held")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[allow(clippy::expect_used)] // see the type
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("held")
    }
}

/// A condition that threads wait for.
#[derive(Debug, Default)]
pub struct Condvar(sync::Condvar);

impl Condvar {
    /// Nobody waits for it yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes everybody.
    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    /// Waits to be woken, however long.
    pub fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, _deadline: Instant) -> WaitTimeoutResult {
        if let Some(held) = guard.0.take() {
            guard.0 = Some(self.0.wait(held).unwrap_or_else(PoisonError::into_inner));
        }
        WaitTimeoutResult
    }
}

/// How a wait ended.
#[derive(Debug, Clone, Copy)]
pub struct WaitTimeoutResult;

impl WaitTimeoutResult {
    /// Whether nobody came.
    pub fn timed_out(self) -> bool {
        false
    }
}
