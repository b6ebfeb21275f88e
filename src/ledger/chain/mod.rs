//! The hash chain: proof that the lines of the ledger are those that were written, in that order, and all of them.
//!
//! Each segment has a sidecar `.chain` with one record per batch that the writer wrote. A record's digest covers the
//! digest before it, the record's own header and the bytes of the batch; with a key it is an HMAC, which nobody makes
//! without the key. The lines themselves stay plain. Records are only ever appended: what a crash took from the end of
//! the ledger is revoked by a record, so that the evidence stays. The sidecar is synced when a segment is closed and
//! when the ledger is; after a power loss the lines whose records were lost are taken up again, and marked as such.
//! What a crash cannot have done is a break that no later record mends: `.meta` says that there is a chain and up to where
//! it was synced, so that one that is gone or too short is missed.
//!
//! # Format
//! Records follow each other, all integers little endian:
//! ```text
//! byte 0  "CHN" and the kind: S start, G genesis, A adopted, B batch, R recovered, C cut, K break, L lost
//!      4  number of lines, u32
//!      8  offset of the first event, u64
//!     16  where it begins in the segment, u64
//!     24  bytes of the batch, u64 (of a start: what tells the key from others, 0 without one)
//!     32  when the record was made, ms, u64
//!     40  digest, 32 bytes: SHA-256 or HMAC-SHA-256 of digest before | bytes 0 to 39 | pieces, where pieces are the
//!         SHA-256 of each 2,048 bytes of the batch, the last of which may be fewer
//!         (of a start: the last digest of the segment before)
//!     72  CRC-32 of each line without its newline, u32 each: they name the line when the digest does not fit
//!         CRC-32 of all of the record before, u32
//! ```

mod classify;
mod hash;
mod lanes;
mod open;
mod pieces;
mod record;
mod scan;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

pub use crate::hash::Digest;
pub use hash::Hasher;
pub use open::{Found, Place, open};
pub use record::{Kind, Record};
pub use scan::Records;
pub use verify::{Anchor, Ask, Problem, ProblemKind, Verified, head, verify};
pub use writer::Chain;
