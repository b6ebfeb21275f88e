//! What documents get: issues with their places, limits, duplicates, normal forms, lines, formats of Zod; and what
//! hostile documents and schemas do not get: time, memory or a panic.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests have to fail

use std::num::NonZeroUsize;

use cortex_native_core::Error;
use cortex_native_core::schema::{Options, Schema, SchemaError, Scratch, codes, ndjson};

fn json(schema: &str) -> Schema {
    with(schema, "")
}

fn with(schema: &str, options: &str) -> Schema {
    Schema::from_json_schema(schema, &Options::from_json(options).unwrap()).unwrap()
}

fn program(dialect: &str, nodes: &str) -> Schema {
    let text = format!(r#"{{"version":1,"dialect":"{dialect}","root":0,"nodes":{nodes}}}"#);
    Schema::from_program(&text, &Options::default()).unwrap()
}

fn first(schema: &Schema, document: &[u8]) -> (u16, String, usize) {
    let code = schema.check(document);
    let issues = schema.issues(document, 10);
    let issue = issues.first().unwrap();
    assert_eq!(code, issue.code, "{issues:?}");
    (issue.code, issue.pointer.clone(), issue.offset)
}

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
fn each_limit_holds_and_is_an_issue_of_its_own() {
    let limit = |options: &str| with("true", &format!(r#"{{"limits":{options}}}"#));
    let many = |piece: &str, count: usize| vec![piece; count].join(",");
    assert_eq!(first(&limit(r#"{"depth":3}"#), b"[[[[]]]]").0, codes::LIMIT_DEPTH);
    assert_eq!(limit(r#"{"depth":4}"#).check(b"[[[[]]]]"), 0);
    assert_eq!(first(&limit(r#"{"bytes":5}"#), b"[1,2,3]").0, codes::LIMIT_BYTES);
    assert_eq!(first(&limit(r#"{"items":2}"#), b"[1,2,3]").0, codes::LIMIT_ITEMS);
    assert_eq!(first(&limit(r#"{"properties":1}"#), br#"{"a":1,"b":2}"#).0, codes::LIMIT_PROPERTIES);
    let text = format!("\"{}\"", "x".repeat(40));
    assert_eq!(first(&limit(r#"{"stringLength":39}"#), text.as_bytes()).0, codes::LIMIT_STRING);
    assert_eq!(limit(r#"{"stringLength":40}"#).check(text.as_bytes()), 0);
    // Wherever it stands, whatever its rules: near the end of a document strings are read in another way.
    for schema in ["true", r#"{"items":{"type":"string","maxLength":99}}"#, r#"{"items":{"pattern":"x"}}"#] {
        for length in [17, 31, 32, 33, 40, 63, 64, 65, 200] {
            for rest in ["", ",0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"] {
                let text = format!("[\"{}\"{rest}]", "x".repeat(length));
                let limited =
                    |most: usize| with(schema, &format!(r#"{{"limits":{{"stringLength":{most}}}}}"#));
                assert_eq!(
                    first(&limited(length - 1), text.as_bytes()).0,
                    codes::LIMIT_STRING,
                    "{schema} {text}"
                );
                assert_ne!(limited(length).check(text.as_bytes()), codes::LIMIT_STRING, "{schema} {text}");
            }
        }
    }
    let keys: Vec<String> = (0..70_000).map(|index| format!("\"k{index}\":0")).collect();
    assert_eq!(json("true").check(format!("{{{}}}", keys.join(",")).as_bytes()), codes::LIMIT_PROPERTIES);
    assert_eq!(json("true").check(format!("[{}]", many("0", 5000)).as_bytes()), 0);
    for wrong in [r#"{"depth":0}"#, r#"{"depth":4096}"#, r#"{"speed":1}"#, r#"{"bytes":-1}"#] {
        assert!(Options::from_json(&format!(r#"{{"limits":{wrong}}}"#)).is_err(), "{wrong}");
    }
}

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

#[test]
fn schemas_of_zod_have_its_numbers_lengths_and_formats() {
    let string =
        |check: &str| program("zod3", &format!(r#"[{{"at":"","types":["string"],"string":[{check}]}}]"#));
    let holds =
        |schema: &Schema, text: &str| schema.check(serde_json::to_string(text).unwrap().as_bytes()) == 0;
    let long = string(r#"{"kind":"length","value":2,"unit":"utf16"}"#);
    assert!(holds(&long, "\u{1F600}") && !holds(&long, "a"));
    let url = string(r#"{"kind":"format","name":"zod3.url"}"#);
    for text in [
        "https://example.com",
        "http://a.b/c?d=%20#e",
        "mailto:x@y",
        "HTTP://EXAMPLE.COM:80",
        "http://[::1]/",
    ] {
        assert!(holds(&url, text), "{text}");
    }
    for text in ["", "example.com", "http://", "https://exa mple.com", "http://[::1", "http://a:99999"] {
        assert!(!holds(&url, text), "{text}");
    }
    let time = string(r#"{"kind":"format","name":"zod3.datetime","options":{"offset":true}}"#);
    for text in [
        "2024-02-29T23:59:59Z",
        "2026-11-21T08:30:00.1-0530",
        "2026-11-21T08:30Z",
        "2026-01-31T00:00:00+05:30",
    ] {
        assert!(holds(&time, text), "{text}");
    }
    for text in [
        "2023-02-29T00:00:00Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21 08:30:00Z",
        "2026-11-21T08:30:00",
        "2026-13-01T00:00:00Z",
    ] {
        assert!(!holds(&time, text), "{text}");
    }
    let number =
        |check: &str| program("zod4", &format!(r#"[{{"at":"","types":["number"],"number":[{check}]}}]"#));
    let safe = number(r#"{"kind":"int","rule":"safe"}"#);
    for (text, valid) in
        [("9007199254740991", true), ("9007199254740992", false), ("1.0", true), ("1.5", false), ("-0", true)]
    {
        assert_eq!(safe.check(text.as_bytes()) == 0, valid, "{text}");
    }
    // As doubles these two are one number.
    let most = number(r#"{"kind":"max","value":9007199254740992,"inclusive":true}"#);
    assert_eq!(most.check(b"9007199254740993"), 0);
    assert_eq!(json(r#"{"maximum":9007199254740992}"#).check(b"9007199254740993"), codes::MAXIMUM);
    let step = program("zod3", r#"[{"at":"","number":[{"kind":"multipleOf","value":0.1}]}]"#);
    assert_eq!((step.check(b"0.3"), step.check(b"0.35")), (0, codes::MULTIPLE_OF));
    let tagged = program(
        "zod3",
        r#"[{"at":"","discriminator":{"key":"t","branches":[{"value":"a","node":1},{"value":2,"node":2}]}},
            {"at":"/a","object":{"properties":[{"key":"x","node":3,"required":true}]}},{"at":"/b"},{"at":"/x","types":["string"]}]"#,
    );
    assert_eq!(tagged.check(br#"{"x":"y","t":"a"}"#), 0);
    assert_eq!(tagged.check(br#"{"t":2}"#), 0);
    assert_eq!(first(&tagged, br#"{"t":"a","x":1}"#), (codes::TYPE, "/x".to_owned(), 13));
    assert_eq!(first(&tagged, br#"{"t":"c"}"#).0, codes::DISCRIMINATOR);
    assert_eq!(first(&tagged, b"[]").0, codes::TYPE);
}

#[test]
fn patterns_are_those_of_javascript() {
    let zod = |source: &str, flags: &str| {
        let check = serde_json::json!({"kind":"pattern","source":source,"flags":flags});
        program("zod3", &format!(r#"[{{"at":"","string":[{check}]}}]"#))
    };
    let holds =
        |schema: &Schema, text: &str| schema.check(serde_json::to_string(text).unwrap().as_bytes()) == 0;
    assert!(!holds(&zod("^.$", ""), "\u{1F600}") && holds(&zod("^.$", "u"), "\u{1F600}"));
    assert!(!holds(&zod("^a.b$", ""), "a\u{2028}b") && holds(&zod("^a.b$", "s"), "a\u{2028}b"));
    assert!(!holds(&zod("^k$", "i"), "\u{212A}") && holds(&zod("^k$", "i"), "K"));
    assert!(holds(&zod(r"^(?=.*\d)[a-z\d]+$", ""), "a1") && !holds(&zod(r"^(?=.*\d)[a-z\d]+$", ""), "aa"));
    assert!(!holds(&zod(r"^\d+$", ""), "\u{661}"));
}

#[test]
fn hostile_documents_are_refused_in_bounded_work() {
    let any = json("true");
    assert_eq!(any.check(&vec![b'['; 10 << 20]), codes::LIMIT_DEPTH);
    // Alternatives at every level would double the work with each of them.
    let doubling = json(
        r##"{"anyOf":[{"properties":{"a":{"$ref":"#"}},"required":["b"]},{"properties":{"a":{"$ref":"#"}},"required":["c"]}]}"##,
    );
    let deep = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
    assert_eq!(first(&doubling, deep.as_bytes()).0, codes::LIMIT_WORK);
    let all = json(r##"{"allOf":[{"properties":{"a":{"$ref":"#"}}},{"properties":{"a":{"$ref":"#"}}}]}"##);
    assert_eq!(all.check(deep.as_bytes()), codes::LIMIT_WORK);
    // A nested quantifier is linear here; what needs backtracking has a bound on its steps.
    let nested = json(r#"{"pattern":"^(a+)+$"}"#);
    let text = format!("\"{}!\"", "a".repeat(100_000));
    assert_eq!(nested.check(text.as_bytes()), codes::PATTERN);
    let looking = json(r#"{"pattern":"^(?=(a+)+$)(a|aa)+$"}"#);
    assert!([codes::PATTERN, codes::LIMIT_REGEX].contains(&looking.check(text.as_bytes())));
    let unique = json(r#"{"uniqueItems":true}"#);
    let items: Vec<String> = (0..50_000).map(|index| format!("[{index}]")).collect();
    assert_eq!(unique.check(format!("[{}]", items.join(",")).as_bytes()), 0);
}

/// Runs on a stack as a worker of Node has it, where frames without optimisation are several times as large.
fn on_the_stack_of_a_worker(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(4 << 20).spawn_scoped(scope, work).unwrap().join().unwrap();
    });
}

#[test]
fn the_deepest_document_allowed_fits_the_stack_of_a_worker() {
    on_the_stack_of_a_worker(|| {
        let options = r#"{"limits":{"depth":256}}"#;
        let nested = format!("{}{}", "[".repeat(256), "]".repeat(256));
        assert_eq!(with("true", options).check(nested.as_bytes()), 0);
        let through = with(r##"{"anyOf":[{"items":{"allOf":[{"$ref":"#"}]}}]}"##, options);
        assert!([0, codes::LIMIT_DEPTH, codes::LIMIT_WORK].contains(&through.check(nested.as_bytes())));
        let members = format!("{}1{}", "{\"a\":".repeat(256), "}".repeat(256));
        assert!(with("true", options).normalise(members.as_bytes()).is_some());
    });
}

#[test]
fn a_schema_that_cannot_be_used_says_where() {
    let refused = |source: &str| match Schema::from_json_schema(source, &Options::default()).unwrap_err() {
        SchemaError::Compile { pointer, .. } => pointer,
        other => panic!("{other}"),
    };
    assert_eq!(refused(r##"{"$ref":"#"}"##), "");
    assert_eq!(
        refused(
            r##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"properties":{"x":{"$ref":"#/$defs/a"}}}"##
        ),
        "/$defs/a"
    );
    assert_eq!(refused(r##"{"properties":{"a":{"$ref":"#/$defs/none"}}}"##), "/properties/a/$ref");
    assert_eq!(
        refused(r#"{"properties":{"a":{"$ref":"https://example.com/x.json"}}}"#),
        "/properties/a/$ref"
    );
    assert_eq!(refused(r#"{"properties":{"a":{"type":"strin"}}}"#), "/properties/a/type");
    assert_eq!(refused(r#"{"properties":{"a":{"pattern":"(?<=x"}}}"#), "/properties/a/pattern");
    assert_eq!(refused("[]"), "");
    assert_eq!(refused("{"), "");
    let program = r#"{"version":1,"dialect":"zod3","root":0,"nodes":[{"at":"/x","allOf":[7]}]}"#;
    assert!(Schema::from_program(program, &Options::default()).is_err());
    let chain: Vec<String> =
        (0..5000).map(|index| format!(r##""d{index}":{{"$ref":"#/$defs/d{}"}}"##, index + 1)).collect();
    refused(&format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{},"d5000":true}}}}"##, chain.join(",")));
}

#[test]
fn a_mismatch_becomes_an_error_with_its_place() {
    let schema = json(r#"{"properties":{"a":{"type":"null"}}}"#);
    let error = Error::from(schema.mismatch(b"{\n\"a\": 1}"));
    assert_eq!(error.code(), "ERR_SCHEMA_MISMATCH");
    assert!(error.to_string().contains("type at \"/a\", line 2, column 6"), "{error}");
}

#[test]
fn what_falls_back_is_told_and_right() {
    let schema = json(r#"{"properties":{"a":true},"unevaluatedProperties":false}"#);
    assert!(!schema.coverage().fused);
    assert_eq!(schema.coverage().fallback[0].reason, "unevaluatedProperties");
    assert_eq!(schema.check(br#"{"a":1}"#), 0);
    let issues = schema.issues(b"{\"a\":1,\n\"b\":{}}", 5);
    assert_eq!(
        (issues[0].code, issues[0].keyword.as_deref()),
        (codes::KEYWORD, Some("unevaluatedProperties"))
    );
    assert_eq!(schema.check(br#"{"a":1,"a":2}"#), codes::DUPLICATE);
}
