use proptest::prelude::*;

use crate::manifest::canonical::{canonicalize, document};
use crate::manifest::node::Node;
use crate::manifest::order::KeyOrder;

fn form(input: &str) -> String {
    String::from_utf8(canonicalize(input.as_bytes()).unwrap()).unwrap()
}

#[test]
fn numbers_are_written_as_ecmascript_writes_them() {
    let table = [
        ("0", "0"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("1.0", "1"),
        ("4.50", "4.5"),
        ("2e-3", "0.002"),
        ("1e-6", "0.000001"),
        ("1e-7", "1e-7"),
        ("1E30", "1e+30"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("333333333.33333329", "333333333.3333333"),
        ("9007199254740993", "9007199254740992"),
        ("123456789012345", "123456789012345"),
        ("1234567890123456", "1234567890123456"),
        ("295147905179352830000", "295147905179352830000"),
        ("5e-324", "5e-324"),
        ("1e-400", "0"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("-1e-1", "-0.1"),
    ];
    for (input, expected) in table {
        assert_eq!(form(input), expected, "{input}");
    }
}

#[test]
fn strings_keep_what_json_stringify_keeps() {
    assert_eq!(form(r#""\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/""#), r#""€$\u000f\nA'B\"\\\\\"/""#);
    assert_eq!(
        form("\"\\b\\f\\n\\r\\t\\u0000\\u007f\\u2028\\ud83d\\ude02\""),
        "\"\\b\\f\\n\\r\\t\\u0000\u{7f}\u{2028}😂\""
    );
    assert_eq!(
        form(r#""longer than eight bytes \u00e9 and then more of it""#),
        "\"longer than eight bytes é and then more of it\""
    );
}

#[test]
fn members_are_sorted_by_utf16_code_unit() {
    assert_eq!(
        form(r#"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#),
        "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}"
    );
    assert_eq!(
        form(r#"{"b":{"d":1,"c":[{"z":1,"y":2}]},"a":{},"aa":0}"#),
        r#"{"a":{},"aa":0,"b":{"c":[{"y":2,"z":1}],"d":1}}"#
    );
    // What follows a shared beginning decides, the closing quote does not.
    assert_eq!(form(r#"{"a!":1,"a":2,"a ":3}"#), r#"{"a":2,"a ":3,"a!":1}"#);
}

#[test]
fn refusals_name_the_byte() {
    let table: &[(&[u8], usize, &str)] = &[
        (b"", 0, "the end"),
        (b"[1e400]", 1, "beyond the range"),
        (b"[-1e999]", 1, "beyond the range"),
        (br#"{"a":1,"b":2,"a":3}"#, 13, "duplicate"),
        (br#"{"b":1,"a":2,"\u0061":3}"#, 13, "duplicate"),
        (br#"["\ud800"]"#, 2, "lone surrogate"),
        (br#"["x\udc00"]"#, 3, "lone surrogate"),
        (br#"["\ud800\u0041"]"#, 2, "lone surrogate"),
        (b"[\"\xff\"]", 2, "UTF-8"),
        (b"[01]", 1, "leading zero"),
        (b"[1.]", 3, "digit"),
        (b"[-]", 2, "digit"),
        (b"[1,]", 3, "unexpected"),
        (b"{\"a\"}", 4, "colon"),
        (b"{\"a\":1,}", 7, "no string"),
        (b"[1 2]", 3, "comma"),
        (b"[1] x", 4, "after the document"),
        (b"\xef\xbb\xbf[]", 0, "unexpected"),
        (b"[\"a\nb\"]", 3, "control"),
        (b"[\"a", 1, "without its end"),
        (b"[nul]", 1, "unknown word"),
        (br#"["\x"]"#, 2, "escape"),
    ];
    for (input, offset, reason) in table {
        let fault = canonicalize(input).unwrap_err();
        assert_eq!(fault.byte_offset, *offset, "{} in {}", fault.reason, String::from_utf8_lossy(input));
        assert!(fault.reason.contains(reason), "{} for {}", fault.reason, String::from_utf8_lossy(input));
        assert!(Node::parse(input).is_err(), "the tree accepts {}", String::from_utf8_lossy(input));
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(canonicalize(nested(128).as_bytes()).is_ok());
    assert!(canonicalize(nested(129).as_bytes()).unwrap_err().reason.contains("deeper than 128"));
    assert!(Node::parse(nested(100_000).as_bytes()).is_err());
}

#[test]
fn a_document_knows_where_its_members_stand() {
    let document = document(br#" {"b" : [1, 2] , "a" : "x"} "#, KeyOrder::CodeUnit).unwrap();
    let part =
        |range: &std::ops::Range<usize>| String::from_utf8(document.bytes[range.clone()].to_vec()).unwrap();
    let members: Vec<_> =
        document.members.iter().map(|one| (one.key.clone(), part(&one.whole), part(&one.value))).collect();
    assert_eq!(
        members,
        [
            ("a".to_owned(), r#""a":"x""#.to_owned(), r#""x""#.to_owned()),
            ("b".to_owned(), r#""b":[1,2]"#.to_owned(), "[1,2]".to_owned()),
        ]
    );
}

#[test]
fn locale_order_is_that_of_locale_compare_after_array_indices() {
    // `Object.keys(Object.fromEntries(keys.map((key) => [key, 0]).sort(([a], [b]) => a.localeCompare(b))))` on Node 20.
    let expected = [
        "0", "2", "10", "", " ", "_a", "-a", "a", "A", "a_b", "a-b", "a1", "a2", "aa", "aA", "Aa", "AA",
        "ab", "Ab", "B", "b2", "perDay", "perday2", "z", "Z",
    ];
    let mut keys = expected.to_vec();
    keys.reverse();
    keys.sort_by(|a, b| KeyOrder::Locale.compare(a, b));
    assert_eq!(keys, expected);
    assert!(!KeyOrder::Locale.accepts("ä"));
}

/// Any JSON text, with spaces and escapes that canonical text has not.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
        "[\\x00-\\x7f]{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map("\\PC{0,6}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_text_is_a_fixed_point_whatever_the_white_space(value in json()) {
        let once = canonicalize(serde_json::to_string_pretty(&value).unwrap().as_bytes()).unwrap();
        prop_assert_eq!(&canonicalize(&once).unwrap(), &once);
        prop_assert_eq!(canonicalize(value.to_string().as_bytes()).unwrap(), once);
    }

    #[test]
    fn any_bytes_are_taken_or_refused_alike_by_both_readers(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert_eq!(canonicalize(&bytes).is_ok(), Node::parse(&bytes).is_ok());
    }

    #[test]
    fn shortest_digits_read_back_to_the_same_double(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        let mut text = Vec::new();
        crate::manifest::canonical::write_number(value, &mut text);
        let back: f64 = std::str::from_utf8(&text).unwrap().parse().unwrap();
        prop_assert_eq!(back, value);
    }
}
