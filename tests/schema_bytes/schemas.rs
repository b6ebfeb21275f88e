//! Schemas: those of Zod, patterns, what cannot be compiled, what falls back.

use cortex_native_core::schema::{Options, Schema, SchemaError, codes};

use super::{first, json, program};

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
    // More repetitions than an engine would ever finish to prepare; over a tape as well.
    for pattern in ["^a{1,99999999}$", "^(?:(?:a{0,9999}){0,9999}b){0,9999}$", r"^(?=x)\\w{99999999}"] {
        for beside in ["", r#","unevaluatedItems":false"#] {
            let named =
                |keyword: &str, value: &str| format!(r#"{{"items":{{"{keyword}":{value}{beside}}}}}"#);
            assert_eq!(refused(&named("pattern", &format!("\"{pattern}\""))), "/items/pattern");
            let key = pattern.replace(r"\\", r"\");
            assert_eq!(
                refused(&named("patternProperties", &format!("{{\"[a/~]\":{{}},\"{pattern}\":true}}"))),
                format!("/items/patternProperties/{key}")
            );
        }
    }
    assert_eq!(refused(r#"{"patternProperties":{"a/b~(":true}}"#), "/patternProperties/a~1b~0(");
    for dynamic in [r##""$dynamicRef":"#none""##, r##""$dynamicRef":"other.json#none""##] {
        assert_eq!(
            refused(&format!(r#"{{"properties":{{"a":{{{dynamic}}}}}}}"#)),
            "/properties/a/$dynamicRef"
        );
    }
    assert_eq!(refused("[]"), "");
    assert_eq!(refused("{"), "");
    let program = r#"{"version":1,"dialect":"zod3","root":0,"nodes":[{"at":"/x","allOf":[7]}]}"#;
    assert!(Schema::from_program(program, &Options::default()).is_err());
    let chain: Vec<String> =
        (0..5000).map(|index| format!(r##""d{index}":{{"$ref":"#/$defs/d{}"}}"##, index + 1)).collect();
    refused(&format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{},"d5000":true}}}}"##, chain.join(",")));
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
    // Each issue names the place of its keyword, wherever the schema fell back.
    let schema = json(
        r##"{"items":{"$ref":"#/$defs/a"},"prefixItems":[{"unevaluatedItems":false},false],"maxItems":3,"$defs":{"a":{"unevaluatedProperties":{"type":"null"}}}}"##,
    );
    let issues = schema.issues(br#"[[1],2,{"b":{}},4]"#, 9);
    let mut places: Vec<&str> = issues.iter().filter_map(|issue| issue.at.as_deref()).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        ["/$defs/a/unevaluatedProperties", "/maxItems", "/prefixItems/0/unevaluatedItems", "/prefixItems/1"]
    );
}
