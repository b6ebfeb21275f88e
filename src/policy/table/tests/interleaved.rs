//! The counters under shuttle: every access to memory is a point where another thread may go on.

use shuttle::sync::{Arc, Mutex};
use shuttle::{check_pct, check_random, thread};

use super::exact::plan;
use crate::policy::table::cells::Hash;
use crate::policy::table::limiter::{Answer, Limiter};
use crate::policy::table::memory::Memory;
use crate::policy::table::plan::{Concurrent, Plan, Rate};

/// Words whose every access is a step of the scheduler.
pub struct Stepped {
    wide: Vec<Mutex<u128>>,
    word: Vec<Mutex<u64>>,
}

impl Memory for Stepped {
    fn wide(&self, index: usize) -> u128 {
        *self.wide[index].lock().unwrap()
    }

    fn swap_wide(&self, index: usize, current: u128, new: u128) -> bool {
        let mut word = self.wide[index].lock().unwrap();
        let swapped = *word == current;
        if swapped {
            *word = new;
        }
        swapped
    }

    fn word(&self, index: usize) -> u64 {
        *self.word[index].lock().unwrap()
    }

    fn swap_word(&self, index: usize, current: u64, new: u64) -> bool {
        let mut word = self.word[index].lock().unwrap();
        let swapped = *word == current;
        if swapped {
            *word = new;
        }
        swapped
    }
}

fn stepped(plan: &Plan) -> Arc<Limiter<Stepped>> {
    let layout = plan.layout().unwrap();
    let wide = (0..layout.wide_count).map(|_| Mutex::new(0)).collect();
    let word = (0..layout.word_count).map(|_| Mutex::new(0)).collect();
    Arc::new(Limiter::new(Stepped { wide, word }, layout))
}

/// Runs `threads` at once, each taking at the given moments, and returns the times of all that were admitted.
fn race(limiter: &Arc<Limiter<Stepped>>, moments: &[&[(u128, u64)]]) -> Vec<(u128, u64)> {
    let threads: Vec<_> = moments
        .iter()
        .enumerate()
        .map(|(mark, moments)| {
            let (limiter, moments) = (limiter.clone(), moments.to_vec());
            thread::spawn(move || {
                let mut admitted = Vec::new();
                for (key, now) in moments {
                    let mark = u16::try_from(mark).unwrap();
                    if let Answer::Admitted { at, .. } = limiter.take(Hash(key), 1, mark, now) {
                        admitted.push((key, at));
                    }
                }
                admitted
            })
        })
        .collect();
    threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
}

fn most_in_a_window(times: &[(u128, u64)], key: u128, window: u64) -> usize {
    let own: Vec<u64> = times.iter().filter(|(of, _)| *of == key).map(|(_, at)| *at).collect();
    own.iter()
        .map(|from| own.iter().filter(|at| (*from..from + window).contains(at)).count())
        .max()
        .unwrap_or(0)
}

/// Both schedulers: random order finds what is likely, few chosen preemptions find what is not.
fn explore(model: impl Fn() + Send + Sync + Copy + 'static) {
    check_random(model, 1_500);
    check_pct(model, 1_500, 3);
}

#[test]
fn newcomers_of_one_key_never_get_two_cells() {
    explore(|| {
        let limiter = stepped(&plan(&[(1, 1_000)]));
        let now = 5_000_000;
        let admitted = race(&limiter, &[&[(1, now)], &[(1, now)], &[(1, now + 1)]]);
        assert_eq!(admitted.len(), 1);
    });
}

#[test]
fn newcomers_that_take_over_expired_cells_never_get_two() {
    explore(|| {
        let limiter = stepped(&plan(&[(1, 1_000)]));
        // Cells that expire between the looks of the racing threads: one sees the first cell free, the other not.
        for (key, at) in [(20, 5_000_000), (21, 5_000_010)] {
            assert!(matches!(limiter.take(Hash(key), 1, 0, at), Answer::Admitted { .. }));
        }
        let admitted = race(
            &limiter,
            &[&[(1, 6_000_005), (20, 6_000_006)], &[(1, 6_000_009)], &[(1, 6_000_020), (21, 6_000_021)]],
        );
        assert_eq!(most_in_a_window(&admitted, 1, 1_000_000), 1);
        assert!(most_in_a_window(&admitted, 20, 1_000_000) <= 1);
        assert!(most_in_a_window(&admitted, 21, 1_000_000) <= 1);
    });
}

#[test]
fn a_ring_that_wraps_never_admits_too_many() {
    explore(|| {
        let limiter = stepped(&plan(&[(2, 1)]));
        let steps: &[(u128, u64)] = &[(1, 5_000_000), (1, 5_000_600), (1, 5_001_000), (1, 5_001_700)];
        let admitted = race(&limiter, &[steps, steps, steps]);
        assert!(most_in_a_window(&admitted, 1, 1_000) <= 2, "{admitted:?}");
        assert!(admitted.len() >= 2);
    });
}

#[test]
fn giving_back_while_others_take_never_admits_too_many_net() {
    explore(|| {
        let limiter = stepped(&plan(&[(2, 1_000)]));
        let other = limiter.clone();
        let now = 5_000_000;
        assert!(matches!(limiter.take(Hash(1), 2, 0, now), Answer::Admitted { .. }));
        let rewarding = thread::spawn(move || other.reward(Hash(1), 1));
        let admitted = race(&limiter, &[&[(1, now + 1)], &[(1, now + 2)]]).len();
        rewarding.join().unwrap();
        assert!(admitted <= 1);
        let left = limiter.left(Hash(1), now + 3)[0].units;
        assert_eq!(left + u64::try_from(admitted).unwrap(), 1);
    });
}

#[test]
fn steady_rates_and_leases_hold_their_bounds() {
    explore(|| {
        let plan = Plan {
            gcra: vec![Rate { limit: 2, window_ms: 1_000 }],
            concurrent: Some(Concurrent { limit: 1, lease_ms: 1_000 }),
            ..plan(&[])
        };
        let limiter = stepped(&plan);
        let now = 5_000_000;
        let admitted = race(&limiter, &[&[(1, now)], &[(1, now)], &[(1, now)]]);
        assert_eq!(admitted.len(), 1, "one lease");
        let left = limiter.left(Hash(1), now);
        assert_eq!((left[0].units, left[1].units), (1, 0), "the refused gave back what they took");
    });
}
