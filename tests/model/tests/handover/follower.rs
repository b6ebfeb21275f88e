//! The hand-over from producers to a thread that follows a bare log.

use std::sync::Arc;

use cortex_native_model::log::{CAPACITY_STEP, Checkpoint, Log, Ring};
use cortex_native_model::sync::thread;

use super::{EVERYTHING, append, line, on_every_schedule, own_lines, start};

/// The follower of a bare log, as the writer follows it, but without naps: it sleeps whenever there is nothing.
fn follow(log: &Log, count: usize) -> Vec<u8> {
    let mut at = Checkpoint::default();
    let mut taken = Vec::new();
    while (at.offset as usize) < count {
        match log.head_beyond(at.position, true) {
            Some(head) => {
                log.unreleased(at.position, head.position, |bytes| taken.extend_from_slice(bytes));
                log.release(head);
                at = head;
            }
            None => thread::park(),
        }
    }
    taken
}

#[test]
fn an_append_wakes_a_follower_that_sleeps_or_is_about_to() {
    on_every_schedule(3000, || {
        let ring = Ring::anonymous(CAPACITY_STEP).unwrap();
        let log = Arc::new(Log::new(ring, Checkpoint::default(), 256, EVERYTHING, true));
        let follower = {
            let log = Arc::clone(&log);
            start(move || follow(&log, 5))
        };
        log.set_follower(follower.thread().clone());
        let producers: Vec<_> = [2, 3]
            .into_iter()
            .enumerate()
            .map(|(producer, count)| {
                let log = Arc::clone(&log);
                start(move || {
                    for number in 0..count {
                        append(&log, &line(producer, number)).unwrap();
                    }
                })
            })
            .collect();
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        let taken = follower.join().unwrap();
        assert_eq!(own_lines(&taken, 0), 2);
        assert_eq!(own_lines(&taken, 1), 3);
    });
}
