//! The hot call of schemas: a document in, a verdict out.

use std::cell::RefCell;
use std::ptr;

use cortex_native_core::log::Fill;
use cortex_native_core::schema::{First, Segment, registry};
use napi::bindgen_prelude::Object;
use napi::sys;

use crate::raw::{Call, DETACHED, NOTHING, add, answer, fill_numbers};

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
        [(c"schemaCheck", Some(schema_check)), (c"schemaFirst", Some(schema_first))];
    add(env, table, &functions)
}

/// `schemaCheck(handle, document)`, the document a Buffer or a string: 0 if it matches, else the code of its first
/// issue; negative if there is no such schema or the document is something else.
unsafe extern "C" fn schema_check(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: called by Node as a function of this environment.
    unsafe {
        answer::<2>(env, info, |call| {
            let handle = registry::whole(call.number(0));
            with_bytes(call, 1, |document| {
                registry::with(handle, |schema| f64::from(schema.check(document))).unwrap_or(DETACHED)
            })
            .unwrap_or(NOTHING)
        })
    }
}

/// `schemaFirst(handle, document, out)`: the code of the first issue, with what is known of it in `out`, a Float64Array:
/// how many there are (1, or 2 for more), code, node, check, offset, line, column, position of the property among those
/// of its node (-1 for none), number of steps of the path, and per step the start and end of a key inside its quotes, or
/// -1 and the index of an item. -1 if `out` is too short; 0 if the document matches, or if only `schemaIssues` can tell.
unsafe extern "C" fn schema_first(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: called by Node as a function of this environment.
    unsafe {
        answer::<3>(env, info, |call| {
            let handle = registry::whole(call.number(0));
            with_bytes(call, 1, |document| {
                registry::with(handle, |schema| {
                    schema.first(document, |first| tell(call, first)).unwrap_or(0.0)
                })
                .unwrap_or(DETACHED)
            })
            .unwrap_or(NOTHING)
        })
    }
}

/// Writes an issue into the third argument.
fn tell(call: &Call<3>, first: First<'_>) -> f64 {
    #[allow(clippy::cast_precision_loss)] // places in a document of at most 1 GiB
    let number = |value: usize| value as f64;
    let found = first.found;
    let head = [
        if first.more { 2.0 } else { 1.0 },
        f64::from(found.code),
        f64::from(found.node),
        f64::from(found.check),
        number(found.offset),
        number(first.line),
        number(first.column),
        first.property.map_or(-1.0, number),
        number(first.path.len()),
    ];
    let steps = first.path.iter().flat_map(|segment| match segment {
        Segment::Key(start, end) => [number(*start), number(*end)],
        Segment::Index(index) => [-1.0, number(*index)],
    });
    let length = head.len() + first.path.len() * 2;
    if fill_numbers(call, 2, length, head.into_iter().chain(steps)) { f64::from(found.code) } else { -1.0 }
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
