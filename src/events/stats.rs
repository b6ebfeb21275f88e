//! A snapshot of a hub.

use crate::ledger::Recovered;

/// Counts since the hub was opened, and sizes as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Offset of the next event.
    pub head_offset: u64,
    /// Offset of the oldest event of the window.
    pub first_offset: u64,
    /// The next offset that is not acknowledged.
    pub durable_offset: u64,
    /// Events appended since opening.
    pub emitted: u64,
    /// Events of the window.
    pub window_events: u64,
    /// Topics known.
    pub topics: u64,
    /// Size of the ring.
    pub ring_bytes: u64,
    /// Bytes that wait for the ledger.
    pub pending_bytes: u64,
    /// Appends refused because the ring was full.
    pub refused_full: u64,
    /// Batches the ledger committed.
    pub commits: u64,
    /// Bytes the ledger wrote.
    pub written_bytes: u64,
    /// What opening the ledger mended.
    pub recovered: Recovered,
    /// Whether the ledger failed.
    pub failed: bool,
    /// Whether the ledger waits for room on the disk.
    pub stalled: bool,
}
