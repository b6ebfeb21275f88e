//! A ledger seen from outside: read, counted, verified and mended without a hub. All but mending leaves its files as they
//! are, so that another process may be writing it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::chain::{self, Anchor, Ask, Verified};
use super::consumers::{self, Consumer};
use super::growth::Growth;
use super::index::Fields;
use super::segments::{Segments, source, write_manifest};
use super::upkeep::{Key, Upkeep};
use super::{Durability, Found, Ledger, LedgerError, Reader, Recovered, Setup, Want, meta, paths};
use crate::log::cursor::Epoch;
use crate::log::{CAPACITY_STEP, Retention};
use crate::port::Files;

/// One segment, closed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentInfo {
    /// Its file.
    pub path: PathBuf,
    /// Offset of its first event.
    pub first: u64,
    /// Number of its events.
    pub events: u64,
    /// Bytes of its lines.
    pub bytes: u64,
    /// Bytes it takes on disk.
    pub stored_bytes: u64,
    /// When it was closed, in milliseconds since the Unix epoch; `None` for the active one.
    pub closed_ms: Option<u64>,
    /// Events that its index covers.
    pub indexed: u64,
    /// Whether it has a chain.
    pub chained: bool,
}

/// What a ledger comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Identity of the log, if it has been opened yet.
    pub epoch: Option<Epoch>,
    /// Whether its last writer has closed it.
    pub clean: bool,
    /// Its segments, oldest first, the active one last.
    pub segments: Vec<SegmentInfo>,
    /// Declared consumers.
    pub consumers: Vec<Consumer>,
}

/// See the module.
pub struct Archive {
    path: PathBuf,
    fields: Fields,
    files: Arc<dyn Files>,
    reader: Reader,
}

impl Archive {
    /// The ledger at `path`, which must be there.
    pub fn open(path: &Path, fields: Fields, files: Arc<dyn Files>) -> Result<Self, LedgerError> {
        let reader = Reader::of_files(path, fields.clone(), Arc::clone(&files));
        let archive = Self { path: path.to_owned(), fields, files, reader };
        if archive.reader.segments()?.closed.is_empty()
            && let Err(cause) = archive.files.open_read(path)
        {
            return Err(LedgerError::read(path, "open", cause));
        }
        Ok(archive)
    }

    /// Identity of the log, if it has been opened yet.
    pub fn epoch(&self) -> Result<Option<Epoch>, LedgerError> {
        Ok(meta::read(self.files.as_ref(), &self.path)?.map(|meta| meta.epoch))
    }

    /// The wanted events in order, oldest first, and the offset to go on from.
    pub fn read(&self, want: &Want) -> Result<(Vec<Found>, u64), LedgerError> {
        self.reader.read(want)
    }

    /// Offset of the newest event whose id field is `id`.
    pub fn find(&self, id: &str) -> Result<Option<u64>, LedgerError> {
        self.reader.find(id)
    }

    /// Offset of the oldest event that is kept.
    pub fn oldest(&self) -> Result<u64, LedgerError> {
        self.reader.oldest()
    }

    /// Holds the lines against the chain.
    pub fn verify(&self, ask: &Ask) -> Result<Verified, LedgerError> {
        chain::verify(self.files.as_ref(), &self.path, ask)
    }

    /// The newest digest of the chain, to be published elsewhere; `None` without a chain.
    pub fn anchor(&self) -> Result<Option<Anchor>, LedgerError> {
        chain::head(self.files.as_ref(), &self.path)
    }

    /// Counts what there is.
    pub fn summary(&self) -> Result<Summary, LedgerError> {
        let fail = |cause| LedgerError::read(&self.path, "look over", cause);
        let meta = meta::read(self.files.as_ref(), &self.path)?;
        let segments = self.reader.segments()?;
        let mut infos = Vec::new();
        for segment in &segments.closed {
            let first = segment.start.offset;
            let named = if segment.packed { paths::packed } else { paths::closed };
            infos.push(SegmentInfo {
                path: named(&self.path, first),
                first,
                events: segment.end.offset - first,
                bytes: segment.end.position - segment.start.position,
                stored_bytes: segment.stored_bytes,
                closed_ms: Some(segment.closed_ms),
                indexed: self.indexed(first),
                chained: self.chained(first),
            });
        }
        infos.push(self.active(&segments).map_err(fail)?);
        Ok(Summary {
            epoch: meta.map(|meta| meta.epoch),
            clean: meta.is_some_and(|meta| meta.clean.is_some()),
            segments: infos,
            consumers: consumers::all(self.files.as_ref(), &self.path).map_err(fail)?,
        })
    }

    fn active(&self, segments: &Segments) -> std::io::Result<SegmentInfo> {
        let first = segments.active.offset;
        let mut info = SegmentInfo {
            path: self.path.clone(),
            first,
            events: 0,
            bytes: 0,
            stored_bytes: 0,
            closed_ms: None,
            indexed: self.indexed(first),
            chained: self.chained(first),
        };
        if let Some(mut file) = source::open(self.files.as_ref(), &self.path, first, true)? {
            info.bytes = file.length()?;
            info.stored_bytes = info.bytes;
            info.events = source::count_lines(file.as_mut(), 0)?;
        }
        Ok(info)
    }

    fn indexed(&self, first: u64) -> u64 {
        self.reader.index(first).covered().offset.saturating_sub(first)
    }

    fn chained(&self, first: u64) -> bool {
        self.files.open_read(&paths::of_segment(&self.path, first, "chain")).is_ok()
    }

    /// The first offset that a consumer has not read; `None` when nobody declared it.
    pub fn consumer(&self, name: &str) -> Result<Option<u64>, LedgerError> {
        consumers::find(self.files.as_ref(), &self.path, name)
            .map(|found| found.map(|consumer| consumer.next))
            .map_err(|cause| LedgerError::read(&self.path, "read a cursor of", cause))
    }

    /// Declares a consumer, or notes how far it is; `None` forgets it.
    pub fn set_consumer(&self, name: &str, next: Option<u64>) -> Result<(), LedgerError> {
        let files = self.files.as_ref();
        let outcome = match next {
            Some(next) => consumers::record(files, &self.path, name, next),
            None => consumers::forget(files, &self.path, name),
        };
        outcome.map_err(|cause| LedgerError::open(&self.path, "record a cursor of", cause))
    }

    /// Mends a ledger that nobody writes: its end as opening does, its manifest and its indexes. Lines stay as they are.
    /// `progress` is told how many bytes have an index, and of how many.
    pub fn repair(&self, key: Option<Key>, progress: &dyn Fn(u64, u64)) -> Result<Recovered, LedgerError> {
        let fail = |cause| LedgerError::open(&self.path, "repair", cause);
        let setup = Setup {
            path: self.path.clone(),
            ring_bytes: CAPACITY_STEP,
            max_line_bytes: CAPACITY_STEP / 4,
            retention: Retention { max_events: 1, max_topic_events: 1, max_bytes: 1, idle_ms: 0 },
            topic_field: self.fields.topic.clone(),
            type_field: self.fields.kind.clone(),
            id_field: self.fields.id.clone(),
            time_field: self.fields.time.clone(),
            upkeep: Upkeep { key, ..Upkeep::default() },
        };
        let ledger = Ledger::open(&setup, Durability::Group, Arc::clone(&self.files), Arc::new(|| ()))?;
        let files = self.files.as_ref();
        let segments = ledger.catalog().current();
        let end = ledger.durable().position;
        let first = segments.closed.first().map_or(segments.active, |segment| segment.start).position;
        let told = |position: u64| {
            progress(position.saturating_sub(first), end.saturating_sub(first));
            true
        };
        told(first);
        for segment in &segments.closed {
            let growth = Growth::open(files, &self.path, &self.fields, segment.start.offset, false);
            if let Some(mut growth) = growth.map_err(fail)? {
                let length = segment.end.position - segment.start.position;
                growth.grow(length, true, &|read| told(segment.start.position + read)).map_err(fail)?;
            }
            told(segment.end.position);
        }
        let growth = Growth::open(files, &self.path, &self.fields, segments.active.offset, true);
        if let Some(mut growth) = growth.map_err(fail)? {
            let (begin, length) = (segments.active.position, end - segments.active.position);
            growth.grow(length, false, &|read| told(begin + read)).map_err(fail)?;
        }
        told(end);
        write_manifest(files, &self.path, &segments).map_err(fail)?;
        let recovered = ledger.recovered();
        match ledger.close(Duration::from_secs(30))? {
            true => Ok(recovered),
            false => Err(fail(ErrorKind::TimedOut.into())),
        }
    }
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").field("path", &self.path).finish()
    }
}
