//! The hot call of schemas: a document in, a verdict out.

use std::cell::RefCell;
use std::ptr;

use cortex_native_core::log::Fill;
use cortex_native_core::schema::registry;
use napi::bindgen_prelude::Object;
use napi::sys;

use crate::raw::{Call, DETACHED, NOTHING, answer, define_all};

/// What the copy of a string begins with; it grows with the longest one.
const STRING_BYTES: usize = 16 << 10;
/// What is kept of it for the next string.
const KEPT_BYTES: usize = 1 << 20;

thread_local! {
    static COPY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Adds the functions to `table`.
pub fn define(env: sys::napi_env, table: &mut Object) -> napi::Result<()> {
    define_all(env, table, &[(c"schemaCheck", Some(schema_check))])
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
