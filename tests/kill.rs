//! A process that emits at full speed is killed, again and again: every event whose append had returned is in the
//! ledger afterwards, in order, once, and none is torn. `KILL_ROUNDS` says how often (per durability).
#![cfg(unix)] // elsewhere the ring is memory only and a kill may cost what was not written
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by them

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use cortex_native_core::events::{Hub, Options};
use cortex_native_core::ledger::Durability;
use cortex_native_core::log::{Fill, Refusal};

/// Names the ledger of a process that is to be killed.
const LEDGER: &str = "KILL_TEST_LEDGER";
const DURABILITY: &str = "KILL_TEST_DURABILITY";

fn options(path: &Path, durability: Durability) -> Options {
    // A small ring, so that it wraps and fills up many times before the kill.
    Options {
        path: Some(path.to_owned()),
        durability,
        ring_bytes: 64 << 10,
        max_line_bytes: 4096,
        ..Options::default()
    }
}

fn line(number: u64) -> String {
    format!(r#"{{"n":{number},"pad":"{}"}}"#, "x".repeat(usize::try_from(number % 700).unwrap()))
}

/// Emits until it is killed, and says after every append that it has returned.
fn emit_for_ever(hub: &Hub) {
    let (topic, kind) = (hub.topic("t"), hub.kind("k").unwrap());
    let mut told = std::io::stdout().lock();
    for number in hub.head().. {
        let text = line(number);
        loop {
            let outcome = hub.append(topic, kind, 0, 0, |space| match space.get_mut(..text.len()) {
                Some(space) => {
                    space.copy_from_slice(text.as_bytes());
                    Fill::Line(text.len())
                }
                None => Fill::TooLong(text.len()),
            });
            match outcome {
                Ok(_) => break,
                Err(Refusal::Full) => drop(hub.wait(hub.head(), Duration::from_millis(1))),
                Err(refusal) => panic!("{refusal:?}"),
            }
        }
        told.write_all(b".").unwrap();
        told.flush().unwrap();
    }
}

/// The process to be killed: this very program, with this one test. Does nothing otherwise.
#[test]
fn emitter() {
    let Some(path) = std::env::var_os(LEDGER) else { return };
    let durability = match std::env::var(DURABILITY).as_deref() {
        Ok("none") => Durability::None,
        Ok("always") => Durability::Always,
        _ => Durability::Group,
    };
    emit_for_ever(&Hub::open(&options(Path::new(&path), durability)).unwrap());
}

/// Runs an emitter, kills it once it has told of `count` events, and returns of how many it told in all.
fn kill_after(path: &Path, durability: &str, count: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "emitter", "--nocapture", "--test-threads=1"])
        .envs([(LEDGER, path.as_os_str()), (DURABILITY, durability.as_ref())])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut told = child.stdout.take().unwrap();
    let mut buffer = [0; 4096];
    let mut events = 0;
    // The harness says that the test begins, in words of its own; events are dots on a line that begins with it.
    let mut begun = String::new();
    while !begun.ends_with("test emitter ... ") {
        let mut letter = [0];
        told.read_exact(&mut letter).unwrap();
        begun.push(char::from(letter[0]));
    }
    loop {
        let read = told.read(&mut buffer).unwrap();
        events += buffer.iter().take(read).filter(|byte| **byte == b'.').count();
        if read == 0 {
            break;
        }
        if events >= count {
            child.kill().unwrap(); // what it told before it died is still in the pipe
        }
    }
    child.wait().unwrap();
    u64::try_from(events).unwrap()
}

#[test]
fn a_killed_process_loses_no_event_whose_append_had_returned() {
    let rounds = std::env::var("KILL_ROUNDS").ok().and_then(|count| count.parse().ok()).unwrap_or(6);
    for durability in ["none", "group", "always"] {
        let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let path = home.path().join("ledger.ndjson");
        let (mut expected, mut epoch) = (0, None);
        for round in 0..rounds {
            expected += kill_after(&path, durability, 1 + round * 397 % 2000);
            let hub = Hub::open(&options(&path, Durability::Group)).unwrap();
            let found = hub.head();
            // One more may have been appended than its process lived to tell.
            assert!((expected..=expected + 1).contains(&found), "{durability}: {found} of {expected}");
            expected = found;
            assert_eq!(*epoch.get_or_insert(hub.epoch()), hub.epoch(), "what readers saw is still true");
            assert_eq!(hub.close(Duration::from_secs(20)), Ok(true));
            let content = std::fs::read_to_string(&path).unwrap();
            assert!(content.lines().eq((0..found).map(line)), "{durability}: torn, lost, doubled or swapped");
        }
    }
}
