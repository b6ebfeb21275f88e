//! At most N units in any window: the exact counter.
//!
//! The state of a cell holds the newest admission, the cell's ring all units before it:
//!
//! ```text
//! count   weight 16 | position 48      `weight` units at positions position, position + 1, ..., admitted at `time`
//! entry   lap 16 | time 48             the unit at a position; the lap tells it from the unit a ring earlier
//! ```
//!
//! One swap of the state admits. Before it, whoever comes next writes the previous admission's units into the ring:
//! the same values whoever does it, so a process that died in between is made good by the next one. A new unit may come
//! when the unit N before it has left the window: one entry is read, whatever N is.
//!
//! Several budgets of one key share the ring: "60 per minute and 1000 per hour" looks at two entries and admits with
//! the same one swap.

use super::cells::{Cells, Counting, Seat, State};
use super::memory::Memory;

const POSITION_BITS: u32 = 48;
const POSITION_MASK: u64 = (1 << POSITION_BITS) - 1;
const ENTRY_TIME_MASK: u64 = (1 << 48) - 1;

/// Units that one call may take.
pub const MAX_WEIGHT: u64 = 65_535;

/// At most `limit` units in any window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Units.
    pub limit: u64,
    /// Length of the window in microseconds.
    pub window: u64,
}

/// How much of one budget is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Units.
    pub units: u64,
    /// When one unit more is there, in microseconds.
    pub next_at: u64,
    /// When all units are there again, in microseconds.
    pub whole_at: u64,
}

impl Left {
    /// Nothing was taken.
    pub fn whole(units: u64, now: u64) -> Self {
        Self { units, next_at: now, whole_at: now }
    }
}

/// What a budget says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Admitted at this time.
    Admitted {
        /// Microseconds, never before an earlier admission of the key.
        at: u64,
    },
    /// Refused by budget number `budget`; the same request can succeed at `until`, never if `u64::MAX`.
    Refused {
        /// Which budget; of several that refuse, the one that holds longest.
        budget: usize,
        /// Microseconds.
        until: u64,
    },
    /// The cell changed hands: look for the seat again.
    Moved,
}

/// The ring counter of a table.
#[derive(Debug, Clone, Copy)]
pub struct Ring {
    /// Its cells.
    pub cells: Cells,
    /// Index of the first plain word.
    pub first_word: usize,
    /// The largest limit.
    pub largest: u64,
    /// Entries per cell as a power of two, at least the largest limit: a division costs as much as the rest.
    pub capacity_bits: u32,
    /// The longest window: after it nothing of a cell matters.
    pub longest: u64,
}

struct Head {
    state: State,
    position: u64,
    weight: u64,
}

impl Head {
    fn of(state: State) -> Self {
        Self { state, position: state.count & POSITION_MASK, weight: state.count >> POSITION_BITS }
    }

    /// Position of the next unit.
    fn end(&self) -> u64 {
        self.position + self.weight
    }

    fn moved_to(&self, position: u64, weight: u64, time: u64) -> State {
        let count = (weight << POSITION_BITS) | (position & POSITION_MASK);
        State { generation: self.state.generation, time, count }
    }
}

impl Counting for Ring {
    fn is_over(&self, state: State, now: u64) -> bool {
        state.time.saturating_add(self.longest) <= now
    }

    fn fresh(&self, state: State, now: u64) -> State {
        // The ring keeps its units: all of them have left every window.
        Head::of(state).moved_to(Head::of(state).end(), 0, now)
    }
}

impl Ring {
    /// Takes `weight` units if every budget has room.
    #[inline]
    pub fn take<M: Memory>(
        &self,
        memory: &M,
        seat: Seat,
        weight: u64,
        budgets: &[Budget],
        now: u64,
    ) -> Verdict {
        loop {
            let Some(head) = self.head(memory, seat) else { return Verdict::Moved };
            // Somebody whose clock reading is a little older than the newest admission happens at that admission.
            let now = now.max(head.state.time);
            if !self.complete(memory, seat, &head) {
                continue;
            }
            let Some(refusal) = self.refusal(memory, seat, &head, weight, budgets, now) else { continue };
            if let Some((budget, until)) = refusal {
                return Verdict::Refused { budget, until };
            }
            if self.advance(memory, seat, &head, weight, now) {
                return Verdict::Admitted { at: now };
            }
        }
    }

    /// Takes `weight` units whether there is room or not. `false`: the cell changed hands.
    pub fn force<M: Memory>(&self, memory: &M, seat: Seat, weight: u64, now: u64) -> bool {
        // Only the newest `capacity` units are ever looked at.
        let mut left = weight.min(self.capacity());
        while left > 0 {
            let Some(head) = self.head(memory, seat) else { return false };
            let part = left.min(MAX_WEIGHT);
            let complete = self.complete(memory, seat, &head);
            if complete && self.advance(memory, seat, &head, part, now.max(head.state.time)) {
                left -= part;
            }
        }
        true
    }

    /// Gives the newest `weight` units back. `false`: the cell changed hands.
    pub fn give_back<M: Memory>(&self, memory: &M, seat: Seat, weight: u64) -> bool {
        let mut left = weight.min(self.capacity());
        while left > 0 {
            let Some(head) = self.head(memory, seat) else { return false };
            let time = head.state.time;
            let next = if head.weight > 0 {
                let part = left.min(head.weight);
                (head.moved_to(head.position, head.weight - part, time), part)
            } else {
                // The newest unit in the ring becomes the head again; the next round takes it.
                let Some(position) = head.position.checked_sub(1) else { return true };
                match self.entry(memory, seat, position) {
                    Some(before) => (head.moved_to(position, 1, before.min(time)), 0),
                    None if self.head(memory, seat).is_some_and(|again| again.state == head.state) => {
                        return true;
                    }
                    None => continue,
                }
            };
            if self.swap(memory, seat, head.state, next.0) {
                left -= next.1;
            }
        }
        true
    }

    /// Forgets every unit. `false`: the cell changed hands.
    pub fn clear<M: Memory>(&self, memory: &M, seat: Seat) -> bool {
        loop {
            let Some(head) = self.head(memory, seat) else { return false };
            // A whole ring further on, no entry has the lap that is looked for.
            let cleared = head.moved_to(head.end() + self.capacity(), 0, 0);
            if self.swap(memory, seat, head.state, cleared) {
                return true;
            }
        }
    }

    /// What is left of `budget`. `None`: the cell changed hands.
    pub fn left<M: Memory>(&self, memory: &M, seat: Seat, budget: Budget, now: u64) -> Option<Left> {
        'again: loop {
            let head = self.head(memory, seat)?;
            let now = now.max(head.state.time);
            let (mut low, mut high) = (head.end().saturating_sub(budget.limit), head.end());
            // The first unit still inside the window, by halving: times rise with positions.
            while low < high {
                let middle = low + (high - low) / 2;
                let Some(time) = self.time_at(memory, seat, &head, middle) else { continue 'again };
                if time.is_some_and(|time| now - time.min(now) < budget.window) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            let used = head.end() - low;
            if used == 0 {
                return Some(Left::whole(budget.limit, now));
            }
            let Some(oldest) = self.time_at(memory, seat, &head, low) else { continue 'again };
            let next_at = oldest.map_or(now, |time| time.saturating_add(budget.window));
            let whole_at = head.state.time.saturating_add(budget.window);
            return Some(Left { units: budget.limit - used, next_at, whole_at });
        }
    }

    /// `None` when the state changed meanwhile, else the budget that refuses longest and until when.
    #[inline]
    fn refusal<M: Memory>(
        &self,
        memory: &M,
        seat: Seat,
        head: &Head,
        weight: u64,
        budgets: &[Budget],
        now: u64,
    ) -> Option<Option<(usize, u64)>> {
        let mut refusal: Option<(usize, u64)> = None;
        for (index, budget) in budgets.iter().enumerate() {
            if weight > budget.limit.min(MAX_WEIGHT) {
                return Some(Some((index, u64::MAX)));
            }
            // The newest of the units that must have left the window.
            let Some(position) = (head.end() + weight).checked_sub(budget.limit + 1) else { continue };
            let Some(time) = self.time_at(memory, seat, head, position)? else { continue };
            let until = time.saturating_add(budget.window);
            if until > now && refusal.is_none_or(|(_, longest)| until > longest) {
                refusal = Some((index, until));
            }
        }
        Some(refusal)
    }

    /// When the unit at `position` was admitted: `None` when the state changed meanwhile, `Some(None)` when that unit
    /// is no longer known because it left every window, or was forgotten.
    #[inline]
    fn time_at<M: Memory>(&self, memory: &M, seat: Seat, head: &Head, position: u64) -> Option<Option<u64>> {
        if position >= head.position {
            return Some(Some(head.state.time));
        }
        match self.entry(memory, seat, position) {
            Some(time) => Some(Some(time)),
            None if self.cells.state(memory, seat.cell) == head.state => Some(None),
            None => None,
        }
    }

    /// Writes the newest admission's units into the ring. `false`: the state changed meanwhile.
    #[inline]
    fn complete<M: Memory>(&self, memory: &M, seat: Seat, head: &Head) -> bool {
        for position in head.position..head.end() {
            let index = self.index(seat, position);
            let entry = (self.lap(position) << POSITION_BITS) | (head.state.time & ENTRY_TIME_MASK);
            loop {
                let found = memory.word(index);
                if found == entry {
                    break;
                }
                // Only while the state says so may the entry be replaced. If it changes after this look, somebody has
                // written the same entry first, and the swap fails.
                if self.cells.state(memory, seat.cell) != head.state {
                    return false;
                }
                memory.swap_word(index, found, entry);
            }
        }
        true
    }

    #[inline]
    fn advance<M: Memory>(&self, memory: &M, seat: Seat, head: &Head, weight: u64, now: u64) -> bool {
        self.swap(memory, seat, head.state, head.moved_to(head.end(), weight, now))
    }

    #[inline]
    fn swap<M: Memory>(&self, memory: &M, seat: Seat, from: State, to: State) -> bool {
        memory.swap_wide(self.cells.state_at(seat.cell), from.word(), to.word())
    }

    #[inline]
    fn head<M: Memory>(&self, memory: &M, seat: Seat) -> Option<Head> {
        let state = self.cells.state(memory, seat.cell);
        (state.generation == seat.generation).then(|| Head::of(state))
    }

    /// The time of the unit at `position`, if the ring still has it.
    #[inline]
    fn entry<M: Memory>(&self, memory: &M, seat: Seat, position: u64) -> Option<u64> {
        let word = memory.word(self.index(seat, position));
        (word >> POSITION_BITS == self.lap(position)).then_some(word & ENTRY_TIME_MASK)
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)] // indices of memory that was allocated
    fn index(&self, seat: Seat, position: u64) -> usize {
        self.first_word + (seat.cell << self.capacity_bits) + (position & (self.capacity() - 1)) as usize
    }

    /// Never zero, which is what an entry has that was never written.
    #[inline]
    fn lap(&self, position: u64) -> u64 {
        (position >> self.capacity_bits) & 0x7FFF | 0x8000
    }

    #[inline]
    fn capacity(&self) -> u64 {
        1 << self.capacity_bits
    }
}
