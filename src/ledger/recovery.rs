//! Opening a ledger: whatever state a process, a kill or a power loss left behind becomes a file of whole lines and a
//! log that goes on after them.
//!
//! 1. The lock, then the meta sidecar.
//! 2. The spool of the same boot holds everything the file may lack, to the byte: from the last acknowledged byte on it
//!    is written (again), which also completes a torn line. A spool of another boot proves nothing, nor does one that
//!    the file does not agree with; then a torn last line is cut (or, if it is whole but for its newline, completed).
//!    After a power loss blocks may be missing that lie before others: from the first such hole on the file is cut.
//! 3. Events are counted from the newest trustworthy checkpoint.
//! 4. The newest lines fill the log's window (refill.rs).
//!
//! The epoch stays when the file's end is one that readers may have seen; otherwise it is new (see meta.rs).

use std::fs::File;
use std::path::{Path, PathBuf};

use memchr::{memchr_iter, memrchr};

use super::append::append_all;
use super::chain::{self, Chain};
use super::growth;
use super::index::Fields;
use super::lock::Lock;
use super::meta::{self, Meta, Risk};
use super::refill::refill;
use super::segments::{Loaded, Segments, load};
use super::sparse::{STRIDE, Sparse};
use super::upkeep::Upkeep;
use super::{Durability, LedgerError, holes, paths};
use crate::log::cursor::Epoch;
use crate::log::spool::{Header, Remains, Stamp};
use crate::log::{CAPACITY_STEP, Checkpoint, HEADER_BYTES, Log, Retention, Ring};
use crate::port::{AppendFile, Clock, Files, Random, ReadFile, System};

const CHUNK: usize = 1 << 20;

/// The sidecar that becomes the spool once it is whole.
const NEXT_SPOOL: &str = "spool.next";

/// What a ledger is opened with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The file of lines. Its directory exists.
    pub path: PathBuf,
    /// Size of the ring.
    pub ring_bytes: usize,
    /// Bound on one line.
    pub max_line_bytes: usize,
    /// How much the window keeps.
    pub retention: Retention,
    /// Top-level string field of an event that names its topic.
    pub topic_field: String,
    /// Top-level string field of an event that names its type.
    pub type_field: String,
    /// Top-level string field of an event that names the event.
    pub id_field: String,
    /// Top-level field of an event that tells when it happened.
    pub time_field: String,
    /// What is done with segments.
    pub upkeep: Upkeep,
}

impl Setup {
    /// Which fields of a line name what.
    pub fn fields(&self) -> Fields {
        Fields {
            topic: self.topic_field.clone(),
            kind: self.type_field.clone(),
            id: self.id_field.clone(),
            time: self.time_field.clone(),
        }
    }
}

/// What opening found and mended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Bytes appended from the spool.
    pub completed_bytes: u64,
    /// Bytes of a torn last line that were cut.
    pub cut_bytes: u64,
    /// Events in the ledger.
    pub events: u64,
}

/// A ledger ready for its writer.
pub struct Opened {
    pub log: Log,
    pub file: Box<dyn AppendFile>,
    pub lock: Lock,
    pub epoch: Epoch,
    pub end: Checkpoint,
    pub sparse: Sparse,
    pub recovered: Recovered,
    pub segments: Segments,
    /// Whether the manifest has them so.
    pub recorded: bool,
    pub chain: Option<Chain>,
    /// The spool that was replaced.
    pub replaced: Option<File>,
}

/// See the module.
pub fn open(setup: &Setup, durability: Durability, files: &dyn Files) -> Result<Opened, LedgerError> {
    let path = &setup.path;
    let fail = |operation| move |cause| LedgerError::open(path, operation, cause);
    let lock = Lock::acquire(files, path)?;
    let meta = meta::read(files, path)?;
    let loaded = load(files, path).map_err(fail("list the segments of"))?;
    let base = loaded.segments.active;
    let boot = files.boot_id().map_err(fail("identify the boot for"))?;
    if !loaded.segments.closed.is_empty() {
        // A kill may have come between the names of a rotation: those that are there are made to last before another file
        // takes a name that one of them had.
        files.sync_directory(path).map_err(fail("fsync the directory of"))?;
    }
    let mut file = files.open_append(path).map_err(fail("open"))?;
    let mut reader = files.open_read(path).map_err(fail("open"))?;

    let mut recovered = Recovered::default();
    let mut left = match meta.filter(|_| loaded.positions_known) {
        Some(meta) => leftovers(files, path, boot, meta.epoch).map_err(fail("read the spool of"))?,
        None => None,
    };
    let same_boot = left.is_some();
    if let Some((ring, remains)) = &left {
        let length = file.length().map_err(fail("measure"))?;
        if agrees(reader.as_mut(), base.position, length, ring, remains).map_err(fail("read"))? {
            recovered.completed_bytes =
                complete(file.as_mut(), base.position, length, ring, remains).map_err(fail("complete"))?;
        } else {
            left = None;
        }
    }
    if !same_boot && let Some(risk) = meta.filter(|meta| meta.clean.is_none()).and_then(|meta| meta.risk) {
        // Positions that had to be made anew say nothing about where it was opened.
        let from = if loaded.positions_known { risk.from } else { 0 };
        let risk = Risk { from, ..risk };
        recovered.cut_bytes = holes::cut(file.as_mut(), reader.as_mut(), base.position, risk)
            .map_err(fail("look for holes in"))?;
    }
    recovered.cut_bytes += mend_tail(file.as_mut(), reader.as_mut()).map_err(fail("mend the end of"))?;
    // Everything the file has counts as acknowledged from here on, whether its writer came to sync it or not.
    file.sync().map_err(fail("fdatasync"))?;

    let length = file.length().map_err(fail("measure"))?;
    let trusted = match (&left, meta.and_then(|meta| meta.clean)) {
        (Some((_, remains)), _) => Some(remains.checkpoint),
        (None, clean) => clean.filter(|_| loaded.positions_known),
    };
    // An empty ledger has no cursors to keep valid, whoever emptied it; and a checkpoint within a line is that of a file
    // which somebody has edited.
    let fits = |checkpoint: &Checkpoint| {
        let inside = checkpoint.position >= base.position && checkpoint.position <= base.position + length;
        let counted = checkpoint.position > base.position || checkpoint.offset == base.offset;
        inside && counted && checkpoint.offset >= base.offset && (length > 0 || base.offset > 0)
    };
    let trusted = match trusted.filter(fits) {
        Some(checkpoint)
            if begins_line(reader.as_mut(), checkpoint.position - base.position).map_err(fail("read"))? =>
        {
            Some(checkpoint)
        }
        _ => None,
    };
    let epoch = match (meta, trusted) {
        (Some(meta), Some(_)) => meta.epoch,
        _ => new_epoch().map_err(fail("name"))?,
    };
    drop(left);

    let mut sparse = Sparse::default();
    let from = trusted.unwrap_or(base);
    let end = count(reader.as_mut(), base.position, from, length, &mut sparse)
        .map_err(fail("count the lines of"))?;
    recovered.events = end.offset;
    if loaded.is_indexed() {
        // A file that is not the one that was indexed is indexed anew.
        let kept = if trusted.is_some() || meta.is_none_or(|meta| meta.clean.is_none()) { length } else { 0 };
        growth::trim(files, path, &setup.fields(), base.offset, kept).map_err(fail("trim the index of"))?;
    }
    let chain = chain_of(setup, files, &loaded, end, meta, epoch)?;

    let stamp = Stamp { boot, epoch: epoch.padded() };
    let (ring, new_spool) = fresh_ring(files, path, setup.ring_bytes)?;
    let log =
        refill(setup, files, &loaded.segments, end, (ring, &stamp), reader.as_mut()).map_err(fail("read"))?;
    let replaced = new_spool.install()?;
    // From here on the file's end is unproven until the ledger is closed. This also makes the directory entries of
    // all the files durable.
    let unsynced = (durability != Durability::None).then_some(setup.ring_bytes as u64);
    let risk = Risk { from: end.position, bytes: unsynced };
    let chained = chain.is_some();
    meta::write(files, path, Meta { epoch, clean: None, risk: Some(risk), chained })
        .map_err(fail("record the epoch of"))?;
    let mut segments = loaded.segments;
    let loaded_since = segments.since_ms;
    let now_ms = System.now_ms();
    // Unknown, or told by a clock that was set back since: it would not grow old until then.
    if segments.since_ms == 0 || segments.since_ms > now_ms {
        segments.since_ms = now_ms;
    }
    let recorded = loaded.recorded && segments.since_ms == loaded_since;
    Ok(Opened { log, file, lock, epoch, end, sparse, recovered, segments, recorded, chain, replaced })
}

/// The chain, brought in line with what the file has.
fn chain_of(
    setup: &Setup,
    files: &dyn Files,
    loaded: &Loaded,
    end: Checkpoint,
    meta: Option<Meta>,
    epoch: Epoch,
) -> Result<Option<Chain>, LedgerError> {
    let chained = meta.is_some_and(|meta| meta.chained);
    if !setup.upkeep.chain && !chained && !loaded.is_chained() {
        return Ok(None);
    }
    let path = &setup.path;
    let fail = |cause| LedgerError::open(path, "go on with the chain of", cause);
    let base = loaded.segments.active;
    let risk = meta.and_then(|meta| meta.risk).filter(|_| loaded.positions_known);
    let found = chain::Found {
        segments: &loaded.segments,
        end: Checkpoint { position: end.position - base.position, ..end },
        chained,
        clean: meta.is_some_and(|meta| meta.clean.is_some()),
        synced: risk.map_or(0, |risk| risk.from.saturating_sub(base.position)),
        epoch,
        now_ms: System.now_ms(),
    };
    let lines = files.open_read(path).map_err(fail)?;
    chain::open(files, path, &setup.upkeep, &found, lines).map_err(fail)
}

/// The spool that an earlier process of this boot left, if it proves anything. One that is there and cannot be read is an
/// error: it may have what nothing else has.
fn leftovers(
    files: &dyn Files,
    path: &Path,
    boot: [u8; 16],
    epoch: Epoch,
) -> std::io::Result<Option<(Ring, Remains)>> {
    let file = match files.open_mapped(&paths::sidecar(path, "spool"), false) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
    let Some(capacity) = length.checked_sub(HEADER_BYTES) else { return Ok(None) };
    if capacity == 0 || !capacity.is_multiple_of(CAPACITY_STEP) {
        return Ok(None);
    }
    let ring = ring_in(&file, capacity)?;
    let remains = Header::of(&ring).remains(&Stamp { boot, epoch: epoch.padded() });
    Ok(remains.map(|remains| (ring, remains)))
}

#[cfg(unix)]
fn ring_in(file: &File, capacity: usize) -> std::io::Result<Ring> {
    Ring::in_file(file, capacity)
}

#[cfg(not(unix))]
fn ring_in(_file: &File, capacity: usize) -> std::io::Result<Ring> {
    Ring::anonymous(capacity) // no file is mapped there
}

/// A ring in a new file beside the spool.
fn fresh_ring<'files>(
    files: &'files dyn Files,
    ledger: &Path,
    capacity: usize,
) -> Result<(Ring, NewSpool<'files>), LedgerError> {
    let (next, spool) = (paths::sidecar(ledger, NEXT_SPOOL), paths::sidecar(ledger, "spool"));
    let file = files.open_mapped(&next, true).map_err(|cause| LedgerError::open(&next, "open", cause))?;
    let ring = match &file {
        Some(file) => ring_in(file, capacity),
        None => Ring::anonymous(capacity),
    };
    let ring = ring.map_err(|cause| LedgerError::open(&next, "allocate", cause))?;
    Ok((ring, NewSpool { files, next, spool, is_file: file.is_some() }))
}

/// What is to become the spool.
///
/// The spool is not used again, it is replaced: until then a kill finds it whole, and the log of a ledger that failed or
/// was closed may still be read, from memory that nobody else may write.
struct NewSpool<'files> {
    files: &'files dyn Files,
    next: PathBuf,
    spool: PathBuf,
    is_file: bool,
}

impl NewSpool<'_> {
    /// Makes it the spool and gives the one that was. To let go of that one frees all its pages, which takes milliseconds
    /// that opening need not wait for.
    fn install(self) -> Result<Option<File>, LedgerError> {
        if !self.is_file {
            return Ok(None);
        }
        let replaced = self.files.open_mapped(&self.spool, false).ok().flatten(); // there may be none
        let renamed = self.files.rename(&self.next, &self.spool);
        renamed.map_err(|cause| LedgerError::open(&self.spool, "replace", cause))?;
        Ok(replaced)
    }
}

/// Whether the file goes on from the floor as the ring does. If not, somebody else had a hand in it since.
fn agrees(
    reader: &mut dyn ReadFile,
    base: u64,
    length: u64,
    ring: &Ring,
    remains: &Remains,
) -> std::io::Result<bool> {
    let Some(floor) = remains.floor.checked_sub(base) else { return Ok(false) };
    let Some(common) = (base + length).min(remains.head).checked_sub(remains.floor) else {
        return Ok(false);
    };
    let common = usize::try_from(common).unwrap_or(0);
    let mut found = vec![0; common];
    let read = reader.read_at(floor, &mut found)?;
    // SAFETY: between floor and head nothing overwrote the ring, and its process is gone.
    Ok(read == common && found == unsafe { ring.slice(remains.floor, common) })
}

/// Brings the file, which [`agrees`], to the ring's head and returns how many bytes it lacked.
///
/// What it has beyond the floor is written again: its sync may have failed, and then the kernel shows bytes that the
/// disk does not have and that no later sync would write.
fn complete(
    file: &mut dyn AppendFile,
    base: u64,
    length: u64,
    ring: &Ring,
    remains: &Remains,
) -> std::io::Result<u64> {
    let end = base + length;
    if end > remains.head {
        return Ok(0); // somebody appended since, and what they wrote is only here
    }
    if end > remains.floor {
        file.truncate(remains.floor - base)?;
    }
    let bytes = usize::try_from(remains.head - remains.floor).unwrap_or(0);
    // SAFETY: between floor and head nothing overwrote the ring, and its process is gone.
    append_all(file, unsafe { ring.slice(remains.floor, bytes) })?;
    Ok(remains.head - end)
}

/// Makes the file end with a whole line and returns how many bytes that cost.
fn mend_tail(file: &mut dyn AppendFile, reader: &mut dyn ReadFile) -> std::io::Result<u64> {
    let length = reader.length()?;
    let mut tail = Vec::new();
    while (tail.len() as u64) < length {
        let step = CHUNK.min(usize::try_from(length).unwrap_or(CHUNK) - tail.len());
        let mut chunk = vec![0; step];
        let read = reader.read_at(length - tail.len() as u64 - step as u64, &mut chunk)?;
        chunk.truncate(read);
        chunk.append(&mut tail);
        tail = chunk;
        if let Some(end) = memrchr(b'\n', &tail) {
            tail.drain(..=end);
            break;
        }
    }
    if tail.is_empty() {
        return Ok(0);
    }
    if serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&tail).is_ok() {
        append_all(file, b"\n")?;
        return Ok(0);
    }
    file.truncate(length - tail.len() as u64)?;
    Ok(tail.len() as u64)
}

/// Whether a line begins, or the file ends, at `position`.
fn begins_line(reader: &mut dyn ReadFile, position: u64) -> std::io::Result<bool> {
    let Some(before) = position.checked_sub(1) else { return Ok(true) };
    let mut byte = [0];
    Ok(reader.read_at(before, &mut byte)? == 1 && byte == *b"\n")
}

fn new_epoch() -> std::io::Result<Epoch> {
    let mut bytes = [0; 8];
    System.fill(&mut bytes)?;
    Ok(Epoch::from_random(bytes))
}

/// Counts the events from `from` to the end of the file, which begins at position `base` of the ledger.
fn count(
    reader: &mut dyn ReadFile,
    base: u64,
    from: Checkpoint,
    length: u64,
    sparse: &mut Sparse,
) -> std::io::Result<Checkpoint> {
    let mut at = from;
    let mut offset = from.offset;
    let mut position = from.position;
    let left = (base + length).saturating_sub(position);
    let mut chunk = vec![0; usize::try_from(left).unwrap_or(CHUNK).min(CHUNK)];
    while position < base + length {
        let read = reader.read_at(position - base, &mut chunk)?;
        let bytes =
            chunk.get(..read).filter(|bytes| !bytes.is_empty()).ok_or(std::io::ErrorKind::UnexpectedEof)?;
        for end in memchr_iter(b'\n', bytes) {
            offset += 1;
            if offset.is_multiple_of(STRIDE) {
                sparse.note(Checkpoint { offset, position: position + end as u64 + 1 });
            }
        }
        position += read as u64;
        at = Checkpoint { offset, position };
    }
    Ok(at)
}
