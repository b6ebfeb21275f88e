//! Who sits where: keys to cells, without locks, and without ever seating one key twice.
//!
//! A cell is two wide words:
//!
//! ```text
//! key    hash 96 | generation 16 | seat 16       seat: 0 free, 1 tentative, 2 committed
//! state  generation 16 | time 48 | count 64      time in microseconds; what `count` holds is the counter's business
//! ```
//!
//! Counting changes only the state, and only by a swap that includes the generation. Reclaiming an expired cell first
//! raises the generation of the state, so that nobody who still believes in the old key can count there, and then
//! replaces the key. A process that dies between the two leaves a cell whose generations differ: anybody may finish.
//!
//! A key can be seated twice only by two newcomers at once, each finding another free cell. So a seat is tentative at
//! first: its owner looks at all cells of the key again and removes tentative seats of the same key that come later;
//! of two, the earlier stays. Every step is a swap that anybody may do on behalf of somebody who died.

use super::memory::Memory;

/// Cells looked at for one key.
pub const PROBES: usize = 16;

const FREE: u128 = 0;
const TENTATIVE: u128 = 1;
const COMMITTED: u128 = 2;
const HASH_SHIFT: u32 = 32;
const TIME_BITS: u32 = 48;
const TIME_MASK: u64 = (1 << TIME_BITS) - 1;

/// Identity of a key: a keyed hash of its text, of which 96 bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub u128);

impl Hash {
    fn word(self, generation: u16, seat: u128) -> u128 {
        (self.0 << HASH_SHIFT) | (u128::from(generation) << 16) | seat
    }

    fn owns(self, key: u128) -> bool {
        key >> HASH_SHIFT == (self.0 << HASH_SHIFT) >> HASH_SHIFT
    }
}

/// The state of a cell, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Raised whenever the cell changes hands.
    pub generation: u16,
    /// Microseconds.
    pub time: u64,
    /// What is counted.
    pub count: u64,
}

impl State {
    /// Reads a word.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // halves of a word
    pub fn of(word: u128) -> Self {
        let high = (word >> 64) as u64;
        Self { generation: (high >> TIME_BITS) as u16, time: high & TIME_MASK, count: word as u64 }
    }

    /// As a word.
    #[inline]
    pub fn word(self) -> u128 {
        let high = (u64::from(self.generation) << TIME_BITS) | (self.time & TIME_MASK);
        (u128::from(high) << 64) | u128::from(self.count)
    }
}

/// What a counter tells about its states.
pub trait Counting {
    /// Whether nothing in `state` can matter any more.
    fn is_over(&self, state: State, now: u64) -> bool;
    /// The state that a newcomer to the cell begins with; the generation is set by the caller.
    fn fresh(&self, state: State, now: u64) -> State;
}

/// A cell that a key holds, as of a generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Number of the cell.
    pub cell: usize,
    /// The generation in which the key holds it.
    pub generation: u16,
}

/// The cells of one counter in a table.
#[derive(Debug, Clone, Copy)]
pub struct Cells {
    /// Index of the first wide word.
    pub first_wide: usize,
    /// Number of cells, a power of two and at least [`PROBES`].
    pub count: usize,
}

impl Cells {
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // any bits of the hash do
    fn probe(self, hash: Hash, step: usize) -> usize {
        ((hash.0 >> 96) as usize ^ hash.0 as usize).wrapping_add(step) & (self.count - 1)
    }

    #[inline]
    fn key_at(self, cell: usize) -> usize {
        self.first_wide + 2 * cell
    }

    /// Index of the wide word with the state of `cell`.
    #[inline]
    pub fn state_at(self, cell: usize) -> usize {
        self.key_at(cell) + 1
    }

    /// The state of `cell`.
    #[inline]
    pub fn state<M: Memory>(self, memory: &M, cell: usize) -> State {
        State::of(memory.wide(self.state_at(cell)))
    }

    /// Where `hash` sits, if it does.
    #[inline]
    pub fn find<M: Memory>(self, memory: &M, hash: Hash) -> Option<Seat> {
        for step in 0..PROBES {
            let cell = self.probe(hash, step);
            let key = memory.wide(self.key_at(cell));
            if hash.owns(key) && seat_of(key) == COMMITTED {
                let generation = generation_of(key);
                if self.state(memory, cell).generation == generation {
                    return Some(Seat { cell, generation });
                }
            }
        }
        None
    }

    /// Where `hash` sits, seating it if need be; `None` when all its cells are busy with other keys.
    #[inline]
    pub fn seat<M: Memory, C: Counting>(
        self,
        memory: &M,
        counting: &C,
        hash: Hash,
        now: u64,
    ) -> Option<Seat> {
        loop {
            if let Some(seat) = self.find(memory, hash) {
                return Some(seat);
            }
            if !self.take_one(memory, counting, hash, now)? {
                std::hint::spin_loop();
            }
        }
    }

    /// One attempt at a seat. `None`: no cell is to be had. Afterwards the caller looks again.
    fn take_one<M: Memory, C: Counting>(
        self,
        memory: &M,
        counting: &C,
        hash: Hash,
        now: u64,
    ) -> Option<bool> {
        let mut available = None;
        for step in 0..PROBES {
            let cell = self.probe(hash, step);
            let key = memory.wide(self.key_at(cell));
            let state = self.state(memory, cell);
            let settled = generation_of(key) == state.generation;
            if hash.owns(key) && seat_of(key) == TENTATIVE && settled {
                // Somebody began and was slower, or died.
                self.settle(memory, hash, step, key);
                return Some(false);
            }
            let usable = !settled || seat_of(key) == FREE || counting.is_over(state, now);
            if usable && available.is_none() {
                available = Some((step, cell, key, state, settled));
            }
        }
        let (step, cell, key, state, settled) = available?;
        let generation = generation_of(key).wrapping_add(1);
        if settled {
            let fresh = State { generation, ..counting.fresh(state, now) };
            if !memory.swap_wide(self.state_at(cell), state.word(), fresh.word()) {
                return Some(false);
            }
        }
        let tentative = hash.word(generation, TENTATIVE);
        if memory.swap_wide(self.key_at(cell), key, tentative) {
            self.settle(memory, hash, step, tentative);
        }
        Some(true)
    }

    /// Turns the tentative seat at `step` into a committed one, or removes it in favour of another of the same key.
    fn settle<M: Memory>(self, memory: &M, hash: Hash, step: usize, tentative: u128) {
        let own = self.key_at(self.probe(hash, step));
        let free = |word: u128| u128::from(generation_of(word)) << 16 | FREE;
        for other_step in 0..PROBES {
            if other_step == step {
                continue;
            }
            let other = self.probe(hash, other_step);
            let key = memory.wide(self.key_at(other));
            if !hash.owns(key) || self.state(memory, other).generation != generation_of(key) {
                continue;
            }
            let seat = seat_of(key);
            if seat == COMMITTED || (seat == TENTATIVE && other_step < step) {
                memory.swap_wide(own, tentative, free(tentative));
                return;
            }
            if seat == TENTATIVE && !memory.swap_wide(self.key_at(other), key, free(key)) {
                return; // it changed under our eyes: look again from the start
            }
        }
        memory.swap_wide(own, tentative, (tentative & !0xFFFF) | COMMITTED);
    }

    /// Cells that hold something alive, for the metrics: a walk over the whole table.
    pub fn live<M: Memory, C: Counting>(self, memory: &M, counting: &C, now: u64) -> usize {
        (0..self.count)
            .filter(|cell| {
                let key = memory.wide(self.key_at(*cell));
                let state = self.state(memory, *cell);
                seat_of(key) == COMMITTED
                    && generation_of(key) == state.generation
                    && !counting.is_over(state, now)
            })
            .count()
    }
}

#[inline]
fn seat_of(key: u128) -> u128 {
    key & 0xFFFF
}

#[inline]
#[allow(clippy::cast_possible_truncation)] // the bits of the generation
fn generation_of(key: u128) -> u16 {
    (key >> 16) as u16
}
