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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// A property: where its name stands, behind the quote.
    Key(usize),
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

/// Keeps the first issue and whether there is another; its memory is used again and again.
#[derive(Debug, Default)]
pub struct FirstOnly {
    path: Vec<Segment>,
    /// The first issue.
    pub found: Option<Found>,
    /// The way to its value.
    pub found_path: Vec<Segment>,
    /// Whether there is another one.
    pub more: bool,
}

impl FirstOnly {
    /// Forgets what was found, not the memory.
    pub fn cleared(mut self) -> Self {
        self.path.clear();
        self.found_path.clear();
        (self.found, self.more) = (None, false);
        self
    }
}

impl Sink for FirstOnly {
    const COLLECTS: bool = true;

    fn take(&mut self, found: Found) -> Step {
        if self.found.is_some() {
            self.more = true;
            return Err(Stop::new(found.code));
        }
        self.found_path.extend_from_slice(&self.path);
        self.found = Some(found);
        Ok(())
    }

    fn enter(&mut self, segment: Segment) {
        self.path.push(segment);
    }

    fn leave(&mut self) {
        self.path.pop();
    }
}
