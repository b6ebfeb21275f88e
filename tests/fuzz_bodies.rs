//! The bodies of the fuzz targets on the stable compiler: seeds, seeds with damage, and noise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // how a body reports

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[path = "../fuzz/bodies/manifest_bytes.rs"]
mod manifest_bytes;

fn seeds() -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/manifest_bytes");
    let seeds: Vec<_> =
        fs::read_dir(corpus).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(seeds.len() > 3);
    seeds
}

#[test]
fn seeds_hold() {
    seeds().iter().for_each(|seed| manifest_bytes::run(seed));
}

/// Pieces that mean something to the reader, the checks or the order of keys.
const PIECES: &[&str] = &[
    "",
    "null",
    "true",
    "0",
    "-0",
    "1e400",
    "1e21",
    "[]",
    "{}",
    "\"\"",
    "\"\\ud800\"",
    "\"\\u0000\"",
    ",",
    ":",
    "{\"a\":1}",
    "\"brAInwav\"",
    "\"a.b\"",
    "\"\u{fb33}\"",
    "\"😀\"",
    "\"2025-10-10T00:00:00+02:00\"",
    "\"per_minute\"",
    "9007199254740993",
];

proptest! {
    #[test]
    fn damaged_seeds_hold(seed in 0usize..64, at in any::<prop::sample::Index>(), cut in 0usize..12, piece in 0usize..64) {
        let seeds = seeds();
        let mut bytes = seeds[seed % seeds.len()].clone();
        let start = at.index(bytes.len());
        let end = (start + cut).min(bytes.len());
        bytes.splice(start..end, PIECES[piece % PIECES.len()].bytes());
        manifest_bytes::run(&bytes);
    }

    #[test]
    fn noise_holds(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        manifest_bytes::run(&bytes);
    }
}
