//! A document as a tree, each node with the bytes it came from.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::reader::{Fault, Kind, Reader, fault};

/// Up to so many members, comparing each with each is faster than hashing.
const FEW: usize = 16;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'a> {
    /// What it is.
    pub value: Value<'a>,
    /// Where it stands in the input.
    pub span: Range<usize>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as the nearest double.
    Number(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Node<'a>>),
    /// An object, its members as they stand.
    Object(Vec<Member<'a>>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member<'a> {
    /// Its key.
    pub key: Cow<'a, str>,
    /// Its value.
    pub node: Node<'a>,
    /// Where the key stands.
    pub byte_offset: usize,
}

impl<'a> Node<'a> {
    /// The tree of the document in `input`. Duplicate keys are refused.
    pub fn parse(input: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(input)?;
        let node = read(&mut reader)?;
        reader.finish()?;
        Ok(node)
    }

    /// Its string, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Its boolean, if it is one.
    pub fn bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Its items; none if it is no array.
    pub fn items(&self) -> &[Node<'a>] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// Its members; none if it is no object.
    pub fn members(&self) -> &[Member<'a>] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The value of one member.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.members().iter().find(|member| member.key == key).map(|member| &member.node)
    }
}

fn read<'a>(reader: &mut Reader<'a>) -> Result<Node<'a>, Fault> {
    let kind = reader.peek()?;
    let start = reader.position();
    let value = match kind {
        Kind::Object => read_object(reader)?,
        Kind::Array => read_array(reader)?,
        Kind::Text => Value::Text(reader.string()?.value),
        Kind::Number => Value::Number(reader.number()?.value()?),
        Kind::Bool => Value::Bool(reader.bool()?),
        Kind::Null => {
            reader.null()?;
            Value::Null
        }
    };
    Ok(Node { value, span: start..reader.position() })
}

fn read_array<'a>(reader: &mut Reader<'a>) -> Result<Value<'a>, Fault> {
    reader.enter()?;
    let mut items = Vec::new();
    while reader.item(items.is_empty())? {
        items.push(read(reader)?);
    }
    Ok(Value::Array(items))
}

fn read_object<'a>(reader: &mut Reader<'a>) -> Result<Value<'a>, Fault> {
    reader.enter()?;
    let mut members: Vec<Member<'a>> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    while let Some(key) = reader.member(members.is_empty())? {
        let duplicate = if members.len() < FEW {
            members.iter().any(|member| member.key == key.value)
        } else {
            if seen.is_empty() {
                seen.extend(members.iter().map(|member| member.key.to_string()));
            }
            !seen.insert(key.value.to_string())
        };
        if duplicate {
            return fault("a duplicate key", key.byte_offset);
        }
        members.push(Member { key: key.value, node: read(reader)?, byte_offset: key.byte_offset });
    }
    Ok(Value::Object(members))
}
