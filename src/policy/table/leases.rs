//! At most N at once: leases that end when they are given back or when their time is over.
//!
//! A key's lease is one plain word, `end 48 | mark 16`, in one of its N places. The time of the cell's state is the
//! latest end of any lease, raised before the lease is written: so a cell with a living lease is never reclaimed, and a
//! lease written too late, after the cell changed hands, is over when it is written.

use super::cells::{Cells, Counting, Seat, State};
use super::memory::Memory;
use super::ring::Left;

const END_SHIFT: u32 = 16;

/// The lease counter of a table.
#[derive(Debug, Clone, Copy)]
pub struct Leases {
    /// Its cells.
    pub cells: Cells,
    /// Index of the first plain word.
    pub first_word: usize,
    /// Leases at once.
    pub limit: usize,
    /// How long a lease lasts that nobody gives back, in microseconds.
    pub duration: u64,
}

/// A lease that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Index of its word.
    pub index: usize,
    /// The word.
    pub word: u64,
}

impl Lease {
    /// When it ends by itself, in microseconds.
    pub fn end(self) -> u64 {
        self.word >> END_SHIFT
    }
}

/// What a request for a lease gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leased {
    /// The lease.
    Given(Lease),
    /// All are taken; the first ends by itself at this time.
    Taken {
        /// Microseconds.
        until: u64,
    },
    /// The cell changed hands: look for the seat again.
    Moved,
}

impl Counting for Leases {
    fn is_over(&self, state: State, now: u64) -> bool {
        state.time <= now
    }

    fn fresh(&self, state: State, now: u64) -> State {
        State { time: now, count: 0, ..state }
    }
}

impl Leases {
    /// Gives a lease if one is free. `mark` tells it from others that end at the same time.
    pub fn take<M: Memory>(&self, memory: &M, seat: Seat, mark: u16, now: u64) -> Leased {
        let end = now.saturating_add(self.duration);
        let mut until = u64::MAX;
        // Begin anywhere, so that processes do not all contend for the first place.
        let start = usize::from(mark);
        for step in 0..self.limit {
            let index = self.place(seat, start.wrapping_add(step) % self.limit.max(1));
            let found = memory.word(index);
            let ends = found >> END_SHIFT;
            if ends > now {
                until = until.min(ends);
                continue;
            }
            if !self.announce(memory, seat, end) {
                return Leased::Moved;
            }
            let word = (end << END_SHIFT) | u64::from(mark);
            if memory.swap_word(index, found, word) {
                return Leased::Given(Lease { index, word });
            }
            until = until.min(end);
        }
        Leased::Taken { until }
    }

    /// Gives a lease back. `false`: it was over.
    pub fn give_back<M: Memory>(&self, memory: &M, lease: Lease) -> bool {
        self.is_place(lease.index) && memory.swap_word(lease.index, lease.word, 0)
    }

    /// Begins a lease's time anew. `None`: it was over.
    pub fn renew<M: Memory>(&self, memory: &M, lease: Lease, now: u64) -> Option<Lease> {
        if !self.is_place(lease.index) || lease.end() <= now {
            return None;
        }
        let cell = (lease.index - self.first_word) / self.limit.max(1);
        let end = now.saturating_add(self.duration);
        let generation = self.cells.state(memory, cell).generation;
        if !self.announce(memory, Seat { cell, generation }, end) {
            return None;
        }
        let word = (end << END_SHIFT) | (lease.word & 0xFFFF);
        memory.swap_word(lease.index, lease.word, word).then_some(Lease { word, ..lease })
    }

    /// Ends every lease of a key. `false`: the cell changed hands.
    pub fn clear<M: Memory>(&self, memory: &M, seat: Seat) -> bool {
        if self.cells.state(memory, seat.cell).generation != seat.generation {
            return false;
        }
        for place in 0..self.limit {
            let index = self.place(seat, place);
            let found = memory.word(index);
            memory.swap_word(index, found, 0);
        }
        true
    }

    /// What is left.
    pub fn left<M: Memory>(&self, memory: &M, seat: Seat, now: u64) -> Left {
        let mut left = Left { units: 0, next_at: u64::MAX, whole_at: now };
        for place in 0..self.limit {
            let end = memory.word(self.place(seat, place)) >> END_SHIFT;
            if end <= now {
                left.units += 1;
            } else {
                left.next_at = left.next_at.min(end);
                left.whole_at = left.whole_at.max(end);
            }
        }
        left.next_at = left.next_at.min(left.whole_at);
        left
    }

    /// Raises the time of the cell to `end`. `false`: it changed hands.
    fn announce<M: Memory>(&self, memory: &M, seat: Seat, end: u64) -> bool {
        loop {
            let state = self.cells.state(memory, seat.cell);
            if state.generation != seat.generation {
                return false;
            }
            if state.time >= end {
                return true;
            }
            let raised = State { time: end, ..state };
            if memory.swap_wide(self.cells.state_at(seat.cell), state.word(), raised.word()) {
                return true;
            }
        }
    }

    fn is_place(&self, index: usize) -> bool {
        index >= self.first_word && index < self.first_word + self.cells.count * self.limit
    }

    fn place(&self, seat: Seat, place: usize) -> usize {
        self.first_word + seat.cell * self.limit + place
    }
}
