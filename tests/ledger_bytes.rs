//! Any bytes in the place of a ledger or its sidecars: the bodies of the fuzz targets, on every run.
#![allow(clippy::indexing_slicing, clippy::expect_used)] // the oracle is a test that has to fail

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
