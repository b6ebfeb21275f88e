//! A document as a tape: one entry per value, in the order of the text, each container knowing where it ends.
//!
//! It is what the `jsonschema` crate reads where the fused pass cannot decide, and what tells duplicate keys apart. It is
//! made by a pass over a document that was found to be JSON already.

mod bounded;
mod json;
mod over;
mod room;

use std::borrow::Cow;

use jsonschema::JsonType;
use jsonschema::json::{Node as _, Object as _};

pub use over::OverTape;

use super::text;

/// The representation, for the crate.
#[derive(Debug)]
pub struct Tape;

/// A whole document.
#[derive(Debug, Default)]
pub struct Document {
    entries: Vec<Entry>,
    /// Containers inside each other.
    depth: usize,
}

/// One value or key.
#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: Kind,
    start: u32,
    end: u32,
    /// Members or items of a container.
    count: u32,
    /// The entry after this value.
    next: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    True,
    False,
    Number,
    /// A string without escapes.
    Plain,
    Escaped,
    Array,
    Object,
}

impl Document {
    /// The tape of `input`, which is JSON.
    pub fn read(&mut self, input: &[u8]) {
        self.entries.clear();
        self.depth = 0;
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            let index = self.entries.len();
            let kind = match byte {
                b'{' => Kind::Object,
                b'[' => Kind::Array,
                b'"' => Kind::Plain,
                b't' => Kind::True,
                b'f' => Kind::False,
                b'n' => Kind::Null,
                b'-' | b'0'..=b'9' => Kind::Number,
                b'}' | b']' => {
                    at += 1;
                    if let Some(entry) = open.pop().and_then(|index| self.entries.get_mut(index)) {
                        entry.end = small(at);
                        entry.next = small(index);
                    }
                    continue;
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            if let Some(entry) = open.last().and_then(|&index| self.entries.get_mut(index)) {
                entry.count += 1;
            }
            let (end, kind) = match kind {
                Kind::Object | Kind::Array => {
                    open.push(index);
                    self.depth = self.depth.max(open.len());
                    (at + 1, kind)
                }
                Kind::Plain => string_end(input, at),
                _ => (scalar_end(input, at), kind),
            };
            let next = small(index + 1);
            self.entries.push(Entry { kind, start: small(at), end: small(end), count: 0, next });
            at = end;
        }
    }

    /// The document for the crate.
    pub fn root<'t>(&'t self, input: &'t [u8]) -> NodeRef<'t> {
        NodeRef::At(Place { entries: &self.entries, input, index: 0 })
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn string_end(input: &[u8], start: usize) -> (usize, Kind) {
    let (mut at, mut kind) = (start + 1, Kind::Plain);
    loop {
        let rest = input.get(at..).unwrap_or_default();
        let Some(found) = memchr::memchr2(b'"', b'\\', rest) else { return (input.len(), kind) };
        if rest.get(found) == Some(&b'"') {
            return (at + found + 1, kind);
        }
        kind = Kind::Escaped;
        at += found + 2;
    }
}

fn scalar_end(input: &[u8], start: usize) -> usize {
    let rest = input.get(start..).unwrap_or_default();
    let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t' | b':');
    start + rest.iter().position(ends).unwrap_or(rest.len())
}

/// A value of a document, or a string that stands alone.
#[derive(Debug, Clone, Copy)]
pub enum NodeRef<'t> {
    /// A value of a document.
    At(Place<'t>),
    /// A string.
    Text(&'t str),
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'t> {
    entries: &'t [Entry],
    input: &'t [u8],
    index: u32,
}

impl<'t> Place<'t> {
    fn entry(&self) -> Entry {
        let none = Entry { kind: Kind::Null, start: 0, end: 0, count: 0, next: u32::MAX };
        self.entries.get(self.index as usize).copied().unwrap_or(none)
    }

    fn raw(&self) -> &'t [u8] {
        let Entry { start, end, .. } = self.entry();
        self.input.get(start as usize..end as usize).unwrap_or_default()
    }

    fn at(self, index: u32) -> Self {
        Self { index, ..self }
    }

    fn text(&self) -> Option<Cow<'t, str>> {
        let raw = self.raw();
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        match self.entry().kind {
            Kind::Plain => Some(Cow::Borrowed(std::str::from_utf8(inner).unwrap_or_default())),
            Kind::Escaped => Some(Cow::Owned(text::unescaped(inner))),
            _ => None,
        }
    }
}

/// The members or items of a container.
#[derive(Debug, Clone, Copy)]
pub struct Inside<'t> {
    place: Place<'t>,
    left: u32,
}

impl<'t> Inside<'t> {
    fn of(place: Place<'t>, kind: Kind) -> Option<Self> {
        let entry = place.entry();
        (entry.kind == kind).then(|| Self { place: place.at(place.index + 1), left: entry.count })
    }
}

impl Document {
    /// Where the value that `pointer` leads to begins; 0 if it leads nowhere.
    pub fn offset(&self, input: &[u8], pointer: &str) -> usize {
        let mut at = Place { entries: &self.entries, input, index: 0 };
        for part in pointer.split('/').skip(1) {
            let name = part.replace("~1", "/").replace("~0", "~");
            let next = match NodeRef::At(at).json_type() {
                JsonType::Object => NodeRef::At(at).as_object().and_then(|object| object.get(&name)),
                JsonType::Array => {
                    let index: Option<usize> = name.parse().ok();
                    NodeRef::At(at).as_array().and_then(|mut items| items.nth(index?))
                }
                _ => None,
            };
            match next {
                Some(NodeRef::At(place)) => at = place,
                _ => return 0,
            }
        }
        at.entry().start as usize
    }

    /// Where members stand whose keys come again later in the same object: from the key to before the next key.
    pub fn earlier_duplicates(&self, input: &[u8]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for index in 0..self.entries.len() {
            let place = Place { entries: &self.entries, input, index: small(index) };
            let Some(members) = Inside::of(place, Kind::Object) else { continue };
            let mut last = std::collections::HashMap::new();
            let mut keys = Vec::new();
            let mut inside = members;
            while let Some(NodeRef::At(key)) = inside.next() {
                inside.next();
                let name = key.text().unwrap_or_default();
                last.insert(name.clone(), keys.len());
                keys.push((name, key.entry().start as usize));
            }
            for (position, pair) in keys.windows(2).enumerate() {
                if let [(name, start), (_, next)] = pair
                    && last.get(name) != Some(&position)
                {
                    found.push((*start, *next));
                }
            }
        }
        found
    }
}
