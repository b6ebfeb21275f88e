//! A limiter: the counters of one plan over one memory, asked as one.
//!
//! A request takes a lease, then each steady rate, then all exact budgets in one step. What was taken is given back
//! when a later one refuses, so a refusal costs nothing; for that moment others may be refused, and nobody is ever
//! admitted too many.

use super::cells::{Cells, Counting, Hash, Seat};
use super::leases::{Lease, Leased};
use super::memory::Memory;
use super::plan::Layout;
use super::ring::{Budget, Left, Ring, Verdict};

/// What a limiter says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Admitted.
    Admitted {
        /// The time it counts at, in microseconds.
        at: u64,
        /// The lease that goes with it, where the plan has leases.
        lease: Option<Lease>,
    },
    /// Refused.
    Refused {
        /// Which budget of the plan: exact ones first, then steady rates, then leases.
        budget: usize,
        /// When the same request can succeed, in microseconds; `u64::MAX` for never.
        until: u64,
    },
    /// The table has no cell for one more key.
    Full,
}

/// Counters over a memory.
pub struct Limiter<M> {
    memory: M,
    layout: Layout,
}

enum Taken {
    Yes { at: u64 },
    No { until: u64, budget: usize },
    Full,
}

impl<M: Memory> Limiter<M> {
    /// `memory` has as many words as the layout says.
    pub fn new(memory: M, layout: Layout) -> Self {
        Self { memory, layout }
    }

    /// The layout.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Takes `weight` units of every budget of the plan, or nothing. `mark` is any number, to tell leases apart.
    #[inline]
    pub fn take(&self, key: Hash, weight: u64, mark: u16, now: u64) -> Answer {
        match &self.layout.ring {
            Some((_, budgets)) => self.take_with(key, weight, budgets, mark, now),
            None => self.take_with(key, weight, &[], mark, now),
        }
    }

    /// The same with exact budgets of the caller's own, none with a larger limit or a longer window than the plan's.
    #[inline]
    pub fn take_with(&self, key: Hash, weight: u64, budgets: &[Budget], mark: u16, now: u64) -> Answer {
        let lease = match self.take_lease(key, mark, now) {
            Ok(lease) => lease,
            Err(answer) => return answer,
        };
        let answer = self.take_rates(key, weight, budgets, now);
        match answer {
            Answer::Admitted { at, .. } => Answer::Admitted { at, lease },
            _ => {
                if let (Some(lease), Some(leases)) = (lease, &self.layout.leases) {
                    leases.give_back(&self.memory, lease);
                }
                answer
            }
        }
    }

    fn take_lease(&self, key: Hash, mark: u16, now: u64) -> Result<Option<Lease>, Answer> {
        let Some(leases) = &self.layout.leases else { return Ok(None) };
        loop {
            let seat = leases.cells.seat(&self.memory, leases, key, now).ok_or(Answer::Full)?;
            match leases.take(&self.memory, seat, mark, now) {
                Leased::Given(lease) => return Ok(Some(lease)),
                Leased::Taken { until } => {
                    let budget = self.exact_count() + self.layout.gcra.len();
                    return Err(Answer::Refused { budget, until });
                }
                Leased::Moved => {}
            }
        }
    }

    #[inline]
    fn take_rates(&self, key: Hash, weight: u64, budgets: &[Budget], now: u64) -> Answer {
        let mut at = now;
        for (index, gcra) in self.layout.gcra.iter().enumerate() {
            let taken =
                self.seated(gcra.cells, gcra, key, now, |seat| gcra.take(&self.memory, seat, weight, now));
            match taken {
                Taken::Yes { at: then } => at = then,
                other => {
                    self.give_back_gcra(key, weight, index);
                    return answer(&other, self.exact_count() + index);
                }
            }
        }
        let Some((ring, _)) = &self.layout.ring else { return Answer::Admitted { at, lease: None } };
        let taken = self
            .seated(ring.cells, ring, key, now, |seat| ring.take(&self.memory, seat, weight, budgets, now));
        if !matches!(taken, Taken::Yes { .. }) {
            self.give_back_gcra(key, weight, self.layout.gcra.len());
        }
        answer(&taken, 0)
    }

    #[inline]
    fn seated<C: Counting>(
        &self,
        cells: Cells,
        counting: &C,
        key: Hash,
        now: u64,
        take: impl Fn(Seat) -> Verdict,
    ) -> Taken {
        loop {
            let Some(seat) = cells.seat(&self.memory, counting, key, now) else { return Taken::Full };
            match take(seat) {
                Verdict::Admitted { at } => return Taken::Yes { at },
                Verdict::Refused { budget, until } => return Taken::No { until, budget },
                Verdict::Moved => {}
            }
        }
    }

    fn give_back_gcra(&self, key: Hash, weight: u64, before: usize) {
        for gcra in self.layout.gcra.iter().take(before) {
            if let Some(seat) = gcra.cells.find(&self.memory, key) {
                gcra.give_back(&self.memory, seat, weight);
            }
        }
    }

    /// Takes `weight` units of every rate whether there is room or not. `false`: the table is full.
    pub fn penalize(&self, key: Hash, weight: u64, now: u64) -> bool {
        let mut seated_all = true;
        for gcra in &self.layout.gcra {
            let force = |seat| gcra.force(&self.memory, seat, weight, now);
            seated_all &= self.forced(gcra.cells, gcra, key, now, force);
        }
        if let Some((ring, _)) = &self.layout.ring {
            let force = |seat| ring.force(&self.memory, seat, weight, now);
            seated_all &= self.forced(ring.cells, ring, key, now, force);
        }
        seated_all
    }

    fn forced<C: Counting>(
        &self,
        cells: Cells,
        counting: &C,
        key: Hash,
        now: u64,
        force: impl Fn(Seat) -> bool,
    ) -> bool {
        loop {
            let Some(seat) = cells.seat(&self.memory, counting, key, now) else { return false };
            if force(seat) {
                return true;
            }
        }
    }

    /// Gives the newest `weight` units of every rate back.
    pub fn reward(&self, key: Hash, weight: u64) {
        self.give_back_gcra(key, weight, usize::MAX);
        if let Some((ring, _)) = &self.layout.ring
            && let Some(seat) = ring.cells.find(&self.memory, key)
        {
            ring.give_back(&self.memory, seat, weight);
        }
    }

    /// Forgets everything that was counted for `key`.
    pub fn clear(&self, key: Hash) {
        for gcra in &self.layout.gcra {
            while gcra.cells.find(&self.memory, key).is_some_and(|seat| !gcra.clear(&self.memory, seat)) {}
        }
        if let Some((ring, _)) = &self.layout.ring {
            while ring.cells.find(&self.memory, key).is_some_and(|seat| !ring.clear(&self.memory, seat)) {}
        }
        if let Some(leases) = &self.layout.leases {
            while leases.cells.find(&self.memory, key).is_some_and(|seat| !leases.clear(&self.memory, seat)) {
            }
        }
    }

    /// What is left of each budget: exact ones first, then steady rates, then leases. Takes nothing.
    pub fn left(&self, key: Hash, now: u64) -> Vec<Left> {
        let mut found = Vec::new();
        if let Some((ring, budgets)) = &self.layout.ring {
            found.extend(budgets.iter().map(|budget| self.left_of(key, *budget, now, ring)));
        }
        for gcra in &self.layout.gcra {
            let left = gcra.cells.find(&self.memory, key).and_then(|seat| gcra.left(&self.memory, seat, now));
            found.push(left_or(left, gcra.burst, now));
        }
        if let Some(leases) = &self.layout.leases {
            let seat = leases.cells.find(&self.memory, key);
            let left = seat.map(|seat| leases.left(&self.memory, seat, now));
            found.push(left_or(left, leases.limit as u64, now));
        }
        found
    }

    /// What is left of one exact budget of the caller's own.
    pub fn left_with(&self, key: Hash, budget: Budget, now: u64) -> Left {
        match &self.layout.ring {
            Some((ring, _)) => self.left_of(key, budget, now, ring),
            None => Left::whole(0, now),
        }
    }

    fn left_of(&self, key: Hash, budget: Budget, now: u64, ring: &Ring) -> Left {
        let seat = ring.cells.find(&self.memory, key);
        left_or(seat.and_then(|seat| ring.left(&self.memory, seat, budget, now)), budget.limit, now)
    }

    /// Gives a lease back. `false`: it was over.
    pub fn release(&self, lease: Lease) -> bool {
        self.layout.leases.as_ref().is_some_and(|leases| leases.give_back(&self.memory, lease))
    }

    /// Begins a lease's time anew. `None`: it was over.
    pub fn renew(&self, lease: Lease, now: u64) -> Option<Lease> {
        self.layout.leases.as_ref()?.renew(&self.memory, lease, now)
    }

    /// Keys that hold a cell, by the counter that has most: a walk over the table.
    pub fn live_keys(&self, now: u64) -> usize {
        let ring = self.layout.ring.as_ref().map(|(ring, _)| ring.cells.live(&self.memory, ring, now));
        let gcra = self.layout.gcra.iter().map(|gcra| gcra.cells.live(&self.memory, gcra, now)).max();
        let leases = self.layout.leases.as_ref().map(|own| own.cells.live(&self.memory, own, now));
        ring.max(gcra).max(leases).unwrap_or(0)
    }

    fn exact_count(&self) -> usize {
        self.layout.ring.as_ref().map_or(0, |(_, budgets)| budgets.len())
    }
}

fn answer(taken: &Taken, first_budget: usize) -> Answer {
    match *taken {
        Taken::Yes { at } => Answer::Admitted { at, lease: None },
        Taken::No { until, budget } => Answer::Refused { budget: first_budget + budget, until },
        Taken::Full => Answer::Full,
    }
}

fn left_or(left: Option<Left>, limit: u64, now: u64) -> Left {
    left.unwrap_or_else(|| Left::whole(limit, now))
}
