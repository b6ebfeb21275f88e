//! Formats of strings: those of JSON Schema by the `jsonschema` crate, those of Zod as Zod decides them.

mod url;
mod zod;

use jsonschema::Draft;
use serde_json::{Map, Value};

use super::ir::Dialect;
use super::tape::{NodeRef, Tape};

/// Whose formats a name is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Those of a draft.
    Draft(Draft),
    /// Those of Zod; the name says of which version.
    Zod,
}

impl Family {
    /// The formats of `dialect`.
    pub fn of(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Draft202012 => Self::Draft(Draft::Draft202012),
            Dialect::Draft7 => Self::Draft(Draft::Draft7),
            Dialect::Zod3 | Dialect::Zod4 => Self::Zod,
        }
    }
}

/// A format to hold strings against.
#[derive(Debug)]
pub enum Format {
    /// One the crate decides.
    Crate(Box<jsonschema::Validator<Tape>>),
    /// One of Zod.
    Zod(zod::ZodFormat),
}

impl Format {
    /// The format `name`.
    pub fn new(family: Family, name: &str, options: &Map<String, Value>) -> Result<Self, String> {
        match family {
            Family::Zod => zod::ZodFormat::new(name, options).map(Self::Zod),
            Family::Draft(draft) => {
                let schema = serde_json::json!({ "format": name });
                let validator = jsonschema::options_for::<Tape>()
                    .with_draft(draft)
                    .should_validate_formats(true)
                    .should_ignore_unknown_formats(true)
                    .build(&schema)
                    .map_err(|error| error.to_string())?;
                Ok(Self::Crate(Box::new(validator)))
            }
        }
    }

    /// Whether `text` is of it.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Crate(validator) => validator.is_valid(NodeRef::Text(text)),
            Self::Zod(format) => format.holds(text),
        }
    }
}
