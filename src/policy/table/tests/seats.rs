//! Keys find their cells, full tables say so, expired cells are used again.

use super::exact::{limiter, plan};
use crate::policy::table::cells::{Hash, PROBES, State};
use crate::policy::table::hash::Seed;
use crate::policy::table::limiter::Answer;
use crate::policy::table::plan::Plan;

fn key(number: u32) -> Hash {
    Seed([3; 16]).hash(&number.to_le_bytes())
}

#[test]
fn a_table_holds_the_keys_it_was_made_for() {
    let limiter = limiter(&Plan { max_keys: 1000, ..plan(&[(2, 1_000)]) });
    let now = 5_000_000;
    let mut full = 0;
    for number in 0..1000 {
        match limiter.take(key(number), 1, 0, now) {
            Answer::Admitted { .. } => {}
            Answer::Full => full += 1,
            Answer::Refused { .. } => panic!("{number} counted for somebody else"),
        }
    }
    assert!(full <= 5, "{full} of 1000 found no cell at half load");
    assert_eq!(limiter.live_keys(now), 1000 - full);
    assert_eq!(limiter.live_keys(now + 1_000_000), 0);
}

#[test]
fn a_full_table_refuses_newcomers_only_and_has_room_again_when_cells_expire() {
    let limiter = limiter(&plan(&[(2, 1_000)])); // 8 keys, 16 cells, one probe sees them all
    let now = 5_000_000;
    for number in 0..16 {
        assert!(matches!(limiter.take(key(number), 1, 0, now), Answer::Admitted { .. }));
    }
    assert_eq!(limiter.take(key(16), 1, 0, now), Answer::Full);
    assert!(matches!(limiter.take(key(3), 1, 0, now), Answer::Admitted { .. }), "who is seated goes on");
    assert!(matches!(limiter.take(key(3), 1, 0, now), Answer::Refused { .. }));
    assert!(!limiter.penalize(key(16), 1, now));
    let later = now + 1_000_000;
    for number in 100..116 {
        assert!(matches!(limiter.take(key(number), 2, 0, later), Answer::Admitted { .. }), "{number}");
        assert!(matches!(limiter.take(key(number), 1, 0, later), Answer::Refused { .. }), "{number}");
    }
    assert_eq!(limiter.take(key(3), 1, 0, later), Answer::Full);
}

#[test]
fn a_key_that_lost_its_cell_cannot_count_there() {
    let limiter = limiter(&plan(&[(1, 1_000)]));
    let (ring, budgets) = limiter.layout().ring.clone().unwrap();
    let memory = crate::policy::table::memory::Words::anonymous(
        limiter.layout().wide_count,
        limiter.layout().word_count,
    )
    .unwrap();
    let seat = ring.cells.seat(&memory, &ring, key(1), 5_000_000).unwrap();
    // All cells are taken over by others once they have expired.
    for number in 10..10 + u32::try_from(PROBES).unwrap() {
        assert!(ring.cells.seat(&memory, &ring, key(number), 7_000_000).is_some());
    }
    use crate::policy::table::ring::Verdict;
    assert_eq!(ring.take(&memory, seat, 1, &budgets, 7_000_000), Verdict::Moved);
    assert!(!ring.clear(&memory, seat) && !ring.force(&memory, seat, 1, 7_000_000));
    assert_eq!(ring.cells.find(&memory, key(1)), None);
}

#[test]
fn a_state_is_the_word_it_was_made_from() {
    for word in [0, u128::MAX, 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210] {
        assert_eq!(State::of(word).word(), word);
    }
}
