//! Opening a ledger: whatever state a process, a kill or a power loss left behind becomes a file of whole lines and a
//! log that goes on after them.
//!
//! 1. The lock, then the meta sidecar.
//! 2. The spool of the same boot holds everything the file may lack, to the byte: from the last acknowledged byte on it
//!    is written (again), which also completes a torn line. A spool of another boot proves nothing, nor does one that
//!    the file does not agree with; then a torn last line is cut (or, if it is whole but for its newline, completed).
//! 3. Events are counted from the newest trustworthy checkpoint.
//! 4. The newest lines fill the log's window.
//!
//! The epoch stays when the file's end is one that readers may have seen; otherwise it is new (see meta.rs).

use std::path::{Path, PathBuf};

use memchr::{memchr_iter, memrchr};

use super::lock::Lock;
use super::meta::{self, Meta};
use super::sparse::{STRIDE, Sparse};
use super::{LedgerError, paths};
use crate::log::cursor::Epoch;
use crate::log::fields::string_fields;
use crate::log::spool::{Header, Remains, Stamp};
use crate::log::{CAPACITY_STEP, Checkpoint, Fill, HEADER_BYTES, Log, Retention, Ring};
use crate::port::{AppendFile, Clock, Files, Random, ReadFile, System};

const CHUNK: usize = 1 << 20;

/// The sidecar that becomes the spool once it is whole.
#[cfg(unix)]
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
}

/// See the module.
pub fn open(setup: &Setup, files: &dyn Files) -> Result<Opened, LedgerError> {
    let path = &setup.path;
    let fail = |operation| move |cause| LedgerError::open(path, operation, cause);
    let lock = Lock::acquire(path)?;
    let meta = meta::read(files, path)?;
    let boot = crate::port::boot_id().map_err(fail("identify the boot for"))?;
    let mut file = files.open_append(path).map_err(fail("open"))?;
    let mut reader = files.open_read(path).map_err(fail("open"))?;

    let mut recovered = Recovered::default();
    let mut left = meta.and_then(|meta| leftovers(path, boot, meta.epoch));
    if let Some((ring, remains)) = &left {
        let length = file.length().map_err(fail("measure"))?;
        if agrees(reader.as_mut(), length, ring, remains).map_err(fail("read"))? {
            recovered.completed_bytes =
                complete(file.as_mut(), length, ring, remains).map_err(fail("complete"))?;
        } else {
            left = None;
        }
    }
    recovered.cut_bytes = mend_tail(file.as_mut(), reader.as_mut()).map_err(fail("mend the end of"))?;
    // Everything the file has counts as acknowledged from here on, whether its writer came to sync it or not.
    file.sync().map_err(fail("fdatasync"))?;

    let length = file.length().map_err(fail("measure"))?;
    let trusted = match (&left, meta.and_then(|meta| meta.clean)) {
        (Some((_, remains)), _) => Some(remains.checkpoint),
        (None, clean) => clean,
    };
    // An empty ledger has no cursors to keep valid, whoever emptied it; and a checkpoint within a line is that of a file
    // which somebody has edited.
    let trusted = match trusted.filter(|checkpoint| checkpoint.position <= length && length > 0) {
        Some(checkpoint) if begins_line(reader.as_mut(), checkpoint.position).map_err(fail("read"))? => {
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
    let from = trusted.unwrap_or_default();
    let end = count(reader.as_mut(), from, length, &mut sparse).map_err(fail("count the lines of"))?;
    recovered.events = end.offset;

    let stamp = Stamp { boot, epoch: epoch.padded() };
    let ring = fresh_ring(path, setup.ring_bytes)?;
    let log = preload(setup, ring, &stamp, end, reader.as_mut()).map_err(fail("read"))?;
    install_ring(path)?;
    // From here on the file's end is unproven until the ledger is closed. This also makes the directory entries of
    // all the files durable.
    meta::write(files, path, Meta { epoch, clean: None }).map_err(fail("record the epoch of"))?;
    Ok(Opened { log, file, lock, epoch, end, sparse, recovered })
}

/// The spool that an earlier process of this boot left, if it proves anything.
#[cfg(unix)]
fn leftovers(path: &Path, boot: [u8; 16], epoch: Epoch) -> Option<(Ring, Remains)> {
    let file = std::fs::OpenOptions::new().read(true).write(true).open(paths::sidecar(path, "spool")).ok()?;
    let capacity = usize::try_from(file.metadata().ok()?.len()).ok()?.checked_sub(HEADER_BYTES)?;
    if capacity == 0 || !capacity.is_multiple_of(CAPACITY_STEP) {
        return None;
    }
    let ring = Ring::in_file(&file, capacity).ok()?;
    let remains = Header::of(&ring).remains(&Stamp { boot, epoch: epoch.padded() })?;
    Some((ring, remains))
}

#[cfg(not(unix))]
fn leftovers(_path: &Path, _boot: [u8; 16], _epoch: Epoch) -> Option<(Ring, Remains)> {
    None // the ring is memory only here
}

/// A ring in a new file beside the spool.
///
/// The spool is not used again, it is replaced by [`install_ring`]: until then a kill finds it whole, and the log of a
/// ledger that failed or was closed may still be read, from memory that nobody else may write.
#[cfg(unix)]
fn fresh_ring(ledger: &Path, capacity: usize) -> Result<Ring, LedgerError> {
    let path = paths::sidecar(ledger, NEXT_SPOOL);
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(|cause| LedgerError::open(&path, "open", cause))?;
    Ring::in_file(&file, capacity).map_err(|cause| LedgerError::open(&path, "allocate", cause))
}

#[cfg(not(unix))]
fn fresh_ring(ledger: &Path, capacity: usize) -> Result<Ring, LedgerError> {
    Ring::anonymous(capacity).map_err(|cause| LedgerError::open(ledger, "allocate the ring of", cause))
}

/// Makes the file of [`fresh_ring`] the spool.
#[cfg(unix)]
fn install_ring(ledger: &Path) -> Result<(), LedgerError> {
    let path = paths::sidecar(ledger, "spool");
    std::fs::rename(paths::sidecar(ledger, NEXT_SPOOL), &path)
        .map_err(|cause| LedgerError::open(&path, "replace", cause))
}

#[cfg(not(unix))]
fn install_ring(_ledger: &Path) -> Result<(), LedgerError> {
    Ok(()) // the ring is memory only here
}

/// Whether the file goes on from the floor as the ring does. If not, somebody else had a hand in it since.
fn agrees(reader: &mut dyn ReadFile, length: u64, ring: &Ring, remains: &Remains) -> std::io::Result<bool> {
    let Some(common) = length.min(remains.head).checked_sub(remains.floor) else { return Ok(false) };
    let common = usize::try_from(common).unwrap_or(0);
    let mut found = vec![0; common];
    let read = reader.read_at(remains.floor, &mut found)?;
    // SAFETY: between floor and head nothing overwrote the ring, and its process is gone.
    Ok(read == common && found == unsafe { ring.slice(remains.floor, common) })
}

/// Brings the file, which [`agrees`], to the ring's head and returns how many bytes it lacked.
///
/// What it has beyond the floor is written again: its sync may have failed, and then the kernel shows bytes that the
/// disk does not have and that no later sync would write.
fn complete(file: &mut dyn AppendFile, length: u64, ring: &Ring, remains: &Remains) -> std::io::Result<u64> {
    if length > remains.head {
        return Ok(0); // somebody appended since, and what they wrote is only here
    }
    if length > remains.floor {
        file.truncate(remains.floor)?;
    }
    let bytes = usize::try_from(remains.head - remains.floor).unwrap_or(0);
    // SAFETY: between floor and head nothing overwrote the ring, and its process is gone.
    append_all(file, unsafe { ring.slice(remains.floor, bytes) })?;
    Ok(remains.head - length)
}

fn append_all(file: &mut dyn AppendFile, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match file.append(bytes) {
            Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or(&[]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
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

/// Counts the events from `from` to the end of the file.
fn count(
    reader: &mut dyn ReadFile,
    from: Checkpoint,
    length: u64,
    sparse: &mut Sparse,
) -> std::io::Result<Checkpoint> {
    let mut at = from;
    let mut offset = from.offset;
    let mut position = from.position;
    let mut chunk = vec![0; CHUNK];
    while position < length {
        let read = reader.read_at(position, &mut chunk)?;
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

/// A log that goes on at `end`, with the newest lines of the file in its window.
fn preload(
    setup: &Setup,
    ring: Ring,
    stamp: &Stamp,
    end: Checkpoint,
    reader: &mut dyn ReadFile,
) -> std::io::Result<Log> {
    let room = ring.capacity() - 2 * setup.max_line_bytes;
    let want = usize::try_from(end.position.min(setup.retention.max_bytes)).unwrap_or(room).min(room);
    let mut tail = vec![0; want];
    let start = end.position - want as u64;
    let read = reader.read_at(start, &mut tail)?;
    tail.truncate(read);
    let lines = newest_lines(&tail, start > 0, setup);
    let bytes: u64 = lines.iter().map(|line| line.len() as u64 + 1).sum();
    let begin = Checkpoint { position: end.position - bytes, offset: end.offset - lines.len() as u64 };

    Header::of(&ring).reset(stamp, begin);
    let log = Log::new(ring, begin, setup.max_line_bytes, setup.retention, true);
    let now_ms = System.now_ms();
    // A type too many in an old line is no reason not to open; it reads as untyped from memory. That comes first, so
    // that it has a number whatever the lines name.
    let untyped = log.kind("").unwrap_or_default();
    for line in lines {
        let [topic, kind] = string_fields(line, [&setup.topic_field, &setup.type_field]);
        let topic = log.topic(topic.as_deref().unwrap_or_default());
        let kind = log.kind(kind.as_deref().unwrap_or_default()).unwrap_or(untyped);
        let _ = log.append(topic, kind, now_ms, |space| match space.get_mut(..line.len()) {
            Some(space) => {
                space.copy_from_slice(line);
                Fill::Line(line.len())
            }
            None => Fill::TooLong(line.len()),
        });
    }
    log.release(end);
    Ok(log)
}

/// The whole lines at the end of `tail` that the window can take: without a gap, and none longer than a line may be.
fn newest_lines<'tail>(tail: &'tail [u8], cut_off: bool, setup: &Setup) -> Vec<&'tail [u8]> {
    let body = tail.strip_suffix(b"\n").unwrap_or(&[]);
    let mut lines: Vec<&[u8]> =
        if tail.is_empty() { Vec::new() } else { body.split(|byte| *byte == b'\n').collect() };
    if cut_off && !lines.is_empty() {
        lines.remove(0);
    }
    let after_long = lines.iter().rposition(|line| line.len() > setup.max_line_bytes).map_or(0, |at| at + 1);
    let surplus = lines.len().saturating_sub(setup.retention.max_events);
    lines.split_off(after_long.max(surplus))
}
