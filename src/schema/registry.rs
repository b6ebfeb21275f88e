//! The compiled schemas of this process, by number, so that a hot call finds its schema without a lock.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use parking_lot::RwLock;

use super::{Schema, SchemaError};

static SCHEMAS: LazyLock<RwLock<HashMap<u64, Arc<Schema>>>> = LazyLock::new(RwLock::default);
static LAST: AtomicU64 = AtomicU64::new(0);
/// Counts releases: what threads remember is good as long as it stays.
static RELEASES: AtomicU64 = AtomicU64::new(0);

/// What a thread used last.
struct Recent {
    handle: u64,
    releases: u64,
    schema: Option<Arc<Schema>>,
}

thread_local! {
    static RECENT: RefCell<Recent> = const { RefCell::new(Recent { handle: 0, releases: 0, schema: None }) };
}

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
    let found = SCHEMAS.write().remove(&handle).is_some();
    RELEASES.fetch_add(1, Ordering::Release);
    found
}

/// Gives the schema of a number to `work`, without a lock if this thread used it last.
#[inline]
pub fn with<T>(handle: u64, work: impl FnOnce(&Schema) -> T) -> Option<T> {
    RECENT.with(|recent| {
        let Ok(mut recent) = recent.try_borrow_mut() else { return get(handle).map(|schema| work(&schema)) };
        let releases = RELEASES.load(Ordering::Acquire);
        if recent.handle != handle || recent.releases != releases || recent.schema.is_none() {
            *recent = Recent { handle, releases, schema: get(handle) };
        }
        recent.schema.as_deref().map(work)
    })
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
