//! Any bytes in the place of a ledger or its sidecars: the bodies of the fuzz targets, on every run.
#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::unwrap_used)] // the oracle is a test that has to fail

use proptest::prelude::*;

#[path = "../fuzz/ledger_oracle.rs"]
mod ledger_oracle;

/// What the formats are made of, so that random bytes come close to them.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"{\"id\":\"a\",\"topic\":\"t\"}\n".to_vec()),
        Just(b"{\"torn\":".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\xff".to_vec()),
        Just(b"CHNS".to_vec()),
        Just(b"CHNB".to_vec()),
        Just(vec![0; 40]),
        Just(br#"{"format":1,"active":{"offset":0,"position":0,"sinceMs":1},"closed":[]}"#.to_vec()),
        Just(br#"{"format":1,"active":{"offset":9,"position":99,"sinceMs":1},"closed":[]}"#.to_vec()),
        Just(
            br#"{"format":1,"active":{"offset":1,"position":24,"sinceMs":1},"closed":[{"offset":0,"position":0,"events":1,"bytes":24,"closedMs":1}]}"#
                .to_vec()
        ),
        prop::collection::vec(any::<u8>(), 0..48),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// The seeds of a fuzz target: sidecars and ledgers as they are written.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap();
    let seeds: Vec<_> = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(!seeds.is_empty());
    seeds
}

/// Each seed as it is, cut at every `step`th byte, and with every `step`th byte changed.
fn damaged(target: &str, step: usize, check: impl Fn(&[u8])) {
    for seed in seeds(target) {
        check(&seed);
        for at in (0..seed.len()).step_by(step) {
            check(&seed[..at]);
            let mut changed = seed.clone();
            changed[at] ^= 0x21;
            check(&changed);
        }
    }
}

#[test]
fn what_is_nearly_right_is_trusted_no_further_than_its_proof() {
    damaged("ledger_index", 1, ledger_oracle::check_index);
    damaged("ledger_chain", 1, ledger_oracle::check_chain);
    damaged("ledger_recovery", 19, ledger_oracle::check_recovery);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_index_is_trusted_beyond_its_proof(bytes in prop::collection::vec(any::<u8>(), 0..800)) {
        ledger_oracle::check_index(&bytes);
    }

    #[test]
    fn no_chain_is_read_beyond_its_proof(bytes in pieces()) {
        ledger_oracle::check_chain(&bytes);
    }

    #[test]
    fn any_ledger_opens_the_same_twice_or_not_at_all(bytes in pieces()) {
        ledger_oracle::check_recovery(&bytes);
    }
}
