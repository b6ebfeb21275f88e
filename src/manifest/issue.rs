//! What in a document breaks the schema, where, and how that is said.

use std::fmt::Write as _;

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into an object.
    Key(String),
    /// Into an array.
    Index(usize),
}

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 0.
    pub byte_offset: u64,
    /// From 1.
    pub line: u64,
    /// In bytes from 1.
    pub column: u64,
}

impl Place {
    /// One that is known already.
    pub fn known(byte_offset: usize, line: usize, column: usize) -> Self {
        Self { byte_offset: count(byte_offset), line: count(line), column: count(column) }
    }

    /// Where byte `byte_offset` of `input` stands.
    pub fn of(input: &[u8], byte_offset: usize) -> Self {
        let before = input.get(..byte_offset).unwrap_or(input);
        let line = memchr::memchr_iter(b'\n', before).count();
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        Self::known(byte_offset, line + 1, before.len() - start + 1)
    }
}

fn count(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// The rule that was broken.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// A member is missing.
    Required(&'static str),
    /// A member is not known.
    Unknown(String),
    /// The value has another type.
    Type(&'static str),
    /// The text has another form.
    Pattern(&'static str),
    /// The text is none of these.
    OneOf(&'static [&'static str]),
    /// The number is too small.
    Minimum(u32),
    /// The text is too short, in UTF-16 code units.
    MinLength(u32),
    /// The array is too short.
    MinItems(u32),
    /// Two items are equal.
    Unique(usize, usize),
    /// The text is no such thing.
    Format(&'static str),
    /// A sentence of its own.
    Sentence(&'static str),
    /// A rule of a schema that the caller gave, in its words.
    Schema(String),
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// Where.
    pub path: Vec<Step>,
    /// What.
    pub rule: Rule,
    /// Where in the bytes.
    pub place: Place,
}

impl Issue {
    /// The place: `connectors.2.endpoint`, or `<root>`.
    pub fn at(&self) -> String {
        place(&self.path)
    }

    /// The same as a JSON pointer; empty for the root.
    pub fn pointer(&self) -> String {
        self.path.iter().fold(String::new(), |mut pointer, step| {
            pointer.push('/');
            match step {
                Step::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Step::Index(at) => pointer.push_str(&at.to_string()),
            }
            pointer
        })
    }

    /// The sentence, in the words JSON Schema validators use.
    pub fn message(&self) -> String {
        match &self.rule {
            Rule::Required(key) => format!("must have required property '{key}'"),
            Rule::Unknown(key) => format!("must NOT have additional properties ('{key}')"),
            Rule::Type(name) => format!("must be {name}"),
            Rule::Pattern(pattern) => format!("must match pattern \"{pattern}\""),
            Rule::OneOf(values) => {
                format!("must be equal to one of the allowed values: {}", values.join(", "))
            }
            Rule::Minimum(least) => format!("must be >= {least}"),
            Rule::MinLength(least) => format!("must NOT have fewer than {least} characters"),
            Rule::MinItems(least) => format!("must NOT have fewer than {least} items"),
            Rule::Unique(later, earlier) => {
                format!("must NOT have duplicate items (items ## {earlier} and {later} are identical)")
            }
            Rule::Format(name) => format!("must match format \"{name}\""),
            Rule::Sentence(text) => (*text).to_owned(),
            Rule::Schema(text) => text.clone(),
        }
    }
}

/// A path as text.
pub fn place(path: &[Step]) -> String {
    if path.is_empty() {
        return "<root>".to_owned();
    }
    let mut text = String::new();
    for (index, step) in path.iter().enumerate() {
        let dot = if index == 0 { "" } else { "." };
        // Writing to a string cannot fail.
        let _ = match step {
            Step::Key(key) => write!(text, "{dot}{key}"),
            Step::Index(at) => write!(text, "{dot}{at}"),
        };
    }
    text
}
