//! Random and mutated documents: the pass never panics and agrees with `serde_json` and the `jsonschema` crate.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::cast_possible_truncation)] // a test that has to fail

use proptest::prelude::*;

#[path = "../fuzz/schema_oracle.rs"]
mod schema_oracle;

/// Pieces that documents for the schemas of the oracle are made of, and what breaks parsers.
const PIECES: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"a\":",
    b"\"b\":",
    b"\"c\":",
    b"\"k\":",
    b"\"v\":",
    b"\"a\"",
    b"\"b\"",
    b"\"aab\"",
    b"\"x\"",
    b"1",
    b"-3",
    b"2.5",
    b"0.5",
    b"1e3",
    b"1e400",
    b"-0",
    b"01",
    b"12345678901234567890",
    b"null",
    b"true",
    b"false",
    b"tru",
    b" ",
    b"\n",
    b"\r\n",
    b"\"\\u0061\"",
    b"\"\\ud83d\\ude00\"",
    b"\"\\ud800\"",
    b"\"\\x\"",
    b"\"\xc3\xa9\"",
    b"\"\xff\"",
    b"\xef\xbb\xbf",
    b"\0",
    b"{\"a\":1,\"b\":\"x\"}",
    b"{\"k\":\"a\",\"v\":1.5}",
    b"[1,\"a\",\"b\"]",
    b"{\"a\":1,\"a\":2,\"b\":\"x\"}",
    b"[1,{\"a\":1}]",
    b"\"a longer text than sixteen bytes\"",
];

fn document() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0..PIECES.len(), 0..14)
        .prop_map(|pieces| pieces.into_iter().flat_map(|at| PIECES[at].to_vec()).collect())
}

/// Documents that are JSON, of names and values that the schemas know.
fn value() -> impl Strategy<Value = serde_json::Value> {
    let name =
        || prop_oneof![Just("a"), Just("b"), Just("c"), Just("k"), Just("v"), Just("other"), Just("\u{e9}")];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-5_i64..1200).prop_map(Into::into),
        any::<f64>().prop_map(|number| serde_json::json!(number)),
        any::<u64>().prop_map(Into::into),
        name().prop_map(|text| text.into()),
        "[ab]{0,6}".prop_map(Into::into),
        ".{0,20}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map(name().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn pieces(bytes in document()) {
        schema_oracle::check_bytes(&bytes);
    }

    #[test]
    fn values(value in value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        schema_oracle::check_bytes(text.unwrap().as_bytes());
    }

    #[test]
    fn values_with_a_byte_changed(value in value(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = serde_json::to_vec(&value).unwrap();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        schema_oracle::check_bytes(&bytes);
    }
}
