//! The frame ring: chunks, runs of them, what leaves it.

use super::super::encode::StagedEvent;
use super::super::frames::FrameRing;
use crate::log::CAPACITY_STEP;

const CAPACITY: usize = CAPACITY_STEP;

/// A chunk of frames of `length` bytes with these offsets.
fn push(ring: &mut FrameRing, offsets: &[u64], length: usize) {
    let events: Vec<StagedEvent> = offsets
        .iter()
        .map(|offset| StagedEvent { offset: *offset, topic: offset % 2, kind: 0, key: 0, length })
        .collect();
    let bytes: Vec<u8> =
        offsets.iter().flat_map(|offset| vec![b'a' + u8::try_from(offset % 26).unwrap(); length]).collect();
    ring.push(&events, &bytes);
}

fn text(ring: &FrameRing, from: u64, end: u64, limit: usize) -> (String, u64, u64) {
    let run = ring.run(from, end, limit).unwrap();
    let bytes = ring.bytes(run.position, run.length).to_vec();
    (String::from_utf8(bytes).unwrap(), run.frames, run.next)
}

#[test]
fn events_that_come_together_are_one_chunk() {
    let mut ring = FrameRing::new(CAPACITY, 5).unwrap();
    push(&mut ring, &[5], 3);
    push(&mut ring, &[6, 7, 8], 4);
    assert_eq!(text(&ring, 5, 9, 100), ("3\r\nfff\r\nc\r\ngggghhhhiiii\r\n".to_owned(), 4, 9));
    assert_eq!(text(&ring, 6, 9, 100), ("c\r\ngggghhhhiiii\r\n".to_owned(), 3, 9));
    assert_eq!(text(&ring, 5, 6, 100), ("3\r\nfff\r\n".to_owned(), 1, 6));
    let borders: Vec<bool> = (5..=9).map(|offset| ring.between_chunks(offset)).collect();
    assert_eq!(borders, [true, true, false, false, true]);
    assert_eq!((ring.next_chunk(5), ring.next_chunk(7), ring.next_chunk(8)), (6, 9, 9));
    let frame = *ring.get(7).unwrap();
    assert_eq!(ring.bytes(frame.position, 4), b"hhhh");
    assert_eq!((ring.last_of(1), ring.before_in_topic(7)), (Some(7), Some(5)));
}

#[test]
fn a_run_ends_between_chunks_and_has_one_at_least() {
    let mut ring = FrameRing::new(CAPACITY, 0).unwrap();
    (0..8).for_each(|n| push(&mut ring, &[2 * n, 2 * n + 1], 10)); // 4 + 20 + 2 bytes each
    assert_eq!(text(&ring, 0, 16, 26 * 3 + 25).1, 6);
    assert_eq!(text(&ring, 0, 16, 26 * 3).2, 6);
    assert_eq!(text(&ring, 4, 16, 5).2, 6);
    assert_eq!(text(&ring, 4, 8, 1000).2, 8);
    assert_eq!(text(&ring, 0, 16, usize::MAX).2, 16);
}

#[test]
fn what_is_left_of_a_chunk_ends_where_the_next_one_begins() {
    let mut ring = FrameRing::new(CAPACITY, 0).unwrap();
    push(&mut ring, &[0, 1], 3);
    push(&mut ring, &[2], 3);
    let run = ring.run(0, 3, 100).unwrap();
    let at = |within: u64| {
        let (end, next) = ring.chunk_end(run.position + within);
        (end - run.position - within, next)
    };
    assert_eq!(at(0), (0, 0), "nothing of it is out");
    assert_eq!(at(1), (10, 2));
    assert_eq!(at(10), (1, 2));
    assert_eq!(at(11), (0, 2), "it is out whole");
    assert_eq!(at(12), (7, 3));
    assert_eq!(at(19), (0, 3));
    assert_eq!((ring.count(0, 2), ring.count(0, 3), ring.count(2, 3), ring.count(3, 3)), (2, 3, 1, 0));
}

#[test]
fn chunks_leave_whole() {
    let mut ring = FrameRing::new(CAPACITY, 0).unwrap();
    let count = 100;
    (0..count).for_each(|n| push(&mut ring, &[3 * n, 3 * n + 1, 3 * n + 2], 1000));
    assert_eq!(ring.end(), 3 * count);
    assert!(ring.first() > 0 && ring.first().is_multiple_of(3), "{}", ring.first());
    assert!(ring.between_chunks(ring.first()));
    let (bytes, frames, next) = text(&ring, ring.first(), ring.end(), usize::MAX);
    assert!(bytes.len() > CAPACITY - 2 * 3008 && bytes.len() <= CAPACITY);
    assert_eq!((frames, next), (ring.end() - ring.first(), ring.end()));
    assert_eq!(ring.get(ring.first() - 1).map(|frame| frame.position), None);
    let oldest_even = ring.first().next_multiple_of(2);
    let mut at = ring.last_of(0);
    let mut seen = Vec::new();
    while let Some(offset) = at {
        seen.push(offset);
        at = ring.before_in_topic(offset);
    }
    assert_eq!(seen.last(), Some(&oldest_even), "topics reach back to what is kept");
}

#[test]
fn events_that_were_gone_leave_empty_entries_within_and_between_chunks() {
    let mut ring = FrameRing::new(CAPACITY, 0).unwrap();
    push(&mut ring, &[2, 5], 1);
    ring.pad(8);
    push(&mut ring, &[9], 1);
    let lengths: Vec<u32> = (0..10).map(|offset| ring.get(offset).unwrap().length).collect();
    assert_eq!(lengths, [0, 0, 1, 0, 0, 1, 0, 0, 0, 1]);
    assert_eq!(text(&ring, 2, 10, 100), ("2\r\ncf\r\n1\r\nj\r\n".to_owned(), 3, 10));
    assert!(!ring.between_chunks(4) && !ring.between_chunks(8));
    assert_eq!(ring.next_chunk(4), 9);
}

#[test]
fn a_chunk_that_does_not_fit_is_left_to_the_log() {
    let mut ring = FrameRing::new(CAPACITY, 0).unwrap();
    push(&mut ring, &[0], 10);
    push(&mut ring, &[1], CAPACITY);
    assert_eq!((ring.first(), ring.end()), (2, 2));
    push(&mut ring, &[2], 10);
    assert_eq!(text(&ring, 2, 3, 100).1, 1);
}
