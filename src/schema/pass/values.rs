//! Whether values equal each other or those of a schema.

use jsonschema::json::{Node as _, unique};
use serde_json::Value;

use super::{Pass, Sink, Step};
use crate::schema::codes;
use crate::schema::link::{NodeId, Rules};
use crate::schema::numbers::Number;
use crate::schema::tape::{Document, Tape};
use crate::schema::text::parsed;

/// Items up to which comparing each with each is fastest.
const FEW: usize = 8;

impl<'a, S: Sink> Pass<'a, S> {
    /// Checks a container that was read from `start` to `end` against the values a node allows.
    #[inline(always)]
    pub(super) fn check_container(
        &mut self,
        start: usize,
        end: usize,
        id: NodeId,
        rules: &'a Rules,
    ) -> Step<usize> {
        if let Some(values) = &rules.values {
            let equal = !values.containers.is_empty() && {
                let value = parsed(self.slice(start, end));
                values.containers.iter().any(|allowed| (&value).equals_value(allowed))
            };
            if !equal {
                self.issue(codes::ENUM, id, 0, start)?;
            }
        }
        Ok(end)
    }

    /// Whether the items kept from `base` on all differ.
    pub(super) fn all_differ(&self, base: usize) -> bool {
        let items = self.scratch.items.get(base..).unwrap_or_default();
        let raw = |&(start, end): &(usize, usize)| self.slice(start, end);
        if items.len() <= FEW && items.iter().all(|item| is_plain(raw(item))) {
            return items
                .iter()
                .enumerate()
                .all(|(index, item)| items.iter().skip(index + 1).all(|other| raw(item) != raw(other)));
        }
        if items.iter().all(|item| is_plain(raw(item))) {
            let mut seen = std::collections::HashSet::with_capacity(items.len());
            return items.iter().all(|item| seen.insert(raw(item)));
        }
        let values: Vec<Value> = items.iter().map(|item| parsed(raw(item))).collect();
        unique::is_unique(&values)
    }
}

/// Whether a value equals another one exactly if it is written the same.
fn is_plain(raw: &[u8]) -> bool {
    match raw.first() {
        Some(b'"') => !raw.contains(&b'\\'),
        Some(b'{' | b'[' | b'-' | b'0'..=b'9') => false,
        _ => true,
    }
}

/// Whether `number` is a multiple of `step`, as the crate decides it for doubles.
pub(super) fn multiple_by_crate(number: Number, step: Number) -> bool {
    let written = |number: Number| match number {
        Number::Whole(whole) => whole.to_string(),
        Number::Double(double) => format!("{double:e}"),
    };
    let Ok(step) = written(step).parse::<serde_json::Number>() else { return false };
    let schema = serde_json::json!({ "multipleOf": step });
    let text = written(number);
    let mut document = Document::default();
    document.read(text.as_bytes());
    jsonschema::options_for::<Tape>()
        .build(&schema)
        .is_ok_and(|validator| validator.is_valid(document.root(text.as_bytes())))
}
