//! The program: one form for both back ends, made from a JSON Schema here or from a Zod schema in TypeScript.
//!
//! Every part of a node that is present has to hold. A part about one type of value says nothing of the others, as in
//! JSON Schema. Nodes name each other by index, so that recursion is no special case. Members that this version does
//! not know (messages, for instance) are ignored.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// A whole schema.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Program {
    /// Of this form: 1.
    pub version: u32,
    /// What the schema was written in.
    pub dialect: Dialect,
    /// The node that describes the document.
    pub root: u32,
    /// All nodes.
    pub nodes: Vec<Node>,
}

/// What a schema was written in, which decides how numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// JSON Schema 2020-12.
    #[serde(rename = "draft-2020-12")]
    Draft202012,
    /// JSON Schema draft 7.
    #[serde(rename = "draft-07")]
    Draft7,
    /// Zod 3.
    #[serde(rename = "zod3")]
    Zod3,
    /// Zod 4.
    #[serde(rename = "zod4")]
    Zod4,
}

impl Dialect {
    /// Whether numbers are doubles, as in JavaScript, rather than exact.
    pub fn is_zod(self) -> bool {
        matches!(self, Self::Zod3 | Self::Zod4)
    }
}

/// What one value has to be.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Node {
    /// JSON pointer in the source.
    pub at: String,
    /// Types it may have; absent for any, empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<Type>>,
    /// Values it may be.
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub one_of_values: Option<Vec<Value>>,
    /// Checks of a string, in source order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub string: Vec<StringCheck>,
    /// Checks of a number, in source order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub number: Vec<NumberCheck>,
    /// Rules for an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array: Option<ArrayRules>,
    /// Rules for an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRules>,
    /// Rules for an object used as a map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordRules>,
    /// Another node that has to hold as well.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<u32>,
    /// Nodes that all have to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_of: Option<Vec<u32>>,
    /// Nodes of which one has to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_of: Option<Vec<u32>>,
    /// Nodes of which exactly one has to hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<u32>>,
    /// A node that must not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<u32>,
    /// Decides between `then` and `else`.
    #[serde(rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<u32>,
    /// Has to hold where `if` does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<u32>,
    /// Has to hold where `if` does not.
    #[serde(rename = "else", skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<u32>,
    /// One node per value of one key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discriminator: Option<Discriminator>,
    /// Whether `null` will do, whatever else is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nullable: Option<bool>,
    /// Why JavaScript has to decide here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub js: Option<String>,
    /// Why the fused pass cannot decide here.
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
}

/// A type of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the names say it
pub enum Type {
    Null,
    Boolean,
    /// A number without fraction, however it is written: `1.0` is one.
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// One check of a string.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[allow(missing_docs)] // the names say it
pub enum StringCheck {
    MinLength {
        value: u64,
        #[serde(default)]
        unit: Unit,
    },
    MaxLength {
        value: u64,
        #[serde(default)]
        unit: Unit,
    },
    Length {
        value: u64,
        #[serde(default)]
        unit: Unit,
    },
    Pattern {
        source: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flags: Option<String>,
    },
    Format {
        name: String,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        options: Map<String, Value>,
    },
    StartsWith {
        value: String,
    },
    EndsWith {
        value: String,
    },
    Includes {
        value: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<u64>,
    },
}

/// What a length counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// UTF-16 units, as `length` in JavaScript.
    Utf16,
    /// Code points, as JSON Schema says.
    #[default]
    Codepoint,
}

/// One check of a number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[allow(missing_docs)] // the names say it
pub enum NumberCheck {
    Int { rule: IntRule },
    Min { value: Number, inclusive: bool },
    Max { value: Number, inclusive: bool },
    MultipleOf { value: Number },
    Finite,
}

/// Which numbers are integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntRule {
    /// Those without a fraction.
    Integral,
    /// Those of them that a double holds exactly with all below it.
    Safe,
}

/// Rules for an array.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ArrayRules {
    /// Nodes of the first items, by position.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prefix: Vec<u32>,
    /// The node of the other items, or that there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Items>,
    /// At least so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u64>,
    /// At most so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
    /// No two equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique: Option<bool>,
    /// How many have to match a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contains: Option<Contains>,
}

/// The items after the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Items {
    /// Each of this node.
    Node(u32),
    /// `false`: there are none.
    Allowed(bool),
}

/// How many items have to match a node.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Contains {
    /// The node.
    pub node: u32,
    /// At least so many; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
    /// At most so many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
}

/// Rules for an object.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectRules {
    /// Known properties, in the order of the source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
    /// Nodes for properties whose names match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<PatternProperty>,
    /// What becomes of properties that neither names nor patterns cover; absent for `keep`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional: Option<Additional>,
    /// Node that every name, taken as a string, has to match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<u32>,
    /// At least so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_properties: Option<u64>,
    /// At most so many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_properties: Option<u64>,
    /// Names that have to be there, besides the properties that say so themselves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// Names that have to be there if another one is.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub dependent_required: Map<String, Value>,
    /// Nodes the object has to match if a name is there.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub dependent: Map<String, Value>,
    /// Whether the value of an undeclared `__proto__` is checked like any other, where its dialect does not look at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checks_proto: Option<bool>,
}

/// One known property.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Property {
    /// Its name.
    pub key: String,
    /// Its node.
    pub node: u32,
    /// Whether it has to be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Its value when it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub default: Option<Value>,
}

/// Keeps a `null` that is written apart from nothing at all.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A node for properties whose names match a pattern.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PatternProperty {
    /// The pattern.
    pub pattern: String,
    /// The node.
    pub node: u32,
}

/// What becomes of properties nobody named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Additional {
    /// They match this node.
    Node(u32),
    /// One of the words.
    Policy(Policy),
}

/// What becomes of properties nobody named, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// They stay.
    Keep,
    /// They are valid, and left out of the normalised form.
    Strip,
    /// They are not valid.
    Reject,
}

/// Rules for an object used as a map.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordRules {
    /// Node of the names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<u32>,
    /// Node of the values.
    pub value: u32,
    /// Whether a property `constructor` has to look like that of a class: Zod 4 as zod 3.25 carries it takes other objects
    /// for instances of something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain: Option<bool>,
}

/// One node per value of one key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Discriminator {
    /// The key.
    pub key: String,
    /// Its values.
    pub branches: Vec<Branch>,
}

/// The node for one value of the discriminating key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Branch {
    /// The value.
    pub value: Value,
    /// The node.
    pub node: u32,
}
