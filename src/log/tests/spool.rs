//! A kill may come between any two words that the header is given. What is found then is the state before or the
//! state after, never a mixture that loses or invents bytes.

use std::cell::Cell;

use proptest::prelude::*;

use super::{CAPACITY, cases, scaled};
use crate::log::spool::{Header, Remains, Stamp};
use crate::log::{Checkpoint, Ring};

thread_local! {
    /// How many more stores happen before the kill.
    static STORES_LEFT: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Asked by every store into a header: whether its process is dead by now.
pub fn killed_before_this_store() -> bool {
    STORES_LEFT.with(|left| match left.get() {
        None => false,
        Some(0) => true,
        Some(count) => {
            left.set(Some(count - 1));
            false
        }
    })
}

/// Does what a process does that is killed before its store number `stores`, counted from 0. Tells whether the kill
/// came at all.
fn killed_after(stores: usize, act: impl FnOnce()) -> bool {
    STORES_LEFT.with(|left| left.set(Some(stores)));
    act();
    STORES_LEFT.with(|left| left.replace(None)) == Some(0)
}

/// One change of a header.
#[derive(Debug, Clone, Copy)]
enum Change {
    Reset {
        boot: u8,
        epoch: u8,
        start: Checkpoint,
    },
    /// Bytes more, up to what the ring holds.
    Head(u16),
    /// Thousandths of what lies between floor and head, and as many events.
    Floor(u16),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let start = (0..1u64 << 50, 0..1u64 << 40).prop_map(|(position, offset)| Checkpoint { position, offset });
    let start = prop_oneof![Just(Checkpoint::default()), start];
    let change = prop_oneof![
        1 => (0..2u8, 0..2u8, start).prop_map(|(boot, epoch, start)| Change::Reset { boot, epoch, start }),
        4 => any::<u16>().prop_map(Change::Head),
        4 => (0..=1000u16).prop_map(Change::Floor),
    ];
    prop::collection::vec(change, 1..=scaled(30).max(4))
}

fn stamp(boot: u8, epoch: u8) -> Stamp {
    Stamp { boot: [boot + 1; 16], epoch: [epoch + 1; 16] }
}

/// What a whole header says.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Known {
    stamp: Stamp,
    remains: Remains,
}

impl Known {
    fn at(stamp: Stamp, start: Checkpoint) -> Self {
        let (floor, head) = (start.position, start.position);
        Self { stamp, remains: Remains { floor, head, checkpoint: start } }
    }

    /// The state after `change`, which is also done to `header` when there is one.
    fn change(self, change: Change, header: Option<&Header<'_>>) -> Self {
        let Known { stamp: own, remains } = self;
        match change {
            Change::Reset { boot, epoch, start } => {
                let fresh = stamp(boot, epoch);
                header.inspect(|header| header.reset(&fresh, start));
                Self::at(fresh, start)
            }
            Change::Head(bytes) => {
                let head = (remains.head + u64::from(bytes)).min(remains.floor + CAPACITY as u64);
                header.inspect(|header| header.publish_head(head));
                Self { stamp: own, remains: Remains { head, ..remains } }
            }
            Change::Floor(permille) => {
                let step = (remains.head - remains.floor) * u64::from(permille) / 1000;
                let floor = remains.floor + step;
                let checkpoint = Checkpoint { position: floor, offset: remains.checkpoint.offset + step };
                header.inspect(|header| header.publish_floor(checkpoint));
                Self { stamp: own, remains: Remains { floor, checkpoint, ..remains } }
            }
        }
    }

    fn seen_with(&self, stamp: &Stamp) -> Option<Remains> {
        (self.stamp == *stamp).then_some(self.remains)
    }
}

/// A ring whose header went whole through `changes`.
fn after(changes: &[Change]) -> (Ring, Known) {
    let ring = Ring::anonymous(CAPACITY).unwrap();
    let mut known = Known::at(stamp(0, 0), Checkpoint::default());
    Header::of(&ring).reset(&known.stamp, Checkpoint::default());
    for change in changes {
        known = known.change(*change, Some(&Header::of(&ring)));
    }
    (ring, known)
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_kill_between_two_words_leaves_the_old_or_the_new(changes in changes()) {
        let (last, before) = changes.split_last().unwrap();
        let mut stores = 0;
        loop {
            let (ring, old) = after(before);
            let new = old.change(*last, None);
            let header = Header::of(&ring);
            let killed = killed_after(stores, || {
                old.change(*last, Some(&header));
            });
            for stamp in [stamp(0, 0), stamp(0, 1), stamp(1, 0), stamp(1, 1)] {
                let found = header.remains(&stamp);
                let (was, is) = (old.seen_with(&stamp), new.seen_with(&stamp));
                if !killed {
                    prop_assert_eq!(found, is);
                    continue;
                }
                match last {
                    // Until a new header is whole it may prove nothing.
                    Change::Reset { .. } => prop_assert!(found.is_none() || found == was || found == is),
                    Change::Head(_) => prop_assert!(found == was || found == is),
                    // The checkpoint comes before the floor; both stand for bytes that the ledger has.
                    Change::Floor(_) => {
                        let between = was.zip(is).map(|(was, is)| Remains { checkpoint: is.checkpoint, ..was });
                        prop_assert!(found == was || found == is || found == between, "{found:?}");
                    }
                }
            }
            if !killed {
                break;
            }
            stores += 1;
        }
        prop_assert!(stores > 0);
    }

    #[test]
    fn a_header_goes_on_after_a_kill_in_it(changes in changes(), stores in 0..16usize) {
        // The next process starts the header anew; nothing of the torn one may shine through.
        let (last, before) = changes.split_last().unwrap();
        let (ring, old) = after(before);
        let header = Header::of(&ring);
        killed_after(stores, || {
            old.change(*last, Some(&header));
        });
        let start = Checkpoint { position: 77, offset: 7 };
        header.reset(&stamp(1, 1), start);
        prop_assert_eq!(header.remains(&stamp(1, 1)), Some(Known::at(stamp(1, 1), start).remains));
        header.publish_head(99);
        header.publish_floor(Checkpoint { position: 88, offset: 8 });
        let checkpoint = Checkpoint { position: 88, offset: 8 };
        prop_assert_eq!(header.remains(&stamp(1, 1)), Some(Remains { floor: 88, head: 99, checkpoint }));
    }

    #[test]
    fn no_torn_slot_passes_for_a_checkpoint((old, new) in (checkpoint(), checkpoint())) {
        let (ring, _) = after(&[]);
        let header = Header::of(&ring);
        header.reset(&stamp(0, 0), old);
        for stores in 1..4 {
            prop_assert!(killed_after(stores, || header.publish_floor(new)));
            let found = header.remains(&stamp(0, 0)).map(|remains| remains.checkpoint);
            prop_assert_eq!(found, Some(old));
        }
    }
}

fn checkpoint() -> impl Strategy<Value = Checkpoint> {
    (0..1u64 << 53, 0..1u64 << 53).prop_map(|(position, offset)| Checkpoint { position, offset })
}

#[test]
fn what_was_never_a_header_proves_nothing() {
    let ring = Ring::anonymous(CAPACITY).unwrap();
    assert_eq!(Header::of(&ring).remains(&Stamp { boot: [0; 16], epoch: [0; 16] }), None);
}

#[test]
fn a_header_of_a_ring_of_another_size_or_a_head_too_far_proves_nothing() {
    let (ring, known) = after(&[Change::Head(100)]);
    let header = Header::of(&ring);
    assert_eq!(header.remains(&known.stamp), Some(known.remains));
    header.publish_head(CAPACITY as u64 + 1);
    assert_eq!(header.remains(&known.stamp), None, "more than the ring holds");
    header.publish_head(5);
    header.publish_floor(Checkpoint { position: 6, offset: 1 });
    assert_eq!(header.remains(&known.stamp), None, "a floor beyond the head");
}
