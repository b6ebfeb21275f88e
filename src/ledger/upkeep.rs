//! What is done with a ledger besides writing it: when a segment is closed, how long it is kept, in what form.

/// When the active segment is closed. Whatever comes first; absent bounds bound nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rotate {
    /// At this many bytes. Lines stay whole, so that one long line may be more.
    pub max_bytes: Option<u64>,
    /// At this many events.
    pub max_events: Option<u64>,
    /// This long after its beginning, if it has events.
    pub max_age_ms: Option<u64>,
}

/// How long closed segments are kept. Whatever comes first; absent bounds bound nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retain {
    /// Bytes on disk of all segments, the active one included.
    pub max_bytes: Option<u64>,
    /// Time since a segment was closed.
    pub max_age_ms: Option<u64>,
    /// Number of closed segments.
    pub max_segments: Option<u64>,
}

/// A key of the chain. It is not shown and not compared.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

/// See the module. By default nothing is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// When the active segment is closed.
    pub rotate: Rotate,
    /// How long closed ones are kept.
    pub retain: Retain,
    /// Closed ones are compressed.
    pub compress: bool,
    /// Segments are indexed.
    pub index: bool,
    /// A hash chain is kept. A ledger that has one keeps it also without.
    pub chain: bool,
    /// The key of the chain.
    pub key: Option<Key>,
}

impl Upkeep {
    /// Whether there is anything for a keeper to do.
    pub fn needs_keeper(&self) -> bool {
        self.index || self.compress || self.rotate != Rotate::default() || self.retain != Retain::default()
    }
}
