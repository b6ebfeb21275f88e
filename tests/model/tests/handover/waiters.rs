//! Producers, the ledger's writer, those who wait for it, and whoever closes.

use std::sync::Arc;
use std::time::Duration;

use cortex_native_model::ledger::{Durability, Ledger, LedgerError, Setup, Upkeep};
use cortex_native_model::log::{Admission, CAPACITY_STEP, Refusal};
use cortex_native_model::sync::{Condvar, Instant, Mutex, thread};

use super::disk::Disk;
use super::{EVERYTHING, append, line, on_every_schedule, own_lines, start};

/// Nothing times out here, so that any will do.
const PATIENCE: Duration = Duration::ZERO;

/// A ledger of its own for each schedule.
fn open(disk: &Disk, durability: Durability, listener: impl Fn() + Send + Sync + 'static) -> Ledger {
    let setup = Setup {
        path: "ledger".into(),
        ring_bytes: CAPACITY_STEP,
        max_line_bytes: 256,
        retention: EVERYTHING,
        topic_field: "topic".to_owned(),
        type_field: "type".to_owned(),
        id_field: "id".to_owned(),
        time_field: "timestamp".to_owned(),
        upkeep: Upkeep::default(),
    };
    Ledger::open(&setup, durability, disk.as_files(), Arc::new(listener)).unwrap()
}

/// Any moment will do: nothing times out here.
fn never() -> Instant {
    Instant::now()
}

#[test]
fn whoever_waits_for_an_event_is_told_when_it_is_on_disk() {
    on_every_schedule(400, move || {
        let disk = Disk::default();
        let ledger = Arc::new(open(&disk, Durability::Group, || ()));
        let producers: Vec<_> = (0..2)
            .map(|producer| {
                let (ledger, disk) = (Arc::clone(&ledger), disk.clone());
                start(move || {
                    for number in 0..2 {
                        let offset = append(ledger.log(), &line(producer, number)).unwrap();
                        assert_eq!(ledger.wait(offset + 1, never()), Ok(true));
                        let durable = ledger.durable().position;
                        assert!(disk.synced() as u64 >= durable);
                        assert!(own_lines(&disk.ledger()[..disk.synced()], producer) > number);
                    }
                })
            })
            .collect();
        producers.into_iter().for_each(|producer| producer.join().unwrap());
        assert_eq!(ledger.close(PATIENCE), Ok(true));
    });
}

/// A call that somebody waits for, as an event loop does.
#[derive(Default)]
struct Bell {
    rung: Mutex<usize>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock() += 1;
        self.changed.notify_all();
    }

    /// Waits for a ring beyond the first `heard`, and returns how many there were.
    fn wait(&self, heard: usize) -> usize {
        let mut rung = self.rung.lock();
        while *rung == heard {
            self.changed.wait_until(&mut rung, never());
        }
        *rung
    }
}

#[test]
fn whoever_asked_to_be_called_is_called_even_if_the_writer_was_asleep() {
    on_every_schedule(400, move || {
        let (disk, bell) = (Disk::default(), Arc::new(Bell::default()));
        let told = Arc::clone(&bell);
        let ledger = Arc::new(open(&disk, Durability::Group, move || told.ring()));
        // Asked before there is anything: from here on the append alone must wake the writer.
        assert_eq!(ledger.commit().offset, 0);
        let producer = {
            let ledger = Arc::clone(&ledger);
            start(move || append(ledger.log(), &line(0, 0)).unwrap())
        };
        let mut heard = 0;
        while ledger.durable().offset == 0 {
            heard = bell.wait(heard);
        }
        producer.join().unwrap();
        // As the binding asks: looks at what commit() returns, then relies on the call.
        let offset = append(ledger.log(), &line(0, 1)).unwrap();
        heard = *bell.rung.lock();
        while ledger.commit().offset <= offset {
            heard = bell.wait(heard);
        }
        assert_eq!(ledger.close(PATIENCE), Ok(true));
        assert_eq!(own_lines(&disk.ledger(), 0), 2);
    });
}

#[test]
fn closing_while_others_append_writes_what_was_taken_and_refuses_the_rest() {
    on_every_schedule(400, move || {
        let disk = Disk::default();
        let ledger = Arc::new(open(&disk, Durability::Always, || ()));
        let producers: Vec<_> = (0..2)
            .map(|producer| {
                let ledger = Arc::clone(&ledger);
                start(move || {
                    let taken =
                        (0..3).take_while(|number| append(ledger.log(), &line(producer, *number)).is_ok());
                    taken.count()
                })
            })
            .collect();
        assert_eq!(ledger.close(PATIENCE), Ok(true));
        assert_eq!(append(ledger.log(), b"late"), Err(Refusal::Closed));
        let counts: Vec<_> = producers.into_iter().map(|producer| producer.join().unwrap()).collect();
        for (producer, count) in counts.into_iter().enumerate() {
            assert_eq!(own_lines(&disk.ledger(), producer), count);
        }
        assert_eq!(disk.synced(), disk.ledger().len());
    });
}

#[test]
fn closing_wakes_a_writer_that_sleeps_or_is_about_to() {
    on_every_schedule(1000, move || {
        let disk = Disk::default();
        let ledger = open(&disk, Durability::Group, || ());
        // Long enough for the writer to give up napping, on most schedules.
        for _ in 0..50 {
            thread::park_timeout(PATIENCE);
        }
        assert_eq!(ledger.close(PATIENCE), Ok(true));
    });
}

#[test]
fn a_ledger_that_fails_tells_everybody_who_waits() {
    on_every_schedule(400, move || {
        let (disk, bell) = (Disk::failing_after(1), Arc::new(Bell::default()));
        let told = Arc::clone(&bell);
        let ledger = Arc::new(open(&disk, Durability::Group, move || told.ring()));
        let producers: Vec<_> = (0..2)
            .map(|producer| {
                let ledger = Arc::clone(&ledger);
                start(move || {
                    for number in 0..3 {
                        match append(ledger.log(), &line(producer, number))
                            .map(|offset| ledger.wait(offset + 1, never()))
                        {
                            Ok(Ok(true)) => {}
                            Ok(Err(LedgerError::Failed { .. })) | Err(Refusal::Failed) => return true,
                            outcome => panic!("{outcome:?}"),
                        }
                    }
                    false
                })
            })
            .collect();
        // Whoever only listens learns of it too.
        let mut heard = 0;
        ledger.commit();
        while ledger.failure().is_none() {
            heard = bell.wait(heard);
        }
        assert_eq!(append(ledger.log(), b"late"), Err(Refusal::Failed));
        let failed = producers.into_iter().map(|producer| producer.join().unwrap()).collect::<Vec<_>>();
        assert!(failed.contains(&true));
        assert!(ledger.close(PATIENCE).is_err());
        assert_ne!(ledger.log().admission(), Admission::Open);
        assert_eq!(ledger.durable().position as usize, disk.ledger().len());
    });
}

#[test]
fn a_ring_that_was_full_has_room_again_for_whoever_waits() {
    on_every_schedule(30, move || {
        let disk = Disk::default();
        let ledger = open(&disk, Durability::None, || ());
        let long = [b'x'; 256];
        let mut emitted = 0u64;
        // Somewhat more than the ring holds.
        while emitted < 300 {
            match append(ledger.log(), &long) {
                Ok(_) => emitted += 1,
                Err(Refusal::Full) => assert_eq!(ledger.wait(emitted, never()), Ok(true)),
                Err(refusal) => panic!("{refusal:?}"),
            }
        }
        assert_eq!(ledger.close(PATIENCE), Ok(true));
        assert_eq!(disk.ledger().len() as u64, emitted * 257);
    });
}
