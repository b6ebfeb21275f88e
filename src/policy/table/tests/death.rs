//! A process dies at every single step of an operation; the others go on and never admit too many.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::exact::plan;
use crate::policy::table::cells::Hash;
use crate::policy::table::limiter::{Answer, Limiter};
use crate::policy::table::memory::{Memory, Words};
use crate::policy::table::plan::{Concurrent, Layout, Plan, Rate};

/// The same words seen by a process that dies after some steps.
struct Mortal {
    words: Arc<Words>,
    steps: AtomicI64,
}

struct Died;

impl Mortal {
    fn step(&self) {
        if self.steps.fetch_sub(1, Ordering::Relaxed) <= 0 {
            std::panic::panic_any(Died);
        }
    }
}

impl Memory for Mortal {
    fn wide(&self, index: usize) -> u128 {
        self.step();
        self.words.wide(index)
    }

    fn swap_wide(&self, index: usize, current: u128, new: u128) -> bool {
        self.step();
        self.words.swap_wide(index, current, new)
    }

    fn word(&self, index: usize) -> u64 {
        self.step();
        self.words.word(index)
    }

    fn swap_word(&self, index: usize, current: u64, new: u64) -> bool {
        self.step();
        self.words.swap_word(index, current, new)
    }
}

struct World {
    words: Arc<Words>,
    layout: Layout,
}

impl World {
    fn new(plan: &Plan) -> Self {
        let layout = plan.layout().unwrap();
        let words = Arc::new(Words::anonymous(layout.wide_count, layout.word_count).unwrap());
        Self { words, layout }
    }

    fn process(&self, steps: i64) -> Limiter<Mortal> {
        let memory = Mortal { words: self.words.clone(), steps: AtomicI64::new(steps) };
        Limiter::new(memory, self.layout.clone())
    }

    fn survivor(&self) -> Limiter<Mortal> {
        self.process(i64::MAX)
    }

    /// Whether `work` got through before its process died.
    fn lives_through(&self, steps: i64, work: impl FnOnce(&Limiter<Mortal>)) -> bool {
        let process = self.process(steps);
        catch_unwind(AssertUnwindSafe(|| work(&process))).is_ok()
    }
}

/// Runs `check` for a death at every step until the work gets through.
fn at_every_step(
    plan: &Plan,
    prepare: fn(&Limiter<Mortal>),
    work: fn(&Limiter<Mortal>),
    check: fn(&Limiter<Mortal>, i64),
) {
    std::panic::set_hook(Box::new(|_| {})); // hundreds of deaths, none of them news
    for steps in 0.. {
        let world = World::new(plan);
        prepare(&world.survivor());
        let through = world.lives_through(steps, work);
        check(&world.survivor(), steps);
        if through {
            let _ = std::panic::take_hook();
            assert!(steps > 3, "nothing was interrupted");
            return;
        }
    }
}

const KEY: Hash = Hash(5);
const NOW: u64 = 9_000_000;

fn admissions(process: &Limiter<Mortal>, key: Hash, now: u64) -> u64 {
    (0..20).filter(|_| matches!(process.take(key, 1, 0, now), Answer::Admitted { .. })).count() as u64
}

#[test]
fn of_a_first_admission() {
    at_every_step(
        &plan(&[(3, 1_000)]),
        |_| {},
        |dying| {
            let _ = dying.take(KEY, 1, 0, NOW);
        },
        |survivor, steps| {
            let more = admissions(survivor, KEY, NOW);
            assert!(more == 2 || more == 3, "step {steps}: {more}");
            assert_eq!(admissions(survivor, KEY, NOW + 1_000_000), 3, "step {steps}: nothing is stuck");
        },
    );
}

#[test]
fn of_an_admission_into_a_full_ring() {
    at_every_step(
        &plan(&[(3, 1_000)]),
        |process| {
            assert_eq!(admissions(process, KEY, NOW - 1_000_000), 3);
        },
        |dying| {
            let _ = dying.take(KEY, 2, 0, NOW);
        },
        |survivor, steps| {
            let more = admissions(survivor, KEY, NOW);
            assert!(more == 1 || more == 3, "step {steps}: {more}");
            assert_eq!(admissions(survivor, KEY, NOW + 1_000_000), 3, "step {steps}");
        },
    );
}

#[test]
fn of_taking_over_an_expired_cell() {
    at_every_step(
        &plan(&[(2, 1_000)]),
        |process| {
            for key in 100..116 {
                assert!(admissions(process, Hash(key), NOW - 1_000_000) > 0);
            }
        },
        |dying| {
            let _ = dying.take(KEY, 1, 0, NOW);
        },
        |survivor, steps| {
            let more = admissions(survivor, KEY, NOW);
            assert!(more == 1 || more == 2, "step {steps}: {more}");
            for key in 100..115 {
                assert_eq!(
                    admissions(survivor, Hash(key), NOW),
                    2,
                    "step {steps}: every other cell is usable"
                );
            }
        },
    );
}

#[test]
fn of_a_reward() {
    at_every_step(
        &plan(&[(4, 1_000)]),
        |process| {
            assert_eq!(admissions(process, KEY, NOW), 4);
        },
        |dying| dying.reward(KEY, 3),
        |survivor, steps| {
            assert!(admissions(survivor, KEY, NOW) <= 3, "step {steps}");
            assert_eq!(admissions(survivor, KEY, NOW + 1_000_000), 4, "step {steps}");
        },
    );
}

#[test]
fn of_an_admission_by_everything_at_once() {
    let plan = Plan {
        gcra: vec![Rate { limit: 4, window_ms: 1_000 }],
        concurrent: Some(Concurrent { limit: 3, lease_ms: 500 }),
        ..plan(&[(3, 1_000), (5, 3_000)])
    };
    at_every_step(
        &plan,
        |_| {},
        |dying| {
            let _ = dying.take(KEY, 1, 0, NOW);
        },
        |survivor, steps| {
            assert!(admissions(survivor, KEY, NOW) <= 3, "step {steps}");
            let much_later = NOW + 10_000_000;
            assert_eq!(admissions(survivor, KEY, much_later), 3, "step {steps}: leases of the dead end");
        },
    );
}
