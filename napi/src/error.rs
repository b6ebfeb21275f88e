//! The only place where a core error becomes a JavaScript error.
//!
//! JavaScript registers a factory once per environment (main thread, each worker). It makes the object, so that
//! `instanceof` holds on every route: thrown by a call, rejected by a promise, in any thread.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use cortex_native_core::{Error, Field};
use napi::bindgen_prelude::{Function, JsObjectValue, JsValue, Object, Unknown};
use napi::{Env, sys};
use napi_derive::napi;

thread_local! {
    /// Factories by environment: one thread can host several (`vm` contexts).
    static FACTORIES: RefCell<Vec<(sys::napi_env, sys::napi_ref)>> = const { RefCell::new(Vec::new()) };
}

/// Registers the function that makes the errors of this environment: `(code, message, fields) => Error`.
#[napi(
    ts_args_type = "factory: (code: string, message: string, fields: Record<string, string | number>) => Error"
)]
pub fn register_errors(env: Env, factory: Function<Unknown, Unknown>) -> napi::Result<()> {
    let mut reference = ptr::null_mut();
    // SAFETY: environment and function are alive during this call.
    check(unsafe { sys::napi_create_reference(env.raw(), factory.raw(), 1, &raw mut reference) })?;
    FACTORIES.with_borrow_mut(|known| {
        match known.iter_mut().find(|(owner, _)| *owner == env.raw()) {
            Some((_, old)) => {
                // SAFETY: a reference of this environment, replaced for good.
                unsafe { sys::napi_delete_reference(env.raw(), *old) };
                *old = reference;
            }
            None => {
                known.push((env.raw(), reference));
                // SAFETY: the hook takes the environment as its argument and is called on this thread.
                unsafe { sys::napi_add_env_cleanup_hook(env.raw(), Some(forget_factory), env.raw().cast()) };
            }
        }
    });
    Ok(())
}

unsafe extern "C" fn forget_factory(env: *mut std::ffi::c_void) {
    let env: sys::napi_env = env.cast();
    // The reference dies with its environment.
    let _ = FACTORIES.try_with(|known| known.borrow_mut().retain(|(owner, _)| *owner != env));
}

/// The error as the factory of this environment makes it.
pub fn to_js(env: Env, error: &Error) -> napi::Error {
    match made(env, error) {
        Ok(made) => napi::Error::from(made),
        // Without a factory the code goes in front of the message, so that it is at least readable.
        Err(_) => napi::Error::from_reason(format!("{}: {error}", error.code())),
    }
}

fn made(env: Env, error: &Error) -> napi::Result<Unknown<'static>> {
    let reference = FACTORIES
        .with_borrow(|known| {
            known.iter().find(|(owner, _)| *owner == env.raw()).map(|(_, reference)| *reference)
        })
        .ok_or_else(|| napi::Error::from_reason("no factory"))?;
    let mut fields = Object::new(&env)?;
    for (name, value) in error.fields() {
        match value {
            Field::Text(text) => fields.set_named_property(name, text)?,
            Field::Number(number) => fields.set_named_property(name, number)?,
        }
    }
    let message = error.to_string();
    let arguments =
        [env.create_string(error.code())?.raw(), env.create_string(&message)?.raw(), fields.raw()];
    let (mut factory, mut this, mut result) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: all values belong to this environment and live in the current handle scope.
    unsafe {
        check(sys::napi_get_reference_value(env.raw(), reference, &raw mut factory))?;
        check(sys::napi_get_undefined(env.raw(), &raw mut this))?;
        let count = arguments.len();
        check(sys::napi_call_function(env.raw(), this, factory, count, arguments.as_ptr(), &raw mut result))?;
        Ok(Unknown::from_raw_unchecked(env.raw(), result))
    }
}

/// A status of the C API as a result.
pub fn check(status: sys::napi_status) -> napi::Result<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(napi::Error::from_status(status.into())) }
}

/// Runs `work` and turns a panic, which would end the process, into an error.
pub fn caught<T>(
    context: &str,
    work: impl FnOnce() -> cortex_native_core::Result<T>,
) -> cortex_native_core::Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::Internal { context: context.to_owned() }))
}

/// Runs `work` for a synchronous export.
pub fn sync<T>(
    env: Env,
    context: &str,
    work: impl FnOnce() -> cortex_native_core::Result<T>,
) -> napi::Result<T> {
    caught(context, work).map_err(|error| to_js(env, &error))
}
