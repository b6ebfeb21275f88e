//! A steady rate with a burst (the generic cell rate algorithm): one number per key.
//!
//! `count` of a state is the moment, in nanoseconds, at which everything taken so far is paid back. Taking moves it
//! on by one interval per unit; it may lie at most `burst` intervals ahead.

use super::cells::{Cells, Counting, Seat, State};
use super::memory::Memory;
use super::ring::{Left, Verdict};

/// The GCRA counter of a table.
#[derive(Debug, Clone, Copy)]
pub struct Gcra {
    /// Its cells.
    pub cells: Cells,
    /// Nanoseconds per unit.
    pub interval: u64,
    /// Units that may come at once.
    pub burst: u64,
}

impl Counting for Gcra {
    fn is_over(&self, state: State, now: u64) -> bool {
        state.count <= nanoseconds(now)
    }

    fn fresh(&self, state: State, _now: u64) -> State {
        State { count: 0, time: 0, ..state }
    }
}

impl Gcra {
    fn ahead(&self) -> u64 {
        self.interval.saturating_mul(self.burst)
    }

    /// Takes `weight` units if there is room. Times are microseconds, as everywhere in a table.
    #[inline]
    pub fn take<M: Memory>(&self, memory: &M, seat: Seat, weight: u64, now: u64) -> Verdict {
        loop {
            let Some(state) = self.state(memory, seat) else { return Verdict::Moved };
            if weight > self.burst {
                return Verdict::Refused { budget: 0, until: u64::MAX };
            }
            let base = state.count.max(nanoseconds(now));
            let next = base.saturating_add(self.interval.saturating_mul(weight));
            let soonest = next.saturating_sub(self.ahead());
            if soonest > nanoseconds(now) {
                return Verdict::Refused { budget: 0, until: soonest.div_ceil(1000) };
            }
            if self.swap(memory, seat, state, next) {
                return Verdict::Admitted { at: now };
            }
        }
    }

    /// Takes `weight` units whether there is room or not. `false`: the cell changed hands.
    pub fn force<M: Memory>(&self, memory: &M, seat: Seat, weight: u64, now: u64) -> bool {
        self.shift(memory, seat, |count| {
            count.max(nanoseconds(now)).saturating_add(self.interval.saturating_mul(weight))
        })
    }

    /// Gives `weight` units back. `false`: the cell changed hands.
    pub fn give_back<M: Memory>(&self, memory: &M, seat: Seat, weight: u64) -> bool {
        self.shift(memory, seat, |count| count.saturating_sub(self.interval.saturating_mul(weight)))
    }

    /// Forgets what was taken. `false`: the cell changed hands.
    pub fn clear<M: Memory>(&self, memory: &M, seat: Seat) -> bool {
        self.shift(memory, seat, |_| 0)
    }

    /// What is left. `None`: the cell changed hands.
    pub fn left<M: Memory>(&self, memory: &M, seat: Seat, now: u64) -> Option<Left> {
        let state = self.state(memory, seat)?;
        let debt = state.count.saturating_sub(nanoseconds(now));
        let units = self.ahead().saturating_sub(debt) / self.interval.max(1);
        if units >= self.burst {
            return Some(Left::whole(units, now));
        }
        // One unit more is there when the debt has shrunk to what that unit leaves room for.
        let bearable = self.interval.saturating_mul(self.burst - units - 1);
        let next_at = state.count.saturating_sub(bearable).div_ceil(1000);
        Some(Left { units, next_at, whole_at: state.count.div_ceil(1000) })
    }

    fn shift<M: Memory>(&self, memory: &M, seat: Seat, change: impl Fn(u64) -> u64) -> bool {
        loop {
            let Some(state) = self.state(memory, seat) else { return false };
            if self.swap(memory, seat, state, change(state.count)) {
                return true;
            }
        }
    }

    fn swap<M: Memory>(&self, memory: &M, seat: Seat, from: State, count: u64) -> bool {
        memory.swap_wide(self.cells.state_at(seat.cell), from.word(), State { count, ..from }.word())
    }

    fn state<M: Memory>(&self, memory: &M, seat: Seat) -> Option<State> {
        let state = self.cells.state(memory, seat.cell);
        (state.generation == seat.generation).then_some(state)
    }
}

fn nanoseconds(microseconds: u64) -> u64 {
    microseconds.saturating_mul(1000)
}
