//! Compiling schemas and everything about them that is not hot.

use std::num::NonZeroUsize;

use cortex_native_core::Error;
use cortex_native_core::schema::{Options, Schema, codes, ndjson, registry};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Buffer, Uint8Array};
use napi_derive::napi;

use crate::error::sync;
use crate::task::{Blocking, blocking};

/// A compiled schema.
#[napi(object)]
pub struct CompiledSchema {
    /// Its number, for every other call, in every thread of this process.
    pub handle: f64,
    /// The program, as JSON.
    pub program: String,
    /// What runs where, as JSON: `{ fused, nodes, fallback: [{ at, reason }], js: [{ at, reason }] }`.
    pub coverage: String,
}

#[allow(clippy::cast_precision_loss)] // handles and counts stay below 2^53
fn number(value: u64) -> f64 {
    value as f64
}

fn json<T: serde::Serialize>(value: &T) -> cortex_native_core::Result<String> {
    serde_json::to_string(value).map_err(|_| Error::Internal { context: "writing JSON".to_owned() })
}

/// Compiles a JSON Schema or a program, both given as JSON. Options are JSON too; empty for none.
#[napi(ts_args_type = "kind: 'jsonSchema' | 'program', source: string, options: string")]
pub fn schema_compile(
    env: Env,
    kind: String,
    source: String,
    options: String,
) -> napi::Result<CompiledSchema> {
    sync(env, "compiling a schema", || {
        let options = Options::from_json(&options)?;
        let schema = match kind.as_str() {
            "program" => Schema::from_program(&source, &options)?,
            _ => Schema::from_json_schema(&source, &options)?,
        };
        let (program, coverage) = (json(schema.program())?, json(schema.coverage())?);
        Ok(CompiledSchema { handle: number(registry::add(schema)), program, coverage })
    })
}

/// Forgets a compiled schema.
#[napi]
pub fn schema_release(handle: f64) -> bool {
    registry::release(registry::whole(handle))
}

/// Every issue code with its name, as JSON: `{ "type": 100, … }`.
#[napi]
pub fn schema_codes(env: Env) -> napi::Result<String> {
    let names: std::collections::BTreeMap<&str, u16> =
        codes::ALL.iter().map(|(code, name)| (*name, *code)).collect();
    sync(env, "listing issue codes", || json(&names))
}

fn most(max_issues: f64) -> usize {
    usize::try_from(registry::whole(max_issues.trunc())).unwrap_or(usize::MAX).max(1)
}

/// The issues of a document, up to a number, as JSON:
/// `[{ code, node, check, pointer, offset, line, column, key?, keyword?, at? }]`.
#[napi]
pub fn schema_issues(env: Env, handle: f64, document: Buffer, max_issues: f64) -> napi::Result<String> {
    sync(env, "listing issues", || json(&registry::find(handle)?.issues(&document, most(max_issues))))
}

/// The document without what the schema strips and with its defaults; `null` if it does not match.
#[napi]
pub fn schema_normalise(
    env: Env,
    handle: f64,
    document: Buffer,
    canonical: bool,
) -> napi::Result<Option<Buffer>> {
    sync(env, "normalising a document", || {
        let schema = registry::find(handle)?;
        let normal =
            if canonical { schema.normalise_canonical(&document) } else { schema.normalise(&document) };
        Ok(normal.map(Buffer::from))
    })
}

/// What became of the lines of a buffer.
#[napi(object)]
pub struct SchemaLines {
    /// How many lines there are.
    pub lines: f64,
    /// How many match.
    pub valid: f64,
    /// One bit per line, lowest first.
    pub bitmap: Uint8Array,
    /// Lines that do not match, as JSON: `[{ lineIndex, code, … }]`.
    pub issues: String,
}

struct Told {
    lines: ndjson::Lines,
    issues: String,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct BadLine<'a> {
    line_index: usize,
    #[serde(flatten)]
    issue: &'a cortex_native_core::schema::Issue,
}

fn check_lines(handle: f64, input: &[u8], threads: f64, max_issues: f64) -> cortex_native_core::Result<Told> {
    let schema = registry::find(handle)?;
    let threads = usize::try_from(registry::whole(threads.trunc())).ok().and_then(NonZeroUsize::new);
    let lines = ndjson::check(&schema, input, threads.unwrap_or(NonZeroUsize::MIN), most(max_issues));
    let bad = lines.issues.iter().map(|(line_index, issue)| BadLine { line_index: *line_index, issue });
    let issues = json(&bad.collect::<Vec<_>>())?;
    Ok(Told { lines, issues })
}

fn to_lines(told: Told) -> SchemaLines {
    let Told { lines, issues } = told;
    SchemaLines {
        lines: number(lines.count as u64),
        valid: number(lines.valid as u64),
        bitmap: Uint8Array::from(lines.bitmap),
        issues,
    }
}

/// Checks a document per line.
#[napi]
pub fn schema_ndjson(env: Env, handle: f64, document: Buffer, max_issues: f64) -> napi::Result<SchemaLines> {
    sync(env, "checking lines", || check_lines(handle, &document, 1.0, max_issues)).map(to_lines)
}

/// The same on up to `threads` threads, off the event loop, over a copy of the buffer.
#[napi(ts_return_type = "Promise<SchemaLines>")]
pub fn schema_ndjson_async(
    handle: f64,
    document: Buffer,
    threads: f64,
    max_issues: f64,
) -> AsyncTask<Blocking<Checked, SchemaLines>> {
    // JavaScript could change its buffer while other threads read it.
    let document = document.to_vec();
    blocking(
        "checking lines",
        |told: Checked| to_lines(told.0),
        move || check_lines(handle, &document, threads, max_issues).map(Checked),
    )
}

/// What a task hands over, opaque to JavaScript.
pub struct Checked(Told);
