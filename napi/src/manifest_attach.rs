//! Which environment holds which manifest, per thread: as `attach.rs` does for hubs.

use std::cell::RefCell;
use std::sync::Arc;

use cortex_native_core::manifest::registry::{self, Handle};
use cortex_native_core::manifest::{Live, ManifestError};
use napi::bindgen_prelude::{Function, Unknown};
use napi::{Env, sys};

use crate::wake::Waker;

struct Attachment {
    env: sys::napi_env,
    handle: Handle,
    live: Arc<Live>,
    /// Never freed: a queued wake-up may still point to it.
    waker: &'static Waker,
}

/// A manifest that JavaScript has not attached yet. A worker may end before it does; then this ends the manifest.
struct Awaited(Handle);

impl Drop for Awaited {
    fn drop(&mut self) {
        registry::close(self.0);
    }
}

thread_local! {
    static AWAITED: RefCell<Vec<Awaited>> = const { RefCell::new(Vec::new()) };
    static ATTACHED: RefCell<Vec<Attachment>> = const { RefCell::new(Vec::new()) };
}

/// Keeps an opened manifest for the call of this thread that attaches it, which goes by the number.
pub fn await_attaching(live: Live) -> Handle {
    let handle = registry::insert(live);
    AWAITED.with_borrow_mut(|awaited| awaited.push(Awaited(handle)));
    handle
}

/// Ties an open manifest to this environment; `on_wake` is called when there is news.
pub fn attach(
    env: Env,
    handle: Handle,
    live: Arc<Live>,
    on_wake: Function<Unknown, Unknown>,
) -> napi::Result<()> {
    let waker: &'static Waker = Box::leak(Waker::new(env, on_wake)?);
    live.on_change(|| waker.wake());
    ATTACHED.with_borrow_mut(|attached| {
        // Registered after the threadsafe function's own hook, so it runs before that one.
        // SAFETY: the hook takes the environment as its argument and runs on this thread.
        unsafe { sys::napi_add_env_cleanup_hook(env.raw(), Some(tear_down), waker_key(waker)) };
        attached.push(Attachment { env: env.raw(), handle, live, waker });
    });
    AWAITED.with_borrow_mut(|awaited| {
        if let Some(at) = awaited.iter().position(|one| one.0 == handle) {
            // From now on the hook above ends it.
            std::mem::forget(awaited.swap_remove(at));
        }
    });
    Ok(())
}

fn waker_key(waker: &'static Waker) -> *mut std::ffi::c_void {
    std::ptr::from_ref(waker).cast_mut().cast()
}

/// Runs when an environment ends with its manifest still open.
unsafe extern "C" fn tear_down(key: *mut std::ffi::c_void) {
    let taken = ATTACHED.try_with(|attached| {
        let mut attached = attached.borrow_mut();
        let at = attached.iter().position(|one| waker_key(one.waker) == key)?;
        Some(attached.swap_remove(at))
    });
    if let Ok(Some(one)) = taken {
        one.waker.stop(false);
        // Nobody is left to be told of a panic.
        let _ = std::panic::catch_unwind(|| registry::close(one.handle));
    }
}

/// Unties a manifest from this environment. The caller then closes it.
pub fn detach(env: Env, handle: f64) -> Option<Handle> {
    let one = ATTACHED.with_borrow_mut(|attached| {
        let at = attached.iter().position(|one| is(one, env.raw(), handle))?;
        Some(attached.swap_remove(at))
    })?;
    // SAFETY: the same pair that was registered.
    unsafe { sys::napi_remove_env_cleanup_hook(env.raw(), Some(tear_down), waker_key(one.waker)) };
    one.waker.stop(true);
    Some(one.handle)
}

#[allow(clippy::cast_precision_loss)] // handles count openings of one process: far below 2^53
fn is(one: &Attachment, env: sys::napi_env, handle: f64) -> bool {
    one.handle as f64 == handle && one.env == env
}

/// The manifest behind a handle of this environment, borrowed for a hot call.
pub fn with_live<T>(env: sys::napi_env, handle: f64, work: impl FnOnce(&Live) -> T) -> Option<T> {
    ATTACHED
        .with_borrow(|attached| attached.iter().find(|one| is(one, env, handle)).map(|one| work(&one.live)))
}

/// The manifest behind a handle, to keep.
pub fn live(env: Env, handle: f64) -> Result<Arc<Live>, ManifestError> {
    let found = ATTACHED.with_borrow(|attached| {
        attached.iter().find(|one| is(one, env.raw(), handle)).map(|one| Arc::clone(&one.live))
    });
    found.ok_or(ManifestError::Closed)
}
