//! The calls that emit, each a function that has its attachment in it: finding it by a number for every event would cost
//! a good part of the call.

use std::cell::RefCell;
use std::ffi::CStr;
use std::ptr;

use cortex_native_core::log::{Fill, TopicId, joined};
use cortex_native_core::schema::Scratch;
use napi::bindgen_prelude::Object;
use napi::sys;

use crate::attach::{self, Emitting, PORT_NUMBERS};
use crate::bound::{Bound, bind};
use crate::raw::{Call, DETACHED, INTERNAL, NOTHING, TYPES_FULL, add, offset, status, whole};
use crate::schema_raw::with_bytes;

/// Adds the functions to `table`.
pub fn define(env: sys::napi_env, table: &mut Object) -> napi::Result<()> {
    let functions: [(&CStr, sys::napi_callback); 3] = [
        (c"port", Some(port)),
        (c"lineEmitter", Some(line_emitter)),
        (c"documentEmitter", Some(document_emitter)),
    ];
    add(env, table, &functions)
}

/// `port(attachment)`: the Float64Array in which the numbers of an `emit` are left before the call.
unsafe extern "C" fn port(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let (mut data, mut buffer, mut array, mut reference) =
        (ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: values of this environment; the memory belongs to the array, which the reference keeps alive and in
    // place (memory of an array buffer does not move).
    unsafe {
        let call = Call::<1>::new(env, info);
        let bytes = size_of::<[f64; PORT_NUMBERS]>();
        let kind = sys::TypedarrayType::float64_array;
        let made = sys::napi_create_arraybuffer(env, bytes, &raw mut data, &raw mut buffer)
            == sys::Status::napi_ok
            && sys::napi_create_typedarray(env, kind, PORT_NUMBERS, buffer, 0, &raw mut array)
                == sys::Status::napi_ok
            && sys::napi_create_reference(env, array, 1, &raw mut reference) == sys::Status::napi_ok;
        if made && !data.is_null() {
            attach::set_port(env, call.number(0), data.cast(), reference);
        }
    }
    array
}

/// `lineEmitter(attachment)`: a function `emit(line)`, with the rest left in the port: the offset, or a refusal.
unsafe extern "C" fn line_emitter(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let make = |call: &Call<1>| attach::emitting(env, call.number(0)).map(LineEmitter);
    // SAFETY: called by Node as a function of this environment.
    unsafe { bind(env, info, make) }
}

/// `documentEmitter(attachment)`: a function `emitBytes(document)`, with the rest left in the port, topic and type negative
/// where the document says them: the offset, or a refusal.
unsafe extern "C" fn document_emitter(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let make = |call: &Call<1>| {
        let emitting = attach::emitting(env, call.number(0))?;
        Some(DocumentEmitter { emitting, scratch: RefCell::default() })
    };
    // SAFETY: as above.
    unsafe { bind(env, info, make) }
}

struct LineEmitter(Emitting);

impl Bound<1> for LineEmitter {
    const NAME: &'static CStr = c"emit";

    fn call(&self, call: &Call<1>) -> f64 {
        let emitted = attach::with_port(&self.0, |hub, listener, [topic, kind, now_ms, key, quotes]| {
            let kind = u16::try_from(whole(kind)).unwrap_or(u16::MAX);
            let key = u32::try_from(whole(key)).unwrap_or(0);
            let topic = TopicId(whole(topic));
            let quotes = u32::try_from(whole(quotes)).unwrap_or(u32::MAX);
            let fill = |space: &mut [u8]| sure(call.copy_string(0, space), space, quotes);
            let outcome = hub.append(topic, kind, key, whole(now_ms), fill);
            if outcome.is_ok() {
                hub.listeners().tell_others(listener);
            }
            outcome.map_or_else(status, offset)
        });
        emitted.unwrap_or(DETACHED)
    }
}

/// A line on its way into the log; one that was joined, of a shape with so many quotes, must be sound.
fn sure(fill: Fill, space: &[u8], quotes: u32) -> Fill {
    match fill {
        Fill::Line(length)
            if quotes > 0 && !space.get(..length).is_some_and(|line| joined::is_sound(line, quotes)) =>
        {
            Fill::Unsure
        }
        fill => fill,
    }
}

struct DocumentEmitter {
    emitting: Emitting,
    scratch: RefCell<Scratch>,
}

impl Bound<1> for DocumentEmitter {
    const NAME: &'static CStr = c"emitBytes";

    fn call(&self, call: &Call<1>) -> f64 {
        let Ok(mut scratch) = self.scratch.try_borrow_mut() else { return INTERNAL };
        let emitted = attach::with_port(&self.emitting, |hub, listener, [topic, kind, now_ms, key, _]| {
            let kind = (kind >= 0.0).then(|| u16::try_from(whole(kind)).unwrap_or(u16::MAX));
            let topic = (topic >= 0.0).then(|| TopicId(whole(topic)));
            let key = u32::try_from(whole(key)).unwrap_or(0);
            let outcome = with_bytes(call, 0, |document| {
                hub.append_bytes(document, topic, kind, key, whole(now_ms), &mut scratch)
            });
            match outcome {
                None => NOTHING,
                Some(Err(_)) => TYPES_FULL,
                Some(Ok(outcome)) => {
                    if outcome.is_ok() {
                        hub.listeners().tell_others(listener);
                    }
                    outcome.map_or_else(status, offset)
                }
            }
        });
        emitted.unwrap_or(DETACHED)
    }
}
