//! The list of issues, with where they are.

use super::{Sink, Step, Stop};
use crate::schema::link::NodeId;

/// One issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What is wrong, see [`crate::schema::codes`].
    pub code: u16,
    /// The node that says so.
    pub node: NodeId,
    /// Which of its checks, where it has several of a kind.
    pub check: u16,
    /// Where the value begins, in bytes.
    pub offset: usize,
    /// The property concerned, without its value's path.
    pub key: Option<String>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// A property: where its name stands, without quotes.
    Key(usize, usize),
    /// An item.
    Index(usize),
}

/// Takes issues up to a bound.
#[derive(Debug)]
pub struct Collect {
    path: Vec<Segment>,
    /// What was found, with paths.
    pub found: Vec<(Found, Vec<Segment>)>,
    max: usize,
}

impl Collect {
    /// Takes up to `max` issues.
    pub fn new(max: usize) -> Self {
        Self { path: Vec::new(), found: Vec::new(), max: max.max(1) }
    }
}

impl Sink for Collect {
    const COLLECTS: bool = true;

    fn take(&mut self, found: Found) -> Step {
        let code = found.code;
        if self.found.len() < self.max {
            self.found.push((found, self.path.clone()));
        }
        if self.found.len() < self.max { Ok(()) } else { Err(Stop::new(code)) }
    }

    fn enter(&mut self, segment: Segment) {
        self.path.push(segment);
    }

    fn leave(&mut self) {
        self.path.pop();
    }
}
