//! What an issue says, for errors that are made here. `ts/schema/messages.ts` has the same words, with parameters beside them
//! where here a key stands in the sentence; a test compares the two.

use serde_json::Number;

use super::codes;
use super::ir::{Node, NumberCheck, StringCheck, Type};
use super::report::Issue;
use crate::manifest::canonical::write_number;

/// The sentence, in the words JSON Schema validators use. `node` is the one that the issue names.
pub fn sentence(node: Option<&Node>, issue: &Issue) -> String {
    let told = node.and_then(|node| of_node(node, issue));
    told.unwrap_or_else(|| of_code(issue))
}

/// Sentences that repeat what the node asks.
fn of_node(node: &Node, issue: &Issue) -> Option<String> {
    let sentence = match issue.code {
        codes::TYPE => {
            let names: Vec<&str> = node.types.iter().flatten().map(|one| name(*one)).collect();
            format!("must be {}", names.join(", "))
        }
        codes::ENUM => match node.one_of_values.as_deref() {
            Some([_]) => "must be equal to constant".to_owned(),
            _ => "must be equal to one of the allowed values".to_owned(),
        },
        codes::MIN_ITEMS => format!("must NOT have fewer than {} items", node.array.as_ref()?.min_items?),
        codes::MAX_ITEMS => format!("must NOT have more than {} items", node.array.as_ref()?.max_items?),
        codes::ADDITIONAL_ITEMS => {
            format!("must NOT have more than {} items", node.array.as_ref()?.prefix.len())
        }
        codes::MIN_PROPERTIES => {
            format!("must NOT have fewer than {} properties", node.object.as_ref()?.min_properties?)
        }
        codes::MAX_PROPERTIES => {
            format!("must NOT have more than {} properties", node.object.as_ref()?.max_properties?)
        }
        codes::MIN_LENGTH..=codes::INCLUDES => {
            return node.string.get(usize::from(issue.check)).and_then(of_string);
        }
        codes::INT..=codes::FINITE => return node.number.get(usize::from(issue.check)).and_then(of_number),
        _ => return None,
    };
    Some(sentence)
}

fn of_string(check: &StringCheck) -> Option<String> {
    match check {
        StringCheck::MinLength { value, .. } => Some(format!("must NOT have fewer than {value} characters")),
        StringCheck::MaxLength { value, .. } => Some(format!("must NOT have more than {value} characters")),
        StringCheck::Length { value, .. } => Some(format!("must have {value} characters")),
        StringCheck::Pattern { source, .. } => Some(format!("must match pattern \"{source}\"")),
        StringCheck::Format { name, .. } => Some(format!("must match format \"{name}\"")),
        StringCheck::StartsWith { .. } | StringCheck::EndsWith { .. } | StringCheck::Includes { .. } => None,
    }
}

fn of_number(check: &NumberCheck) -> Option<String> {
    let comparison = |sign: &str, value| Some(format!("must be {sign} {}", written(value)));
    match check {
        NumberCheck::Min { value, inclusive } => comparison(if *inclusive { ">=" } else { ">" }, value),
        NumberCheck::Max { value, inclusive } => comparison(if *inclusive { "<=" } else { "<" }, value),
        NumberCheck::MultipleOf { value } => comparison("multiple of", value),
        NumberCheck::Int { .. } | NumberCheck::Finite => None,
    }
}

/// Sentences that need no more than the code, and what the issue itself says.
fn of_code(issue: &Issue) -> String {
    let key = issue.key.as_deref().unwrap_or_default();
    let sentence = match issue.code {
        codes::REQUIRED => return format!("must have required property '{key}'"),
        codes::ADDITIONAL_PROPERTIES => return format!("must NOT have additional properties ('{key}')"),
        codes::KEYWORD => {
            return format!("must match \"{}\"", issue.keyword.as_deref().unwrap_or_default());
        }
        codes::LIMIT_DEPTH => "is nested too deeply",
        codes::LIMIT_BYTES => "is too long",
        codes::LIMIT_PROPERTIES => "has too many properties",
        codes::LIMIT_ITEMS => "has too many items",
        codes::LIMIT_STRING => "has a string that is too long",
        codes::LIMIT_REGEX => "needs too many steps of a pattern",
        codes::LIMIT_WORK => "needs too many attempts",
        codes::NEVER => "must NOT be there",
        codes::INT => "must be integer",
        codes::FINITE => "must be finite",
        codes::STARTS_WITH => "must begin with the text required",
        codes::ENDS_WITH => "must end with the text required",
        codes::INCLUDES => "must include the text required",
        codes::UNIQUE_ITEMS => "must NOT have duplicate items",
        codes::CONTAINS => "must contain enough items that match",
        codes::MAX_CONTAINS => "must NOT contain so many items that match",
        codes::DEPENDENT_REQUIRED => "must have the properties that others ask for",
        codes::PROPERTY_NAMES => "must have valid property names",
        codes::ANY_OF => "must match a schema in anyOf",
        codes::ONE_OF => "must match exactly one schema in oneOf",
        codes::ONE_OF_MANY => "must match exactly one schema in oneOf, and matches more",
        codes::NOT => "must NOT be valid",
        codes::DISCRIMINATOR => "must have a known discriminator",
        code => codes::name(code),
    };
    sentence.to_owned()
}

fn name(one: Type) -> &'static str {
    match one {
        Type::Null => "null",
        Type::Boolean => "boolean",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::String => "string",
        Type::Array => "array",
        Type::Object => "object",
    }
}

/// As JavaScript writes it.
fn written(number: &Number) -> String {
    let mut text = Vec::new();
    write_number(number.as_f64().unwrap_or_default(), &mut text);
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Schema};
    use crate::manifest::SourceSchema as _;

    fn told(schema: &str, document: &str) -> Vec<String> {
        let schema = Schema::from_json_schema(schema, &Options::default()).unwrap();
        schema
            .judge(document.as_bytes(), 20)
            .iter()
            .map(|issue| format!("{}: {}", issue.pointer(), issue.message()))
            .collect()
    }

    #[test]
    fn a_rule_is_told_by_its_own_words_where_a_node_has_rules_for_several_types() {
        let schema =
            r#"{"properties":{"a":{"minLength":3,"minimum":2,"uniqueItems":true,"minProperties":1}}}"#;
        for (document, expected) in [
            (r#"{"a":"x"}"#, "/a: must NOT have fewer than 3 characters"),
            (r#"{"a":1}"#, "/a: must be >= 2"),
            (r#"{"a":[1,1]}"#, "/a: must NOT have duplicate items"),
            (r#"{"a":{}}"#, "/a: must NOT have fewer than 1 properties"),
        ] {
            assert_eq!(told(schema, document), [expected]);
        }
        assert!(told(schema, r#"{"a":{"x/y":1}}"#).is_empty());
    }

    #[test]
    fn at_most_so_many_issues_are_told_and_never_none_for_a_document_that_does_not_match() {
        let schema = Schema::from_json_schema(r#"{"items":{"type":"null"}}"#, &Options::default()).unwrap();
        assert_eq!(schema.judge(b"[1,2,3]", 2).len(), 2);
        assert_eq!(schema.judge(b"[null", 20)[0].message(), "syntax.end");
        assert!(schema.judge(b"[null]", 20).is_empty());
    }
}
