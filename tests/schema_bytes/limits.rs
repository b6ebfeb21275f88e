//! What hostile documents and schemas do not get: time, memory, the stack or a panic.

use std::num::NonZeroUsize;

use cortex_native_core::schema::{Options, Schema, SchemaError, codes, ndjson};

use super::{first, json, with};

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
    for wrong in [
        r#"{"depth":0}"#,
        r#"{"depth":4096}"#,
        r#"{"speed":1}"#,
        r#"{"bytes":-1}"#,
        r#"{"stringLength":15}"#,
        r#"{"stringLength":0}"#,
    ] {
        assert!(Options::from_json(&format!(r#"{{"limits":{wrong}}}"#)).is_err(), "{wrong}");
    }
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

/// A chain of `links` schemas that apply to one value, back to its beginning for the items of that.
fn chained(links: usize) -> String {
    let link = |at| format!(r##""d{at}":{{"allOf":[{{"anyOf":[{{"$ref":"#/$defs/d{}"}}]}}]}}"##, at + 1);
    let links: Vec<String> = (0..links)
        .map(link)
        .chain([format!(
            r##""d{links}":{{"anyOf":[{{"type":"array","items":{{"$ref":"#/$defs/d0"}}}},{{"const":2}}]}}"##
        )])
        .collect();
    format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{}}},"unevaluatedProperties":false}}"##, links.join(","))
}

#[test]
fn schemas_inside_each_other_for_one_value_are_bounded_over_a_tape_too() {
    let refused = |schema: &str| Schema::from_json_schema(schema, &Options::default()).unwrap_err();
    for (schema, at, why) in [
        (chained(120), "/$defs/d98/allOf/0/anyOf/0", "too many schemas inside each other apply to one value"),
        (chained(21), "", "too many schemas inside each other apply to one value"),
        (
            r##"{"$ref":"#/$defs/a","unevaluatedItems":false,"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"not":{"$ref":"#/$defs/a"}}}}"##.to_owned(),
            "/$defs/a",
            "it refers to itself without end",
        ),
        (
            r##"{"not":{"$ref":"#/not"},"unevaluatedItems":false}"##.to_owned(),
            "/not",
            "it refers to itself without end",
        ),
        (
            r##"{"$dynamicAnchor":"a","allOf":[{"$dynamicRef":"#a"}]}"##.to_owned(),
            "/allOf/0/$dynamicRef",
            "it refers to itself without end",
        ),
    ] {
        assert_eq!(refused(&schema), SchemaError::Compile { pointer: at.to_owned(), reason: why.to_owned() });
    }
    // Neither in one value nor without end, but validators own each other along it.
    let long: Vec<String> = (0..50_000)
        .map(|at| format!(r##""d{at}":{{"items":{{"$ref":"#/$defs/d{}"}}}}"##, at + 1))
        .chain(["\"d50000\":true".to_owned()])
        .collect();
    let long =
        format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{}}},"unevaluatedItems":false}}"##, long.join(","));
    assert!(
        matches!(refused(&long), SchemaError::Compile { reason, .. } if reason.contains("nested too deeply"))
    );
}

#[test]
fn a_tape_has_the_stack_it_needs_wherever_it_is_used() {
    let options = r#"{"limits":{"depth":256,"regexSteps":1000000000}}"#;
    let schema = with(&chained(20), options);
    let nested = |inner: &str| format!("{}{inner}{}", "[".repeat(255), "]".repeat(255));
    let (good, bad) = (nested("2"), nested("3"));
    let lines = format!("{good}\n{bad}\n").repeat(500);
    on_the_stack_of_a_worker(|| {
        assert_eq!((schema.check(good.as_bytes()), schema.check(bad.as_bytes())), (0, codes::KEYWORD));
        assert!(schema.issues(good.as_bytes(), 100).is_empty());
        assert_eq!(schema.issues(bad.as_bytes(), 100).len(), 1);
        assert!(schema.normalise(good.as_bytes()).is_some());
        for threads in [1, 2] {
            let told = ndjson::check(&schema, lines.as_bytes(), NonZeroUsize::new(threads).unwrap(), 0);
            assert_eq!((told.count, told.valid), (1000, 500));
        }
        drop(with(&chained(20), options));
    });
}

#[test]
fn what_doubles_with_every_level_over_a_tape_ends() {
    // Each alternative tells the errors of its own, and those are of alternatives again.
    let schema = json(
        r##"{"anyOf":[{"type":"array","items":{"$ref":"#"}},{"type":"array","items":{"$ref":"#"},"minItems":1},{"const":1}],"unevaluatedProperties":false}"##,
    );
    let nested = |depth| format!("{}3{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(schema.issues(nested(3).as_bytes(), 9)[0].code, codes::KEYWORD);
    assert_eq!(schema.check(nested(100).as_bytes()), codes::KEYWORD);
    assert_eq!(schema.issues(nested(100).as_bytes(), 9)[0].code, codes::LIMIT_WORK);
    // What each has evaluated is found by checking again.
    let links: Vec<String> = (0..31)
        .map(|at| {
            format!(
                r##""d{at}":{{"allOf":[{{"$ref":"#/$defs/d{}"}}],"unevaluatedProperties":false}}"##,
                at + 1
            )
        })
        .collect();
    let schema = json(&format!(
        r##"{{"$ref":"#/$defs/d0","$defs":{{{},"d31":{{"properties":{{"a":true}}}}}}}}"##,
        links.join(",")
    ));
    assert_eq!(schema.check(br#"{"a":1}"#), codes::LIMIT_WORK);
    assert_eq!(schema.check(b"1"), 0);
}
