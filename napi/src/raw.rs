//! The hot calls, straight on the C API: the number of an attachment, numbers, at most one string; the result a number.
//!
//! A refusal is a negative number, because throwing costs more than all the rest; JavaScript asks `hubExplain` for
//! the error when it wants to throw.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use cortex_native_core::events::Hub;
use cortex_native_core::log::{Fill, Refusal};
use napi::bindgen_prelude::{JsValue, Object};
use napi::sys;

use crate::attach;
use crate::error::check;
use crate::manifest_attach;

/// The ring is full of unwritten events.
pub const FULL: f64 = -1.0;
/// The line is longer than the hub accepts.
pub const TOO_LARGE: f64 = -2.0;
/// The topic's id is out of date: name it again.
pub const STALE_TOPIC: f64 = -3.0;
/// The hub was closed.
pub const CLOSED: f64 = -4.0;
/// The ledger failed.
pub const FAILED: f64 = -5.0;
/// What was passed is no string.
pub const NOTHING: f64 = -6.0;
/// The attachment was closed.
pub const DETACHED: f64 = -7.0;
/// A defect; nothing was stored.
pub const INTERNAL: f64 = -8.0;
/// The line does not match the hub's schema, or is no JSON.
pub const MISMATCH: f64 = -10.0;
/// A joined line is not certain to be what it was meant to be; nothing was stored.
pub const UNSURE: f64 = -11.0;
/// Naming the type was refused: there are too many.
pub const TYPES_FULL: f64 = -9.0;

/// What a refusal is called on the other side.
pub fn status(refusal: Refusal) -> f64 {
    match refusal {
        Refusal::Full => FULL,
        Refusal::TooLarge { .. } => TOO_LARGE,
        Refusal::StaleTopic => STALE_TOPIC,
        Refusal::Closed => CLOSED,
        Refusal::Failed => FAILED,
        Refusal::Nothing => NOTHING,
        Refusal::Mismatch => MISMATCH,
        Refusal::Unsure => UNSURE,
    }
}

/// Adds the functions to `table`.
pub fn define(env: sys::napi_env, table: &mut Object) -> napi::Result<()> {
    add(
        env,
        table,
        &[
            (c"head", Some(head)),
            (c"durable", Some(durable)),
            (c"commit", Some(commit)),
            (c"pressure", Some(pressure)),
            (c"hold", Some(hold)),
            (c"keptFrom", Some(kept_from)),
            (c"frames", Some(frames)),
            (c"manifestRevision", Some(manifest_revision)),
        ],
    )
}

/// Adds functions to an object of this environment.
pub fn add(
    env: sys::napi_env,
    table: &mut Object,
    functions: &[(&std::ffi::CStr, sys::napi_callback)],
) -> napi::Result<()> {
    for (name, callback) in functions {
        let mut function = ptr::null_mut();
        // SAFETY: names are C strings, callbacks are static, the table belongs to this environment.
        unsafe {
            check(sys::napi_create_function(
                env,
                name.as_ptr(),
                -1,
                *callback,
                ptr::null_mut(),
                &raw mut function,
            ))?;
            check(sys::napi_set_named_property(env, table.raw(), name.as_ptr(), function))?;
        }
    }
    Ok(())
}

/// The arguments of one call.
pub struct Call<const N: usize> {
    /// The environment that calls.
    pub env: sys::napi_env,
    /// The arguments, undefined where they are missing.
    pub values: [sys::napi_value; N],
}

impl<const N: usize> Call<N> {
    /// Reads them.
    ///
    /// # Safety
    /// Both come from a callback that is running.
    pub unsafe fn new(env: sys::napi_env, info: sys::napi_callback_info) -> Self {
        // SAFETY: forwarded from the caller.
        let (call, _) = unsafe { Self::with_data(env, info) };
        call
    }

    /// The same with the data that the function was made with.
    ///
    /// # Safety
    /// Both come from a callback that is running.
    pub unsafe fn with_data(env: sys::napi_env, info: sys::napi_callback_info) -> (Self, *mut c_void) {
        let mut values = [ptr::null_mut(); N];
        let (mut count, mut data) = (N, ptr::null_mut());
        // SAFETY: the array holds as many values as `count` says; missing ones become undefined.
        unsafe {
            sys::napi_get_cb_info(
                env,
                info,
                &raw mut count,
                values.as_mut_ptr(),
                ptr::null_mut(),
                &raw mut data,
            )
        };
        (Self { env, values }, data)
    }

    /// Argument `index` as a number; NaN when it is none.
    pub fn number(&self, index: usize) -> f64 {
        let mut number = f64::NAN;
        if let Some(value) = self.values.get(index) {
            // SAFETY: a value of this call. On another type the number is left as it is.
            unsafe { sys::napi_get_value_double(self.env, *value, &raw mut number) };
        }
        number
    }

    /// Argument `index` as a count; 0 when it is none.
    fn count(&self, index: usize) -> u64 {
        whole(self.number(index))
    }

    /// The memory of argument `index`, if it is a Float64Array.
    pub fn numbers(&self, index: usize) -> Option<Numbers> {
        let value = *self.values.get(index)?;
        let (mut kind, mut length, mut data) = (0, 0, ptr::null_mut());
        let none = ptr::null_mut();
        // SAFETY: a value of this call; on another type nothing is written.
        let described = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                value,
                &raw mut kind,
                &raw mut length,
                &raw mut data,
                none,
                none.cast(),
            )
        };
        let sound = described == sys::Status::napi_ok && kind == sys::TypedarrayType::float64_array;
        let start = ptr::NonNull::new(data.cast())?;
        sound.then_some(Numbers { start, length })
    }

    /// Copies argument `index`, a string, into `space` as UTF-8.
    pub fn copy_string(&self, index: usize, space: &mut [u8]) -> Fill {
        let Some(value) = self.values.get(index) else { return Fill::Nothing };
        let mut length = 0;
        // SAFETY: the buffer is as long as said; the call writes at most that, with a NUL at the end.
        let copied = unsafe {
            let (start, room) = (space.as_mut_ptr().cast(), space.len());
            sys::napi_get_value_string_utf8(self.env, *value, start, room, &raw mut length)
        };
        if copied != sys::Status::napi_ok {
            return Fill::Nothing;
        }
        // One pass, without asking for the length first: only when the text may have been cut (a character takes up
        // to four bytes and is never split) is the length asked for.
        if length + 4 < space.len() {
            return Fill::Line(length);
        }
        let mut whole = 0;
        // SAFETY: without a buffer only the length is written.
        unsafe { sys::napi_get_value_string_utf8(self.env, *value, ptr::null_mut(), 0, &raw mut whole) };
        if whole == length { Fill::Line(length) } else { Fill::TooLong(whole) }
    }
}

/// A number as a count: 0 for NaN and below, the most there is for what is above.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // float casts saturate, NaN becomes 0
pub fn whole(number: f64) -> u64 {
    number as u64
}

/// Runs a hot call: nothing unwinds into C, and the result becomes a number.
pub unsafe fn answer<const N: usize>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    work: impl FnOnce(&Call<N>) -> f64,
) -> sys::napi_value {
    let number = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: forwarded from the callback.
        work(&unsafe { Call::new(env, info) })
    }));
    let mut result = ptr::null_mut();
    // SAFETY: writes one value of this environment.
    unsafe { sys::napi_create_double(env, number.unwrap_or(INTERNAL), &raw mut result) };
    result
}

fn ask<const N: usize>(call: &Call<N>, question: impl FnOnce(&Hub) -> f64) -> f64 {
    attach::with_hub(call.env, call.number(0), |hub, _| question(hub)).unwrap_or(DETACHED)
}

/// An offset as JavaScript has it.
#[allow(clippy::cast_precision_loss)] // offsets stay below 2^53
pub fn offset(value: u64) -> f64 {
    value as f64
}

/// `head(attachment)`: the offset of the next event.
unsafe extern "C" fn head(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe { answer::<1>(env, info, |call| ask(call, |hub| offset(hub.head()))) }
}

/// `durable(attachment)`: the next offset that is not durable; `FAILED` when nothing more will be.
unsafe extern "C" fn durable(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer::<1>(env, info, |call| {
            ask(call, |hub| if hub.failure().is_some() { FAILED } else { offset(hub.durable()) })
        })
    }
}

/// `commit(attachment)`: asks for a commit and a wake-up after it; the durable offset as it is now.
unsafe extern "C" fn commit(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer::<1>(env, info, |call| {
            ask(call, |hub| {
                let durable = hub.commit();
                if hub.failure().is_some() { FAILED } else { offset(durable) }
            })
        })
    }
}

/// `pressure(attachment)`: 1 while producers should wait.
unsafe extern "C" fn pressure(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe { answer::<1>(env, info, |call| ask(call, |hub| f64::from(u8::from(hub.pressure())))) }
}

/// `hold(attachment, held)`: lets wake-ups keep the process alive (1) or not (0).
unsafe extern "C" fn hold(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer::<2>(env, info, |call| {
            attach::hold(env, call.number(0), call.number(1) > 0.0);
            0.0
        })
    }
}

/// `keptFrom(attachment, filter)`: events the filter wants may be missing from the window below this offset.
unsafe extern "C" fn kept_from(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer::<2>(env, info, |call| {
            let filter = u32::try_from(call.count(1)).unwrap_or(u32::MAX);
            ask(call, |hub| offset(hub.kept_from(filter)))
        })
    }
}

/// `frames(attachment, filter, from, maxBytes, out)`: the SSE frames of the window from an offset on, as a Buffer or
/// `undefined` when there are none. `out` is a Float64Array that gets the offset to go on from and the number of
/// events.
unsafe extern "C" fn frames(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let made = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: forwarded from the callback.
        let call = unsafe { Call::<5>::new(env, info) };
        let filter = u32::try_from(call.count(1)).unwrap_or(u32::MAX);
        let max_bytes = usize::try_from(call.count(3)).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let batch = attach::with_hub(env, call.number(0), |hub, _| {
            hub.frames(filter, call.count(2), max_bytes, &mut bytes)
        })?;
        fill_pair(&call, 4, [offset(batch.next), offset(batch.count as u64)]);
        (!bytes.is_empty()).then_some(bytes)
    }));
    let mut result = ptr::null_mut();
    // SAFETY: the bytes are copied during the call; undefined is a value of this environment.
    unsafe {
        match made.ok().flatten() {
            Some(bytes) => {
                let mut copy: *mut c_void = ptr::null_mut();
                let start = bytes.as_ptr().cast();
                sys::napi_create_buffer_copy(env, bytes.len(), start, &raw mut copy, &raw mut result);
            }
            None => {
                sys::napi_get_undefined(env, &raw mut result);
            }
        }
    }
    result
}

/// `manifestRevision(handle, out)`: goes up with every change of the manifest; `CLOSED` for one that is closed. `out`,
/// a Float64Array, gets the time the sources were last known to be as served, and how often they were read.
unsafe extern "C" fn manifest_revision(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer::<2>(env, info, |call| {
            let asked = manifest_attach::with_live(env, call.number(0), |live| {
                fill_pair(call, 1, [offset(live.checked_ms()), offset(live.refreshes())]);
                offset(live.revision())
            });
            asked.unwrap_or(CLOSED)
        })
    }
}

/// Writes two numbers into argument `index`, a Float64Array; does nothing if it is something else or shorter.
fn fill_pair<const N: usize>(call: &Call<N>, index: usize, pair: [f64; 2]) {
    if let Some(numbers) = call.numbers(index) {
        numbers.set(0, pair[0]);
        numbers.set(1, pair[1]);
    }
}

/// The memory of a Float64Array, as long as something keeps that. Memory of an array buffer does not move.
#[derive(Clone, Copy)]
pub struct Numbers {
    start: ptr::NonNull<f64>,
    length: usize,
}

impl Numbers {
    /// How many it has room for.
    pub fn room(self) -> usize {
        self.length
    }

    /// Writes one; does nothing beyond the end.
    #[inline(always)]
    pub fn set(self, at: usize, number: f64) {
        if at < self.length {
            // SAFETY: inside the array, which only this thread's JavaScript uses, and that is waiting for this call.
            unsafe { self.start.add(at).write(number) };
        }
    }
}
