//! Which environment holds which hub, per thread, so that a hot call finds its hub without a lock.
//!
//! One environment may hold a hub several times (by `shared`, or by its handle): each holding is an attachment with a
//! number, a listener and an end of its own.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cortex_native_core::events::{Hub, HubError, ListenerId};
use cortex_native_core::{Error, Result};
use napi::bindgen_prelude::{Function, Unknown};
use napi::{Env, sys};

use crate::owned::Owned;
use crate::wake::Waker;

/// Names an attachment. Never given twice in a process.
pub type AttachmentId = u64;

/// One hub in one environment.
struct Attachment {
    id: AttachmentId,
    env: sys::napi_env,
    owned: Owned,
    hub: Arc<Hub>,
    listener: ListenerId,
    /// Never freed: a queued wake-up may still point to it. A few dozen bytes per opened hub.
    waker: &'static Waker,
    /// Keeps the port alive; null until it is asked for.
    port: sys::napi_ref,
    emitting: Emitting,
}

/// What the functions that emit share with their attachment, which empties it when it ends.
pub type Emitting = Rc<RefCell<Option<Emits>>>;

/// See [`Emitting`].
pub struct Emits {
    hub: Arc<Hub>,
    listener: ListenerId,
    /// Where JavaScript leaves the numbers of its next `emit`: reading them here costs less than passing them. Null until
    /// it is asked for.
    numbers: *const [f64; PORT_NUMBERS],
}

/// Topic, type, time and coalescing key of the next `emit`, and the quotes of a line that was joined (0: it was not).
pub const PORT_NUMBERS: usize = 5;

thread_local! {
    static ATTACHED: RefCell<Vec<Attachment>> = const { RefCell::new(Vec::new()) };
}

/// Ties an owned hub to this environment; `on_wake` is called when there is news.
pub fn attach(
    env: Env,
    owned: Owned,
    hub: Arc<Hub>,
    on_wake: Function<Unknown, Unknown>,
) -> napi::Result<AttachmentId> {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    let waker: &'static Waker = Box::leak(Waker::new(env, on_wake)?);
    let listener = hub.listeners().add(|| waker.wake());
    ATTACHED.with_borrow_mut(|attached| {
        // Hooks run last in, first out: this one is registered after the threadsafe function's own, so it runs while
        // that function is still whole.
        // SAFETY: the hook takes the environment as its argument and runs on this thread.
        unsafe { sys::napi_add_env_cleanup_hook(env.raw(), Some(tear_down), waker_key(waker)) };
        let emits = Emits { hub: Arc::clone(&hub), listener, numbers: std::ptr::null() };
        let emitting = Rc::new(RefCell::new(Some(emits)));
        let port = std::ptr::null_mut();
        attached.push(Attachment { id, env: env.raw(), owned, hub, listener, waker, port, emitting });
    });
    Ok(id)
}

fn waker_key(waker: &'static Waker) -> *mut std::ffi::c_void {
    std::ptr::from_ref(waker).cast_mut().cast()
}

/// Runs when an environment ends with its hub still attached.
unsafe extern "C" fn tear_down(key: *mut std::ffi::c_void) {
    let taken = ATTACHED.try_with(|attached| {
        let mut attached = attached.borrow_mut();
        let at = attached.iter().position(|one| waker_key(one.waker) == key)?;
        Some(attached.swap_remove(at))
    });
    if let Ok(Some(one)) = taken {
        one.emitting.take();
        one.hub.listeners().remove(one.listener);
        one.waker.stop(false);
        give_back_sockets(&one);
        drop(one.owned);
    }
}

/// Unties a hub from this environment. The caller then owns it.
pub fn detach(env: Env, id: AttachmentId) -> Option<(Owned, Arc<Hub>)> {
    let one = ATTACHED.with_borrow_mut(|attached| {
        let at = attached.iter().position(|one| one.id == id && one.env == env.raw())?;
        Some(attached.swap_remove(at))
    })?;
    one.emitting.take();
    one.hub.listeners().remove(one.listener);
    // SAFETY: the same pair that was registered.
    unsafe { sys::napi_remove_env_cleanup_hook(env.raw(), Some(tear_down), waker_key(one.waker)) };
    one.waker.stop(true);
    if !one.port.is_null() {
        // SAFETY: made in this environment, on this thread; nobody reads its memory any more.
        unsafe { sys::napi_delete_reference(env.raw(), one.port) };
    }
    give_back_sockets(&one);
    Some((one.owned, one.hub))
}

/// Duplicates of this attachment's sockets must not outlive it: their clients would never see them close.
fn give_back_sockets(one: &Attachment) {
    #[cfg(unix)]
    if let Some(fan_out) = one.hub.running_fan_out() {
        fan_out.release_all(one.id);
    }
    #[cfg(not(unix))]
    let _ = one;
}

/// The hub behind an attachment of this environment, borrowed for a hot call.
pub fn with_hub<T>(env: sys::napi_env, id: f64, work: impl FnOnce(&Hub, ListenerId) -> T) -> Option<T> {
    with(env, id, |one| work(&one.hub, one.listener))
}

/// What the functions that emit to an attachment of this environment share with it.
pub fn emitting(env: sys::napi_env, id: f64) -> Option<Emitting> {
    with(env, id, |one| Rc::clone(&one.emitting))
}

/// The hub, with the numbers that JavaScript left in the port; `None` once the attachment has ended.
#[inline]
pub fn with_port<T>(
    emitting: &Emitting,
    work: impl FnOnce(&Hub, ListenerId, [f64; PORT_NUMBERS]) -> T,
) -> Option<T> {
    let emitting = emitting.try_borrow().ok()?;
    let emits = emitting.as_ref().filter(|emits| !emits.numbers.is_null())?;
    // SAFETY: the array is kept alive by the reference as long as the attachment, and only this thread's JavaScript
    // writes to it.
    Some(work(&emits.hub, emits.listener, unsafe { *emits.numbers }))
}

/// Remembers the memory of the port, which `reference` keeps alive.
pub fn set_port(env: sys::napi_env, id: f64, numbers: *const [f64; PORT_NUMBERS], reference: sys::napi_ref) {
    ATTACHED.with_borrow_mut(|attached| {
        #[allow(clippy::cast_precision_loss)] // as below
        if let Some(one) = attached.iter_mut().find(|one| one.id as f64 == id && one.env == env) {
            one.port = reference;
            if let Some(emits) = one.emitting.borrow_mut().as_mut() {
                emits.numbers = numbers;
            }
        }
    });
}

/// Lets the hub's wake-ups keep the process alive, or not.
pub fn hold(env: sys::napi_env, id: f64, held: bool) {
    with(env, id, |one| one.waker.hold(env, held));
}

#[allow(clippy::cast_precision_loss)] // attachments count openings of one process: far below 2^53
fn with<T>(env: sys::napi_env, id: f64, work: impl FnOnce(&Attachment) -> T) -> Option<T> {
    ATTACHED
        .with_borrow(|attached| attached.iter().find(|one| one.id as f64 == id && one.env == env).map(work))
}

/// The hub behind an attachment, to keep. An attachment that is gone was closed.
pub fn hub(env: Env, id: f64) -> Result<Arc<Hub>> {
    with(env.raw(), id, |one| Arc::clone(&one.hub)).ok_or_else(|| Error::from(HubError::Closed))
}
