//! Reads events of the ledger that the window no longer has. Blocking: called from threads that may wait.
//!
//! A reader of a running hub ends at the durable offset; one of files alone (of another process, or of none) at their
//! last whole line.

mod indexes;
mod lines;
mod view;
mod want;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memmem;

use self::indexes::Indexes;
pub use self::lines::Lines;
use self::view::{Part, Pass, View};
pub use self::want::{Found, Span, Want};
use super::LedgerError;
use super::index::{Fields, Index};
use super::progress::Progress;
use super::recovery::Setup;
use super::segments::{Catalog, Segments, load};
use crate::log::fields::string_fields;
use crate::log::filter::NamedFilter;
use crate::port::{Files, Neighbour};
use crate::sync::Mutex;

/// How far there is something to read.
enum Extent {
    /// To the durable offset.
    Live(Arc<Progress>),
    /// To the end of the files. The listing tells when the segments have to be looked up again.
    Files(Mutex<Vec<Neighbour>>),
}

/// See the module.
pub struct Reader {
    path: PathBuf,
    fields: Fields,
    files: Arc<dyn Files>,
    catalog: Arc<Catalog>,
    indexes: Indexes,
    extent: Extent,
}

impl Reader {
    /// A reader of the ledger that `progress` tells about.
    pub fn new(setup: &Setup, files: Arc<dyn Files>, catalog: Arc<Catalog>, progress: Arc<Progress>) -> Self {
        let (path, fields) = (setup.path.clone(), setup.fields());
        Self { path, fields, files, catalog, indexes: Indexes::default(), extent: Extent::Live(progress) }
    }

    /// A reader of the ledger's files, whoever writes them.
    pub fn of_files(path: &Path, fields: Fields, files: Arc<dyn Files>) -> Self {
        let extent = Extent::Files(Mutex::default());
        let catalog = Arc::new(Catalog::new(Segments::default()));
        Self { path: path.to_owned(), fields, files, catalog, indexes: Indexes::default(), extent }
    }

    /// The wanted events in order, oldest first, and the offset to go on from.
    pub fn read(&self, want: &Want) -> Result<(Vec<Found>, u64), LedgerError> {
        let (view, before) = self.view(want.before)?;
        let (mut found, mut bytes, mut bounded) = (Vec::new(), 0, false);
        let pass = Pass {
            from: want.from,
            before,
            may: &|block| block.may_have(&want.filter, want.span),
            max_scan: want.max_scan,
        };
        let reached = view.forwards(&pass, &mut |offset, line| {
            bounded = found.len() == want.limit;
            if bounded {
                return false;
            }
            if let Some(event) = self.wanted(&want.filter, want.span, offset, line) {
                bounded = !found.is_empty() && bytes + line.len() > want.max_bytes;
                if bounded {
                    return false;
                }
                bytes += line.len();
                found.push(event);
            }
            true
        })?;
        Ok((found, reached))
    }

    /// The newest `limit` wanted events before `before`, oldest first. Looks at the ledger from its end.
    pub fn newest(&self, filter: &NamedFilter, before: u64, limit: usize) -> Result<Vec<Found>, LedgerError> {
        let (view, before) = self.view(before)?;
        let span = Span::default();
        let pass = Pass { from: 0, before, may: &|block| block.may_have(filter, span), max_scan: u64::MAX };
        // Of a run, which may be a whole segment, only what can be among the newest is held.
        let run = RefCell::new(VecDeque::new());
        let (mut runs, mut count) = (Vec::new(), 0);
        let mut each = |offset, line: &[u8]| {
            if let Some(event) = self.wanted(filter, span, offset, line) {
                let mut run = run.borrow_mut();
                if run.len() >= limit {
                    run.pop_front();
                }
                run.push_back(event);
            }
            true
        };
        view.backwards(&pass, &mut each, || {
            let run = run.take();
            count += run.len();
            runs.push(run);
            count < limit
        })?;
        let mut found: Vec<Found> = runs.into_iter().rev().flatten().collect();
        found.drain(..found.len().saturating_sub(limit));
        Ok(found)
    }

    /// Offset of the newest event whose id field is `id`.
    pub fn find(&self, id: &str) -> Result<Option<u64>, LedgerError> {
        let (view, before) = self.view(u64::MAX)?;
        // The id as JSON.stringify writes it rules out almost every line; the rest are looked at properly.
        let written = serde_json::to_string(id).unwrap_or_default();
        let finder = memmem::Finder::new(written.as_bytes());
        let newest = Cell::new(None);
        let pass = Pass { from: 0, before, may: &|_| true, max_scan: u64::MAX };
        let mut each = |offset, line: &[u8]| {
            if finder.find(line).is_some()
                && string_fields(line, [&self.fields.id]).into_iter().flatten().any(|found| found == id)
            {
                newest.set(Some(offset));
            }
            true
        };
        view.backwards(&pass, &mut each, || newest.get().is_none())?;
        Ok(newest.get())
    }

    /// Offset of the oldest event that is kept.
    pub fn oldest(&self) -> Result<u64, LedgerError> {
        self.refresh()?;
        Ok(self.catalog.current().oldest())
    }

    /// The segments there are.
    pub fn segments(&self) -> Result<Arc<Segments>, LedgerError> {
        self.refresh()?;
        Ok(self.catalog.current())
    }

    /// The index of the segment that begins with event `first`, as far as there is one.
    pub fn index(&self, first: u64) -> Arc<Index> {
        self.indexes.get((self.files.as_ref(), &self.path), &self.fields, (first, u64::MAX), u64::MAX)
    }

    fn wanted(&self, filter: &NamedFilter, span: Span, offset: u64, line: &[u8]) -> Option<Found> {
        let seen = self.fields.see(line);
        (filter.wants(&seen.topic, &seen.kind) && span.has(seen.ms)).then(|| Found {
            offset,
            topic: seen.topic.into_owned(),
            kind: seen.kind.into_owned(),
            line: line.to_vec(),
        })
    }

    /// The segments, and `before` within what may be read of them.
    fn view(&self, before: u64) -> Result<(View<'_>, u64), LedgerError> {
        // Asked once and first: what becomes durable during the scan is not part of it, and the segments that are
        // looked up afterwards have all of it.
        let durable = self.progress().map(Progress::durable);
        let before = durable.map_or(before, |durable| before.min(durable.offset));
        self.refresh()?;
        let segments = self.catalog.current();
        let closed = segments.closed.iter();
        let mut parts: Vec<Part> = closed
            .map(|segment| Part { start: segment.start, end: Some(segment.end), active: false })
            .collect();
        let end = durable.filter(|durable| durable.offset >= segments.active.offset);
        if durable.is_none() || end.is_some() {
            parts.push(Part { start: segments.active, end, active: true });
        }
        Ok((View { reader: self, parts }, before))
    }

    /// Whether a segment that begins with event `first` is there as far as its writer knows.
    fn lists(&self, first: u64) -> bool {
        let segments = self.catalog.current();
        self.progress().is_some()
            && (segments.active.offset == first
                || segments.closed.iter().any(|segment| segment.start.offset == first))
    }

    fn progress(&self) -> Option<&Progress> {
        match &self.extent {
            Extent::Live(progress) => Some(progress),
            Extent::Files(_) => None,
        }
    }

    /// Looks the segments up, where nobody else keeps the catalog.
    fn refresh(&self) -> Result<(), LedgerError> {
        let Extent::Files(listing) = &self.extent else { return Ok(()) };
        let fail = |cause| LedgerError::read(&self.path, "list the segments of", cause);
        let mut found = self.files.neighbours(&self.path).map_err(fail)?;
        found.retain(|file| super::paths::is_segment(&self.path, &file.name));
        found.sort_by(|one, other| one.name.cmp(&other.name));
        let mut known = listing.lock();
        if *known != found || found.is_empty() {
            let loaded = load(self.files.as_ref(), &self.path).map_err(fail)?;
            self.catalog.update(|segments| *segments = loaded.segments);
            *known = found;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("path", &self.path).finish()
    }
}
