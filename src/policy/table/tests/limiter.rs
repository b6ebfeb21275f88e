//! Steady rates, leases, and several counters asked as one.

use super::exact::limiter;
use crate::policy::table::cells::Hash;
use crate::policy::table::limiter::Answer;
use crate::policy::table::plan::{Concurrent, Plan, Rate};

const KEY: Hash = Hash(99);
const SECOND: u64 = 1_000_000;

fn admitted(answer: Answer) -> bool {
    matches!(answer, Answer::Admitted { .. })
}

fn steady(limit: u64, window_ms: u64) -> Plan {
    Plan { max_keys: 8, exact: vec![], gcra: vec![Rate { limit, window_ms }], concurrent: None }
}

#[test]
fn a_steady_rate_allows_its_burst_and_then_one_per_interval() {
    let limiter = limiter(&steady(10, 1_000));
    let start = 100 * SECOND;
    assert!((0..10).all(|_| admitted(limiter.take(KEY, 1, 0, start))));
    let until = start + SECOND / 10;
    assert_eq!(limiter.take(KEY, 1, 0, start), Answer::Refused { budget: 0, until });
    assert!(!admitted(limiter.take(KEY, 1, 0, until - 1)));
    assert!(admitted(limiter.take(KEY, 1, 0, until)));
    assert!(!admitted(limiter.take(KEY, 1, 0, until)));
    assert_eq!(limiter.left(KEY, start + 2 * SECOND)[0].units, 10);
}

#[test]
fn a_steady_rate_never_exceeds_twice_its_limit_in_a_window() {
    let limiter = limiter(&steady(10, 1_000));
    let times: Vec<u64> = (0..200_000)
        .map(|step| 100 * SECOND + step * 37)
        .filter(|now| admitted(limiter.take(KEY, 1, 0, *now)))
        .collect();
    let most =
        times.iter().map(|start| times.iter().filter(|then| (*start..start + SECOND).contains(then)).count());
    assert!(most.max().unwrap() <= 20);
    assert!(times.len() >= 80, "and it admits its rate: {}", times.len());
}

#[test]
fn weights_rewards_and_penalties_move_a_steady_rate() {
    let limiter = limiter(&steady(10, 1_000));
    let now = 100 * SECOND;
    assert!(admitted(limiter.take(KEY, 7, 0, now)));
    assert_eq!(limiter.left(KEY, now)[0].units, 3);
    assert!(!admitted(limiter.take(KEY, 4, 0, now)));
    limiter.reward(KEY, 2);
    assert_eq!(limiter.left(KEY, now)[0].units, 5);
    assert!(limiter.penalize(KEY, 20, now));
    assert_eq!(limiter.left(KEY, now)[0].units, 0);
    assert!(!admitted(limiter.take(KEY, 1, 0, now + SECOND)));
    limiter.clear(KEY);
    assert!(admitted(limiter.take(KEY, 10, 0, now)));
    assert_eq!(limiter.take(KEY, 11, 0, now), Answer::Refused { budget: 0, until: u64::MAX });
}

fn everything() -> Plan {
    Plan {
        max_keys: 8,
        exact: vec![Rate { limit: 4, window_ms: 1_000 }, Rate { limit: 6, window_ms: 60_000 }],
        gcra: vec![Rate { limit: 8, window_ms: 10_000 }],
        concurrent: Some(Concurrent { limit: 2, lease_ms: 500 }),
    }
}

#[test]
fn a_refusal_by_one_budget_takes_nothing_from_the_others() {
    let limiter = limiter(&everything());
    let start = 100 * SECOND;
    let take = |now| limiter.take(KEY, 1, 0, now);
    let lease = |answer| match answer {
        Answer::Admitted { lease: Some(lease), .. } => lease,
        other => panic!("{other:?}"),
    };
    for _ in 0..4 {
        assert!(limiter.release(lease(take(start))));
    }
    let before = limiter.left(KEY, start);
    assert_eq!(before.iter().map(|left| left.units).collect::<Vec<_>>(), [0, 2, 4, 2]);
    assert_eq!(take(start), Answer::Refused { budget: 0, until: start + SECOND });
    assert_eq!(limiter.left(KEY, start), before);

    let later = start + SECOND;
    let (first, second) = (lease(take(later)), lease(limiter.take(KEY, 1, 1, later + 1)));
    let until = later + SECOND / 2;
    assert_eq!(
        limiter.take(KEY, 1, 2, later + 2),
        Answer::Refused { budget: 3, until },
        "two leases are out"
    );
    assert!(limiter.release(first) && !limiter.release(first), "a lease is given back once");
    assert_eq!(limiter.take(KEY, 1, 2, later + 3), Answer::Refused { budget: 1, until: start + 60 * SECOND });
    assert_eq!(limiter.left(KEY, later + 3)[3].units, 1, "the lease of the refused call is free again");
    assert!(limiter.release(second));
}

#[test]
fn a_lease_that_nobody_gives_back_ends_by_itself_and_can_be_renewed_before() {
    let plan = Plan { exact: vec![], gcra: vec![], ..everything() };
    let limiter = limiter(&plan);
    let start = 100 * SECOND;
    let Answer::Admitted { lease: Some(kept), .. } = limiter.take(KEY, 1, 7, start) else { panic!() };
    assert!(admitted(limiter.take(KEY, 1, 8, start)));
    let kept = limiter.renew(kept, start + SECOND / 4).unwrap();
    assert!(!admitted(limiter.take(KEY, 1, 9, start + SECOND / 2 - 1)));
    assert!(admitted(limiter.take(KEY, 1, 9, start + SECOND / 2)), "the one that was not renewed is over");
    assert!(!admitted(limiter.take(KEY, 1, 9, start + SECOND / 2)));
    assert!(limiter.renew(kept, start + 10 * SECOND).is_none(), "over");
    limiter.clear(KEY);
    assert_eq!(limiter.left(KEY, start)[0].units, 2);
}

#[test]
fn plans_out_of_range_are_refused_by_name() {
    let rate = |limit, window_ms| Plan { exact: vec![Rate { limit, window_ms }], ..steady(1, 1) };
    let cases = [
        (Plan { max_keys: 0, ..steady(1, 1) }, "maxKeys"),
        (Plan { max_keys: u64::MAX, ..steady(1, 1) }, "maxKeys"),
        (rate(0, 1000), "limit"),
        (rate(u64::MAX, 1000), "limit"),
        (rate(1, 0), "windowMs"),
        (rate(1, u64::MAX), "windowMs"),
        (Plan { gcra: vec![], ..steady(1, 1) }, "budgets"),
        (Plan { max_keys: 1 << 24, ..rate(1_000_000, 1000) }, "maxKeys"),
        (Plan { concurrent: Some(Concurrent { limit: 0, lease_ms: 1 }), ..steady(1, 1) }, "concurrent.limit"),
    ];
    for (plan, option) in cases {
        let error = plan.layout().unwrap_err();
        assert!(error.to_string().starts_with(option), "{plan:?}: {error}");
    }
}
