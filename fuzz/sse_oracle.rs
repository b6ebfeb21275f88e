//! The event stream encoding held against a parser of its own, which knows the standard and not the encoder.
//!
//! Driven by a property test (`tests/sse_encoding.rs`) and by a fuzzer (`fuzz_targets/sse_encoding.rs`).

use cortex_native_core::events::sse;
use cortex_native_core::log::Record;
use cortex_native_core::log::cursor::Epoch;

/// One event, as a browser would dispatch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatched {
    /// What the next request sends as `Last-Event-ID`.
    pub last_event_id: Vec<u8>,
    /// Its type.
    pub kind: Vec<u8>,
    /// Its data.
    pub data: Vec<u8>,
}

/// Interprets a stream as section 9.2.6 of the HTML standard says. On bytes: decoding UTF-8 moves no line end, and
/// what it does to bytes that are no UTF-8 is the reader's affair.
pub fn parse(stream: &[u8]) -> Vec<Dispatched> {
    let stream = stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stream);
    let mut dispatched = Vec::new();
    let (mut id, mut kind, mut data): (Vec<u8>, Vec<u8>, Vec<u8>) = Default::default();
    for line in lines(stream) {
        if line.is_empty() {
            if !data.is_empty() {
                data.pop(); // the line end after the last line
                let kind = if kind.is_empty() { b"message".to_vec() } else { kind.clone() };
                dispatched.push(Dispatched { last_event_id: id.clone(), kind, data: data.clone() });
            }
            kind.clear();
            data.clear();
            continue;
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &line[line.len()..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => kind = value.to_vec(),
            b"data" => {
                data.extend_from_slice(value);
                data.push(b'\n');
            }
            b"id" if !value.contains(&0) => id = value.to_vec(),
            _ => {} // a comment, a reconnection time, or nothing that is known
        }
    }
    dispatched
}

/// The lines that have ended, without what ends them: CR LF, LF or CR.
fn lines(stream: &[u8]) -> Vec<&[u8]> {
    let (mut found, mut start, mut at) = (Vec::new(), 0, 0);
    while at < stream.len() {
        let width = match &stream[at..] {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        if width > 0 {
            found.push(&stream[start..at]);
            start = at + width;
        }
        at += width.max(1);
    }
    found
}

/// What a reader is to get for an event: line ends in the data are the standard's, in the type blank space.
fn expected(epoch: Epoch, offset: u64, kind: &str, line: &[u8]) -> Dispatched {
    let mut data = Vec::with_capacity(line.len());
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b'\n' if at > 0 && line[at - 1] == b'\r' => {}
            b'\r' | b'\n' => data.push(b'\n'),
            other => data.push(*other),
        }
    }
    let kind = if kind.is_empty() { "message".to_owned() } else { kind.replace(['\r', '\n'], " ") };
    let last_event_id = format!("{}-{offset}", epoch.as_str()).into_bytes();
    Dispatched { last_event_id, kind: kind.into_bytes(), data }
}

/// Encodes events one behind the other and reads them back: whole, and cut at each of `cuts`.
pub fn check(seed: u64, events: &[(u64, String, Vec<u8>)], cuts: &[usize]) {
    let epoch = Epoch::from_random(seed.to_le_bytes());
    let (mut stream, mut ends, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
    for (offset, kind, line) in events {
        let record = Record { offset: *offset, topic: "", kind, line, topic_id: 0, kind_id: 0, key: 0 };
        sse::event(&mut stream, epoch, &record);
        ends.push(stream.len());
        wanted.push(expected(epoch, *offset, kind, line));
    }
    assert_eq!(parse(&stream), wanted);
    for cut in cuts {
        let cut = cut % (stream.len() + 1);
        let whole = ends.iter().filter(|end| **end <= cut).count();
        // A connection that is cut gives a reader whole events or nothing.
        assert_eq!(parse(&stream[..cut]), wanted[..whole], "cut after {cut} bytes");
    }
}

/// Events and cuts out of a fuzzer's bytes.
pub fn check_bytes(mut bytes: &[u8]) {
    let mut take = |count: usize| {
        let (taken, rest) = bytes.split_at(count.min(bytes.len()));
        bytes = rest;
        taken.to_vec()
    };
    let number = |bytes: Vec<u8>| bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    let seed = number(take(8));
    let cuts = [number(take(2)) as usize, number(take(2)) as usize];
    let mut events = Vec::new();
    loop {
        let lengths = take(3);
        if lengths.len() < 3 || events.len() == 64 {
            break;
        }
        let offset = number(take(8));
        let kind = String::from_utf8_lossy(&take(usize::from(lengths[0]))).into_owned();
        let line = take(usize::from(lengths[1]) << 8 | usize::from(lengths[2]));
        events.push((offset, kind, line));
    }
    check(seed, &events, &cuts);
}
