//! The ring decides like a list of timestamps, which is what it replaces.

use proptest::prelude::*;

use crate::policy::table::cells::Hash;
use crate::policy::table::limiter::{Answer, Limiter};
use crate::policy::table::memory::Words;
use crate::policy::table::plan::{Plan, Rate};

const KEY: Hash = Hash(7);

pub fn plan(exact: &[(u64, u64)]) -> Plan {
    let exact =
        exact.iter().map(|(limit, window_ms)| Rate { limit: *limit, window_ms: *window_ms }).collect();
    Plan { max_keys: 8, exact, gcra: vec![], concurrent: None }
}

pub fn limiter(plan: &Plan) -> Limiter<Words> {
    let layout = plan.layout().unwrap();
    Limiter::new(Words::anonymous(layout.wide_count, layout.word_count).unwrap(), layout)
}

/// Every timestamp kept, every budget counted by looking at all of them.
#[derive(Default)]
struct Model(Vec<u64>);

impl Model {
    fn used(&self, window: u64, now: u64) -> u64 {
        self.0.iter().filter(|then| now - **then < window).count() as u64
    }

    fn take(&mut self, rates: &[Rate], weight: u64, now: u64) -> bool {
        let fits = rates.iter().all(|rate| self.used(rate.window_ms * 1000, now) + weight <= rate.limit);
        if fits {
            self.add(weight, now);
        }
        fits
    }

    fn add(&mut self, weight: u64, now: u64) {
        self.0.extend((0..weight).map(|_| now));
    }

    fn forget(&mut self, longest: u64, now: u64) {
        self.0.retain(|then| now - then < longest);
    }
}

/// A small generator with a fixed start: the million steps are the same in every run.
struct Steps(u64);

impl Steps {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

fn compare(exact: &[(u64, u64)], steps: u64, max_weight: u64, seed: u64) {
    let plan = plan(exact);
    let (limiter, mut model, mut random) = (limiter(&plan), Model::default(), Steps(seed));
    let longest = exact.iter().map(|(_, window)| window * 1000).max().unwrap();
    let typical = longest / exact.iter().map(|(limit, _)| limit).max().unwrap();
    let mut now = longest;
    let mut admitted = 0_u64;
    for step in 0..steps {
        // Often the same moment, usually a step that keeps the limit busy, now and then exactly a window or a pause.
        now += match random.next(100) {
            0..40 => 0,
            40..97 => random.next(2 * typical + 2),
            97 => longest,
            98 => longest - 1,
            _ => random.next(2 * longest),
        };
        model.forget(longest, now);
        let weight = 1 + random.next(max_weight);
        let expected = model.take(&plan.exact, weight, now);
        let answer = limiter.take(KEY, weight, 0, now);
        admitted += u64::from(expected);
        match answer {
            Answer::Admitted { at, .. } => assert!(expected && at == now, "step {step} at {now}: {answer:?}"),
            Answer::Refused { .. } => assert!(!expected, "step {step} at {now}: {answer:?}"),
            Answer::Full => panic!("full at step {step}"),
        }
        if step % 64 == 0 {
            for (left, rate) in limiter.left(KEY, now).iter().zip(&plan.exact) {
                assert_eq!(left.units, rate.limit - model.used(rate.window_ms * 1000, now), "left at {step}");
            }
        }
    }
    assert!(
        admitted > steps / 20 && admitted < steps,
        "{admitted} of {steps} admitted: not a test of a limit"
    );
}

#[test]
fn decides_like_a_list_of_timestamps_over_a_million_steps() {
    compare(&[(60, 60_000)], 600_000, 1, 1);
    compare(&[(7, 1_000)], 400_000, 1, 2);
}

#[test]
fn decides_like_a_list_of_timestamps_with_weights_and_several_budgets() {
    compare(&[(20, 1_000)], 100_000, 5, 3);
    compare(&[(10, 1_000), (40, 10_000), (100, 60_000)], 200_000, 3, 4);
    compare(&[(100, 60_000), (1, 10)], 100_000, 1, 5);
}

#[test]
fn an_entry_leaves_exactly_at_the_end_of_its_window() {
    let limiter = limiter(&plan(&[(1, 60_000)]));
    let start = 1_000_000_000;
    assert!(matches!(limiter.take(KEY, 1, 0, start), Answer::Admitted { .. }));
    let until = start + 60_000_000;
    assert_eq!(limiter.take(KEY, 1, 0, until - 1), Answer::Refused { budget: 0, until });
    assert!(matches!(limiter.take(KEY, 1, 0, until), Answer::Admitted { .. }));
}

#[test]
fn what_can_never_fit_says_so() {
    let limiter = limiter(&plan(&[(5, 1_000)]));
    assert_eq!(limiter.take(KEY, 6, 0, 1), Answer::Refused { budget: 0, until: u64::MAX });
}

proptest! {
    #[test]
    fn rewards_and_penalties_count_like_removed_and_added_timestamps(
        steps in proptest::collection::vec((0..4u8, 1..6u64, 0..400_000u64), 1..200)
    ) {
        let plan = plan(&[(10, 1_000)]);
        let (limiter, mut model, mut now) = (limiter(&plan), Model::default(), 10_000_000);
        for (what, weight, pause) in steps {
            now += pause;
            model.forget(1_000_000, now);
            match what {
                0 | 1 => {
                    let expected = model.take(&plan.exact, weight, now);
                    let admitted = matches!(limiter.take(KEY, weight, 0, now), Answer::Admitted { .. });
                    prop_assert_eq!(admitted, expected);
                }
                2 => {
                    // Within the limit, so that what a reward gives back is always still known.
                    let room = 10 - model.used(1_000_000, now);
                    let weight = weight.min(room);
                    prop_assert!(limiter.penalize(KEY, weight, now));
                    model.add(weight, now);
                }
                _ => {
                    limiter.reward(KEY, weight);
                    let keep = model.0.len().saturating_sub(usize::try_from(weight).unwrap());
                    model.0.truncate(keep);
                }
            }
            prop_assert_eq!(limiter.left(KEY, now)[0].units, 10 - model.used(1_000_000, now));
        }
    }
}

#[test]
fn a_penalty_beyond_the_limit_keeps_the_key_out_for_a_whole_window() {
    let limiter = limiter(&plan(&[(5, 1_000)]));
    let start = 5_000_000;
    assert!(limiter.penalize(KEY, 1_000_000, start));
    let until = start + 1_000_000;
    assert_eq!(limiter.take(KEY, 1, 0, until - 1), Answer::Refused { budget: 0, until });
    assert!(matches!(limiter.take(KEY, 5, 0, until), Answer::Admitted { .. }));
}

#[test]
fn clearing_forgets_everything() {
    let limiter = limiter(&plan(&[(3, 1_000)]));
    for round in 0..50 {
        assert!(matches!(limiter.take(KEY, 3, 0, 9_000_000), Answer::Admitted { .. }), "round {round}");
        assert!(matches!(limiter.take(KEY, 1, 0, 9_000_000), Answer::Refused { .. }));
        limiter.clear(KEY);
        assert_eq!(limiter.left(KEY, 9_000_000)[0].units, 3);
    }
}
