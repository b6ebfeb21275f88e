//! The sidecar that gives a ledger its identity.
//!
//! ```json
//! {"format":1,"epoch":"k3v9x2qa","clean":{"position":52110,"offset":170},"chained":true}
//! {"format":1,"epoch":"k3v9x2qa","clean":null,"risk":{"from":52110,"bytes":16777216}}
//! ```
//! `clean` is written when the ledger is closed and removed when it is opened, so that a later opening knows whether
//! the file's end is one that readers have seen. When it is missing after a reboot, lines that a reader saw may be
//! gone and their offsets will be given again: the log then starts a new epoch. `risk` bounds what a power loss may have
//! damaged meanwhile. `chained` says that there is a hash chain, so that one that was taken away is missed.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{LedgerError, paths};
use crate::log::Checkpoint;
use crate::log::cursor::Epoch;
use crate::port::Files;

/// Newest format this version reads and the one it writes.
pub const FORMAT: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Written {
    format: u64,
    epoch: String,
    clean: Option<End>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    risk: Option<Risk>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    chained: bool,
}

#[derive(Serialize, Deserialize)]
struct End {
    position: u64,
    offset: u64,
}

/// The part of the file whose blocks a power loss may have left out while the ledger was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// Everything before this position was synced when the ledger was opened.
    pub from: u64,
    /// Everything but so many bytes at the end is synced at any time; `None` without syncs.
    pub bytes: Option<u64>,
}

impl Risk {
    /// Where it begins in a file of this length that itself begins at `base`.
    pub fn begins(self, base: u64, length: u64) -> u64 {
        self.from.saturating_sub(base).max(self.bytes.map_or(0, |bytes| length.saturating_sub(bytes)))
    }
}

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Identity of the log.
    pub epoch: Epoch,
    /// Where the ledger ended when it was closed, `None` while it is open and after a crash.
    pub clean: Option<Checkpoint>,
    /// What may be damaged after a power loss, while it is open.
    pub risk: Option<Risk>,
    /// Whether it has a hash chain.
    pub chained: bool,
}

/// The meta of `ledger`; `None` when there is none or it is not readable as such, which a new one mends.
pub fn read(files: &dyn Files, ledger: &Path) -> Result<Option<Meta>, LedgerError> {
    let path = paths::sidecar(ledger, "meta");
    let bytes = files.read_small(&path).map_err(|cause| LedgerError::open(&path, "read", cause))?;
    let Some(bytes) = bytes else { return Ok(None) };
    // The version is read first: a newer format may have any shape.
    let any: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let version = any.get("format").and_then(serde_json::Value::as_u64);
    if let Some(version) = version.filter(|version| *version > FORMAT) {
        return Err(LedgerError::Format { path, version, supported: FORMAT });
    }
    let written: Option<Written> = serde_json::from_slice(&bytes).ok();
    Ok(written.and_then(|written| {
        let clean = written.clean.map(|end| Checkpoint { position: end.position, offset: end.offset });
        Some(Meta {
            epoch: Epoch::parse(&written.epoch)?,
            clean,
            risk: written.risk,
            chained: written.chained,
        })
    }))
}

/// Replaces the meta of `ledger`.
pub fn write(files: &dyn Files, ledger: &Path, meta: Meta) -> std::io::Result<()> {
    let clean = meta.clean.map(|end| End { position: end.position, offset: end.offset });
    let written = Written {
        format: FORMAT,
        epoch: meta.epoch.to_string(),
        clean,
        risk: meta.risk,
        chained: meta.chained,
    };
    let mut bytes = serde_json::to_vec(&written)?;
    bytes.push(b'\n');
    files.replace(&paths::sidecar(ledger, "meta"), &bytes)
}
