//! The hot call of schemas: a document in, a verdict out.

use std::cell::RefCell;
use std::ffi::CStr;
use std::ptr;
use std::sync::Arc;

use cortex_native_core::log::Fill;
use cortex_native_core::schema::{First, Schema, Scratch, Segment, registry};
use napi::bindgen_prelude::Object;
use napi::sys;

use crate::bound::{Bound, bind};
use crate::raw::{Call, INTERNAL, NOTHING, Numbers, TOO_LARGE, add};

/// What the copy of a string begins with; it grows with the longest one.
const STRING_BYTES: usize = 16 << 10;
/// What is kept of it for the next string.
const KEPT_BYTES: usize = 1 << 20;

thread_local! {
    static COPY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Adds the functions to `table`.
pub fn define(env: sys::napi_env, table: &mut Object) -> napi::Result<()> {
    let functions: [(&CStr, sys::napi_callback); 2] =
        [(c"schemaChecker", Some(schema_checker)), (c"schemaTeller", Some(schema_teller))];
    add(env, table, &functions)
}

/// `schemaChecker(handle)`: a function `check(document)`, the document a Buffer or a string: 0 if it matches, else the
/// code of its first issue; negative if the document is something else. `undefined` if there is no such schema.
unsafe extern "C" fn schema_checker(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let make = |call: &Call<1>| Some(Checker { schema: schema(call)?, scratch: RefCell::default() });
    // SAFETY: called by Node as a function of this environment.
    unsafe { bind(env, info, make) }
}

/// `schemaTeller(handle, out)`: a function `tell(document)` that answers as `check` and leaves what is known of the first
/// issue in `out`, a Float64Array: how many there are (1, or 2 for more; 0 if only `schemaIssues` can tell), code, node,
/// check, offset, position of the property among those of its node (-1 for none), number of steps of the path, and per
/// step where a key begins inside its quotes and -1, or -1 and the index of an item. `TOO_LARGE`: `out` is too short.
unsafe extern "C" fn schema_teller(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let make = |call: &Call<2>| {
        Some(Teller { schema: schema(call)?, scratch: RefCell::default(), out: call.numbers(1)? })
    };
    // SAFETY: as above. The array becomes the function's own, so that its memory stays as long as that.
    unsafe {
        let mut tell = bind(env, info, make);
        let out = Call::<2>::new(env, info).values[1];
        if sys::napi_set_named_property(env, tell, c"out".as_ptr(), out) != sys::Status::napi_ok {
            sys::napi_get_undefined(env, &raw mut tell);
        }
        tell
    }
}

fn schema<const N: usize>(call: &Call<N>) -> Option<Arc<Schema>> {
    registry::get(registry::whole(call.number(0)))
}

struct Checker {
    schema: Arc<Schema>,
    scratch: RefCell<Scratch>,
}

impl Bound<1> for Checker {
    const NAME: &'static CStr = c"check";

    fn call(&self, call: &Call<1>) -> f64 {
        let checked = with_bytes(call, 0, |document| match self.scratch.try_borrow_mut() {
            Ok(mut scratch) => self.schema.check_with(document, &mut scratch),
            Err(_) => self.schema.check(document),
        });
        checked.map_or(NOTHING, f64::from)
    }
}

struct Teller {
    schema: Arc<Schema>,
    scratch: RefCell<Scratch>,
    out: Numbers,
}

impl Bound<1> for Teller {
    const NAME: &'static CStr = c"tell";

    fn call(&self, call: &Call<1>) -> f64 {
        let Ok(mut scratch) = self.scratch.try_borrow_mut() else { return INTERNAL };
        let mut told = None;
        let checked = with_bytes(call, 0, |document| {
            self.schema.check_first(document, &mut scratch, |first| told = Some(tell(self.out, first)))
        });
        match (checked, told) {
            (None, _) => NOTHING,
            (Some(_), Some(false)) => TOO_LARGE,
            (Some(code), Some(true)) => f64::from(code),
            (Some(code), None) => {
                self.out.set(0, 0.0);
                f64::from(code)
            }
        }
    }
}

/// Numbers of an issue before its path.
const HEAD: usize = 7;

/// Writes an issue into `out`; whether it has room.
fn tell(out: Numbers, first: First<'_>) -> bool {
    #[allow(clippy::cast_precision_loss)] // places in a document of at most 1 GiB
    let number = |value: usize| value as f64;
    let found = first.found;
    let head: [f64; HEAD] = [
        if first.more { 2.0 } else { 1.0 },
        f64::from(found.code),
        f64::from(found.node),
        f64::from(found.check),
        number(found.offset),
        first.property.map_or(-1.0, number),
        number(first.path.len()),
    ];
    for (at, number) in head.into_iter().enumerate() {
        out.set(at, number);
    }
    for (step, segment) in first.path.iter().enumerate() {
        let (key, item) = match segment {
            Segment::Key(start) => (number(*start), -1.0),
            Segment::Index(index) => (-1.0, number(*index)),
        };
        out.set(HEAD + 2 * step, key);
        out.set(HEAD + 2 * step + 1, item);
    }
    HEAD + 2 * first.path.len() <= out.room()
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
