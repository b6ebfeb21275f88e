//! The hot calls of policy: a handle, numbers and at most one string in, a number out.

use std::cell::RefCell;
use std::ffi::CStr;
use std::ffi::c_void;
use std::ptr;
use std::sync::Arc;

use cortex_native_core::log::Fill;
use cortex_native_core::policy::clock::uptime_us;
use cortex_native_core::policy::path::MAX_PATH_BYTES;
use cortex_native_core::policy::table::cells::Hash;
use cortex_native_core::policy::table::limiter::Answer;
use cortex_native_core::policy::table::plan::Layout;
use cortex_native_core::policy::table::ring::Budget;
use napi::bindgen_prelude::Object;
use napi::sys;

use crate::bound::{Bound, bind};
use crate::policy_limiter::triple;
use crate::policy_state::{Counting, Scoped, Table, by_handle, with_open};
use crate::raw::{Call, add, answer};

/// Longest key of a limiter, in bytes: enough for any token or address.
const MAX_KEY_BYTES: usize = 1024;

/// Room for the longest path, and to see that one was cut.
const TEXT_BYTES: usize = MAX_PATH_BYTES + 8;

thread_local! {
    /// Where strings are copied to: one per thread, because a call copies one at a time.
    static TEXT: RefCell<Vec<u8>> = RefCell::new(vec![0; TEXT_BYTES]);
}

/// Adds the functions to `table`.
pub fn define(env: sys::napi_env, table: &mut Object) -> napi::Result<()> {
    add(
        env,
        table,
        &[
            (c"taker", Some(taker)),
            (c"limit", Some(limit)),
            (c"limitText", Some(limit_text)),
            (c"limitCount", Some(limit_count)),
            (c"judge", Some(judge)),
            (c"openInside", Some(open_inside)),
            (c"revision", Some(revision)),
        ],
    )
}

/// What is told in milliseconds leaves out the slack of a microsecond: nobody waits a second longer for it.
/// 1: admitted. 0: the table is full. Below: refused, and so many milliseconds until the same request can succeed,
/// negative infinity for never.
#[allow(clippy::cast_precision_loss)] // milliseconds stay below 2^53
pub fn told(answered: Answer, now: u64, slack: u64) -> f64 {
    match answered {
        Answer::Admitted { .. } => 1.0,
        Answer::Full => 0.0,
        Answer::Refused { until: u64::MAX, .. } => f64::NEG_INFINITY,
        Answer::Refused { until, .. } => -(until.saturating_sub(now + slack).div_ceil(1000).max(1) as f64),
    }
}

/// A number of units: what is none counts as more than any budget has.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked
fn weight(value: f64) -> u64 {
    if value >= 1.0 && value.fract() == 0.0 { value as u64 } else { u64::MAX >> 1 }
}

/// Keys of a limiter that can be named.
pub const MAX_NAMED_KEYS: u64 = 1 << 20;

/// What a function that takes from one key works on.
struct Taker {
    table: Arc<Table>,
    hash: Hash,
    budgets: Vec<Budget>,
    slack: u64,
}

/// `taker(handle, key)`: a function without arguments that takes one unit from a key named before, by the machine's
/// clock. `undefined`: no such limiter or key.
unsafe extern "C" fn taker(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let make = |call: &Call<2>| {
        with_open(|open| {
            let own: &mut Counting = by_handle(&mut open.limiters, call.number(0))?;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
            let key = own.keys.get(call.number(1) as usize)?;
            let layout = own.table.limiter().layout();
            let plan = layout.ring.as_ref().map(|(_, budgets)| budgets.clone()).unwrap_or_default();
            let budgets = if key.budgets.is_empty() { plan } else { key.budgets.clone() };
            let (hash, slack) = (key.hash, layout.slack);
            Some(Taker { table: own.table.clone(), hash, budgets, slack })
        })
        .flatten()
    };
    // SAFETY: called by Node as a function of this environment.
    unsafe { bind(env, info, make) }
}

impl Bound<0> for Taker {
    const NAME: &'static CStr = c"take";

    fn call(&self, _: &Call<0>) -> f64 {
        let now = uptime_us();
        let answered = self.table.limiter().take_with(self.hash, 1, &self.budgets, 0, now);
        told(answered, now, self.slack)
    }
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
                Some(told(answered, now, own.table.limiter().layout().slack))
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
                let limiter = own.table.limiter();
                Some(told(
                    limiter.take(key, weight(call.number(2)), own.mark, now),
                    now,
                    limiter.layout().slack,
                ))
            });
            taken.flatten().unwrap_or(f64::NAN)
        })
    }
}

/// `limitCount(handle, key, weight, nowMs, limit, windowMs, out)`: takes from a key given as text and tells what is left.
/// `limit` and `windowMs` are an exact budget of the caller's own; 0 for the plan's. `out`, a Float64Array, gets the
/// number of the budget that refused (-1 for none) and a triple for each budget as `limiterLeft` gives it.
unsafe extern "C" fn limit_count(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer::<7>(env, info, |call| {
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
                let limiter = own.table.limiter();
                let units = weight(call.number(2));
                let budget = own_budget(limiter.layout(), call.number(4), call.number(5))?;
                own.mark = own.mark.wrapping_add(1);
                let answered = match budget {
                    Some(budget) => limiter.take_with(key, units, &[budget], own.mark, now),
                    None => limiter.take(key, units, own.mark, now),
                };
                let mut found = vec![match answered {
                    Answer::Refused { budget, .. } => f64::from(u32::try_from(budget).unwrap_or(u32::MAX)),
                    _ => -1.0,
                }];
                match budget {
                    Some(budget) => found
                        .extend(triple(&limiter.left_with(key, budget, now), now + limiter.layout().slack)),
                    None => found.extend(
                        limiter
                            .left(key, now)
                            .iter()
                            .flat_map(|left| triple(left, now + limiter.layout().slack)),
                    ),
                }
                fill(call, 6, &found);
                Some(told(answered, now, own.table.limiter().layout().slack))
            });
            taken.flatten().unwrap_or(f64::NAN)
        })
    }
}

/// The caller's own budget: `Some(None)` without one, `None` when the table cannot count it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // float casts saturate
fn own_budget(layout: &Layout, limit: f64, window_ms: f64) -> Option<Option<Budget>> {
    if limit <= 0.0 {
        return Some(None);
    }
    let (ring, _) = layout.ring.as_ref()?;
    let budget = Budget { limit: limit as u64, window: (window_ms * 1000.0) as u64 + layout.slack };
    (budget.limit <= ring.largest && budget.window <= ring.longest).then_some(Some(budget))
}

/// Writes numbers into argument `index`, a Float64Array, as far as it goes.
fn fill<const N: usize>(call: &Call<N>, index: usize, numbers: &[f64]) {
    let Some(value) = call.values.get(index) else { return };
    let (mut kind, mut length, mut data) = (0, 0, ptr::null_mut());
    // SAFETY: reads the description of a typed array; the memory it points to is written only after checking that it
    // is one of doubles, and no further than it is long.
    unsafe {
        let described = sys::napi_get_typedarray_info(
            call.env,
            *value,
            &raw mut kind,
            &raw mut length,
            &raw mut data,
            ptr::null_mut(),
            ptr::null_mut(),
        );
        let fits = described == sys::Status::napi_ok && kind == sys::TypedarrayType::float64_array;
        if fits && !data.is_null() {
            ptr::copy_nonoverlapping(numbers.as_ptr(), data.cast::<f64>(), length.min(numbers.len()));
        }
    }
}

/// Copies argument `index`, a string or a Buffer, to `text`; `None` for anything else, or for more than fits.
fn copied<'t, const N: usize>(call: &Call<N>, index: usize, text: &'t mut [u8]) -> Option<&'t [u8]> {
    match call.copy_string(index, text) {
        Fill::Line(length) => text.get(..length),
        Fill::TooLong(_) => None,
        Fill::Nothing | Fill::Refused | Fill::Unsure => {
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
            Some(target)
        }
    }
}

/// What a function that judges paths works with.
struct Judge {
    scoped: Scoped,
    /// A copy of the path, and its normal form where that is needed.
    memory: RefCell<(Vec<u8>, Vec<u8>)>,
}

/// `judge(handle)`: a function `inside(path)`, a string or a Buffer: 1 when the path lies in the scope, 0 when not, and 2
/// when it does unless it holds half a character, which here looks as if it were U+FFFD.
/// `undefined`: no such scope.
unsafe extern "C" fn judge(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let make = |call: &Call<1>| {
        let scoped =
            with_open(|open| by_handle(&mut open.scopes, call.number(0)).map(|scoped| scoped.clone()));
        Some(Judge { scoped: scoped.flatten()?, memory: RefCell::new((vec![0; TEXT_BYTES], Vec::new())) })
    };
    // SAFETY: as above.
    unsafe { bind(env, info, make) }
}

impl Bound<1> for Judge {
    const NAME: &'static CStr = c"inside";

    fn call(&self, call: &Call<1>) -> f64 {
        let Ok(mut memory) = self.memory.try_borrow_mut() else { return 0.0 };
        let (text, normal) = &mut *memory;
        let Some(path) = copied(call, 0, text) else { return 0.0 };
        if !self.scoped.scope().contains(path, normal) {
            return 0.0;
        }
        if path.is_ascii() { 1.0 } else { 2.0 }
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
                let opened = TEXT
                    .with_borrow_mut(|text| copied(call, 1, text).map(|path| opener.open(path, flags, mode)));
                match opened {
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
