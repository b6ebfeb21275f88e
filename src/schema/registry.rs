//! The compiled schemas of this process, by number: what other threads and hubs name them by.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use parking_lot::RwLock;

use super::{Schema, SchemaError};

static SCHEMAS: LazyLock<RwLock<HashMap<u64, Arc<Schema>>>> = LazyLock::new(RwLock::default);
static LAST: AtomicU64 = AtomicU64::new(0);
/// Takes a schema in; its number is never given to another.
pub fn add(schema: Schema) -> u64 {
    let handle = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    SCHEMAS.write().insert(handle, Arc::new(schema));
    handle
}

/// The schema of a number.
pub fn get(handle: u64) -> Option<Arc<Schema>> {
    SCHEMAS.read().get(&handle).cloned()
}

/// The same, with the error for none.
pub fn find(handle: f64) -> Result<Arc<Schema>, SchemaError> {
    get(whole(handle)).ok_or(SchemaError::HandleInvalid { handle })
}

/// Forgets a schema; who uses it goes on.
pub fn release(handle: u64) -> bool {
    SCHEMAS.write().remove(&handle).is_some()
}

/// A number as a handle; 0, which none has, for what is no handle.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::float_cmp
)]
pub fn whole(handle: f64) -> u64 {
    // Float casts saturate and NaN becomes 0; asking for the fraction would be a call on plain x86-64.
    let number = handle as u64;
    if number as f64 == handle { number } else { 0 }
}
