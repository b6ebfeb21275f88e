//! The binding: converts arguments, calls one core function, converts the result.
//!
//! Two kinds of exports. Hot calls are raw functions (numbers and at most one string, `raw.rs`); everything else is
//! `#[napi]` (`hub.rs`, `read.rs`, `ledger.rs`). Errors become JavaScript objects in one place only (`error.rs`).

mod attach;
mod bound;
mod emit;
mod error;
mod exit;
#[cfg(unix)]
mod fanout;
mod hub;
mod ledger;
mod ledger_news;
mod ledger_shapes;
mod manifest;
mod manifest_attach;
mod manifest_options;
mod manifest_tools;
mod owned;
mod page;
mod policy;
mod policy_limiter;
mod policy_raw;
mod policy_state;
mod raw;
mod read;
mod schema;
mod schema_raw;
mod task;
mod wake;

use napi::bindgen_prelude::{Env, JsObjectValue, Object, Result};
use napi_derive::napi;

/// Adds the raw functions to what `#[napi]` exports, as the object `raw`.
#[napi(module_exports)]
pub fn init(mut exports: Object, env: Env) -> Result<()> {
    exit::keep_loaded();
    let mut table = Object::new(&env)?;
    raw::define(env.raw(), &mut table)?;
    emit::define(env.raw(), &mut table)?;
    schema_raw::define(env.raw(), &mut table)?;
    policy_raw::define(env.raw(), &mut table)?;
    exports.set_named_property("raw", table)
}
