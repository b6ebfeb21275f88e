//! Names of the sidecars.

use std::path::{Path, PathBuf};

/// The sidecar of `ledger` called `suffix`.
pub fn sidecar(ledger: &Path, suffix: &str) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}
