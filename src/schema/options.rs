//! How a schema is compiled.

use jsonschema::Draft;
use serde_json::{Map, Value};

use super::compile::Remotes;
use super::limits::{Duplicates, Limits};
use super::{SchemaError, compile, link};

/// What a schema leaves to the caller. [`Options::default`] is for documents from anywhere.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The draft of a schema that does not say it; 2020-12 if absent.
    pub draft: Option<Draft>,
    /// Whether `format` asserts; absent as the draft says (7 does, 2020-12 does not).
    pub formats: Option<bool>,
    /// Schemas that references may lead to, by URI.
    pub remotes: Remotes,
    /// What a key that stands twice means.
    pub duplicates: Duplicates,
    /// Bounds on documents.
    pub limits: Limits,
    /// Whether patterns may run in an engine that has no bound.
    pub trusted: bool,
}

impl Options {
    /// Options from an object of JSON, as JavaScript gives them; empty for none.
    pub fn from_json(text: &str) -> Result<Self, SchemaError> {
        let mut options = Self::default();
        if text.trim().is_empty() {
            return Ok(options);
        }
        let wrong = |option: &str, expected: &str| SchemaError::OptionInvalid {
            option: option.to_owned(),
            expected: expected.to_owned(),
        };
        let given: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| wrong("options", "an object"))?;
        for (name, value) in given {
            match (name.as_str(), value) {
                ("draft", Value::String(draft)) => {
                    options.draft = Some(match draft.as_str() {
                        "2020-12" | "draft-2020-12" => Draft::Draft202012,
                        "7" | "draft-07" => Draft::Draft7,
                        _ => return Err(wrong("draft", "'2020-12' or '7'")),
                    });
                }
                ("formats", Value::Bool(formats)) => options.formats = Some(formats),
                ("trusted", Value::Bool(trusted)) => options.trusted = trusted,
                ("duplicateKeys", Value::String(policy)) => {
                    options.duplicates = match policy.as_str() {
                        "reject" => Duplicates::Reject,
                        "last" => Duplicates::Last,
                        _ => return Err(wrong("duplicateKeys", "'reject' or 'last'")),
                    };
                }
                ("remotes", Value::Object(remotes)) => options.remotes = Remotes::new(remotes),
                ("limits", Value::Object(limits)) => {
                    for (name, value) in limits {
                        options.limits.set(&name, value.as_u64().unwrap_or(0))?;
                    }
                }
                (_, Value::Null) => {}
                (other, _) => return Err(wrong(other, "as documented")),
            }
        }
        Ok(options)
    }

    pub(super) fn compiling(&self) -> compile::Settings {
        compile::Settings { draft: self.draft, formats: self.formats, remotes: self.remotes.clone() }
    }

    pub(super) fn linking(&self) -> link::Settings {
        link::Settings { limits: self.limits.clone(), duplicates: self.duplicates, trusted: self.trusted }
    }
}
