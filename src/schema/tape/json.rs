//! The tape as the `jsonschema` crate reads it.

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node as JsonNode, NodeIdentity, Object};
use serde_json::Value;

use super::super::text;
use super::bounded::look;
use super::{Inside, Kind, NodeRef, Tape};

impl Json for Tape {
    type Node<'a> = NodeRef<'a>;
    type PreparedKey = String;
    type StringBuffer = String;

    // A lookup walks the members.
    const KEYS_PER_LOOKUP: usize = 4;

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>(buffer: &mut String, string: &str, f: impl FnOnce(NodeRef<'_>) -> T) -> T {
        buffer.clear();
        buffer.push_str(string);
        f(NodeRef::Text(buffer))
    }
}

impl<'t> JsonNode<'t, Tape> for NodeRef<'t> {
    type Object = Members<'t>;
    type Array = Inside<'t>;
    type Number = Digits;

    fn as_object(&self) -> Option<Members<'t>> {
        seen();
        let Self::At(place) = self else { return None };
        Inside::of(*place, Kind::Object).map(Members)
    }

    fn as_array(&self) -> Option<Inside<'t>> {
        seen();
        let Self::At(place) = self else { return None };
        Inside::of(*place, Kind::Array)
    }

    fn as_string(&self) -> Option<Cow<'t, str>> {
        seen();
        match self {
            Self::At(place) => place.text(),
            Self::Text(text) => Some(Cow::Borrowed(text)),
        }
    }

    fn as_number(&self) -> Option<Digits> {
        seen();
        let Self::At(place) = self else { return None };
        (place.entry().kind == Kind::Number).then(|| Digits(number(place.raw())))
    }

    fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::At(place) => match place.entry().kind {
                Kind::True => Some(true),
                Kind::False => Some(false),
                _ => None,
            },
            Self::Text(_) => None,
        }
    }

    fn is_null(&self) -> bool {
        self.json_type() == JsonType::Null
    }

    fn is_number(&self) -> bool {
        self.json_type() == JsonType::Number
    }

    fn json_type(&self) -> JsonType {
        seen();
        let Self::At(place) = self else { return JsonType::String };
        match place.entry().kind {
            Kind::Null => JsonType::Null,
            Kind::True | Kind::False => JsonType::Boolean,
            Kind::Number => JsonType::Number,
            Kind::Plain | Kind::Escaped => JsonType::String,
            Kind::Array => JsonType::Array,
            Kind::Object => JsonType::Object,
        }
    }

    fn to_value(&self) -> Cow<'t, Value> {
        Cow::Owned(match self {
            Self::At(place) => text::parsed(place.raw()),
            Self::Text(text) => Value::String((*text).to_owned()),
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(match self {
            Self::At(place) => NodeIdentity::tagged(place.entries.as_ptr() as usize, place.index),
            Self::Text(text) => NodeIdentity::tagged(text.as_ptr() as usize, u32::MAX),
        })
    }
}

/// Takes note that the crate looks at a value.
#[inline]
fn seen() {
    look();
    #[cfg(test)]
    stack::seen();
}

fn number(raw: &[u8]) -> serde_json::Number {
    let text = std::str::from_utf8(raw).unwrap_or_default();
    serde_json::from_str(text).unwrap_or_else(|_| 0.into())
}

/// A number as the crate reads it.
#[derive(Debug, Clone)]
pub struct Digits(serde_json::Number);

impl JsonNumber for Digits {
    fn as_u64(&self) -> Option<u64> {
        self.0.as_u64()
    }

    fn as_i64(&self) -> Option<i64> {
        self.0.as_i64()
    }

    fn as_f64(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }

    fn to_number(&self) -> Cow<'_, serde_json::Number> {
        Cow::Borrowed(&self.0)
    }
}

impl<'t> Iterator for Inside<'t> {
    type Item = NodeRef<'t>;

    fn next(&mut self) -> Option<NodeRef<'t>> {
        self.left = self.left.checked_sub(1)?;
        let found = self.place;
        self.place = found.at(found.entry().next);
        Some(NodeRef::At(found))
    }
}

impl<'t> Array<'t, Tape> for Inside<'t> {
    type Node = NodeRef<'t>;
    type ElementsIter = Self;

    fn len(&self) -> usize {
        self.left as usize
    }

    fn elements(&self) -> Self {
        *self
    }
}

/// The members of an object: keys and values in turn.
#[derive(Debug, Clone, Copy)]
pub struct Members<'t>(Inside<'t>);

impl<'t> Iterator for Members<'t> {
    type Item = (Cow<'t, str>, NodeRef<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.0.next()?.as_string().unwrap_or_default();
        Some((key, self.0.next()?))
    }
}

impl<'t> Object<'t, Tape> for Members<'t> {
    type Node = NodeRef<'t>;
    type MemberName = Cow<'t, str>;
    type MembersIter = Self;

    fn len(&self) -> usize {
        self.0.left as usize / 2
    }

    fn get(&self, key: &String) -> Option<NodeRef<'t>> {
        self.members().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    fn members(&self) -> Self {
        *self
    }
}

#[cfg(test)]
pub use stack::deepest;

/// How deep the stack was when a value was looked at.
#[cfg(test)]
mod stack {
    use std::cell::Cell;

    thread_local! {
        static LOWEST: Cell<usize> = const { Cell::new(usize::MAX) };
    }

    fn here() -> usize {
        let local = 0_u8;
        std::hint::black_box(&raw const local).addr()
    }

    /// Takes note of where the stack is.
    #[inline(never)]
    pub fn seen() {
        LOWEST.set(LOWEST.get().min(here()));
    }

    /// Bytes of stack that `work` took until it looked at a value.
    pub fn deepest(work: impl FnOnce()) -> usize {
        LOWEST.set(usize::MAX);
        work();
        here().saturating_sub(LOWEST.get())
    }
}
