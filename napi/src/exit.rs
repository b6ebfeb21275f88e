//! The end of the process, and of environments that come and go before it.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use cortex_native_core::events::registry;

static EXITING: AtomicBool = AtomicBool::new(false);

/// Whether the process is on its way out: JavaScript must not be called any more.
pub fn exiting() -> bool {
    EXITING.load(Ordering::Acquire)
}

/// Drains every open hub when the process exits.
///
/// `process.exit()` and uncaught errors run no cleanup hooks on the main thread, but they do run this.
pub fn drain_at_exit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handler has the right type and, the library being kept loaded, stays valid.
        unsafe { libc::atexit(drain) };
    });
}

extern "C" fn drain() {
    EXITING.store(true, Ordering::Release);
    // A panic must not cross the C boundary, and nobody is left to be told.
    let _ = std::panic::catch_unwind(registry::close_all);
}

/// Keeps this library loaded: Node unloads an addon with the last worker that used it, while writer threads of it may
/// still run.
pub fn keep_loaded() {
    #[cfg(unix)]
    {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // SAFETY: `dladdr` fills the structure for an address of this library; the name it gives is that of a
            // library that is loaded, and opening it once more only raises its count.
            unsafe {
                let mut found: libc::Dl_info = std::mem::zeroed();
                if libc::dladdr(keep_loaded as *const libc::c_void, &raw mut found) != 0
                    && !found.dli_fname.is_null()
                {
                    libc::dlopen(found.dli_fname, libc::RTLD_NOW | libc::RTLD_NODELETE);
                }
            }
        });
    }
}
