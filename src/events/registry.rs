//! The hubs of this process, by number: how worker threads share one, and how exit finds them all.
//!
//! A hub has owners: who opened it, and who joined it by number or path. It ends when the last one lets go.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{Hub, HubError, Options};
use crate::error::Result;

/// Number of a hub. Never given twice.
pub type Handle = u64;

struct Entry {
    handle: Handle,
    hub: Arc<Hub>,
    path: Option<PathBuf>,
    owners: usize,
    exit_patience: Duration,
}

#[derive(Default)]
struct Table {
    last: Handle,
    entries: Vec<Entry>,
}

static TABLE: Mutex<Table> = Mutex::new(Table { last: 0, entries: Vec::new() });

/// Opening a shared path and closing a path take turns: the second to open joins, and who opens after a close finds
/// the lock free.
static OPENING: Mutex<()> = Mutex::new(());

/// Opens a hub, or joins the one of this process that has the same path when `shared`. Blocking.
pub fn open(options: &Options, shared: bool, exit_patience: Duration) -> Result<(Handle, Arc<Hub>)> {
    let path = options.path.as_deref().map(absolute);
    let _turn = (shared && path.is_some()).then(|| OPENING.lock());
    if shared
        && let Some(path) = &path
        && let Some(joined) = join_where(|entry| entry.path.as_deref() == Some(path))
    {
        return Ok(joined);
    }
    let hub = Arc::new(Hub::open(options)?);
    let mut table = TABLE.lock();
    table.last += 1;
    let handle = table.last;
    table.entries.push(Entry { handle, hub: Arc::clone(&hub), path, owners: 1, exit_patience });
    Ok((handle, hub))
}

/// Becomes one more owner of the hub with this number.
pub fn join(handle: Handle) -> Result<Arc<Hub>> {
    Ok(join_where(|entry| entry.handle == handle).ok_or_else(|| invalid(handle))?.1)
}

/// The hub with this number, for an owner of it.
pub fn get(handle: Handle) -> Result<Arc<Hub>> {
    let table = TABLE.lock();
    let entry = table.entries.iter().find(|entry| entry.handle == handle);
    Ok(entry.map(|entry| Arc::clone(&entry.hub)).ok_or_else(|| invalid(handle))?)
}

#[allow(clippy::cast_precision_loss)] // only to show the number
fn invalid(handle: Handle) -> HubError {
    HubError::HandleInvalid { handle: handle as f64 }
}

fn join_where(wanted: impl Fn(&Entry) -> bool) -> Option<(Handle, Arc<Hub>)> {
    let mut table = TABLE.lock();
    let entry = table.entries.iter_mut().find(|entry| wanted(entry))?;
    entry.owners += 1;
    Some((entry.handle, Arc::clone(&entry.hub)))
}

/// Lets go of a hub; the last owner closes it. Blocking then.
pub fn release(handle: Handle, patience: Duration) -> Result<bool> {
    let mut turn = None;
    let entry = loop {
        let mut table = TABLE.lock();
        let Some(at) = table.entries.iter().position(|entry| entry.handle == handle) else { return Ok(true) };
        match table.entries.get_mut(at) {
            Some(entry) if entry.owners > 1 => {
                entry.owners -= 1;
                return Ok(true);
            }
            // The turn comes before the hub leaves the table, so that nobody finds its path in neither. Meanwhile
            // somebody may join, hence the second look.
            Some(entry) if entry.path.is_some() && turn.is_none() => {
                drop(table);
                turn = Some(OPENING.lock());
            }
            _ => break table.entries.swap_remove(at),
        }
    };
    entry.hub.close(patience)
}

/// Closes every hub, as the process exits. Each may take its own patience, all of them together the longest.
pub fn close_all() {
    let entries = std::mem::take(&mut TABLE.lock().entries);
    let begun = Instant::now();
    for entry in &entries {
        let left = entry.exit_patience.saturating_sub(begun.elapsed());
        let _ = entry.hub.close(left); // nobody is left to be told
    }
    // Whatever a thread that still runs does with its hub must not meet a freed one.
    std::mem::forget(entries);
}

fn absolute(path: &Path) -> PathBuf {
    // The file may not exist yet, its directory does: resolve that, so that two spellings are one path.
    let named = path
        .file_name()
        .zip(path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent }));
    let resolved = named.and_then(|(name, parent)| Some(parent.canonicalize().ok()?.join(name)));
    resolved.unwrap_or_else(|| path.to_owned())
}
