//! Bounds that hold for every document, and what to do with a key that stands twice.

use super::SchemaError;

/// What is done with a key that stands twice in one object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// It is an issue.
    #[default]
    Reject,
    /// The last one counts, as for `JSON.parse`.
    Last,
}

/// Bounds on one document. Each broken one is an issue of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Containers inside each other. The pass recurses, so this has a bound itself.
    pub depth: u32,
    /// Bytes of the document.
    pub bytes: usize,
    /// Properties of one object.
    pub properties: usize,
    /// Items of one array.
    pub items: usize,
    /// Bytes of one string, as written; at least 16.
    pub string_length: usize,
    /// Steps of one search with a pattern that needs backtracking.
    pub regex_steps: usize,
}

/// The deepest that [`Limits::depth`] may be.
pub const MAX_DEPTH: u32 = 256;

/// The least that [`Limits::string_length`] may be: shorter strings are not counted, as they are read in one step.
const LEAST_STRING: usize = 16;

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 128,
            bytes: 64 << 20,
            properties: 65_536,
            items: 1 << 20,
            string_length: 16 << 20,
            regex_steps: 100_000,
        }
    }
}

impl Limits {
    /// Sets the limit that the option `name` means.
    pub fn set(&mut self, name: &str, value: u64) -> Result<(), SchemaError> {
        let wrong =
            |expected: String| SchemaError::OptionInvalid { option: format!("limits.{name}"), expected };
        let size = usize::try_from(value).ok().filter(|&size| size > 0);
        let size = size.ok_or_else(|| wrong("a whole number above 0".to_owned()));
        match name {
            "depth" => {
                self.depth = u32::try_from(value)
                    .ok()
                    .filter(|depth| (1..=MAX_DEPTH).contains(depth))
                    .ok_or_else(|| wrong(format!("a whole number from 1 to {MAX_DEPTH}")))?;
            }
            "bytes" => {
                // Offsets of issues are kept in 32 bits.
                self.bytes = size?;
                if self.bytes > 1 << 30 {
                    return Err(wrong(format!("a whole number from 1 to {}", 1 << 30)));
                }
            }
            "properties" => self.properties = size?,
            "items" => self.items = size?,
            "stringLength" => {
                self.string_length = size
                    .ok()
                    .filter(|length| *length >= LEAST_STRING)
                    .ok_or_else(|| wrong(format!("a whole number from {LEAST_STRING}")))?;
            }
            "regexSteps" => self.regex_steps = size?,
            _ => {
                return Err(wrong(
                    "one of depth, bytes, properties, items, stringLength, regexSteps".to_owned(),
                ));
            }
        }
        Ok(())
    }
}
