//! The hot call of schemas: a document in, a verdict out.

use std::cell::RefCell;
use std::ptr;
use std::sync::Arc;

use cortex_native_core::log::Fill;
use cortex_native_core::schema::{First, Schema, Scratch, Segment, registry};
use napi::bindgen_prelude::Object;
use napi::sys;

use crate::bound::{answer_with, bind};
use crate::raw::{Call, INTERNAL, NOTHING, TOO_LARGE, add, fill_numbers};

/// What the copy of a string begins with; it grows with the longest one.
const STRING_BYTES: usize = 16 << 10;
/// What is kept of it for the next string.
const KEPT_BYTES: usize = 1 << 20;

thread_local! {
    static COPY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Adds the functions to `table`.
pub fn define(env: sys::napi_env, table: &mut Object) -> napi::Result<()> {
    let functions: [(&std::ffi::CStr, sys::napi_callback); 2] =
        [(c"schemaChecker", Some(schema_checker)), (c"schemaTeller", Some(schema_teller))];
    add(env, table, &functions)
}

/// What a function made for one schema works with.
struct Bound {
    schema: Arc<Schema>,
    scratch: RefCell<Scratch>,
}

/// `schemaChecker(handle)`: a function `check(document)`, the document a Buffer or a string: 0 if it matches, else the
/// code of its first issue; negative if the document is something else. `undefined` if there is no such schema.
unsafe extern "C" fn schema_checker(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: called by Node as a function of this environment.
    unsafe { bind(env, info, (c"check", check_bound), bound) }
}

/// `schemaTeller(handle)`: a function `tell(document, out)` that answers as `check` and leaves what is known of the first
/// issue in `out`, a Float64Array: how many there are (1, or 2 for more; 0 if only `schemaIssues` can tell), code, node,
/// check, offset, position of the property among those of its node (-1 for none), number of steps of the path, and per
/// step where a key begins inside its quotes and -1, or -1 and the index of an item. `TOO_LARGE`: `out` is too short.
unsafe extern "C" fn schema_teller(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: called by Node as a function of this environment.
    unsafe { bind(env, info, (c"tell", tell_bound), bound) }
}

fn bound(call: &Call<1>) -> Option<Bound> {
    let schema = registry::get(registry::whole(call.number(0)))?;
    Some(Bound { schema, scratch: RefCell::default() })
}

/// The function that [`schema_checker`] makes.
unsafe extern "C" fn check_bound(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: called by Node as a function of this environment, with the data it was made with.
    unsafe {
        answer_with::<1, Bound>(env, info, |call, bound| {
            let checked = with_bytes(call, 0, |document| match bound.scratch.try_borrow_mut() {
                Ok(mut scratch) => bound.schema.check_with(document, &mut scratch),
                Err(_) => bound.schema.check(document),
            });
            checked.map_or(NOTHING, f64::from)
        })
    }
}

/// The function that [`schema_teller`] makes.
unsafe extern "C" fn tell_bound(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: as above.
    unsafe {
        answer_with::<2, Bound>(env, info, |call, bound| {
            let Ok(mut scratch) = bound.scratch.try_borrow_mut() else { return INTERNAL };
            let mut told = None;
            let checked = with_bytes(call, 0, |document| {
                bound.schema.check_first(document, &mut scratch, |first| told = Some(tell(call, first)))
            });
            match (checked, told) {
                (None, _) => NOTHING,
                (Some(_), Some(false)) => TOO_LARGE,
                (Some(code), Some(true)) => f64::from(code),
                (Some(code), None) => {
                    fill_numbers(call, 1, 1, [0.0].into_iter());
                    f64::from(code)
                }
            }
        })
    }
}

/// Writes an issue into the second argument; whether it has room.
fn tell(call: &Call<2>, first: First<'_>) -> bool {
    #[allow(clippy::cast_precision_loss)] // places in a document of at most 1 GiB
    let number = |value: usize| value as f64;
    let found = first.found;
    let head = [
        if first.more { 2.0 } else { 1.0 },
        f64::from(found.code),
        f64::from(found.node),
        f64::from(found.check),
        number(found.offset),
        first.property.map_or(-1.0, number),
        number(first.path.len()),
    ];
    let steps = first.path.iter().flat_map(|segment| match segment {
        Segment::Key(start) => [number(*start), -1.0],
        Segment::Index(index) => [-1.0, number(*index)],
    });
    let length = head.len() + first.path.len() * 2;
    fill_numbers(call, 1, length, head.into_iter().chain(steps))
}

/// Gives the bytes of argument `index` to `work`: those of a Buffer in place, those of a string copied as UTF-8.
pub fn with_bytes<const N: usize, T>(
    call: &Call<N>,
    index: usize,
    work: impl FnOnce(&[u8]) -> T,
) -> Option<T> {
    let value = *call.values.get(index)?;
    let (mut data, mut length) = (ptr::null_mut(), 0);
    // SAFETY: a value of this call; on another type nothing is written.
    let found = unsafe { sys::napi_get_buffer_info(call.env, value, &raw mut data, &raw mut length) };
    if found == sys::Status::napi_ok {
        if length == 0 || data.is_null() {
            return Some(work(&[]));
        }
        // SAFETY: the memory of the buffer, which lives at least as long as the call and which no other code of this
        // thread touches meanwhile.
        return Some(work(unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) }));
    }
    COPY.with(|copy| {
        let mut copy = copy.try_borrow_mut().ok()?;
        if copy.len() < STRING_BYTES {
            copy.resize(STRING_BYTES, 0);
        }
        let mut filled = call.copy_string(index, &mut copy);
        if let Fill::TooLong(whole) = filled {
            copy.resize(whole + 8, 0);
            filled = call.copy_string(index, &mut copy);
        }
        let Fill::Line(length) = filled else { return None };
        let outcome = copy.get(..length).map(work);
        copy.truncate(KEPT_BYTES);
        copy.shrink_to(KEPT_BYTES);
        outcome
    })
}
