//! The official JSON Schema suite, run over bytes, and what of it the fused pass decides.
//!
//! The suite is JSON-Schema-Test-Suite of the json-schema-org organisation. It is looked for in
//! `../shared/conformance/json-schema` beside the project, or where `CORTEX_CONFORMANCE` says (the folder that holds
//! `json-schema`); without it these tests say so and pass.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test that has to fail

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cortex_native_core::schema::{Options, Remotes, Schema};
use serde_json::Value;

fn suite() -> Option<PathBuf> {
    let root = std::env::var_os("CORTEX_CONFORMANCE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"), PathBuf::from);
    let folder = root.join("json-schema");
    if !folder.is_dir() {
        eprintln!("skipped: no JSON-Schema-Test-Suite (github.com/json-schema-org) at {}", folder.display());
        return None;
    }
    Some(folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "nothing in {}", folder.display());
    found
}

fn remotes(folder: &Path) -> Remotes {
    let root = folder.join("remotes");
    let mut todo = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                let schema = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
                found.push((format!("http://localhost:1234/{name}"), schema));
            }
        }
    }
    Remotes::new(found)
}

#[derive(Debug, Default)]
struct Count {
    tests: usize,
    fused: usize,
    wrong: Vec<String>,
    by_crate: Vec<String>,
    reasons: BTreeMap<String, usize>,
}

/// What the crate alone says about a value, for the optional tests.
fn crate_says(schema: &Value, data: &Value, options: &Options) -> Option<bool> {
    let mut builder = jsonschema::options().with_retriever(options.remotes.clone());
    if let Some(draft) = options.draft.filter(|_| schema.get("$schema").is_none()) {
        builder = builder.with_draft(draft);
    }
    if let Some(formats) = options.formats {
        builder = builder.should_validate_formats(formats);
    }
    builder.build(schema).ok().map(|validator| validator.is_valid(data))
}

fn run(paths: &[PathBuf], options: &Options) -> Count {
    let mut count = Count::default();
    for path in paths {
        let cases: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        for case in cases.as_array().unwrap() {
            let source = case["schema"].to_string();
            let compiled = Schema::from_json_schema(&source, options);
            for test in case["tests"].as_array().unwrap() {
                count.tests += 1;
                let name = format!(
                    "{}: {} / {}",
                    path.file_name().unwrap().to_string_lossy(),
                    case["description"].as_str().unwrap(),
                    test["description"].as_str().unwrap()
                );
                let expected = test["valid"].as_bool().unwrap();
                let schema = match &compiled {
                    Ok(schema) => schema,
                    Err(error) => {
                        count.wrong.push(format!("{name}: {error}"));
                        if crate_says(&case["schema"], &test["data"], options) == Some(expected) {
                            count.by_crate.push(name);
                        }
                        continue;
                    }
                };
                let fused = schema.coverage().fused;
                count.fused += usize::from(fused);
                for reason in &schema.coverage().fallback {
                    *count.reasons.entry(reason.reason.clone()).or_default() += 1;
                }
                for bytes in [test["data"].to_string(), serde_json::to_string_pretty(&test["data"]).unwrap()]
                {
                    let code = schema.check(bytes.as_bytes());
                    let issues = schema.issues(bytes.as_bytes(), 50);
                    assert_eq!(
                        code == 0,
                        issues.is_empty(),
                        "verdict and issues differ: {name}: {code} {issues:?}"
                    );
                    if (code == 0) != expected {
                        count.wrong.push(format!("{name}: code {code}, fused {fused}"));
                        if crate_says(&case["schema"], &test["data"], options) == Some(expected) {
                            count.by_crate.push(name.clone());
                        }
                        break;
                    }
                }
            }
        }
    }
    count
}

fn options(folder: &Path, draft: jsonschema::Draft) -> Options {
    Options { draft: Some(draft), remotes: remotes(folder), ..Options::default() }
}

fn required(name: &str, draft: jsonschema::Draft) -> Option<Count> {
    let folder = suite()?;
    let count = run(&files(&folder.join("tests").join(name)), &options(&folder, draft));
    eprintln!("{name}: {} of {} fused; over the tape: {:?}", count.fused, count.tests, count.reasons);
    assert!(count.wrong.is_empty(), "{} wrong:\n{}", count.wrong.len(), count.wrong.join("\n"));
    Some(count)
}

#[test]
fn draft_2020_12_required() {
    let Some(count) = required("draft2020-12", jsonschema::Draft::Draft202012) else { return };
    assert!(count.tests >= 1299, "{} tests", count.tests);
    assert!(count.fused >= 900, "{} fused", count.fused);
}

#[test]
fn draft_7_required() {
    let Some(count) = required("draft7", jsonschema::Draft::Draft7) else { return };
    assert!(count.fused * 10 >= count.tests * 9, "{} of {} fused", count.fused, count.tests);
}

/// Optional tests and formats: all of them, as the crate has them.
fn optional(name: &str, draft: jsonschema::Draft) {
    let Some(folder) = suite() else { return };
    let base = options(&folder, draft);
    let formats = Options { formats: Some(true), ..base.clone() };
    for (sub, options) in [("optional", base), ("optional/format", formats)] {
        let count = run(&files(&folder.join("tests").join(name).join(sub)), &options);
        eprintln!("{name}/{sub}: {} of {} fused", count.fused, count.tests);
        let told = |list: &[String]| list.join("\n");
        assert!(count.by_crate.is_empty(), "the crate does better:\n{}", told(&count.by_crate));
        assert!(count.wrong.is_empty(), "{} wrong:\n{}", count.wrong.len(), told(&count.wrong));
        assert!(count.tests > 100, "{} tests", count.tests);
    }
}

#[test]
fn draft_2020_12_optional() {
    optional("draft2020-12", jsonschema::Draft::Draft202012);
}

#[test]
fn draft_7_optional() {
    optional("draft7", jsonschema::Draft::Draft7);
}
