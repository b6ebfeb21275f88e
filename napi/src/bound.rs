//! Raw functions that have what they work on in them. Finding it by a handle, or memory by its thread, costs a good part
//! of what a hot call does.

use std::ffi::{CStr, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use napi::sys;

use crate::raw::{Call, INTERNAL};

/// What a function with `N` arguments has in it, and does.
pub trait Bound<const N: usize>: 'static {
    /// What the function is called.
    const NAME: &'static CStr;

    /// One call; its result is a number.
    fn call(&self, call: &Call<N>) -> f64;
}

/// A function with what `make` gives, which lives as long as the function; `undefined` for nothing.
///
/// # Safety
/// Both come from a callback that is running, with `M` arguments.
pub unsafe fn bind<const M: usize, const N: usize, T: Bound<N>>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    make: impl FnOnce(&Call<M>) -> Option<T>,
) -> sys::napi_value {
    let made = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: forwarded from the caller.
        make(&unsafe { Call::new(env, info) })
    }));
    let mut function = ptr::null_mut();
    // SAFETY: the data lives until the finalizer of the function frees it; on a failure it is freed here.
    unsafe {
        let Some(data) = made.ok().flatten() else {
            sys::napi_get_undefined(env, &raw mut function);
            return function;
        };
        let data: *mut c_void = Box::into_raw(Box::new(data)).cast();
        let (name, run) = (T::NAME.as_ptr(), Some(run::<N, T> as _));
        let created = sys::napi_create_function(env, name, -1, run, data, &raw mut function);
        let none = ptr::null_mut();
        let owned = created == sys::Status::napi_ok
            && sys::napi_add_finalizer(env, function, data, Some(free::<T>), none, ptr::null_mut())
                == sys::Status::napi_ok;
        if !owned {
            drop(Box::from_raw(data.cast::<T>()));
            sys::napi_get_undefined(env, &raw mut function);
        }
        function
    }
}

unsafe extern "C" fn free<T>(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: made by `bind`, and its function, which alone had it, is gone.
    drop(unsafe { Box::from_raw(data.cast::<T>()) });
}

/// As [`crate::raw::answer`].
unsafe extern "C" fn run<const N: usize, T: Bound<N>>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let number = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: Node calls this as the function that `bind` made, with the data that it has.
        let (call, data) = unsafe {
            let (call, data) = Call::with_data(env, info);
            (call, data.cast::<T>().as_ref())
        };
        data.map_or(INTERNAL, |data| data.call(&call))
    }));
    let mut result = ptr::null_mut();
    // SAFETY: writes one value of this environment.
    unsafe { sys::napi_create_double(env, number.unwrap_or(INTERNAL), &raw mut result) };
    result
}
