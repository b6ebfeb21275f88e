//! One wake-up per batch: from any thread to the JavaScript of one environment, coalesced.
//!
//! A call already under way covers everything that happened before JavaScript runs, so at most one is queued.

use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use napi::bindgen_prelude::{Function, JsValue, Unknown};
use napi::{Env, sys};
use parking_lot::Mutex;

use crate::error::check;
use crate::exit;

struct Target(sys::napi_threadsafe_function);

// SAFETY: a threadsafe function may be called from any thread; that is what it is for.
unsafe impl Send for Target {}

/// See the module.
pub struct Waker {
    target: Mutex<Option<Target>>,
    pending: AtomicBool,
}

impl Waker {
    /// A waker that calls `on_wake` without arguments. It does not keep the process alive.
    pub fn new(env: Env, on_wake: Function<Unknown, Unknown>) -> napi::Result<Box<Self>> {
        let waker = Box::new(Self { target: Mutex::new(None), pending: AtomicBool::new(false) });
        let (mut name, mut function) = (ptr::null_mut(), ptr::null_mut());
        let label = "cortex wake";
        let length = isize::try_from(label.len()).unwrap_or(0);
        // SAFETY: the values belong to this environment; the context pointer is only used while the function lives,
        // and whoever owns the waker stops it before dropping it.
        unsafe {
            check(sys::napi_create_string_utf8(env.raw(), label.as_ptr().cast(), length, &raw mut name))?;
            check(sys::napi_create_threadsafe_function(
                env.raw(),
                on_wake.raw(),
                ptr::null_mut(),
                name,
                0,
                1,
                ptr::null_mut(),
                None,
                ptr::null_mut(),
                Some(call),
                &raw mut function,
            ))?;
            sys::napi_unref_threadsafe_function(env.raw(), function);
        }
        *waker.target.lock() = Some(Target(function));
        Ok(waker)
    }

    /// Wakes JavaScript, unless a wake-up is on its way.
    pub fn wake(&self) {
        if self.pending.swap(true, Ordering::AcqRel) || exit::exiting() {
            return;
        }
        if let Some(target) = self.target.lock().as_ref() {
            let pending: *const AtomicBool = &raw const self.pending;
            // SAFETY: under the lock the function is not being released; the flag outlives the call because the
            // waker is leaked to its environment (see `Attachment`).
            unsafe {
                sys::napi_call_threadsafe_function(
                    target.0,
                    pending.cast_mut().cast(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                );
            }
        }
    }

    /// Lets an awaited wake-up keep the process alive, or not.
    pub fn hold(&self, env: sys::napi_env, held: bool) {
        if let Some(target) = self.target.lock().as_ref() {
            // SAFETY: called on the environment's thread with a live function.
            unsafe {
                if held {
                    sys::napi_ref_threadsafe_function(env, target.0);
                } else {
                    sys::napi_unref_threadsafe_function(env, target.0);
                }
            }
        }
    }

    /// No wake-up leaves from now on. `release` gives the function back; not in an environment that is being torn
    /// down, which frees it itself.
    pub fn stop(&self, release: bool) {
        let target = self.target.lock().take();
        if let Some(target) = target.filter(|_| release) {
            // SAFETY: taken out, so nobody else uses it any more.
            unsafe {
                sys::napi_release_threadsafe_function(target.0, sys::ThreadsafeFunctionReleaseMode::abort);
            }
        }
    }
}

/// Runs on the JavaScript thread.
unsafe extern "C" fn call(
    env: sys::napi_env,
    on_wake: sys::napi_value,
    _context: *mut std::ffi::c_void,
    pending: *mut std::ffi::c_void,
) {
    if env.is_null() || on_wake.is_null() {
        return; // the environment is going away
    }
    // SAFETY: `pending` is the flag that `wake` passed, alive as said there; the values belong to this environment.
    unsafe {
        // Cleared first: what happens while JavaScript runs wants another call.
        (*pending.cast::<AtomicBool>()).store(false, Ordering::Release);
        let (mut this, mut result) = (ptr::null_mut(), ptr::null_mut());
        sys::napi_get_undefined(env, &raw mut this);
        sys::napi_call_function(env, this, on_wake, 0, ptr::null(), &raw mut result);
    }
}
