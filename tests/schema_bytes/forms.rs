//! Keys that come twice or are unknown, the normal form, lines of NDJSON.

use std::num::NonZeroUsize;

use cortex_native_core::schema::{codes, ndjson};

use super::{json, program, with};

#[test]
fn the_last_of_two_keys_counts_if_asked() {
    let schema = with(
        r#"{"properties":{"a":{"type":"string"}},"required":["a"],"maxProperties":1}"#,
        r#"{"duplicateKeys":"last"}"#,
    );
    assert_eq!(schema.check(br#"{"a":1,"a":"x"}"#), 0);
    assert_eq!(schema.check(br#"{"a":{"b":1,"b":[]}, "\u0061" : "x"}"#), 0);
    let issues = schema.issues(b"{\"a\":\"x\",\n\"a\":1}", 5);
    assert_eq!((issues[0].code, issues[0].offset, issues[0].line), (codes::TYPE, 14, 2));
    assert_eq!(schema.normalise(br#"{"a":1, "a":"x"}"#).unwrap(), br#"{"a":"x"}"#);
}

#[test]
fn many_unknown_keys_are_told_apart() {
    let any = json("true");
    let mut keys: Vec<String> = (0..1000).map(|index| format!("\"key {index}\": {index}")).collect();
    assert_eq!(any.check(format!("{{{}}}", keys.join(",")).as_bytes()), 0);
    keys.push("\"k\\u0065y 500\": 0".to_owned());
    let text = format!("{{{}}}", keys.join(","));
    assert_eq!(any.check(text.as_bytes()), codes::DUPLICATE);
    assert_eq!(any.issues(text.as_bytes(), 9).len(), 1);
}

#[test]
fn more_names_than_a_word_has_bits() {
    let names: Vec<String> = (0..150).map(|index| format!("\"p{index}\"")).collect();
    let schema = json(&format!(
        r#"{{"required":[{}],"properties":{{{}}},"additionalProperties":false}}"#,
        names.join(","),
        names.iter().map(|name| format!("{name}:{{\"type\":\"integer\"}}")).collect::<Vec<_>>().join(",")
    ));
    let document = |skip: usize| {
        let members = names.iter().enumerate().filter(|(index, _)| *index != skip);
        format!("{{{}}}", members.map(|(_, name)| format!("{name}:1")).collect::<Vec<_>>().join(","))
    };
    assert_eq!(schema.check(document(usize::MAX).as_bytes()), 0);
    for skip in [0, 63, 64, 127, 149] {
        let issues = schema.issues(document(skip).as_bytes(), 9);
        assert_eq!((issues.len(), issues[0].key.clone()), (1, Some(format!("p{skip}"))));
    }
    let twice = document(usize::MAX).replace("\"p148\":1", "\"p149\":1");
    assert_eq!(schema.check(twice.as_bytes()), codes::DUPLICATE);
}

#[test]
fn the_normal_form_strips_and_sets_defaults() {
    let nodes = r#"[
        {"at":"","types":["object"],"object":{"properties":[{"key":"a","node":1,"required":true},
            {"key":"b","node":2,"default":7},{"key":"c","node":3}],"additional":"strip"}},
        {"at":"/a","types":["string"]},{"at":"/b","types":["number"]},
        {"at":"/c","anyOf":[1,4]},
        {"at":"/c/1","types":["array"],"array":{"items":5}},
        {"at":"/c/1/x","types":["object"],"object":{"properties":[{"key":"d","node":2}],"additional":"strip"}}]"#;
    let schema = program("zod3", nodes);
    let normal =
        |document: &str| schema.normalise(document.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(normal(r#" {"x": [1,{}], "a" : "\u0041\n" } "#).unwrap(), r#"{"a":"\u0041\n","b":7}"#);
    assert_eq!(
        normal(r#"{"c":[{"d":1.50,"e":{}},{"e":1}],"b":2,"a":"","__proto__":3}"#).unwrap(),
        r#"{"c":[{"d":1.50},{}],"b":2,"a":""}"#
    );
    assert_eq!(normal(r#"{"b":2}"#), None);
    let canonical = schema.normalise_canonical(r#"{"z":1,"b":1.50,"a":"\u0041"}"#.as_bytes()).unwrap();
    assert_eq!(canonical, br#"{"a":"A","b":1.5}"#);
    let both = program(
        "zod3",
        r#"[{"at":"","allOf":[1,2]},
            {"at":"/0","types":["object"],"object":{"properties":[{"key":"a","node":3}],"additional":"strip"}},
            {"at":"/1","types":["object"],"object":{"properties":[{"key":"b","node":3}],"additional":"strip"}},{"at":""}]"#,
    );
    assert_eq!(both.normalise(br#"{"a":1,"b":2,"c":3}"#).unwrap(), br#"{"a":1,"b":2}"#);
}

#[test]
fn lines_are_checked_one_by_one_on_any_number_of_threads() {
    let schema = json(r#"{"required":["n"],"properties":{"n":{"type":"integer"}}}"#);
    let mut text = Vec::new();
    for line in 0..20_000 {
        let piece = if line % 7 == 3 {
            format!("{{\"n\":\"{line}\"}}\n")
        } else {
            format!("{{\"n\":{line}, \"x\":[]}}\n")
        };
        text.extend_from_slice(piece.as_bytes());
    }
    let one = ndjson::check(&schema, &text, NonZeroUsize::MIN, 5);
    assert_eq!((one.count, one.valid, one.issues.len()), (20_000, 20_000 - 2857, 5));
    for line in 0..20_000 {
        assert_eq!(one.bitmap[line / 8] >> (line % 8) & 1 == 1, line % 7 != 3, "line {line}");
    }
    let (index, issue) = &one.issues[1];
    assert_eq!(
        (*index, issue.line, issue.pointer.as_str(), &text[issue.offset..issue.offset + 4]),
        (10, 11, "/n", &b"\"10\""[..])
    );
    for threads in 2..5 {
        assert_eq!(ndjson::check(&schema, &text, NonZeroUsize::new(threads).unwrap(), 5), one);
    }
    assert_eq!(ndjson::check(&schema, b"", NonZeroUsize::MIN, 5).count, 0);
    let blank = ndjson::check(&schema, b"{\"n\":1}\n\n{\"n\":2}", NonZeroUsize::MIN, 5);
    assert_eq!(
        (blank.count, blank.valid, blank.bitmap[0], blank.issues[0].1.code),
        (3, 2, 0b101, codes::EMPTY)
    );
}
