//! A compiled schema and what can be asked of it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::thread;

use jsonschema::{Draft, Validator};
use serde::Serialize;
use serde_json::Value;

use super::compile::{self, Unfused};
use super::ir::{Dialect, Node, Program};
use super::limits::Duplicates;
use super::link::{self, Linked};
use super::pass::{Collect, Found, Pass, Scratch, Segment, Verdict};
use super::report::Issue;
use super::tape::{OverTape, Tape};
use super::{Options, SchemaError, codes, last, normal};
use crate::manifest::canonical::canonicalize;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::default());
}

/// Stack of the thread that compiles a JSON Schema; only what is touched becomes memory.
const COMPILE_STACK: usize = 64 << 20;

/// A compiled schema. Shared by threads; each uses memory of its own.
#[derive(Debug)]
pub struct Schema {
    linked: Linked,
    /// What decides where the fused pass cannot.
    fallback: Option<Box<OverTape>>,
    program: Program,
    coverage: Coverage,
}

/// The first of the issues of a document.
#[derive(Debug, Clone, Copy)]
pub struct First<'s> {
    /// What it is.
    pub found: &'s Found,
    /// The way to its value.
    pub path: &'s [Segment],
    /// Position of the property it is about among those of its node.
    pub property: Option<usize>,
    /// Whether there is another one.
    pub more: bool,
}

/// What runs where.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Whether one pass decides it all.
    pub fused: bool,
    /// Nodes of the program.
    pub nodes: usize,
    /// What the fused pass cannot decide, and where the schema says it: the whole then runs over the tape.
    pub fallback: Vec<Reason>,
    /// What only JavaScript can decide: here such values only have to be JSON.
    pub js: Vec<Reason>,
}

/// Why a part of a schema runs elsewhere.
#[derive(Debug, Clone, Serialize)]
pub struct Reason {
    /// JSON pointer to the part.
    pub at: String,
    /// Why.
    pub reason: String,
}

impl Schema {
    /// Compiles a JSON Schema, given as JSON.
    pub fn from_json_schema(source: &str, options: &Options) -> Result<Self, SchemaError> {
        // Compiling recurses along references, here and in the crates: a stack of its own has room for that.
        thread::scope(|scope| {
            let compile = || Self::compile_json_schema(source, options);
            let running = thread::Builder::new().stack_size(COMPILE_STACK).spawn_scoped(scope, compile);
            let failed = |reason: &str| Err(wrong("", &reason));
            running.map_or_else(
                |error| failed(&error.to_string()),
                |thread| {
                    thread.join().unwrap_or_else(|_| failed("compiling it failed; please report the schema"))
                },
            )
        })
    }

    fn compile_json_schema(source: &str, options: &Options) -> Result<Self, SchemaError> {
        let schema: Value = serde_json::from_str(source).map_err(|error| wrong("", &error))?;
        let settings = options.compiling();
        let draft = settings.draft_of(&schema);
        if draft != Draft::Unknown {
            let said = with_draft(&schema, draft);
            jsonschema::meta::validate(&said)
                .map_err(|error| wrong(error.instance_path().as_str(), &error))?;
        }
        match compile::json_schema(&schema, &settings) {
            Ok(program) => Self::linked(program, options, None),
            Err(Unfused::Wrong(error)) => Err(error),
            Err(Unfused::Fallback(reason, at)) => {
                // Before the crate, which recurses along what this bounds.
                let nesting = compile::nesting(&schema, &settings)?;
                let validator = crate_validator(&schema, options)?;
                let node = Node { at: at.clone(), fallback: Some(reason.clone()), ..Node::default() };
                let dialect = if draft == Draft::Draft7 { Dialect::Draft7 } else { Dialect::Draft202012 };
                let program = Program { version: 1, dialect, root: 0, nodes: vec![node] };
                Self::linked(program, options, Some((OverTape { validator, nesting }, Reason { at, reason })))
            }
        }
    }

    /// Compiles a program, given as JSON.
    pub fn from_program(source: &str, options: &Options) -> Result<Self, SchemaError> {
        let mut deserializer = serde_json::Deserializer::from_str(source);
        let program =
            serde::Deserialize::deserialize(&mut deserializer).map_err(|error| wrong("", &error))?;
        Self::linked(program, options, None)
    }

    fn linked(
        program: Program,
        options: &Options,
        fallback: Option<(OverTape, Reason)>,
    ) -> Result<Self, SchemaError> {
        let any = Program { nodes: vec![Node::default()], root: 0, ..program.clone() };
        let linked = link::link(if fallback.is_some() { &any } else { &program }, &options.linking())?;
        let js = program.nodes.iter().filter_map(|node| {
            node.js.as_ref().map(|reason| Reason { at: node.at.clone(), reason: reason.clone() })
        });
        let coverage = Coverage {
            fused: fallback.is_none(),
            nodes: program.nodes.len(),
            js: js.collect(),
            fallback: fallback.iter().map(|(_, reason)| reason.clone()).collect(),
        };
        Ok(Self { linked, fallback: fallback.map(|(tape, _)| Box::new(tape)), program, coverage })
    }

    /// The program, for the other back end.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What runs where.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// 0 if `input` matches, else the code of its first issue.
    #[inline]
    pub fn check(&self, input: &[u8]) -> u16 {
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => self.check_with(input, &mut scratch),
            Err(_) => self.check_with(input, &mut Scratch::default()),
        })
    }

    /// The same in memory of the caller's own: finding that of the thread costs some nanoseconds.
    #[inline]
    pub fn check_with(&self, input: &[u8], scratch: &mut Scratch) -> u16 {
        self.check_spaced(input, scratch).0
    }

    /// The same, and whether there are blanks between the tokens of `input`.
    #[inline]
    pub fn check_spaced(&self, input: &[u8], scratch: &mut Scratch) -> (u16, bool) {
        let mut pass = Pass::new(&self.linked, input, scratch, Verdict);
        let outcome = pass.document();
        let spaced = pass.is_spaced();
        let code = match outcome {
            Ok(()) if self.fallback.is_none() => 0,
            Ok(()) => self.check_over_tape(input),
            // A member that does not match may be one that a later one replaces.
            Err(stop)
                if self.linked.duplicates == Duplicates::Last
                    && (stop.code() >= codes::FIRST_RULE || stop.code() == codes::DUPLICATE) =>
            {
                return (self.check_last(input, scratch, stop.code()), true); // it may have stopped before a blank
            }
            Err(stop) => stop.code(),
        };
        (code, spaced)
    }

    /// The verdict on a document that may have duplicate keys, of which the last ones count; `code` if it has none.
    #[cold]
    fn check_last(&self, input: &[u8], scratch: &mut Scratch, code: u16) -> u16 {
        match last::without_earlier(input, &self.linked, scratch) {
            Ok(Cow::Borrowed(_)) => code,
            Ok(input) => {
                let outcome = Pass::new(&self.linked, &input, scratch, Verdict).document();
                match outcome {
                    Ok(()) => self.check_over_tape(&input),
                    Err(stop) => stop.code(),
                }
            }
            Err(stop) => stop.code(),
        }
    }

    #[inline(never)]
    fn check_over_tape(&self, input: &[u8]) -> u16 {
        self.fallback.as_ref().map_or(0, |tape| tape.check(input))
    }

    #[cfg(test)]
    pub(super) fn over_tape(&self) -> Option<&OverTape> {
        self.fallback.as_deref()
    }

    /// Runs `work`, which checks many documents, where the stack has room for any that this schema takes.
    pub(super) fn with_room<T: Send>(&self, work: impl Fn() -> T + Sync) -> T {
        match &self.fallback {
            Some(tape) => tape.with_room(self.linked.limits.depth, work),
            None => work(),
        }
    }

    /// All issues of `input`, up to `max`.
    pub fn issues(&self, input: &[u8], max: usize) -> Vec<Issue> {
        let mut scratch = Scratch::default();
        let input = match self.linked.duplicates {
            Duplicates::Last => match last::without_earlier(input, &self.linked, &mut scratch) {
                Ok(input) => input,
                // No JSON: the pass below tells why.
                Err(_) => Cow::Borrowed(input),
            },
            Duplicates::Reject => Cow::Borrowed(input),
        };
        let mut pass = Pass::new(&self.linked, &input, &mut scratch, Collect::new(max));
        let outcome = pass.document();
        let found = pass.into_sink().found;
        let mut issues: Vec<Issue> =
            found.into_iter().map(|(found, path)| Issue::new(&input, found, &path)).collect();
        if outcome.is_ok()
            && issues.is_empty()
            && let Some(tape) = &self.fallback
        {
            issues = tape.issues(&input, max);
        }
        issues
    }

    /// As [`Self::check_with`]; in the same pass the first issue is found out and given to `tell`, where one pass can.
    /// Else [`Self::issues`] has to be asked.
    pub fn check_first(&self, input: &[u8], scratch: &mut Scratch, tell: impl FnOnce(First<'_>)) -> u16 {
        if self.fallback.is_some() || self.linked.duplicates == Duplicates::Last {
            return self.check_with(input, scratch);
        }
        let sink = std::mem::take(&mut scratch.first).cleared();
        let mut pass = Pass::new(&self.linked, input, scratch, sink);
        // What stopped it is the last issue it found.
        let _ = pass.document();
        let sink = pass.into_sink();
        let mut code = 0;
        if let Some(found) = &sink.found {
            code = found.code;
            let property = self.property_of(found);
            tell(First { found, path: &sink.found_path, property, more: sink.more });
        }
        scratch.first = sink;
        code
    }

    /// Which property of its node's rules an issue is about.
    fn property_of(&self, found: &Found) -> Option<usize> {
        let key = found.key.as_ref()?;
        let rules = self.linked.nodes.get(found.node as usize)?.object.as_ref()?;
        rules.table.find(key.as_bytes())
    }

    /// The error for a document that does not match, where that is one.
    pub fn mismatch(&self, input: &[u8]) -> SchemaError {
        let issue = self.issues(input, 1).into_iter().next();
        let (pointer, code, offset, line, column) = issue.map_or_else(
            || (String::new(), codes::KEYWORD, 0, 1, 1),
            |issue| (issue.pointer, issue.code, issue.offset, issue.line, issue.column),
        );
        SchemaError::Mismatch {
            issue: codes::name(code).to_owned(),
            issue_code: code,
            pointer,
            byte_offset: offset as u64,
            line: line as u64,
            column: column as u64,
        }
    }

    /// As [`Self::normalise`], in canonical form (RFC 8785); `None` also for what that form has no way to write.
    pub fn normalise_canonical(&self, input: &[u8]) -> Option<Vec<u8>> {
        canonicalize(&self.normalise(input)?).ok()
    }

    /// What is left of `input` without properties that the schema strips, with its defaults, in the original order;
    /// `None` if it does not match.
    pub fn normalise(&self, input: &[u8]) -> Option<Vec<u8>> {
        if self.check(input) != 0 {
            return None;
        }
        let mut scratch = Scratch::default();
        let input = match self.linked.duplicates {
            Duplicates::Last => last::without_earlier(input, &self.linked, &mut scratch).ok()?,
            Duplicates::Reject => Cow::Borrowed(input),
        };
        Some(normal::normalise(&self.linked, &input, &mut scratch))
    }
}

fn wrong(pointer: &str, reason: &dyn std::fmt::Display) -> SchemaError {
    SchemaError::Compile { pointer: pointer.to_owned(), reason: reason.to_string() }
}

/// The schema with the draft said, where the caller said it: the check of schemas reads it from there.
fn with_draft(schema: &Value, draft: Draft) -> Cow<'_, Value> {
    let uri = match draft {
        Draft::Draft7 => "http://json-schema.org/draft-07/schema#",
        _ => return Cow::Borrowed(schema),
    };
    match schema {
        Value::Object(map) if !map.contains_key("$schema") => {
            let mut map = map.clone();
            map.insert("$schema".to_owned(), uri.into());
            Cow::Owned(Value::Object(map))
        }
        _ => Cow::Borrowed(schema),
    }
}

fn crate_validator(schema: &Value, options: &Options) -> Result<Validator<Tape>, SchemaError> {
    let mut builder =
        jsonschema::options_for::<Tape>().with_retriever(options.remotes.clone()).with_pattern_options(
            jsonschema::PatternOptions::fancy_regex().backtrack_limit(options.limits.regex_steps),
        );
    if let Some(draft) = options.draft
        && schema.get("$schema").is_none()
    {
        builder = builder.with_draft(draft);
    }
    if let Some(formats) = options.formats {
        builder = builder.should_validate_formats(formats);
    }
    builder.build(schema).map_err(|error| wrong(error.instance_path().as_str(), &error))
}
