//! Finds out which segments a ledger has: by the names of the files, helped by the manifest.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::{Segment, Segments, manifest, source};
use crate::ledger::paths::{self, Part};
use crate::log::Checkpoint;
use crate::port::{Files, ReadFile};

/// What was found.
#[derive(Debug)]
pub struct Loaded {
    /// The segments.
    pub segments: Segments,
    /// Whether positions are those that earlier checkpoints speak of.
    pub positions_known: bool,
    /// Whether the manifest says the same.
    pub recorded: bool,
    /// The sidecars of segments that there are, by first event.
    sidecars: Vec<(u64, String)>,
}

impl Loaded {
    /// Whether some segment has a chain.
    pub fn is_chained(&self) -> bool {
        self.sidecars.iter().any(|(_, suffix)| suffix == "chain")
    }

    /// Whether the active segment has an index.
    pub fn is_indexed(&self) -> bool {
        let first = self.segments.active.offset;
        self.sidecars.iter().any(|(of, suffix)| *of == first && suffix == "index")
    }
}

#[derive(Default)]
struct Stored {
    plain: Option<u64>,
    packed: Option<u64>,
}

/// The segments of `ledger`.
pub fn load(files: &dyn Files, ledger: &Path) -> io::Result<Loaded> {
    let mut found: BTreeMap<u64, Stored> = BTreeMap::new();
    let mut sidecars = Vec::new();
    for file in files.neighbours(ledger)? {
        match paths::part(ledger, &file.name) {
            Some(Part::Closed(first)) => found.entry(first).or_default().plain = Some(file.bytes),
            Some(Part::Packed(first)) => found.entry(first).or_default().packed = Some(file.bytes),
            Some(Part::Sidecar(first, suffix)) => sidecars.push((first, suffix)),
            _ => {}
        }
    }
    let known = manifest::read(files, ledger)?;
    if found.is_empty() {
        // Never rotated, or everything closed has been deleted since.
        let recorded = known.as_ref().is_none_or(|known| known.closed.is_empty());
        let segments = known.map_or_else(Segments::default, |known| Segments { closed: Vec::new(), ..known });
        return Ok(Loaded { segments, positions_known: true, recorded, sidecars });
    }
    let known = known.unwrap_or_default();
    // The others follow from the first one.
    let positions_known = found.keys().next().is_some_and(|first| {
        *first == 0
            || *first == known.active.offset
            || known.closed.binary_search_by_key(first, |segment| segment.start.offset).is_ok()
    });
    let mut segments = Segments { closed: Vec::new(), active: known.active, since_ms: known.since_ms };
    let firsts: Vec<u64> = found.keys().copied().collect();
    for (index, (first, stored)) in found.iter().enumerate() {
        let next = firsts.get(index + 1).copied();
        segments.closed.push(segment(files, ledger, &known, (*first, stored), next, segments.closed.last())?);
    }
    if let Some(last) = segments.closed.last().filter(|last| last.end.offset > known.active.offset) {
        // The active segment that the manifest knows has been closed.
        segments.active = last.end;
        segments.since_ms = 0;
    }
    let recorded = same(&known, &segments);
    Ok(Loaded { segments, positions_known, recorded, sidecars })
}

fn segment(
    files: &dyn Files,
    ledger: &Path,
    known: &Segments,
    (first, stored): (u64, &Stored),
    next: Option<u64>,
    before: Option<&Segment>,
) -> io::Result<Segment> {
    let packed = stored.plain.is_none();
    let stored_bytes = stored.plain.or(stored.packed).unwrap_or(0);
    if let Ok(at) = known.closed.binary_search_by_key(&first, |segment| segment.start.offset)
        && let Some(segment) = known.closed.get(at)
    {
        return Ok(Segment { packed, stored_bytes, ..*segment });
    }
    let position = if first == known.active.offset {
        known.active.position
    } else {
        before.map_or(0, |before| before.end.position)
    };
    let mut file = source::open(files, ledger, first, false)?;
    let length = file.as_ref().map_or(Ok(0), |file| file.length())?;
    let offset = match (next, file.as_deref_mut()) {
        (Some(next), _) => next,
        (None, Some(file)) => first + source::count_lines(file as &mut dyn ReadFile, 0)?,
        (None, None) => first,
    };
    let start = Checkpoint { position, offset: first };
    let end = Checkpoint { position: position + length, offset };
    Ok(Segment { start, end, stored_bytes, packed, closed_ms: known.since_ms })
}

/// Whether two lists agree in what the manifest records.
fn same(known: &Segments, found: &Segments) -> bool {
    known.active == found.active
        && known.closed.len() == found.closed.len()
        && known
            .closed
            .iter()
            .zip(&found.closed)
            .all(|(one, other)| one.start == other.start && one.end == other.end)
}
