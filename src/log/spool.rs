//! The spool: a ring in a file that survives `kill -9`.
//!
//! What `emit` has returned lies in the page cache of this file, so it is there when the process dies at any moment;
//! opening the ledger again appends what the ledger had not yet been given. After a reboot the spool proves nothing
//! (its pages reach the disk in any order), which the boot id in its header tells.
//!
//! # Format
//! ```text
//! byte    0  magic "CTXSPOOL"
//!         8  format version, u32 little endian: 1
//!        16  capacity of the ring in bytes, u64
//!        24  boot id, 16 bytes
//!        40  epoch of the log, 16 bytes, padded with zeros
//!        64  head: stream position after the last whole line, u64, written after the line itself
//!       128  floor: stream position below which the ring may be overwritten, u64
//!       192  checkpoint slot A: position u64, offset u64, position XOR offset XOR mask u64
//!       256  checkpoint slot B
//!     65536  the ring
//! ```
//! A checkpoint says that `offset` events end at `position`; the newest valid slot wins, so a kill between two of its
//! words loses nothing. All integers are little endian.

use std::sync::atomic::{AtomicU64, Ordering};

use super::ring::Ring;

const MAGIC: u64 = u64::from_le_bytes(*b"CTXSPOOL");
const VERSION: u64 = 1;
const MASK: u64 = 0x5a5a_c0de_5a5a_c0de;

const WORD_MAGIC: usize = 0;
const WORD_VERSION: usize = 1;
const WORD_CAPACITY: usize = 2;
const WORD_BOOT: usize = 3;
const WORD_EPOCH: usize = 5;
const WORD_HEAD: usize = 8;
const WORD_FLOOR: usize = 16;
const WORD_SLOTS: [usize; 2] = [24, 32];

/// How many events end at which stream position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checkpoint {
    /// Stream position, in bytes.
    pub position: u64,
    /// Number of events before it.
    pub offset: u64,
}

/// What ties a spool to one boot of one machine and to one log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Random id of the running boot.
    pub boot: [u8; 16],
    /// The log's epoch, padded with zeros.
    pub epoch: [u8; 16],
}

/// What a spool left behind by an earlier process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remains {
    /// The ring still holds every byte from here …
    pub floor: u64,
    /// … to here.
    pub head: u64,
    /// The newest checkpoint.
    pub checkpoint: Checkpoint,
}

/// Words of the header of a ring. Valid for anonymous rings too, where nobody reads them again.
pub struct Header<'ring> {
    ring: &'ring Ring,
}

impl<'ring> Header<'ring> {
    /// The header of `ring`.
    pub fn of(ring: &'ring Ring) -> Self {
        Self { ring }
    }

    fn word(&self, index: usize) -> &AtomicU64 {
        debug_assert!(index < super::ring::HEADER_BYTES / 8);
        // SAFETY: the header is page aligned and longer than any index used here; it lives as long as the ring and is
        // only ever accessed as atomics.
        unsafe { &*self.ring.header().as_ptr().cast::<AtomicU64>().add(index) }
    }

    fn load(&self, index: usize) -> u64 {
        u64::from_le(self.word(index).load(Ordering::Acquire))
    }

    fn store(&self, index: usize, value: u64) {
        #[cfg(test)]
        if super::tests::killed_before_this_store() {
            return;
        }
        self.word(index).store(value.to_le(), Ordering::Release);
    }

    fn bytes16(&self, index: usize) -> [u8; 16] {
        let pair = u128::from(self.load(index)) | (u128::from(self.load(index + 1)) << 64);
        pair.to_le_bytes()
    }

    fn store_bytes16(&self, index: usize, bytes: [u8; 16]) {
        let pair = u128::from_le_bytes(bytes);
        #[allow(clippy::cast_possible_truncation)] // the two halves, on purpose
        let halves = (pair as u64, (pair >> 64) as u64);
        self.store(index, halves.0);
        self.store(index + 1, halves.1);
    }

    /// What is left from an earlier process of the same boot and log; `None` when it proves nothing.
    pub fn remains(&self, stamp: &Stamp) -> Option<Remains> {
        let known = self.load(WORD_MAGIC) == MAGIC
            && self.load(WORD_VERSION) == VERSION
            && self.load(WORD_CAPACITY) == self.ring.capacity() as u64
            && self.bytes16(WORD_BOOT) == stamp.boot
            && self.bytes16(WORD_EPOCH) == stamp.epoch;
        let (floor, head) = (self.load(WORD_FLOOR), self.load(WORD_HEAD));
        let sound = floor <= head && head - floor <= self.ring.capacity() as u64;
        (known && sound).then(|| Remains { floor, head, checkpoint: self.checkpoint() })
    }

    fn checkpoint(&self) -> Checkpoint {
        let read = |slot: usize| {
            let found = Checkpoint { position: self.load(slot), offset: self.load(slot + 1) };
            (self.load(slot + 2) == found.position ^ found.offset ^ MASK).then_some(found)
        };
        let best = WORD_SLOTS.into_iter().filter_map(read).max_by_key(|found| found.position);
        best.unwrap_or_default()
    }

    /// Starts the header anew: the ring is empty at `start`.
    pub fn reset(&self, stamp: &Stamp, start: Checkpoint) {
        // The magic goes first and comes last, so that a kill in between leaves a spool that proves nothing.
        self.store(WORD_MAGIC, 0);
        self.store(WORD_VERSION, VERSION);
        self.store(WORD_CAPACITY, self.ring.capacity() as u64);
        self.store_bytes16(WORD_BOOT, stamp.boot);
        self.store_bytes16(WORD_EPOCH, stamp.epoch);
        self.store(WORD_HEAD, start.position);
        self.store(WORD_FLOOR, start.position);
        for slot in WORD_SLOTS {
            self.store_slot(slot, start);
        }
        self.store(WORD_MAGIC, MAGIC);
    }

    /// Publishes the position after the last whole line.
    pub fn publish_head(&self, position: u64) {
        self.store(WORD_HEAD, position);
    }

    /// Allows everything before the checkpoint to be overwritten.
    pub fn publish_floor(&self, at: Checkpoint) {
        let newest = self.checkpoint();
        let slot =
            WORD_SLOTS.into_iter().find(|slot| self.load(*slot) != newest.position).unwrap_or(WORD_SLOTS[0]);
        self.store_slot(slot, at);
        self.store(WORD_FLOOR, at.position);
    }

    fn store_slot(&self, slot: usize, at: Checkpoint) {
        self.store(slot + 2, !(at.position ^ at.offset ^ MASK)); // invalid while half written
        self.store(slot, at.position);
        self.store(slot + 1, at.offset);
        self.store(slot + 2, at.position ^ at.offset ^ MASK);
    }
}
