//! What the event stream encoder writes is what a parser of the standard reads, whatever the event holds.
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation)] // the oracle is a test that has to fail

use proptest::prelude::*;

#[path = "../fuzz/sse_oracle.rs"]
mod sse_oracle;

/// What breaks parsers: line ends, NUL, a BOM, halves of a surrogate pair, bytes that are no UTF-8, fields.
const NASTY: &[&[u8]] = &[
    b"\r",
    b"\n",
    b"\r\n",
    b"\n\r",
    b"\n\n",
    b"\r\r",
    b"\0",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xc0\x80",
    b"\xff\xfe",
    b"\xe2\x80\xa8",
    b":",
    b" ",
    b"data: ",
    b"\nid: 7\n",
    b"\rretry: 1\r",
    b"event: gap",
    b"{\"a\":\"b\"}",
];

fn line() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => (0..NASTY.len()).prop_map(|at| NASTY[at].to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn kind() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-zA-Z.]{1,20}",
        any::<String>(),
        line().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

proptest! {
    #[test]
    fn events_are_read_as_they_were_logged(
        seed in any::<u64>(),
        events in prop::collection::vec((any::<u64>(), kind(), line()), 0..12),
        cuts in prop::collection::vec(any::<usize>(), 0..16),
    ) {
        sse_oracle::check(seed, &events, &cuts);
    }

    #[test]
    fn a_fuzzers_bytes_are_events_too(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        sse_oracle::check_bytes(&bytes);
    }
}

#[test]
fn each_nasty_piece_alone_between_and_doubled() {
    for piece in NASTY {
        let cases = [piece.to_vec(), piece.repeat(2), [&b"a"[..], piece, &b"b"[..]].concat()];
        for line in cases {
            let kind = String::from_utf8_lossy(&line).into_owned();
            let events =
                [(0, String::new(), line.clone()), (1, kind, line), (2, "next".to_owned(), b"{}".to_vec())];
            let all: Vec<usize> = (0..400).collect();
            sse_oracle::check(1, &events, &all);
        }
    }
}

#[test]
fn empty_data_is_an_event() {
    sse_oracle::check(2, &[(0, String::new(), Vec::new()), (1, "t".to_owned(), Vec::new())], &[1, 20, 40]);
    assert_eq!(sse_oracle::parse(b"id: 1\ndata: \n\n").len(), 1);
}

#[test]
fn frames_may_be_huge() {
    let mut line = vec![b'x'; 8 << 20];
    for at in (0..line.len()).step_by(1 << 16) {
        line[at] = b'\r';
    }
    sse_oracle::check(
        3,
        &[(u64::MAX, "big".to_owned(), line), (0, String::new(), b"1".to_vec())],
        &[5 << 20],
    );
}

#[test]
fn the_parser_reads_the_examples_of_the_standard() {
    let read = |stream: &str| {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        sse_oracle::parse(stream.as_bytes())
            .into_iter()
            .map(|event| (text(event.last_event_id), text(event.kind), text(event.data)))
            .collect::<Vec<_>>()
    };
    let event = |id: &str, kind: &str, data: &str| (id.to_owned(), kind.to_owned(), data.to_owned());
    assert_eq!(read("data: YHOO\ndata: +2\ndata: 10\n\n"), [event("", "message", "YHOO\n+2\n10")]);
    let second =
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
    let wanted = [
        event("1", "message", "first event"),
        event("", "message", "second event"),
        event("", "message", " third event"),
    ];
    assert_eq!(read(second), wanted);
    assert_eq!(read("data\n\ndata\ndata\n\ndata:"), [event("", "message", ""), event("", "message", "\n")]);
    assert_eq!(read("data:test\n\ndata: test\n\n").len(), 2);
    let mixed = "\u{feff}event: add\rdata: 1\r\n\r\nid: a\0b\ndata: 2\n\n";
    assert_eq!(read(mixed), [event("", "add", "1"), event("", "message", "2")]);
}
