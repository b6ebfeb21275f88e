//! The hot calls of policy: a handle, numbers and at most one string in, a number out.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;

use cortex_native_core::log::Fill;
use cortex_native_core::policy::path::MAX_PATH_BYTES;
use cortex_native_core::policy::table::limiter::Answer;
use napi::bindgen_prelude::Object;
use napi::sys;

use crate::policy_state::{Counting, by_handle, with_open};
use crate::raw::{Call, add, answer};

/// Longest key of a limiter, in bytes: enough for any token or address.
const MAX_KEY_BYTES: usize = 1024;

thread_local! {
    /// Where strings are copied to: one per thread, because a call copies one at a time.
    static TEXT: RefCell<Vec<u8>> = RefCell::new(vec![0; MAX_PATH_BYTES + 8]);
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(2 * MAX_PATH_BYTES));
}

/// Adds the functions to `table`.
pub fn define(env: sys::napi_env, table: &mut Object) -> napi::Result<()> {
    add(
        env,
        table,
        &[
            (c"limit", Some(limit)),
            (c"limitText", Some(limit_text)),
            (c"judge", Some(judge)),
            (c"openInside", Some(open_inside)),
            (c"revision", Some(revision)),
        ],
    )
}

/// 1: admitted. 0: the table is full. Below: refused, and so many milliseconds until the same request can succeed,
/// negative infinity for never.
#[allow(clippy::cast_precision_loss)] // milliseconds stay below 2^53
fn told(answered: Answer, now: u64) -> f64 {
    match answered {
        Answer::Admitted { .. } => 1.0,
        Answer::Full => 0.0,
        Answer::Refused { until: u64::MAX, .. } => f64::NEG_INFINITY,
        Answer::Refused { until, .. } => -(until.saturating_sub(now).div_ceil(1000).max(1) as f64),
    }
}

/// A number of units: what is none counts as more than any budget has.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked
fn weight(value: f64) -> u64 {
    if value >= 1.0 && value.fract() == 0.0 { value as u64 } else { u64::MAX >> 1 }
}

/// `limit(handle, key, weight, nowMs)`: takes from a key named before. NaN: no such limiter or key.
unsafe extern "C" fn limit(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: called by Node as a function of this environment.
    unsafe {
        answer::<4>(env, info, |call| {
            let taken = with_open(|open| {
                let own: &mut Counting = by_handle(&mut open.limiters, call.number(0))?;
                let now = own.time(call.number(3));
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
                let key = own.keys.get(call.number(1) as usize)?;
                let (limiter, units) = (own.table.limiter(), weight(call.number(2)));
                let answered = if key.budgets.is_empty() {
                    limiter.take(key.hash, units, own.mark, now)
                } else {
                    limiter.take_with(key.hash, units, &key.budgets, own.mark, now)
                };
                Some(told(answered, now))
            });
            taken.flatten().unwrap_or(f64::NAN)
        })
    }
}

/// `limitText(handle, key, weight, nowMs)`: takes from a key given as text. NaN: no such limiter, or no text.
unsafe extern "C" fn limit_text(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer::<4>(env, info, |call| {
            let taken = with_open(|open| {
                let own: &mut Counting = by_handle(&mut open.limiters, call.number(0))?;
                let now = own.time(call.number(3));
                let seed = own.table.seed();
                let key = TEXT.with_borrow_mut(|text| match call.copy_string(1, text) {
                    Fill::Line(length) if length <= MAX_KEY_BYTES => {
                        text.get(..length).map(|key| seed.hash(key))
                    }
                    _ => None,
                })?;
                Some(told(own.table.limiter().take(key, weight(call.number(2)), own.mark, now), now))
            });
            taken.flatten().unwrap_or(f64::NAN)
        })
    }
}

/// Bytes of argument `index`, a string or a Buffer, handed to `work`.
fn with_path<const N: usize, T>(call: &Call<N>, index: usize, work: impl FnOnce(&[u8]) -> T) -> Option<T> {
    TEXT.with_borrow_mut(|text| match call.copy_string(index, text) {
        Fill::Line(length) => text.get(..length).map(work),
        Fill::TooLong(_) => None,
        Fill::Nothing => {
            let (mut data, mut length): (*mut c_void, usize) = (ptr::null_mut(), 0);
            let value = *call.values.get(index)?;
            // SAFETY: fills both for a Buffer and fails for anything else.
            let status =
                unsafe { sys::napi_get_buffer_info(call.env, value, &raw mut data, &raw mut length) };
            if status != sys::Status::napi_ok || length > MAX_PATH_BYTES {
                return None;
            }
            let target = text.get_mut(..length)?;
            if length > 0 {
                // SAFETY: the Buffer's bytes live as long as the call, and nothing else runs meanwhile.
                unsafe { ptr::copy_nonoverlapping(data.cast::<u8>(), target.as_mut_ptr(), length) };
            }
            Some(work(target))
        }
    })
}

/// `judge(handle, path)`: 1 when the path lies in the scope.
unsafe extern "C" fn judge(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer::<2>(env, info, |call| {
            let inside = with_open(|open| {
                let scoped = by_handle(&mut open.scopes, call.number(0))?;
                with_path(call, 1, |path| {
                    SCRATCH.with_borrow_mut(|scratch| scoped.scope().judge(path, scratch).is_ok())
                })
            });
            f64::from(u8::from(inside.flatten().unwrap_or(false)))
        })
    }
}

/// A path that may not be opened.
#[cfg(unix)]
const DENIED: f64 = -100_000.0;

/// `openInside(handle, path, flags, mode)`: a descriptor, or the negative errno; -100000 when the path is outside.
unsafe extern "C" fn open_inside(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer::<4>(env, info, |call| {
            #[cfg(unix)]
            {
                use std::os::fd::IntoRawFd;

                use cortex_native_core::policy::PolicyError;
                let opener = with_open(|open| {
                    by_handle(&mut open.scopes, call.number(0)).map(|scoped| scoped.opener.clone())
                });
                let Some(opener) = opener.flatten() else { return f64::NAN };
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // bits of open(2)
                let (flags, mode) = (call.number(2) as i32, call.number(3) as u32);
                match with_path(call, 1, |path| opener.open(path, flags, mode)) {
                    Some(Ok(file)) => f64::from(file.into_raw_fd()),
                    Some(Err(PolicyError::OpenFailed { errno, .. })) => -f64::from(errno),
                    _ => DENIED,
                }
            }
            #[cfg(not(unix))]
            {
                let _ = call;
                f64::NAN
            }
        })
    }
}

/// `revision(handle)`: the number, NaN when there is none.
unsafe extern "C" fn revision(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer::<1>(env, info, |call| {
            #[allow(clippy::cast_precision_loss)] // a count of changes
            let number = with_open(|open| {
                by_handle(&mut open.revisions, call.number(0)).map(|revision| revision.get() as f64)
            });
            number.flatten().unwrap_or(f64::NAN)
        })
    }
}
