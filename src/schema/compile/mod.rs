//! JSON Schema to program.
//!
//! Identifiers, anchors and references are resolved by the `referencing` crate, over the schema itself and the remote
//! schemas that the caller gave; nothing is ever fetched. A keyword that the fused pass does not do makes the whole
//! schema fall back to the `jsonschema` crate over a tape.

mod applied;
mod keywords;
mod object;
mod remotes;

use std::collections::HashMap;

use jsonschema::Draft;
use referencing::{Registry, Resolver, Uri};
use serde_json::{Map, Value};

pub use applied::nesting;
pub use remotes::Remotes;

use super::SchemaError;
use super::ir::{Dialect, Node, Program};

/// Subschemas inside each other, references followed. The pass and the crate recurse along them.
const MAX_NESTING: usize = 256;
/// Subschemas in all.
const MAX_NODES: usize = 100_000;

/// What is said where one of these is exceeded.
const TOO_LARGE: &str = "it is nested too deeply, or too large";

/// Why there is no fused program.
#[derive(Debug)]
pub enum Unfused {
    /// The crate has to do it: why, and where.
    Fallback(String, String),
    /// It cannot be done at all.
    Wrong(SchemaError),
}

/// What JSON Schema leaves to the caller.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The draft of a schema that does not say it.
    pub draft: Option<Draft>,
    /// Whether `format` asserts; absent as the draft says (7 does, 2020-12 does not).
    pub formats: Option<bool>,
    /// Schemas by URI.
    pub remotes: Remotes,
}

impl Settings {
    /// The draft of `schema`.
    pub fn draft_of(&self, schema: &Value) -> Draft {
        self.draft.unwrap_or_default().detect(schema)
    }
}

/// The program of `schema`.
pub fn json_schema(schema: &Value, settings: &Settings) -> Result<Program, Unfused> {
    let draft = settings.draft_of(schema);
    let dialect = match draft {
        Draft::Draft202012 => Dialect::Draft202012,
        Draft::Draft7 => Dialect::Draft7,
        other => return Err(fallback(format!("dialect {other:?}"), "")),
    };
    let (registry, root_uri) = prepared(schema, draft, settings)?;
    let resolver = registry.resolver(root_uri);
    let formats = settings.formats.unwrap_or(draft == Draft::Draft7);
    let mut compiler = Compiler { nodes: Vec::new(), seen: HashMap::new(), draft, formats, nesting: 0 };
    let root = compiler.schema(schema, &resolver, "")?;
    Ok(Program { version: 1, dialect, root, nodes: compiler.nodes })
}

/// All documents that `schema` may refer to, and the URI of itself.
fn prepared<'s>(
    schema: &'s Value,
    draft: Draft,
    settings: &Settings,
) -> Result<(Registry<'s>, Uri<String>), SchemaError> {
    let base = base_uri(schema, draft);
    let registry = Registry::new()
        .draft(draft)
        .retriever(settings.remotes.clone())
        .add(&base, schema)
        .and_then(referencing::RegistryBuilder::prepare)
        .map_err(|error| wrong(&dead_reference(schema, &error.to_string()), error))?;
    let root_uri =
        referencing::uri::from_str(base.trim_end_matches('#')).map_err(|error| wrong("", error))?;
    Ok((registry, root_uri))
}

/// What relative references of `schema` are relative to.
fn base_uri(schema: &Value, draft: Draft) -> String {
    let id = draft.create_resource_ref(schema).id().map(str::to_owned);
    let usable = id.filter(|id| referencing::uri::from_str(id.trim_end_matches('#')).is_ok());
    usable.unwrap_or_else(|| "json-schema:///".to_owned())
}

/// Where the reference stands that `message` complains of.
fn dead_reference(schema: &Value, message: &str) -> String {
    let mut todo = vec![(schema, String::new())];
    while let Some((value, at)) = todo.pop() {
        match value {
            Value::Object(map) => {
                for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
                    let target = map.get(keyword).and_then(Value::as_str).unwrap_or_default();
                    let said = target.trim_start_matches('#').trim_start_matches("./");
                    if !said.is_empty() && message.contains(said) {
                        return format!("{at}/{keyword}");
                    }
                }
                todo.extend(map.iter().map(|(name, value)| (value, format!("{at}/{}", escape(name)))));
            }
            Value::Array(items) => {
                todo.extend(items.iter().enumerate().map(|(index, value)| (value, format!("{at}/{index}"))));
            }
            _ => {}
        }
    }
    String::new()
}

fn fallback(reason: impl Into<String>, at: &str) -> Unfused {
    Unfused::Fallback(reason.into(), at.to_owned())
}

fn wrong(at: &str, reason: impl std::fmt::Display) -> SchemaError {
    SchemaError::Compile { pointer: at.to_owned(), reason: reason.to_string() }
}

impl From<SchemaError> for Unfused {
    fn from(error: SchemaError) -> Self {
        Self::Wrong(error)
    }
}

struct Compiler {
    nodes: Vec<Node>,
    /// Nodes by the address of their schema and the URI it is read under.
    seen: HashMap<(*const Value, String), u32>,
    draft: Draft,
    formats: bool,
    nesting: usize,
}

/// One schema object being compiled.
struct Subject<'r, 'a> {
    map: &'r Map<String, Value>,
    resolver: &'a Resolver<'r>,
    at: &'a str,
}

impl<'r> Subject<'r, '_> {
    fn get(&self, keyword: &str) -> Option<&'r Value> {
        self.map.get(keyword)
    }

    fn at(&self, keyword: &str) -> String {
        format!("{}/{}", self.at, escape(keyword))
    }

    fn count(&self, keyword: &str) -> Result<Option<u64>, Unfused> {
        let Some(value) = self.get(keyword) else { return Ok(None) };
        let whole = value.as_u64().or_else(|| whole_float(value));
        whole.map(Some).ok_or_else(|| fallback(format!("{keyword} of {value}"), &self.at(keyword)))
    }
}

/// `2.0` is as good as `2`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole and in range
fn whole_float(value: &Value) -> Option<u64> {
    let number = value.as_f64()?;
    (number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number)).then_some(number as u64)
}

/// A name as a part of a JSON pointer.
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl Compiler {
    fn schema<'r>(&mut self, value: &'r Value, resolver: &Resolver<'r>, at: &str) -> Result<u32, Unfused> {
        let inner = resolver.in_subresource(self.draft.create_resource_ref(value));
        self.entered(value, &inner.map_err(|error| wrong(at, error))?, at)
    }

    /// The same with a resolver that already stands inside the schema: its own identifier is not to be applied again.
    fn entered<'r>(&mut self, value: &'r Value, resolver: &Resolver<'r>, at: &str) -> Result<u32, Unfused> {
        let key = (std::ptr::from_ref(value), resolver.base_uri().as_str().to_owned());
        if let Some(&known) = self.seen.get(&key) {
            return Ok(known);
        }
        if self.nesting >= MAX_NESTING || self.nodes.len() >= MAX_NODES {
            return Err(wrong(at, TOO_LARGE).into());
        }
        let index = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(Node { at: at.to_owned(), ..Node::default() });
        self.seen.insert(key, index);
        self.nesting += 1;
        let node = self.node(value, resolver, at)?;
        self.nesting -= 1;
        if let Some(place) = self.nodes.get_mut(index as usize) {
            *place = node;
        }
        Ok(index)
    }

    fn node<'r>(&mut self, value: &'r Value, resolver: &Resolver<'r>, at: &str) -> Result<Node, Unfused> {
        let mut node = Node { at: at.to_owned(), ..Node::default() };
        let map = match value {
            Value::Bool(true) => return Ok(node),
            Value::Bool(false) => {
                node.types = Some(Vec::new());
                return Ok(node);
            }
            Value::Object(map) => map,
            _ => return Err(wrong(at, "a schema has to be an object or a boolean").into()),
        };
        if !at.is_empty() && self.draft.detect(value) != self.draft {
            return Err(fallback("a subschema of another dialect", at));
        }
        let subject = Subject { map, resolver, at };
        if self.draft == Draft::Draft7 && map.contains_key("$ref") {
            // Draft 7: everything beside a reference is ignored.
            node.reference = Some(self.reference(&subject)?);
            return Ok(node);
        }
        self.refuse(&subject)?;
        self.general(&subject, &mut node)?;
        self.numbers_and_strings(&subject, &mut node)?;
        self.array(&subject, &mut node)?;
        self.object(&subject, &mut node)?;
        Ok(node)
    }

    fn reference(&mut self, subject: &Subject<'_, '_>) -> Result<u32, Unfused> {
        let at = subject.at("$ref");
        let text = subject.get("$ref").and_then(Value::as_str);
        let text = text.ok_or_else(|| wrong(&at, "a reference has to be a string"))?;
        let resolved = subject.resolver.lookup(text).map_err(|error| wrong(&at, error))?;
        let (contents, resolver, draft) = resolved.into_inner();
        if draft != self.draft {
            return Err(fallback(format!("a reference to dialect {draft:?}"), &at));
        }
        let target = text.strip_prefix('#').filter(|rest| rest.starts_with('/')).unwrap_or(text).to_owned();
        // A pointer has led through every identifier on its way, and a relative one of the target itself was what it
        // was found by.
        let target_schema = self.draft.create_resource_ref(contents);
        let absolute = target_schema.id().is_some_and(|id| id.contains(':'));
        if text.contains("#/") || !absolute {
            return self.entered(contents, &resolver, &target);
        }
        self.schema(contents, &resolver, &target)
    }

    fn list(&mut self, subject: &Subject<'_, '_>, keyword: &str) -> Result<Option<Vec<u32>>, Unfused> {
        let Some(value) = subject.get(keyword) else { return Ok(None) };
        let at = subject.at(keyword);
        let list = value.as_array().ok_or_else(|| wrong(&at, "it has to be an array of schemas"))?;
        list.iter()
            .enumerate()
            .map(|(index, item)| self.schema(item, subject.resolver, &format!("{at}/{index}")))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    fn single(&mut self, subject: &Subject<'_, '_>, keyword: &str) -> Result<Option<u32>, Unfused> {
        let Some(value) = subject.get(keyword) else { return Ok(None) };
        self.schema(value, subject.resolver, &subject.at(keyword)).map(Some)
    }
}
