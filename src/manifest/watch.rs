//! Notices that a file may have changed: a watch on its directories, and a stamp to compare.
//!
//! Directories, because a watch on the file stays with the old file when a new one is renamed over it, and sees nothing
//! of a symbolic link that is swapped above it (as Kubernetes does with ConfigMaps).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// Watches directories; silent where the system has no watches left, since stamps are compared in any case.
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
}

impl Watch {
    /// Calls `changed` from a thread of its own whenever something happened in a watched directory.
    pub fn new(changed: impl Fn() + Send + 'static) -> Self {
        let on_event = move |event: notify::Result<Event>| {
            // Reading is no change; without this every refresh would cause the next one.
            let reads = event.as_ref().is_ok_and(|event| match event.kind {
                EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
                EventKind::Access(_) => true,
                _ => false,
            });
            if !reads {
                changed();
            }
        };
        Self { watcher: notify::recommended_watcher(on_event).ok(), watched: BTreeSet::new() }
    }

    /// Watches what `files` need now, and nothing else. A directory that is missing is tried again next time.
    pub fn follow(&mut self, files: &[PathBuf]) {
        let Some(watcher) = &mut self.watcher else { return };
        let wanted: BTreeSet<PathBuf> = files.iter().flat_map(|file| directories(file)).collect();
        for gone in self.watched.difference(&wanted) {
            // The directory may be gone, and its watch with it.
            let _ = watcher.unwatch(gone);
        }
        let mut watched = BTreeSet::new();
        for directory in wanted {
            let new = !self.watched.contains(&directory);
            if !new || watcher.watch(&directory, RecursiveMode::NonRecursive).is_ok() {
                watched.insert(directory);
            }
        }
        self.watched = watched;
    }

    /// Forgets all watches, so that `follow` sets them anew: one of a directory that was replaced is dead.
    pub fn forget(&mut self) {
        if let Some(watcher) = &mut self.watcher {
            for directory in std::mem::take(&mut self.watched) {
                let _ = watcher.unwatch(&directory);
            }
        }
    }
}

/// Where a change of `file` can show: its directory, that of every link on the way to it, and the real one.
fn directories(file: &Path) -> Vec<PathBuf> {
    const MAX_LINKS: usize = 16;
    let mut found = Vec::new();
    let mut path = file.to_owned();
    for _ in 0..MAX_LINKS {
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        found.push(parent.clone());
        let Ok(target) = std::fs::read_link(&path) else { break };
        path = parent.join(target);
    }
    if let Some(real) = file.canonicalize().ok().and_then(|real| real.parent().map(Path::to_owned)) {
        found.push(real);
    }
    found
}
