// What the pass must agree with, on any bytes: `serde_json` on what is JSON, the `jsonschema` crate on what matches.
// Shared by the fuzz target and the property tests.

use std::sync::LazyLock;

use cortex_native_core::schema::{Options, Schema, Scratch, codes};
use serde_json::Value;

/// Schemas that together have every keyword of the fused pass, and one that falls back.
const SCHEMAS: &[&str] = &[
    "true",
    r##"{"type":"object","required":["a","b"],"properties":{"a":{"type":"integer","minimum":-3,"maximum":1e3},
        "b":{"type":"string","minLength":1,"maxLength":4},"c":{"$ref":"#"}},"additionalProperties":false}"##,
    r##"{"anyOf":[{"type":"string","pattern":"^a+b?$"},{"type":["null","boolean"]},
        {"type":"array","items":{"$ref":"#"},"uniqueItems":true,"maxItems":3}]}"##,
    r##"{"oneOf":[{"type":"object","required":["k"],"properties":{"k":{"const":"a"},"v":{"type":"number","multipleOf":0.5}}},
        {"type":"object","required":["k"],"properties":{"k":{"enum":["b","c"]},"v":{"$ref":"#"}}},{"enum":[1,2.5,"x",null,[1,{"a":1}]]}]}"##,
    r##"{"if":{"required":["a"]},"then":{"properties":{"a":{"type":"string"}}},"else":{"minProperties":1},
        "patternProperties":{"^[a-c]+$":{"not":{"type":"null"}}},"propertyNames":{"maxLength":5},"dependentRequired":{"b":["a"]},
        "dependentSchemas":{"c":{"maxProperties":2}}}"##,
    r##"{"prefixItems":[{"type":"number","exclusiveMinimum":0},true],"items":{"type":"string"},"contains":{"const":1},"maxContains":2}"##,
    r##"{"properties":{"a":{"type":"string"}},"unevaluatedProperties":false}"##,
];

struct Pair {
    last: Schema,
    strict: Schema,
    by_crate: jsonschema::Validator,
}

static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| {
    let compile = |source: &str, options: &str| {
        Schema::from_json_schema(source, &Options::from_json(options).unwrap()).unwrap()
    };
    SCHEMAS
        .iter()
        .map(|source| Pair {
            last: compile(source, r#"{"duplicateKeys":"last"}"#),
            strict: compile(source, ""),
            by_crate: jsonschema::validator_for(&serde_json::from_str(source).unwrap()).unwrap(),
        })
        .collect()
});

/// Fails unless every way to ask agrees about `bytes`.
pub fn check_bytes(bytes: &[u8]) {
    // Depth is bounded differently; what is that deep is tested elsewhere.
    if bytes.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() > 100 {
        for pair in PAIRS.iter() {
            pair.strict.check(bytes);
            pair.last.check(bytes);
        }
        return;
    }
    let parsed: Option<Value> = serde_json::from_slice(bytes).ok();
    for (index, pair) in PAIRS.iter().enumerate() {
        let code = pair.last.check(bytes);
        let expected = parsed.as_ref().is_some_and(|value| pair.by_crate.is_valid(value));
        let shown = || String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(code == 0, expected, "schema {index}, code {code}: {:?}", shown());
        if parsed.is_none() {
            let strict = pair.strict.check(bytes);
            assert!(strict != 0, "schema {index} takes what is no JSON: {:?}", shown());
        }
        let strict = pair.strict.check(bytes);
        assert!(strict != 0 || code == 0, "schema {index}: strict alone takes {:?}", shown());
        assert!(
            strict == 0 || code != 0 || strict == codes::DUPLICATE,
            "schema {index}: {strict} {:?}",
            shown()
        );
        for (schema, code) in [(&pair.last, code), (&pair.strict, strict)] {
            let issues = schema.issues(bytes, 20);
            let mut told = None;
            let first =
                schema.check_first(bytes, &mut Scratch::default(), |first| told = Some(first.found.clone()));
            assert_eq!(first, code, "schema {index} in one pass: {:?}", shown());
            if let (Some(told), Some(issue)) = (&told, issues.first()) {
                assert_eq!(
                    (told.code, told.offset),
                    (issue.code, issue.offset),
                    "schema {index}: {:?}",
                    shown()
                );
            }
            assert_eq!(issues.is_empty(), code == 0, "schema {index}, code {code}: {issues:?} {:?}", shown());
            assert!(
                issues.iter().all(|issue| issue.offset <= bytes.len() && issue.line > 0 && issue.column > 0)
            );
        }
        let normal = pair.strict.normalise(bytes);
        assert_eq!(normal.is_some(), strict == 0, "schema {index}: {:?}", shown());
        if let Some(normal) = normal {
            let again: Option<Value> = serde_json::from_slice(&normal).ok();
            assert_eq!(
                again,
                parsed,
                "schema {index}: {:?} became {:?}",
                shown(),
                String::from_utf8_lossy(&normal)
            );
        }
    }
}
