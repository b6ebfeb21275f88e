//! Sockets that take as much as they like of a write: whatever is cut, chunks and frames come whole.

use std::io::Read;
use std::os::unix::net::UnixStream;

use rustix::net::sockopt::set_socket_send_buffer_size;

use super::super::connection::{Connection, Served, Topics};
use super::super::counters::Counters;
use super::super::encode::StagedEvent;
use super::super::frames::FrameRing;
use crate::log::CAPACITY_STEP;
use crate::log::filter::TypeMask;

/// xorshift: a failure names its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// The frame of an event; its topic is the offset modulo 3, its type the offset modulo 2.
fn frame(offset: u64) -> Vec<u8> {
    let length = if offset.is_multiple_of(41) { 20_000 } else { usize::try_from(offset * 7 % 900).unwrap() };
    format!("id: e-{offset}\ndata: {}\n\n", "x".repeat(length)).into_bytes()
}

fn push(ring: &mut FrameRing, offsets: std::ops::Range<u64>) {
    let event = |offset: u64| StagedEvent {
        offset,
        topic: offset % 3,
        kind: u16::try_from(offset % 2).unwrap(),
        key: 0,
        length: frame(offset).len(),
    };
    let events: Vec<StagedEvent> = offsets.clone().map(event).collect();
    let mut bytes = Vec::new();
    offsets.for_each(|offset| bytes.extend_from_slice(&frame(offset)));
    ring.push(&events, &bytes);
}

/// The offsets of whole frames in a body of whole chunks; any other byte fails.
fn offsets_of(mut body: &[u8], context: &str) -> Vec<u64> {
    let mut text = Vec::new();
    while !body.is_empty() {
        let end = body.windows(2).position(|pair| pair == b"\r\n").expect(context);
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).expect(context);
        assert!(size > 0, "{context}: an empty chunk would end the body");
        text.extend_from_slice(&body[end + 2..end + 2 + size]);
        assert_eq!(&body[end + 2 + size..end + 4 + size], b"\r\n", "{context}");
        body = &body[end + 4 + size..];
    }
    let mut offsets = Vec::new();
    let mut rest = text.as_slice();
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').expect(context);
        let id = std::str::from_utf8(&rest[..end]).unwrap().strip_prefix("id: e-").expect(context);
        let offset = id.parse().expect(context);
        let whole = frame(offset);
        assert!(rest.starts_with(&whole), "{context}: frame {offset} is not whole");
        offsets.push(offset);
        rest = &rest[whole.len()..];
    }
    offsets
}

fn filters(at: u64) -> (Topics, Option<TypeMask>) {
    let odd = || {
        let mut mask = TypeMask::default();
        mask.insert(1);
        Some(mask)
    };
    match at {
        0 => (Topics::All, None),
        1 => (Topics::All, odd()),
        2 => (Topics::One(1), None),
        3 => (Topics::One(2), odd()),
        _ => (Topics::Many([0, 1].into()), None),
    }
}

/// One connection, one ring, one reader, at random. Returns how many writes were cut.
fn run(seed: u64) -> usize {
    let context = format!("seed {seed}");
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut ring = FrameRing::new(4 * CAPACITY_STEP, 0).unwrap();
    let (theirs, mut reader) = UnixStream::pair().unwrap();
    set_socket_send_buffer_size(&theirs, usize::try_from(2048 + random.below(200_000)).unwrap()).unwrap();
    reader.set_nonblocking(true).unwrap();
    let mut pushed = Vec::new();
    let mut more = |ring: &mut FrameRing, count: u64| {
        let offsets = ring.end()..ring.end() + count;
        push(ring, offsets.clone());
        pushed.push(offsets);
    };
    for _ in 0..random.below(8) {
        more(&mut ring, 1 + random.below(40));
    }
    let (topics, types) = filters(seed % 5);
    let begin = random.below(ring.end() + 1); // often within a chunk
    let mut connection = Connection::new(0, 1, theirs.into(), topics, types, begin);
    let counters = Counters::default();
    let (mut body, mut skipped, mut cut) = (Vec::new(), Vec::new(), 0);
    let mut buffer = vec![0; 300_000];
    let mut serve = |connection: &mut Connection, ring: &FrameRing| {
        let served = connection.serve(ring, &counters);
        match served {
            Served::Full => cut += usize::from(connection.moved),
            Served::Behind => {
                skipped.push(connection.next..ring.first());
                connection.next = ring.first();
            }
            Served::Broken => panic!("{context}: broken"),
            Served::Level | Served::More => {}
        }
        connection.moved = false;
        served
    };
    for _ in 0..150 {
        match random.below(4) {
            0 => more(&mut ring, 1 + random.below(60)),
            1 => ring.pad(ring.end() + random.below(3)),
            2 => {
                serve(&mut connection, &ring);
            }
            _ => {
                let limit = 1 + usize::try_from(random.below(60_000)).unwrap();
                if let Ok(length) = reader.read(&mut buffer[..limit]) {
                    body.extend_from_slice(&buffer[..length]);
                }
            }
        }
    }
    // It ends, often within a chunk.
    let until = connection.next + random.below(ring.end() - connection.next.min(ring.end()) + 1);
    connection.until = Some(until);
    while serve(&mut connection, &ring) != Served::Level {
        if let Ok(length) = reader.read(&mut buffer) {
            body.extend_from_slice(&buffer[..length]);
        }
    }
    drop(connection);
    reader.set_nonblocking(false).unwrap();
    reader.read_to_end(&mut body).unwrap();
    let gone = |offset: u64| skipped.iter().any(|range| range.contains(&offset));
    let (topics, types) = filters(seed % 5);
    let wanted = |offset: u64| {
        let topic = match &topics {
            Topics::All => true,
            Topics::One(one) => *one == offset % 3,
            Topics::Many(many) => many.contains(&(offset % 3)),
        };
        topic && types.as_ref().is_none_or(|types| types.contains(u16::try_from(offset % 2).unwrap()))
    };
    let got = offsets_of(&body, &context);
    let expected: Vec<u64> = pushed
        .into_iter()
        .flatten()
        .filter(|offset| (begin..until).contains(offset) && wanted(*offset) && !gone(*offset))
        .collect();
    assert_eq!(got, expected, "{context}");
    cut
}

#[test]
fn chunks_and_frames_come_whole_however_writes_are_cut() {
    let cut: usize = (1..=100).map(run).sum();
    assert!(cut > 100, "only {cut} writes were cut");
}
