//! The suite of JSON parsing (nst/JSONTestSuite), run over bytes with a schema that takes anything.
//!
//! It is looked for in `../shared/conformance/json-parsing` beside the project, or where `CORTEX_CONFORMANCE` says;
//! without it this test says so and passes.
#![allow(clippy::unwrap_used)] // a test that has to fail

use std::fs;
use std::path::{Path, PathBuf};

use cortex_native_core::schema::{Options, Schema};

#[test]
fn what_is_json_parses_and_nothing_else_does() {
    let root = std::env::var_os("CORTEX_CONFORMANCE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance"), PathBuf::from);
    let folder = root.join("json-parsing/test_parsing");
    if !folder.is_dir() {
        eprintln!("skipped: no JSONTestSuite (github.com/nst) at {}", folder.display());
        return;
    }
    // Files whose keys stand twice are JSON all the same.
    let strict = Schema::from_json_schema("true", &Options::default()).unwrap();
    let last = Schema::from_json_schema("true", &Options::from_json(r#"{"duplicateKeys":"last"}"#).unwrap())
        .unwrap();
    let (mut seen, mut wrong) = (0, Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        let (code, by_serde) =
            (last.check(&bytes), serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
        assert_eq!(code == 0, last.issues(&bytes, 10).is_empty(), "{name}");
        assert_eq!(strict.check(&bytes) == 0, strict.issues(&bytes, 10).is_empty(), "{name}");
        let expected = match name.as_bytes().first() {
            Some(b'y') => true,
            Some(b'n') => false,
            // Left to the implementation: as serde_json decides, but that depth is bounded elsewhere.
            _ => by_serde && !name.contains("500_nested"),
        };
        if (code == 0) != expected {
            wrong.push(format!("{name}: {code}"));
        }
        seen += 1;
    }
    assert!(seen > 300, "{seen} files");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
