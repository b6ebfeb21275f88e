//! What is wrong with a document is told with its kind and its place.

use cortex_native_core::Error;
use cortex_native_core::schema::{Scratch, codes};

use super::{first, json, with};

/// A log takes a document as a line where this says that there is nothing between its tokens.
#[test]
fn a_blank_between_tokens_is_told_wherever_it_stands() {
    let document = r#"{"a":[1,{"b":"x , \" y"},null],"c":{"d":[]},"e":-1.5,"long":"some text that is longer than a step"}"#;
    let schemas = [
        "true",
        r#"{"additionalProperties":true,"patternProperties":{"a":{"type":"array"},"^.$":true}}"#,
        r#"{"anyOf":[{"required":["x"]},{"properties":{"a":{"contains":{"type":"object"}}}}]}"#,
        r#"{"properties":{"a":{"uniqueItems":true},"c":{"not":{"type":"string"}},"e":{"oneOf":[{"type":"integer"}, true]}}}"#,
        r#"{"properties":{"e":{"oneOf":[{"type":"number"},{"type":"string"}]}},"required":["a","c"]}"#,
        r#"{"unevaluatedProperties":{"type":["array","object","number","string"]}}"#,
    ];
    for schema in schemas {
        for duplicates in ["last", "reject"] {
            let schema = with(schema, &format!(r#"{{"duplicateKeys":"{duplicates}"}}"#));
            let spaced = |text: &str| schema.check_spaced(text.as_bytes(), &mut Scratch::default());
            let (code, tight) = spaced(document);
            assert_eq!((code, tight), (0, false));
            let mut quoted = false;
            let bytes = document.as_bytes();
            for at in 0..=bytes.len() {
                let before = at.checked_sub(1).map_or(0, |before| bytes[before]);
                if before == b'"' && bytes[at - 2] != b'\\' {
                    quoted = !quoted;
                }
                let between = |byte: &u8| b"{}[],:".contains(byte);
                if !quoted && (at == 0 || between(&before) || bytes.get(at).is_none_or(between)) {
                    for blank in [" ", "\n", "\r\n", "\t \t"] {
                        let text = format!("{}{blank}{}", &document[..at], &document[at..]);
                        assert_eq!(spaced(&text), (0, true), "{text}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_no_json_is_told_by_kind_and_place() {
    let any = json("true");
    let cases: &[(&[u8], u16, usize)] = &[
        (b"", codes::EMPTY, 0),
        (b" \n", codes::EMPTY, 2),
        (b"\xEF\xBB\xBF{}", codes::BOM, 0),
        (b"{} x", codes::TRAILING, 3),
        (b"[1,", codes::END, 3),
        (b"[1 2]", codes::BYTE, 3),
        (b"[01]", codes::NUMBER, 3),
        (b"[1.]", codes::NUMBER, 3),
        (b"1e400", codes::RANGE, 0),
        (b"[-1e999]", codes::RANGE, 1),
        (b"\"\\x\"", codes::ESCAPE, 1),
        (b"\"\\ud800\"", codes::SURROGATE, 1),
        (b"\"\\ud800\\u0041\"", codes::SURROGATE, 1),
        (b"\"\\udc00\"", codes::SURROGATE, 1),
        (b"\"\xff\"", codes::UTF8, 1),
        (b"\"ab\xed\xa0\x80\"", codes::UTF8, 3),
        (b"\"ab\xc3", codes::UTF8, 3),
        (b"\"a\tb\"", codes::CONTROL, 2),
        (b"{\"a\":1,\"a\":2}", codes::DUPLICATE, 7),
        (b"{\"a\":1,\"\\u0061\":2}", codes::DUPLICATE, 7),
        (b"nul", codes::END, 3),
        (b"trux", codes::BYTE, 3),
    ];
    for (document, code, offset) in cases {
        let (found, _, place) = first(&any, document);
        assert_eq!((found, place), (*code, *offset), "{document:?}");
    }
}

#[test]
fn every_issue_is_told_with_pointer_offset_line_and_column() {
    let schema = json(
        r#"{"type":"object","required":["id","n"],"properties":{"id":{"type":"string","minLength":2},
            "n":{"type":"integer","maximum":5},"list":{"items":{"type":"boolean"}}},"additionalProperties":false}"#,
    );
    let document = b"{\n  \"id\": \"x\",\n  \"list\": [true, 1, null],\n  \"m/n\": 2\n}";
    let told: Vec<_> = schema
        .issues(document, 10)
        .into_iter()
        .map(|issue| (issue.name(), issue.pointer, issue.offset, issue.line, issue.column, issue.key))
        .collect();
    let key = |name: &str| Some(name.to_owned());
    assert_eq!(
        told,
        [
            ("minLength", "/id".to_owned(), 10, 2, 9, None),
            ("type", "/list/1".to_owned(), 32, 3, 18, None),
            ("type", "/list/2".to_owned(), 35, 3, 21, None),
            ("additionalProperties", String::new(), 44, 4, 3, key("m/n")),
            ("required", String::new(), 0, 1, 1, key("n")),
        ]
    );
    assert_eq!(schema.issues(document, 2).len(), 2);
    let nested = json(r#"{"additionalProperties":{"additionalProperties":{"type":"null"}}}"#);
    assert_eq!(nested.issues(br#"{"a/b":{"c~\u0064":1}}"#, 9)[0].pointer, "/a~1b/c~0d");
}

#[test]
fn the_first_issue_is_told_without_text() {
    let schema =
        json(r#"{"required":["b"],"properties":{"a":{"items":{"type":"string"}},"b":{"type":"null"}}}"#);
    let seen = |document: &[u8]| {
        let mut told = None;
        let code = schema.check_first(document, &mut Scratch::default(), |first| {
            told = Some((first.found.code, first.more, first.property, first.path.len()));
        });
        assert_eq!(code, schema.check(document));
        assert_eq!(code, told.map_or(0, |told| told.0));
        told
    };
    assert_eq!(seen(br#"{"b":null}"#), None);
    assert_eq!(seen(b"{\"b\":null,\n\"a\":[1]}"), Some((codes::TYPE, false, None, 2)));
    assert_eq!(seen(br#"{"a":[1]}"#), Some((codes::TYPE, true, None, 2)));
    assert_eq!(seen(b"{}"), Some((codes::REQUIRED, false, Some(1), 0)));
    assert_eq!(seen(b"{"), Some((codes::END, false, None, 0)));
    // Where one pass cannot tell: only the code.
    for options in [r#"{"duplicateKeys":"last"}"#, ""] {
        let source =
            if options.is_empty() { r#"{"unevaluatedProperties":false}"# } else { r#"{"type":"array"}"# };
        let schema = with(source, options);
        let mut told = false;
        let code = schema.check_first(br#"{"a":1}"#, &mut Scratch::default(), |_| told = true);
        assert!(!told);
        assert_eq!(code, schema.check(br#"{"a":1}"#));
        assert_ne!(code, 0);
    }
}

#[test]
fn a_mismatch_becomes_an_error_with_its_place() {
    let schema = json(r#"{"properties":{"a":{"type":"null"}}}"#);
    let error = Error::from(schema.mismatch(b"{\n\"a\": 1}"));
    assert_eq!(error.code(), "ERR_SCHEMA_MISMATCH");
    assert!(error.to_string().contains("type at \"/a\", line 2, column 6"), "{error}");
}
