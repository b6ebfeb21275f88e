//! How many schemas inside each other apply to one value, for those that the crate has to do.
//!
//! The crate recurses along them, and along what is inside the value: this bounds what the stack has to hold, which
//! nothing in the crate does. Its validators also own each other along references and are dropped by recursion.

use std::collections::HashMap;

use jsonschema::Draft;
use referencing::Resolver;
use serde_json::Value;

use super::{MAX_NESTING, MAX_NODES, Settings, TOO_LARGE, escape, prepared, wrong};
use crate::schema::SchemaError;
use crate::schema::chains::{self, Loops, MAX_IN_PLACE};

/// What a keyword holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// A schema.
    One,
    /// Schemas in an array.
    Several,
    /// A schema, or schemas in an array.
    OneOrSeveral,
    /// Schemas by name.
    Named,
}

/// What the schemas of a keyword apply to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    /// The value that the schema around them applies to.
    Same,
    /// Values inside of that.
    Inside,
}

/// Keywords with schemas, and the first draft that knows each.
const KEYWORDS: [(&str, Holds, To, Draft); 23] = [
    ("allOf", Holds::Several, To::Same, Draft::Draft4),
    ("anyOf", Holds::Several, To::Same, Draft::Draft4),
    ("oneOf", Holds::Several, To::Same, Draft::Draft4),
    ("not", Holds::One, To::Same, Draft::Draft4),
    ("if", Holds::One, To::Same, Draft::Draft7),
    ("then", Holds::One, To::Same, Draft::Draft7),
    ("else", Holds::One, To::Same, Draft::Draft7),
    ("dependencies", Holds::Named, To::Same, Draft::Draft4),
    ("dependentSchemas", Holds::Named, To::Same, Draft::Draft201909),
    ("properties", Holds::Named, To::Inside, Draft::Draft4),
    ("patternProperties", Holds::Named, To::Inside, Draft::Draft4),
    ("additionalProperties", Holds::One, To::Inside, Draft::Draft4),
    ("propertyNames", Holds::One, To::Inside, Draft::Draft6),
    ("items", Holds::OneOrSeveral, To::Inside, Draft::Draft4),
    ("additionalItems", Holds::One, To::Inside, Draft::Draft4),
    ("prefixItems", Holds::Several, To::Inside, Draft::Draft202012),
    ("contains", Holds::One, To::Inside, Draft::Draft6),
    ("unevaluatedItems", Holds::One, To::Inside, Draft::Draft201909),
    ("unevaluatedProperties", Holds::One, To::Inside, Draft::Draft201909),
    ("contentSchema", Holds::One, To::Inside, Draft::Draft201909),
    ("$ref", Holds::One, To::Same, Draft::Draft4),
    ("$recursiveRef", Holds::One, To::Same, Draft::Draft201909),
    ("$dynamicRef", Holds::One, To::Same, Draft::Draft202012),
];

/// Edges of the longest chain of schemas that apply to one value.
pub fn nesting(schema: &Value, settings: &Settings) -> Result<usize, SchemaError> {
    let draft = settings.draft_of(schema);
    let (registry, root_uri) = prepared(schema, draft, settings)?;
    let mut graph = Graph { parts: Vec::new(), seen: HashMap::new() };
    graph.inside(schema, draft, &registry.resolver(root_uri), String::new())?;
    let mut next = 0;
    while let Some(part) = graph.parts.get(next) {
        let part = Part { at: part.at.clone(), resolver: part.resolver.clone(), edges: Vec::new(), ..*part };
        let edges = graph.edges(&part)?;
        if let Some(part) = graph.parts.get_mut(next) {
            part.edges = edges;
        }
        next += 1;
    }
    let parts = &graph.parts;
    let edges = |id: usize, only: Option<To>| {
        let edges = parts.get(id).map(|part| part.edges.as_slice()).unwrap_or_default();
        edges.iter().filter(|(to, _)| only.is_none_or(|only| *to == only)).map(|(_, id)| *id).collect()
    };
    let at = |id: usize| parts.get(id).map_or("", |part| part.at.as_str());
    let in_place = chains::longest(parts.len(), |id| edges(id, Some(To::Same)), Loops::Refused, MAX_IN_PLACE)
        .map_err(|endless| endless.in_place(at))?;
    chains::longest(parts.len(), |id| edges(id, None), Loops::Cut, MAX_NESTING)
        .map_err(|_| wrong("", TOO_LARGE))?;
    Ok(in_place)
}

/// A schema in the place it is used from.
struct Part<'r> {
    value: &'r Value,
    draft: Draft,
    resolver: Resolver<'r>,
    at: String,
    edges: Vec<(To, u32)>,
}

/// The address of a schema, the URI it is read under, and what decides where its dynamic references lead.
type Key = (*const Value, String, Vec<String>, *const Value);

struct Graph<'r> {
    parts: Vec<Part<'r>>,
    seen: HashMap<Key, u32>,
}

impl<'r> Graph<'r> {
    /// The part for `value`, with a resolver that stands around it.
    fn inside(
        &mut self,
        value: &'r Value,
        draft: Draft,
        resolver: &Resolver<'r>,
        at: String,
    ) -> Result<u32, SchemaError> {
        let draft = draft.detect(value);
        let resolver = resolver.in_subresource(draft.create_resource_ref(value));
        self.entered(value, draft, resolver.map_err(|error| wrong(&at, error))?, at)
    }

    /// The same with a resolver that already stands inside.
    fn entered(
        &mut self,
        value: &'r Value,
        draft: Draft,
        resolver: Resolver<'r>,
        at: String,
    ) -> Result<u32, SchemaError> {
        let (scope, recursive) = dynamic(&resolver);
        let key = (std::ptr::from_ref(value), resolver.base_uri().as_str().to_owned(), scope, recursive);
        if let Some(&known) = self.seen.get(&key) {
            return Ok(known);
        }
        if self.parts.len() >= MAX_NODES {
            return Err(wrong(&at, TOO_LARGE));
        }
        let id = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        self.parts.push(Part { value, draft, resolver, at, edges: Vec::new() });
        self.seen.insert(key, id);
        Ok(id)
    }

    fn edges(&mut self, part: &Part<'r>) -> Result<Vec<(To, u32)>, SchemaError> {
        let Value::Object(map) = part.value else { return Ok(Vec::new()) };
        // Before 2019-09 everything beside a reference is ignored.
        let alone = part.draft <= Draft::Draft7 && map.contains_key("$ref");
        let mut edges = Vec::new();
        for (keyword, holds, to, since) in KEYWORDS {
            if part.draft < since || alone && keyword != "$ref" {
                continue;
            }
            let Some(value) = map.get(keyword) else { continue };
            let at = format!("{}/{keyword}", part.at);
            if keyword.ends_with("ef") {
                edges.extend(self.reference(part, value, keyword, at)?.map(|id| (to, id)));
                continue;
            }
            for (value, at) in held(value, holds, at) {
                edges.push((to, self.inside(value, part.draft, &part.resolver, at)?));
            }
        }
        Ok(edges)
    }

    fn reference(
        &mut self,
        part: &Part<'r>,
        value: &Value,
        keyword: &str,
        at: String,
    ) -> Result<Option<u32>, SchemaError> {
        // The crate ignores a reference that says nothing.
        let Some(text) = value.as_str().filter(|text| !text.is_empty()) else { return Ok(None) };
        let recursive = keyword == "$recursiveRef";
        if recursive && part.draft != Draft::Draft201909 {
            return Ok(None);
        }
        let found = if recursive { part.resolver.lookup_recursive_ref() } else { part.resolver.lookup(text) };
        let (value, resolver, draft) = found.map_err(|error| wrong(&at, error))?.into_inner();
        let target = text.strip_prefix('#').filter(|rest| rest.starts_with('/'));
        self.entered(value, draft.detect(value), resolver, target.map_or(at, str::to_owned)).map(Some)
    }
}

/// The schemas in `value`, each with its place.
fn held(value: &Value, holds: Holds, at: String) -> Vec<(&Value, String)> {
    match value {
        Value::Object(map) if holds == Holds::Named => {
            map.iter().map(|(name, value)| (value, format!("{at}/{}", escape(name)))).collect()
        }
        Value::Array(items) if matches!(holds, Holds::Several | Holds::OneOrSeveral) => {
            items.iter().enumerate().map(|(index, value)| (value, format!("{at}/{index}"))).collect()
        }
        Value::Object(_) if matches!(holds, Holds::One | Holds::OneOrSeveral) => vec![(value, at)],
        _ => Vec::new(),
    }
}

/// What of the way to a schema decides where its dynamic references lead: of each document passed through the first
/// time that was, which is what `$dynamicRef` looks at, and where `$recursiveRef` would lead.
fn dynamic(resolver: &Resolver<'_>) -> (Vec<String>, *const Value) {
    let mut scope: Vec<String> = Vec::new();
    for uri in &resolver.dynamic_scope() {
        scope.retain(|known| known != uri.as_str());
        scope.push(uri.as_str().to_owned());
    }
    let recursive = resolver.lookup_recursive_ref();
    (scope, recursive.map_or(std::ptr::null(), |found| std::ptr::from_ref(found.contents())))
}
