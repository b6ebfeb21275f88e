//! The mirror: a run of bytes is contiguous wherever it starts.

use proptest::prelude::*;

use super::{CAPACITY, cases, scaled};
use crate::log::Ring;

fn write(ring: &Ring, position: u64, bytes: &[u8]) {
    // SAFETY: one thread, no other slice of the ring is alive, and no run is longer than the ring.
    unsafe {
        ring.space(position, bytes.len()).copy_from_slice(bytes);
        ring.mirror(position, bytes.len());
    }
}

fn read(ring: &Ring, position: u64, length: usize) -> Vec<u8> {
    // SAFETY: as above.
    unsafe { ring.slice(position, length).to_vec() }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn the_newest_bytes_of_a_stream_read_as_written_from_any_position(
        begin in prop_oneof![Just(0), 0..1u64 << 40],
        runs in prop::collection::vec(
            (prop_oneof![1 => 1..=CAPACITY, 4 => 1..5000usize], any::<u8>(), 0..CAPACITY, 0..CAPACITY),
            1..=scaled(50).max(3),
        )
    ) {
        let ring = Ring::anonymous(CAPACITY).unwrap();
        // What the stream is: the ring's last bytes, the oldest of them zeros at first.
        let mut stream = vec![0; CAPACITY];
        let mut head = begin;
        for (length, seed, back, take) in runs {
            let run: Vec<u8> = (0..length).map(|at| seed.wrapping_add((at % 251) as u8)).collect();
            write(&ring, head, &run);
            head += length as u64;
            stream.extend_from_slice(&run);
            // Where it began is where the ring's first lap may still be missing.
            let back = back.min((head - begin) as usize);
            let from = stream.len() - back;
            let take = take.min(back);
            prop_assert!(read(&ring, head - back as u64, take) == stream[from..from + take]);
        }
        let whole = CAPACITY.min((head - begin) as usize);
        prop_assert!(read(&ring, head - whole as u64, whole) == stream[stream.len() - whole..]);
    }
}

#[test]
fn both_halves_are_the_same_bytes() {
    let ring = Ring::anonymous(CAPACITY).unwrap();
    let capacity = CAPACITY as u64;
    // Around every page of the ring and of its end.
    for position in (0..capacity).step_by(4096).chain([capacity - 3, capacity - 1]) {
        write(&ring, position, b"12345");
        assert_eq!(read(&ring, position, 5), b"12345");
        assert_eq!(read(&ring, position + capacity, 5), b"12345");
        let around = read(&ring, position, CAPACITY);
        assert!(around.starts_with(b"12345") && around.len() == CAPACITY);
    }
}

#[test]
fn a_new_ring_is_zeros_and_its_header_apart() {
    let ring = Ring::anonymous(CAPACITY).unwrap();
    assert!(read(&ring, 0, CAPACITY).iter().all(|byte| *byte == 0));
    write(&ring, 0, &[7; CAPACITY]);
    let header = ring.header();
    // SAFETY: the header belongs to the ring and nobody writes it here.
    let header = unsafe { std::slice::from_raw_parts(header.as_ptr(), crate::log::HEADER_BYTES) };
    assert!(header.iter().all(|byte| *byte == 0));
}

#[cfg(unix)]
#[test]
#[cfg_attr(miri, ignore)] // maps a file
fn a_ring_in_a_file_keeps_its_bytes_and_has_real_blocks() {
    use std::os::unix::fs::MetadataExt;

    let file = tempfile::tempfile().unwrap();
    write(&Ring::in_file(&file, CAPACITY).unwrap(), CAPACITY as u64 - 2, b"kept");
    let metadata = file.metadata().unwrap();
    assert_eq!(metadata.len() as usize, crate::log::HEADER_BYTES + CAPACITY);
    assert!(metadata.blocks() * 512 >= metadata.len(), "a hole would be a SIGBUS on a full disk");
    assert_eq!(read(&Ring::in_file(&file, CAPACITY).unwrap(), CAPACITY as u64 - 2, 4), b"kept");
    // Larger, then smaller: the file has the size asked for.
    for capacity in [3 * CAPACITY, CAPACITY] {
        assert_eq!(Ring::in_file(&file, capacity).unwrap().capacity(), capacity);
        assert_eq!(file.metadata().unwrap().len() as usize, crate::log::HEADER_BYTES + capacity);
    }
}
