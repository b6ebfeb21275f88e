//! Open manifests by number, for callers that can hold no references.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::{Live, ManifestError};

/// Never given out twice in a process.
pub type Handle = u64;

static NEXT: AtomicU64 = AtomicU64::new(1);
static OPEN: Mutex<Option<HashMap<Handle, Arc<Live>>>> = Mutex::new(None);

/// Keeps `live` until `close`.
pub fn insert(live: Live) -> Handle {
    let handle = NEXT.fetch_add(1, Ordering::Relaxed);
    OPEN.lock().get_or_insert_default().insert(handle, Arc::new(live));
    handle
}

/// The manifest behind a handle.
pub fn get(handle: Handle) -> Result<Arc<Live>, ManifestError> {
    OPEN.lock().as_ref().and_then(|open| open.get(&handle).cloned()).ok_or(ManifestError::Closed)
}

/// Ends it. A second call does nothing.
pub fn close(handle: Handle) {
    let live = OPEN.lock().as_mut().and_then(|open| open.remove(&handle));
    if let Some(live) = live {
        live.close();
    }
}
