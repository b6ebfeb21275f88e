//! Real threads on a real clock.

use std::sync::Arc;

use super::exact::{limiter, plan};
use crate::policy::clock::uptime_us;
use crate::policy::table::cells::Hash;
use crate::policy::table::limiter::Answer;
use crate::policy::table::plan::Plan;

#[test]
fn hammering_one_key_never_admits_more_than_the_limit_in_any_window() {
    let limiter = Arc::new(limiter(&plan(&[(50, 20)])));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let limiter = limiter.clone();
            std::thread::spawn(move || {
                let mut times = Vec::new();
                for _ in 0..200_000 {
                    if let Answer::Admitted { at, .. } = limiter.take(Hash(1), 1, 0, uptime_us()) {
                        times.push(at);
                    }
                }
                times
            })
        })
        .collect();
    let mut times: Vec<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    times.sort_unstable();
    assert!(times.len() >= 50);
    for pair in times.windows(51) {
        assert!(pair[50] - pair[0] >= 20_000, "51 within {} us", pair[50] - pair[0]);
    }
}

#[test]
fn racing_newcomers_share_one_cell() {
    let limiter = Arc::new(limiter(&Plan { max_keys: 40_000, ..plan(&[(1, 60_000)]) }));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let limiter = limiter.clone();
            std::thread::spawn(move || {
                let taken = (1..20_000_u128).filter(|key| {
                    let key = Hash((key << 64) ^ (key * 0x9E37_79B9_7F4A_7C15));
                    matches!(limiter.take(key, 1, 0, uptime_us()), Answer::Admitted { .. })
                });
                taken.collect::<Vec<_>>()
            })
        })
        .collect();
    let mut keys: Vec<u128> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    let all = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), all, "somebody was admitted twice");
    assert!(all > 19_900);
}
