//! Real sockets: every test reads what a client would read.

mod cut_writes;
mod frames;

use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Adoption, FanOut, Notice, OnGap, OnSlow, Settings};
use crate::events::{Hub, Options};
use crate::log::Fill;

const OWNER: super::Owner = 7;

fn hub(options: Options) -> Arc<Hub> {
    Arc::new(Hub::open(&options).unwrap())
}

fn emit(hub: &Hub, topic: &str, kind: &str, key: u32, line: &str) {
    let (topic, kind) = (hub.topic(topic), hub.kind(kind).unwrap());
    let fill = |space: &mut [u8]| {
        space[..line.len()].copy_from_slice(line.as_bytes());
        Fill::Line(line.len())
    };
    hub.append(topic, kind, key, 0, fill).unwrap();
}

struct Client {
    id: super::ConnectionId,
    stream: UnixStream,
    bytes: Vec<u8>,
}

fn connect(fan_out: &FanOut, adoption: Adoption) -> Client {
    let (theirs, stream) = UnixStream::pair().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    Client { id: fan_out.adopt(OWNER, theirs.as_fd(), adoption).unwrap(), stream, bytes: Vec::new() }
}

fn wants(topics: Option<&[&str]>, from: u64) -> Adoption {
    let topics = topics.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    Adoption { topics, types: None, from, on_slow: OnSlow::Disconnect, on_gap: OnGap::Continue }
}

impl Client {
    /// Reads until `count` events (gaps and heartbeats aside) have come; their offsets.
    fn offsets(&mut self, count: usize) -> Vec<u64> {
        loop {
            let text = self.text();
            let found: Vec<u64> = text
                .lines()
                .filter_map(|line| line.strip_prefix("id: ")?.split_once('-')?.1.parse().ok())
                .collect();
            // The last frame is only whole once its chunk has ended.
            if found.len() >= count && self.bytes.ends_with(b"\r\n") {
                return found;
            }
            self.more();
        }
    }

    fn more(&mut self) -> usize {
        let mut chunk = vec![0; 64 * 1024];
        let read = self.stream.read(&mut chunk).unwrap_or_else(|error| {
            panic!("{error} after {:?}", self.text().lines().rev().take(4).collect::<Vec<_>>())
        });
        self.bytes.extend_from_slice(&chunk[..read]);
        read
    }

    fn read_to_end(&mut self) -> String {
        while self.more() > 0 {}
        self.text()
    }

    /// The body without its chunk framing, as far as it has come whole.
    fn text(&self) -> String {
        let (mut text, mut rest) = (Vec::new(), self.bytes.as_slice());
        while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
            let Some(body) = rest.get(end + 2..end + 2 + size) else { break };
            text.extend_from_slice(body);
            rest = rest.get(end + 2 + size + 2..).unwrap_or(&[]);
        }
        String::from_utf8(text).unwrap()
    }
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn every_follower_gets_what_it_wants_in_order() {
    let hub = hub(Options::default());
    let fan_out = hub.fan_out(&Settings::default()).unwrap();
    let mut all = connect(&fan_out, wants(None, 0));
    let mut one = connect(&fan_out, wants(Some(&["a"]), 0));
    let mut two = connect(&fan_out, wants(Some(&["a", "c"]), 0));
    let mut typed = connect(&fan_out, Adoption { types: Some(vec!["y".to_owned()]), ..wants(None, 0) });
    let mut none = connect(&fan_out, wants(Some(&["never"]), 0));
    for turn in 0..300 {
        emit(&hub, ["a", "b", "c"][turn % 3], ["x", "y"][turn % 2], 0, &format!("{{\"n\":{turn}}}"));
    }
    assert_eq!(all.offsets(300), (0..300).collect::<Vec<_>>());
    assert_eq!(one.offsets(100), (0..300).step_by(3).collect::<Vec<_>>());
    assert_eq!(two.offsets(200), (0..300).filter(|turn| turn % 3 != 1).collect::<Vec<_>>());
    assert_eq!(typed.offsets(150), (1..300).step_by(2).collect::<Vec<_>>());
    fan_out.drain(OWNER, none.id);
    wait_for("drained", || fan_out.notices(OWNER) == [(none.id, Notice::Drained)]);
    assert_eq!(none.read_to_end(), "");
}

#[test]
fn a_reader_from_the_past_goes_on_live_without_hole_or_repetition() {
    let hub = hub(Options::default());
    let fan_out = hub.fan_out(&Settings::default()).unwrap();
    (0..5000).for_each(|turn| emit(&hub, ["a", "b"][turn % 2], "", 0, &format!("{{\"n\":{turn}}}")));
    let mut clients: Vec<Client> =
        (0..20).map(|at| connect(&fan_out, wants((at % 2 == 0).then_some(&["a"]), at * 100))).collect();
    (5000..6000).for_each(|turn| emit(&hub, ["a", "b"][turn % 2], "", 0, &format!("{{\"n\":{turn}}}")));
    for (at, client) in clients.iter_mut().enumerate() {
        let step = if at % 2 == 0 { 2 } else { 1 };
        let expected: Vec<u64> = (at as u64 * 100..6000).step_by(step).collect();
        assert_eq!(client.offsets(expected.len()), expected);
    }
}

#[test]
fn what_others_emit_costs_a_quiet_connection_nothing() {
    let hub = hub(Options::default());
    let fan_out = hub.fan_out(&Settings { ring_bytes: 64 << 10, ..Settings::default() }).unwrap();
    let mut one = connect(&fan_out, wants(Some(&["a"]), 0));
    let mut two = connect(&fan_out, wants(Some(&["a", "c"]), 0));
    let line = format!("{{\"x\":\"{}\"}}", "x".repeat(1000));
    emit(&hub, "a", "", 0, "{}");
    assert_eq!((one.offsets(1), two.offsets(1)), (vec![0], vec![0]));
    (0..3000).for_each(|_| emit(&hub, "b", "", 0, &line)); // the frame ring forgets the place where both stand
    emit(&hub, "a", "", 0, "{}");
    emit(&hub, "c", "", 0, "{}");
    assert_eq!(one.offsets(2), [0, 3001]);
    assert_eq!(two.offsets(3), [0, 3001, 3002]);
    let catchups = fan_out.counters().catchups.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(catchups, 0, "nothing was read again for them");
}

#[test]
fn topics_come_and_go_at_run_time() {
    let hub = hub(Options::default());
    let fan_out = hub.fan_out(&Settings::default()).unwrap();
    let mut client = connect(&fan_out, wants(Some(&["a"]), 0));
    emit(&hub, "a", "", 0, "{}");
    assert_eq!(client.offsets(1), [0]);
    fan_out.set_topic(client.id, "b".to_owned(), true);
    fan_out.set_topic(client.id, "a".to_owned(), false);
    let settled = connect(&fan_out, wants(None, 1)); // commands are carried out in order
    fan_out.drain(OWNER, settled.id);
    wait_for("settled", || !fan_out.notices(OWNER).is_empty());
    emit(&hub, "a", "", 0, "{}");
    emit(&hub, "b", "", 0, "{}");
    assert_eq!(client.offsets(2), [0, 2]);
}

#[test]
fn a_topic_is_followed_from_the_next_event_on() {
    let hub = hub(Options::default());
    let fan_out = hub.fan_out(&Settings::default()).unwrap();
    for round in 0..50u64 {
        let from = hub.head();
        let mut client = connect(&fan_out, wants(Some(&["a"]), from));
        (0..4).for_each(|_| emit(&hub, "b", "", 0, "{}"));
        fan_out.set_topic(client.id, "b".to_owned(), true);
        emit(&hub, "b", "", 0, "{}");
        emit(&hub, "a", "", 0, "{}");
        assert_eq!(client.offsets(2), [from + 4, from + 5], "round {round}");
        fan_out.release(client.id);
    }
}

#[test]
fn a_topic_that_is_left_is_served_up_to_then() {
    let hub = hub(Options::default());
    let fan_out = hub.fan_out(&Settings::default()).unwrap();
    for round in 0..50 {
        let from = hub.head();
        let mut client = connect(&fan_out, wants(Some(&["a", "b"]), from));
        // More than one write takes, where they do not lie in a row.
        (0..300).for_each(|turn| emit(&hub, ["a", "c"][turn % 2], "", 0, "{}"));
        fan_out.set_topic(client.id, "a".to_owned(), false);
        emit(&hub, "a", "", 0, "{}");
        emit(&hub, "b", "", 0, "{}");
        let expected: Vec<u64> = (from..from + 300).step_by(2).chain([from + 301]).collect();
        assert_eq!(client.offsets(151), expected, "round {round}");
        fan_out.release(client.id);
    }
}

#[test]
fn a_stalled_consumer_is_given_up_and_delays_nobody() {
    let hub = hub(Options::default());
    let settings = Settings { stall_ms: 300, ..Settings::default() };
    let fan_out = hub.fan_out(&settings).unwrap();
    let stalled = connect(&fan_out, wants(None, 0));
    let mut healthy = connect(&fan_out, wants(None, 0));
    let line = format!("{{\"x\":\"{}\"}}", "x".repeat(1000));
    let count = 2000;
    (0..count).for_each(|_| emit(&hub, "a", "", 0, &line));
    assert_eq!(healthy.offsets(count).len(), count);
    let mut notices = Vec::new();
    wait_for("given up", || {
        notices.extend(fan_out.notices(OWNER));
        !notices.is_empty()
    });
    assert_eq!(notices, [(stalled.id, Notice::Slow)]);
    assert_eq!(fan_out.counters().slow.load(std::sync::atomic::Ordering::Relaxed), 1);
    emit(&hub, "a", "", 0, "{}");
    assert_eq!(healthy.offsets(count + 1).len(), count + 1);
}

#[test]
fn a_late_reader_with_gap_policy_is_told_and_goes_on() {
    let hub = hub(Options { ring_bytes: 256 << 10, max_line_bytes: 16 << 10, ..Options::default() });
    let fan_out = hub.fan_out(&Settings { ring_bytes: 64 << 10, ..Settings::default() }).unwrap();
    let mut client = connect(&fan_out, Adoption { on_slow: OnSlow::Gap, ..wants(None, 0) });
    let line = format!("{{\"x\":\"{}\"}}", "x".repeat(1000));
    let count = 3000u64;
    for _ in 0..count {
        emit(&hub, "a", "", 0, &line);
    }
    let last = || format!("-{}\n", count - 1);
    while !client.text().contains(&last()) {
        client.more();
    }
    let text = client.text();
    assert!(text.contains("event: gap\ndata: {\"requested\":\""), "a gap is told");
    let offsets = client.offsets(1);
    assert!(offsets.windows(2).all(|pair| pair[0] < pair[1]), "in order, once");
    assert_eq!(offsets.last(), Some(&(count - 1)));
}

/// A client of `on_gap` that does not read while 3,000 events of a kilobyte pass a window of 256 KiB.
fn late_reader(hub: &Hub, fan_out: &FanOut, on_slow: OnSlow, on_gap: OnGap) -> Client {
    let client = connect(fan_out, Adoption { on_slow, on_gap, ..wants(None, 0) });
    let line = format!("{{\"x\":\"{}\"}}", "x".repeat(1000));
    let mut steady = connect(fan_out, wants(None, 0)); // at whose pace they are emitted
    for turn in 0..3000 {
        emit(hub, "a", "", 1 + turn % 7, &line);
        if turn % 100 == 99 {
            steady.offsets(100);
            steady.bytes.clear();
        }
    }
    fan_out.release(steady.id);
    client
}

fn small_window() -> (Arc<Hub>, Arc<FanOut>) {
    let hub = hub(Options { ring_bytes: 256 << 10, max_line_bytes: 16 << 10, ..Options::default() });
    let fan_out = hub.fan_out(&Settings { ring_bytes: 64 << 10, ..Settings::default() }).unwrap();
    (hub, fan_out)
}

#[test]
fn after_a_gap_a_reader_goes_on_live() {
    for on_slow in [OnSlow::Gap, OnSlow::Coalesce] {
        let (hub, fan_out) = small_window();
        let mut client = late_reader(&hub, &fan_out, on_slow, OnGap::Live);
        while !client.text().contains("event: gap\n") {
            client.more();
        }
        wait_for("beyond the gap", || {
            fan_out.counters().gaps.load(std::sync::atomic::Ordering::Relaxed) == 1
        });
        let before = client.offsets(1);
        emit(&hub, "a", "", 0, "{}");
        let after = client.offsets(before.len() + 1);
        assert_eq!(after[before.len()..], [3000], "{on_slow:?}: nothing of what was kept meanwhile");
        assert_eq!(before, (0..before.len() as u64).collect::<Vec<_>>(), "{on_slow:?}");
    }
}

#[test]
fn after_a_gap_a_reader_ends() {
    for on_slow in [OnSlow::Gap, OnSlow::Coalesce] {
        let (hub, fan_out) = small_window();
        let mut client = late_reader(&hub, &fan_out, on_slow, OnGap::End);
        while !client.text().contains("event: gap\n") {
            client.more();
        }
        wait_for("let go", || fan_out.notices(OWNER) == [(client.id, Notice::Drained)]);
        emit(&hub, "a", "", 0, "{}");
        let text = client.read_to_end();
        let (events, gap) = text.rsplit_once("event: gap\n").unwrap();
        assert!(!gap.contains("id: "), "{on_slow:?}: the gap is the last it gets, not {gap:?}");
        assert!(!events.contains("event: gap"), "{on_slow:?}");
    }
}

#[test]
fn a_late_reader_that_coalesces_gets_the_latest_of_each_key() {
    let hub = hub(Options::default());
    let fan_out = hub.fan_out(&Settings::default()).unwrap();
    let mut client = connect(&fan_out, Adoption { on_slow: OnSlow::Coalesce, ..wants(None, 0) });
    let line = format!("{{\"x\":\"{}\"}}", "x".repeat(1000));
    let count = 4000u64;
    for turn in 0..count {
        emit(&hub, "a", "", 1 + u32::try_from(turn % 10).unwrap(), &line);
    }
    wait_for("full", || fan_out.counters().stalls.load(std::sync::atomic::Ordering::Relaxed) > 0);
    while !client.text().contains(&format!("-{}\n", count - 1)) {
        client.more();
    }
    let offsets = client.offsets(1);
    assert!(offsets.len() < usize::try_from(count).unwrap(), "superseded events are skipped");
    let newest: Vec<u64> = offsets[offsets.len() - 10..].to_vec();
    assert_eq!(newest, (count - 10..count).collect::<Vec<_>>(), "the latest of each key is not");
}

#[test]
fn a_connection_that_ends_does_not_wait_for_the_window() {
    let hub = hub(Options::default());
    let fan_out = hub.fan_out(&Settings { window_ms: 600_000, ..Settings::default() }).unwrap();
    let mut client = connect(&fan_out, wants(None, 0));
    emit(&hub, "a", "", 0, "{}");
    assert_eq!(client.offsets(1), [0]);
    (1..10).for_each(|_| emit(&hub, "a", "", 0, "{}")); // gathered
    fan_out.drain(OWNER, client.id);
    wait_for("drained", || fan_out.notices(OWNER) == [(client.id, Notice::Drained)]);
    assert_eq!(client.offsets(10), (0..10).collect::<Vec<_>>());
}

#[test]
fn heartbeats_reach_idle_connections() {
    let hub = hub(Options::default());
    let fan_out = hub.fan_out(&Settings { heartbeat_ms: 32, ..Settings::default() }).unwrap();
    let mut client = connect(&fan_out, wants(None, 0));
    while client.text().matches(":\n\n").count() < 3 {
        client.more();
    }
}

#[test]
fn no_frame_reaches_the_wrong_client_while_topics_churn() {
    let options = Options { max_events: 64, ..Options::default() }; // slots of topics are reused all the time
    let hub = hub(options);
    let fan_out = hub.fan_out(&Settings::default()).unwrap();
    for round in 0..300 {
        let topics: Vec<String> = (0..8).map(|at| format!("topic-{round}-{at}")).collect();
        let from = hub.head();
        let mut clients: Vec<Client> =
            topics.iter().map(|topic| connect(&fan_out, wants(Some(&[topic]), from))).collect();
        for turn in 0..5 {
            topics.iter().for_each(|topic| emit(&hub, topic, "", 0, &format!("\"{topic} {turn}\"")));
        }
        for (client, topic) in clients.iter_mut().zip(&topics) {
            client.offsets(5);
            assert_eq!(client.text().matches(&format!("data: \"{topic} ")).count(), 5);
            assert_eq!(client.text().matches("data: ").count(), 5, "only its own");
            fan_out.release(client.id);
        }
    }
}

#[test]
fn a_client_that_left_is_noticed() {
    let hub = hub(Options::default());
    let fan_out = hub.fan_out(&Settings::default()).unwrap();
    let client = connect(&fan_out, wants(None, 0));
    let id = client.id;
    drop(client);
    emit(&hub, "a", "", 0, "{}");
    let mut notices = Vec::new();
    wait_for("noticed", || {
        notices.extend(fan_out.notices(OWNER));
        notices == [(id, Notice::Broken)]
    });
}

#[test]
fn the_past_comes_from_the_ledger_when_the_window_has_gone_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = Some(directory.path().join("ledger.ndjson"));
    let hub = hub(Options { path, max_events: 100, topic_field: "t".to_owned(), ..Options::default() });
    let fan_out = hub.fan_out(&Settings::default()).unwrap();
    for turn in 0..3000 {
        let topic = ["a", "b"][turn % 2];
        emit(&hub, topic, "", 0, &format!("{{\"t\":\"{topic}\",\"n\":{turn}}}"));
    }
    let mut all = connect(&fan_out, wants(None, 10));
    let mut one = connect(&fan_out, wants(Some(&["b"]), 0));
    emit(&hub, "b", "", 0, "{\"t\":\"b\"}");
    assert_eq!(all.offsets(2991), (10..3001).collect::<Vec<_>>());
    assert_eq!(one.offsets(1501), (1..3000).step_by(2).chain([3000]).collect::<Vec<_>>());
    hub.close(Duration::from_secs(5)).unwrap();
}
