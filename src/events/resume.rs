//! Where a reader that comes back goes on.

/// What a resume token says. A token is a cursor, or the consumer's own event id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// Go on after the event at this offset.
    After(u64),
    /// A cursor of another epoch: what the reader saw is no part of this log.
    OtherEpoch,
    /// A cursor of this epoch that was never given out.
    Unknown,
    /// No cursor, and no event of the window has this id: the ledger may know it.
    NotInWindow,
}
