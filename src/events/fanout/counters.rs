//! What the fan-out counts, lock-free.

use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of the latency histogram, in microseconds; one more bucket takes the rest.
pub const LATENCY_BOUNDS_US: [u64; 12] =
    [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000];

/// From the append of an event to the write of the batch that carried it, sampled.
#[derive(Debug, Default)]
pub struct Latency {
    buckets: [AtomicU64; 13],
}

impl Latency {
    /// Counts one sample.
    pub fn record(&self, microseconds: u64) {
        let at = LATENCY_BOUNDS_US.partition_point(|bound| *bound < microseconds);
        if let Some(bucket) = self.buckets.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Samples per bucket.
    pub fn snapshot(&self) -> [u64; 13] {
        std::array::from_fn(|at| self.buckets.get(at).map_or(0, |bucket| bucket.load(Ordering::Relaxed)))
    }
}

/// See the module. All but `connections`, `lagging` and `lag` only grow.
#[derive(Debug, Default)]
pub struct Counters {
    /// Connections served now.
    pub connections: AtomicU64,
    /// Connections whose socket is full now.
    pub lagging: AtomicU64,
    /// Events after the cursor of the one farthest behind among them, looked at now and then.
    pub lag: AtomicU64,
    /// Frames handed to sockets.
    pub frames: AtomicU64,
    /// Bytes handed to sockets.
    pub bytes: AtomicU64,
    /// Writes made.
    pub writes: AtomicU64,
    /// Times a socket was full.
    pub stalls: AtomicU64,
    /// Connections given up as slow.
    pub slow: AtomicU64,
    /// Gap events sent.
    pub gaps: AtomicU64,
    /// Frames skipped by coalescing.
    pub coalesced: AtomicU64,
    /// Connections that began in the past.
    pub resumes: AtomicU64,
    /// Reads of the past for lagging connections.
    pub catchups: AtomicU64,
    /// Append to write.
    pub latency: Latency,
}

/// Adds to a counter.
pub fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}
