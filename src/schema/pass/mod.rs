//! The fused pass: reads a document once and checks it on the way.
//!
//! There is no tree and no allocation for a value that is in order. A schema that applies several nodes to one value
//! has the value read again for each; what that may cost is bounded by [`Pass::work`]. The same code serves the verdict
//! ([`Verdict`], which stops at the first issue) and the list of issues ([`Collect`], which goes on).

mod array;
mod collect;
mod combine;
mod number;
mod object;
mod read;
mod scratch;
mod string;
mod values;

pub use collect::{Collect, Found, Segment};
pub use scratch::Scratch;
pub use string::Text;

use super::codes;
use super::link::{Linked, NodeId, Rules, kind};

/// Nodes entered inside each other, through containers and on one value alike: what the stack has to hold.
const MAX_FRAMES: u32 = 2048;

/// Bytes that may be read again for alternatives: this many times the document, and at least [`LEAST_WORK`].
const WORK_FACTOR: u64 = 256;
/// See [`WORK_FACTOR`].
const LEAST_WORK: u64 = 1 << 22;

/// Why a pass stopped: the code of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop(pub u16);

/// Shorthand for what steps of a pass return.
pub type Step<T = ()> = Result<T, Stop>;

/// What becomes of issues.
pub trait Sink {
    /// Whether the pass goes on after an issue, and tells paths.
    const COLLECTS: bool;
    /// Takes an issue. `Err` ends the pass.
    fn take(&mut self, found: Found) -> Step;
    /// The value inside which issues are from now on.
    fn enter(&mut self, segment: Segment);
    /// Back to the container.
    fn leave(&mut self);
}

/// Stops at the first issue.
#[derive(Debug, Default)]
pub struct Verdict;

impl Sink for Verdict {
    const COLLECTS: bool = false;

    #[inline(always)]
    fn take(&mut self, found: Found) -> Step {
        Err(Stop(found.code))
    }

    #[inline(always)]
    fn enter(&mut self, _: Segment) {}

    #[inline(always)]
    fn leave(&mut self) {}
}

/// See the module.
pub struct Pass<'a, S> {
    input: &'a [u8],
    position: usize,
    linked: &'a Linked,
    scratch: &'a mut Scratch,
    sink: S,
    depth: u32,
    frames: u32,
    /// Bytes that may still be read again.
    work: u64,
}

impl<'a, S: Sink> Pass<'a, S> {
    /// A pass over `input`.
    #[inline]
    pub fn new(linked: &'a Linked, input: &'a [u8], scratch: &'a mut Scratch, sink: S) -> Self {
        let work = (input.len() as u64).saturating_mul(WORK_FACTOR).max(LEAST_WORK);
        Self { input, position: 0, linked, scratch, sink, depth: 0, frames: 0, work }
    }

    /// Reads the whole document.
    #[inline]
    pub fn document(&mut self) -> Step {
        self.document_as(self.linked.root)
    }

    /// The same, as node `root`.
    #[inline]
    pub fn document_as(&mut self, root: NodeId) -> Step {
        if self.input.len() > self.linked.limits.bytes {
            return self.stop(codes::LIMIT_BYTES);
        }
        self.scratch.clear();
        if self.peek() == 0xEF && self.input.starts_with(b"\xEF\xBB\xBF") {
            return self.stop(codes::BOM);
        }
        self.blanks();
        if self.at_end() {
            return self.stop(codes::EMPTY);
        }
        self.value(root)?;
        self.blanks();
        if self.at_end() { Ok(()) } else { self.stop(codes::TRAILING) }
    }

    /// The sink, after the pass.
    pub fn into_sink(self) -> S {
        self.sink
    }

    /// Reads the one value at `start` as node `id`; whether it matches.
    pub fn matches_at(&mut self, start: usize, id: NodeId) -> bool {
        self.position = start;
        (self.depth, self.frames) = (0, 0);
        self.value(id).is_ok()
    }

    /// An issue of the document as a whole, where the pass stands: nothing can go on from there.
    #[cold]
    #[inline(never)]
    fn stop<T>(&mut self, code: u16) -> Step<T> {
        let place = self.position.min(self.input.len());
        self.sink.take(Found { code, node: self.linked.root, check: 0, offset: place, key: None })?;
        Err(Stop(code))
    }

    /// An issue with the value at `offset`.
    #[cold]
    #[inline(never)]
    fn issue(&mut self, code: u16, node: NodeId, check: usize, offset: usize) -> Step {
        let check = u16::try_from(check).unwrap_or(u16::MAX);
        self.sink.take(Found { code, node, check, offset, key: None })
    }

    /// An issue about a property.
    #[cold]
    #[inline(never)]
    fn key_issue(&mut self, code: u16, node: NodeId, offset: usize, key: &[u8]) -> Step {
        let key = S::COLLECTS.then(|| String::from_utf8_lossy(key).into_owned());
        self.sink.take(Found { code, node, check: 0, offset, key })
    }

    #[inline(always)]
    fn rules(&self, id: NodeId) -> &'a Rules {
        let nodes = &self.linked.nodes;
        debug_assert!((id as usize) < nodes.len());
        // SAFETY: every id of a linked program was checked to be one of its nodes when it was linked.
        unsafe { nodes.get_unchecked(id as usize) }
    }

    /// Reads the value that begins here as node `id`.
    #[inline]
    pub(super) fn value(&mut self, id: NodeId) -> Step {
        let rules = self.rules(id);
        if let Some(combine) = &rules.combine {
            return self.combined(id, rules, combine);
        }
        self.single(id, rules)
    }

    /// The same, without the other nodes that this one applies.
    #[inline]
    fn single(&mut self, id: NodeId, rules: &'a Rules) -> Step {
        let start = self.position;
        match self.peek() {
            b'"' => {
                if rules.kinds & kind::STR == 0 {
                    return self.mistyped(id, rules, start);
                }
                let text = self.string()?;
                if rules.string.is_some() || rules.values.is_some() {
                    self.check_string(id, rules, text, start)?;
                }
                Ok(())
            }
            b'{' => {
                if rules.kinds & kind::OBJ == 0 {
                    return self.mistyped(id, rules, start);
                }
                self.object(id, rules.object.as_deref().unwrap_or(&self.linked.no_rules))?;
                self.check_container(id, rules, start)
            }
            b'[' => {
                if rules.kinds & kind::ARR == 0 {
                    return self.mistyped(id, rules, start);
                }
                self.array(id, rules.array.as_deref())?;
                self.check_container(id, rules, start)
            }
            b'-' | b'0'..=b'9' => {
                if rules.kinds & (kind::NUM | kind::INT) == 0 {
                    return self.mistyped(id, rules, start);
                }
                self.number(id, rules)
            }
            b't' => self.word(b"true", id, rules, kind::BOOL),
            b'f' => self.word(b"false", id, rules, kind::BOOL),
            b'n' => self.word(b"null", id, rules, kind::NULL),
            _ => self.no_value(),
        }
    }

    #[inline]
    fn word(&mut self, word: &'static [u8], id: NodeId, rules: &'a Rules, bit: u8) -> Step {
        let start = self.position;
        if !self.rest().starts_with(word) {
            return self.bad_word(word);
        }
        self.position += word.len();
        if bit == kind::NULL && rules.nullable {
            return Ok(());
        }
        if rules.kinds & bit == 0 {
            return self.issue(self.wrong_type(rules), id, 0, start);
        }
        let allowed = rules.values.as_deref().is_none_or(|values| match word {
            b"true" => values.yes,
            b"false" => values.no,
            _ => values.null,
        });
        if allowed { Ok(()) } else { self.issue(codes::ENUM, id, 0, start) }
    }

    /// A value of a kind that the node does not take: it still has to be JSON.
    #[cold]
    #[inline(never)]
    fn mistyped(&mut self, id: NodeId, rules: &'a Rules, start: usize) -> Step {
        self.issue(self.wrong_type(rules), id, 0, start)?;
        self.value(self.linked.any)
    }

    fn wrong_type(&self, rules: &Rules) -> u16 {
        if rules.kinds == 0 { codes::NEVER } else { codes::TYPE }
    }

    #[cold]
    #[inline(never)]
    fn no_value<T>(&mut self) -> Step<T> {
        if self.at_end() { self.stop(codes::END) } else { self.stop(codes::BYTE) }
    }

    /// `tru`, `nulx`: where it stops being the word.
    #[cold]
    #[inline(never)]
    fn bad_word<T>(&mut self, word: &[u8]) -> Step<T> {
        let same = self.rest().iter().zip(word).take_while(|(left, right)| left == right).count();
        self.position += same;
        self.no_value()
    }

    /// One container deeper.
    #[inline(always)]
    fn descend(&mut self) -> Step {
        self.depth += 1;
        if self.depth > self.linked.limits.depth {
            return self.stop(codes::LIMIT_DEPTH);
        }
        self.enter_frame()
    }

    #[inline(always)]
    fn ascend(&mut self) {
        self.depth -= 1;
        self.frames -= 1;
    }

    /// One more node on the stack.
    #[inline(always)]
    fn enter_frame(&mut self) -> Step {
        self.frames += 1;
        if self.frames > MAX_FRAMES { self.stop(codes::LIMIT_DEPTH) } else { Ok(()) }
    }
}
