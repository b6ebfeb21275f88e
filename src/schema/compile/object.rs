//! Keywords about objects.

use jsonschema::Draft;
use serde_json::{Map, Value};

use super::{Compiler, Subject, Unfused, escape, wrong};
use crate::schema::ir::{Additional, Node, ObjectRules, PatternProperty, Policy, Property};

const KEYWORDS: [&str; 10] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "required",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
];

impl Compiler {
    pub(super) fn object(&mut self, subject: &Subject<'_, '_>, node: &mut Node) -> Result<(), Unfused> {
        if !KEYWORDS.iter().any(|keyword| subject.map.contains_key(*keyword)) {
            return Ok(());
        }
        let mut rules = ObjectRules::default();
        let mut required: Vec<String> = strings(subject.get("required"));
        for (key, schema) in members(subject, "properties")? {
            let at = format!("{}/{}", subject.at("properties"), escape(key));
            let before = required.len();
            required.retain(|name| name != key);
            let is_required = (required.len() != before).then_some(true);
            let default = schema.get("default").cloned();
            let node = self.schema(schema, subject.resolver, &at)?;
            rules.properties.push(Property { key: key.clone(), node, required: is_required, default });
        }
        required.sort();
        required.dedup();
        rules.required = required;
        for (pattern, schema) in members(subject, "patternProperties")? {
            let at = format!("{}/{}", subject.at("patternProperties"), escape(pattern));
            let node = self.schema(schema, subject.resolver, &at)?;
            rules.patterns.push(PatternProperty { pattern: pattern.clone(), node });
        }
        rules.additional = match subject.get("additionalProperties") {
            None | Some(Value::Bool(true)) => None,
            Some(Value::Bool(false)) => Some(Additional::Policy(Policy::Reject)),
            Some(_) => self.single(subject, "additionalProperties")?.map(Additional::Node),
        };
        rules.names = self.single(subject, "propertyNames")?;
        rules.min_properties = subject.count("minProperties")?;
        rules.max_properties = subject.count("maxProperties")?;
        self.dependencies(subject, &mut rules)?;
        node.object = Some(rules);
        Ok(())
    }

    fn dependencies(&mut self, subject: &Subject<'_, '_>, rules: &mut ObjectRules) -> Result<(), Unfused> {
        let keywords: &[&str] = match self.draft {
            Draft::Draft7 => &["dependencies"],
            _ => &["dependentRequired", "dependentSchemas"],
        };
        for keyword in keywords {
            for (key, value) in members(subject, keyword)? {
                if value.is_array() {
                    rules.dependent_required.insert(key.clone(), value.clone());
                } else {
                    let at = format!("{}/{}", subject.at(keyword), escape(key));
                    let node = self.schema(value, subject.resolver, &at)?;
                    rules.dependent.insert(key.clone(), Value::from(node));
                }
            }
        }
        Ok(())
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn members<'r>(
    subject: &Subject<'r, '_>,
    keyword: &str,
) -> Result<impl Iterator<Item = (&'r String, &'r Value)>, Unfused> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    match subject.get(keyword) {
        None => Ok(NONE.iter()),
        Some(Value::Object(map)) => Ok(map.iter()),
        Some(_) => Err(wrong(&subject.at(keyword), "it has to be an object").into()),
    }
}
