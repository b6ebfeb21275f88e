//! Keywords about any value, numbers, strings and arrays.

use jsonschema::Draft;
use serde_json::Value;

use super::{Compiler, Subject, Unfused, fallback, wrong};
use crate::schema::ir::{ArrayRules, Contains, Items, Node, NumberCheck, StringCheck, Type, Unit};

impl Compiler {
    /// Leaves to the crate what depends on what other subschemas have looked at, or on where one was entered from.
    pub(super) fn refuse(&self, subject: &Subject<'_, '_>) -> Result<(), Unfused> {
        let keywords: &[&str] = match self.draft {
            Draft::Draft7 => &["contentEncoding", "contentMediaType"],
            // `dependencies` is of draft 7, and kept by the crate for compatibility.
            _ => &["$dynamicRef", "unevaluatedItems", "unevaluatedProperties", "dependencies"],
        };
        match keywords.iter().find(|keyword| subject.map.contains_key(**keyword)) {
            Some(keyword) => Err(fallback(*keyword, &subject.at(keyword))),
            None => Ok(()),
        }
    }

    pub(super) fn general(&mut self, subject: &Subject<'_, '_>, node: &mut Node) -> Result<(), Unfused> {
        if let Some(value) = subject.get("type") {
            let names = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
            let types: Option<Vec<Type>> =
                names.iter().map(|name| serde_json::from_value(name.clone()).ok()).collect();
            node.types = Some(types.ok_or_else(|| wrong(&subject.at("type"), "an unknown type"))?);
        }
        let allowed = subject.get("enum").and_then(Value::as_array).cloned();
        node.one_of_values = match (allowed, subject.get("const")) {
            (Some(_), Some(_)) => return Err(fallback("enum beside const", subject.at)),
            (Some(allowed), None) => Some(allowed),
            (None, Some(value)) => Some(vec![value.clone()]),
            (None, None) => None,
        };
        if subject.map.contains_key("$ref") {
            node.reference = Some(self.reference(subject)?);
        }
        node.all_of = self.list(subject, "allOf")?;
        node.any_of = self.list(subject, "anyOf")?;
        node.one_of = self.list(subject, "oneOf")?;
        node.not = self.single(subject, "not")?;
        node.condition = self.single(subject, "if")?;
        if node.condition.is_some() {
            node.then = self.single(subject, "then")?;
            node.otherwise = self.single(subject, "else")?;
        }
        Ok(())
    }

    pub(super) fn numbers_and_strings(
        &self,
        subject: &Subject<'_, '_>,
        node: &mut Node,
    ) -> Result<(), Unfused> {
        let number = |keyword: &str| match subject.get(keyword) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number.clone())),
            Some(_) => Err(wrong(&subject.at(keyword), "it has to be a number")),
        };
        for (keyword, inclusive) in [("minimum", true), ("exclusiveMinimum", false)] {
            node.number.extend(number(keyword)?.map(|value| NumberCheck::Min { value, inclusive }));
        }
        for (keyword, inclusive) in [("maximum", true), ("exclusiveMaximum", false)] {
            node.number.extend(number(keyword)?.map(|value| NumberCheck::Max { value, inclusive }));
        }
        node.number.extend(number("multipleOf")?.map(|value| NumberCheck::MultipleOf { value }));
        let unit = Unit::Codepoint;
        node.string.extend(subject.count("minLength")?.map(|value| StringCheck::MinLength { value, unit }));
        node.string.extend(subject.count("maxLength")?.map(|value| StringCheck::MaxLength { value, unit }));
        if let Some(source) = subject.get("pattern").and_then(Value::as_str) {
            node.string.push(StringCheck::Pattern { source: source.to_owned(), flags: Some("u".to_owned()) });
        }
        if let Some(name) = subject.get("format").and_then(Value::as_str).filter(|_| self.formats) {
            node.string.push(StringCheck::Format { name: name.to_owned(), options: serde_json::Map::new() });
        }
        Ok(())
    }

    pub(super) fn array(&mut self, subject: &Subject<'_, '_>, node: &mut Node) -> Result<(), Unfused> {
        let mut rules = ArrayRules::default();
        let tail = if self.draft == Draft::Draft7 && subject.get("items").is_some_and(Value::is_array) {
            rules.prefix = self.list(subject, "items")?.unwrap_or_default();
            "additionalItems"
        } else {
            if self.draft != Draft::Draft7 {
                rules.prefix = self.list(subject, "prefixItems")?.unwrap_or_default();
            }
            "items"
        };
        rules.items = match subject.get(tail) {
            Some(Value::Bool(allowed)) => Some(Items::Allowed(*allowed)),
            Some(_) => self.single(subject, tail)?.map(Items::Node),
            None => None,
        };
        rules.min_items = subject.count("minItems")?;
        rules.max_items = subject.count("maxItems")?;
        rules.unique = subject.get("uniqueItems").and_then(Value::as_bool).filter(|&unique| unique);
        if let Some(contains) = self.single(subject, "contains")? {
            let (min, max) = match self.draft {
                Draft::Draft7 => (None, None),
                _ => (subject.count("minContains")?, subject.count("maxContains")?),
            };
            rules.contains = Some(Contains { node: contains, min, max });
        }
        let keywords =
            ["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "additionalItems"];
        if keywords.iter().any(|keyword| subject.map.contains_key(*keyword)) {
            node.array = Some(rules);
        }
        Ok(())
    }
}
