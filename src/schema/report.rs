//! Issues as they are told: with pointer, line and column.

use serde::Serialize;

use super::pass::{Found, Segment};
use super::{codes, text};

/// One issue with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// What is wrong, see [`codes`].
    pub code: u16,
    /// The node of the program that says so.
    pub node: u32,
    /// Which of its checks of a string or a number, from 0.
    pub check: u16,
    /// JSON pointer to the value concerned: for a property too many or too few, to its object.
    pub pointer: String,
    /// Where the value begins, or the name of a property too many: in bytes from 0.
    pub offset: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, in bytes from 1.
    pub column: usize,
    /// The property concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The keyword, where the crate found the issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyword: Option<String>,
    /// JSON pointer to that keyword in the schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

impl Issue {
    pub(super) fn new(input: &[u8], found: Found, path: &[Segment]) -> Self {
        let (line, column) = place(input, found.offset);
        Self {
            code: found.code,
            node: found.node,
            check: found.check,
            pointer: pointer(input, path),
            offset: found.offset,
            line,
            column,
            key: found.key,
            keyword: None,
            at: None,
        }
    }

    /// An issue of which nothing but the code is known.
    pub(super) fn unknown(code: u16) -> Self {
        let pointer = String::new();
        let (key, keyword, at) = (None, None, None);
        Self { code, node: 0, check: 0, pointer, offset: 0, line: 1, column: 1, key, keyword, at }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        codes::name(self.code)
    }
}

/// Line and column of `offset`, both from 1.
pub(super) fn place(input: &[u8], offset: usize) -> (usize, usize) {
    let before = input.get(..offset).unwrap_or(input);
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    (memchr::memchr_iter(b'\n', before).count() + 1, before.len() - line_start + 1)
}

fn pointer(input: &[u8], path: &[Segment]) -> String {
    let mut pointer = String::new();
    for segment in path {
        pointer.push('/');
        match segment {
            Segment::Index(index) => pointer.push_str(&index.to_string()),
            Segment::Key(start) => {
                let name = text::unescaped(text::inside(input, *start));
                pointer.push_str(&super::compile::escape(&name));
            }
        }
    }
    pointer
}
