//! A grant: what a tool may do, where, and how often. Read from JSON, checked, with its defaults in place.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::PolicyError;

/// Longest grant file that is read, in bytes.
pub const MAX_GRANT_BYTES: u64 = 1 << 20;
const MAX_ID_BYTES: usize = 128;

/// How often each action may be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rates {
    /// Per 60 seconds.
    pub per_minute: f64,
    /// Per 3600 seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<f64>,
    /// Per 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<f64>,
}

/// A checked grant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The tool.
    pub tool: String,
    /// What it may do.
    pub actions: Vec<String>,
    /// Free for the tool.
    pub args: Map<String, Value>,
    /// `public`, `internal` or `sensitive`.
    pub data_class: String,
    /// How often.
    pub rate: Rates,
    /// Where.
    pub fs_scope: Vec<String>,
}

/// Whether `id` can name a grant: a plain file name, so that it cannot lead anywhere else.
pub fn check_id(id: &str) -> Result<(), PolicyError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let valid = (1..=MAX_ID_BYTES).contains(&id.len()) && !id.starts_with('.') && id.bytes().all(plain);
    if valid { Ok(()) } else { Err(PolicyError::GrantIdInvalid { id: id.chars().take(200).collect() }) }
}

struct Invalid {
    field: String,
    reason: String,
}

fn invalid(field: &str, reason: &str) -> Invalid {
    Invalid { field: field.to_owned(), reason: reason.to_owned() }
}

impl Grant {
    /// Reads a grant. Unknown keys are left out, as `$schema` and notes are none of ours.
    pub fn parse(id: &str, bytes: &[u8]) -> Result<Self, PolicyError> {
        Self::read(bytes).map_err(|Invalid { field, reason }| PolicyError::GrantInvalid {
            id: id.to_owned(),
            field,
            reason,
        })
    }

    fn read(bytes: &[u8]) -> Result<Self, Invalid> {
        // An editor's byte order mark is no part of the text.
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| invalid("(text)", &error.to_string()))?;
        let Value::Object(mut fields) = value else { return Err(invalid("(text)", "expected an object")) };
        Ok(Self {
            tool: match fields.remove("tool") {
                Some(Value::String(tool)) => tool,
                _ => return Err(invalid("tool", "expected a string")),
            },
            actions: strings("actions", fields.remove("actions"))?
                .ok_or_else(|| invalid("actions", "expected an array of strings"))?,
            args: match fields.remove("args") {
                None => Map::new(),
                Some(Value::Object(args)) => args,
                Some(_) => return Err(invalid("args", "expected an object")),
            },
            data_class: data_class(fields.remove("dataClass"))?,
            rate: rates(fields.remove("rate"))?,
            fs_scope: strings("fsScope", fields.remove("fsScope"))?.unwrap_or_default(),
        })
    }
}

fn strings(field: &str, value: Option<Value>) -> Result<Option<Vec<String>>, Invalid> {
    let Some(value) = value else { return Ok(None) };
    let Value::Array(items) = value else { return Err(invalid(field, "expected an array of strings")) };
    let texts = items.into_iter().enumerate().map(|(index, item)| match item {
        Value::String(text) => Ok(text),
        _ => Err(invalid(&format!("{field}.{index}"), "expected a string")),
    });
    texts.collect::<Result<_, _>>().map(Some)
}

fn data_class(value: Option<Value>) -> Result<String, Invalid> {
    match value {
        None => Ok("internal".to_owned()),
        Some(Value::String(class)) if ["public", "internal", "sensitive"].contains(&class.as_str()) => {
            Ok(class)
        }
        Some(_) => Err(invalid("dataClass", "expected public, internal or sensitive")),
    }
}

fn rates(value: Option<Value>) -> Result<Rates, Invalid> {
    let Some(Value::Object(mut fields)) = value else {
        return Err(invalid("rate", "expected an object with perMinute"));
    };
    let mut count = |name: &str| match fields.remove(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(number) if number >= 1.0 && number.fract() == 0.0 => Ok(Some(number)),
            _ => Err(invalid(&format!("rate.{name}"), "expected a whole number of at least 1")),
        },
    };
    Ok(Rates {
        per_minute: count("perMinute")?
            .ok_or_else(|| invalid("rate.perMinute", "expected a whole number of at least 1"))?,
        per_hour: count("perHour")?,
        per_day: count("perDay")?,
    })
}
