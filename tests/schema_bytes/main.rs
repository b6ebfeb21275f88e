//! Documents as bytes: what the pass says of them, and what it makes of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests have to fail

mod forms;
mod issues;
mod limits;
mod schemas;

use cortex_native_core::schema::{Options, Schema};

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
