//! The fused pass: reads a document once and checks it on the way.
//!
//! There is no tree and no allocation for a value that is in order. A schema that applies several nodes to one value
//! has the value read again for each; what that may cost is bounded by [`Pass::work`]. The same code serves the verdict
//! ([`Verdict`], which stops at the first issue) and the list of issues ([`Collect`], which goes on).

mod array;
mod collect;
mod combine;
mod names;
mod number;
mod object;
mod read;
mod record;
mod scratch;
mod string;
mod values;

use std::cell::Cell;

pub use collect::{Collect, FirstOnly, Found, Segment};
pub use scratch::Scratch;
pub use string::Text;

use super::codes;
use super::link::{Linked, NodeId, Quick, Rules, kind};

/// Nodes entered inside each other, through containers and on one value alike: what the stack has to hold.
const MAX_FRAMES: u32 = 1024;

/// Bytes that may be read again for alternatives: this many times the document, and at least [`LEAST_WORK`].
const WORK_FACTOR: u64 = 256;
/// See [`WORK_FACTOR`].
const LEAST_WORK: u64 = 1 << 22;

/// Why a pass stopped: the code of an issue. As wide as a position, so that either comes back in a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop(usize);

impl Stop {
    /// Stops with the issue `code`.
    #[inline(always)]
    pub fn new(code: u16) -> Self {
        Self(code.into())
    }

    /// The code of the issue.
    #[inline(always)]
    pub fn code(self) -> u16 {
        u16::try_from(self.0).unwrap_or(u16::MAX)
    }
}

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
        Err(Stop::new(found.code))
    }

    #[inline(always)]
    fn enter(&mut self, _: Segment) {}

    #[inline(always)]
    fn leave(&mut self) {}
}

/// See the module.
pub struct Pass<'a, S> {
    input: &'a [u8],
    linked: &'a Linked,
    scratch: &'a mut Scratch,
    sink: S,
    depth: u32,
    frames: u32,
    /// Bytes that may still be read again.
    work: u64,
    /// Blanks were met.
    spaced: Cell<bool>,
}

impl<'a, S: Sink> Pass<'a, S> {
    /// A pass over `input`.
    #[inline]
    pub fn new(linked: &'a Linked, input: &'a [u8], scratch: &'a mut Scratch, sink: S) -> Self {
        let work = (input.len() as u64).saturating_mul(WORK_FACTOR).max(LEAST_WORK);
        let spaced = Cell::new(false);
        Self { input, linked, scratch, sink, depth: 0, frames: 0, work, spaced }
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
            return self.stop(0, codes::LIMIT_BYTES);
        }
        self.scratch.clear();
        if self.input.starts_with(b"\xEF\xBB\xBF") {
            return self.stop(0, codes::BOM);
        }
        let start = self.blanks(0);
        if self.is_end(start) {
            return self.stop(start, codes::EMPTY);
        }
        let end = self.value(start, root)?;
        if self.is_end(end) {
            return Ok(());
        }
        let end = self.blanks(end);
        if self.is_end(end) { Ok(()) } else { self.stop(end, codes::TRAILING) }
    }

    /// The sink, after the pass.
    pub fn into_sink(self) -> S {
        self.sink
    }

    /// Whether blanks were met between tokens.
    pub fn is_spaced(&self) -> bool {
        self.spaced.get()
    }

    /// Reads the one value at `start` as node `id`; whether it matches.
    pub fn matches_at(&mut self, start: usize, id: NodeId) -> bool {
        (self.depth, self.frames) = (0, 0);
        self.value(start, id).is_ok()
    }

    /// An issue of the document as a whole, at `at`: nothing can go on from there.
    #[cold]
    #[inline(never)]
    fn stop<T>(&mut self, at: usize, code: u16) -> Step<T> {
        let offset = at.min(self.input.len());
        self.sink.take(Found { code, node: self.linked.root, check: 0, offset, key: None })?;
        Err(Stop::new(code))
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

    /// Where the value at `at` ends, which begins with `first`, if `quick` is all that has to be known of it; else 0.
    ///
    /// Strings without escapes in ASCII and short integers, which most values are, are settled in the caller: a call costs
    /// as much as they do. A number rather than an option, which would go through memory.
    #[inline(always)]
    pub(super) fn settled(&self, at: usize, first: u8, quick: &Quick) -> usize {
        if first == b'"' {
            if quick.most_bytes == 0 {
                return 0;
            }
            let end = self.plain_end(at + 1);
            let length = end.wrapping_sub(at + 1);
            if quick.least_bytes <= length && length <= quick.most_bytes { end + 1 } else { 0 }
        } else if first > b'9' {
            0
        } else {
            match self.short_integer(at) {
                Some((end, whole)) if quick.least <= whole && whole <= quick.most => end,
                _ => 0,
            }
        }
    }

    /// Reads the value that begins at `at` as node `id`; where it ends.
    #[inline(always)]
    pub(super) fn quick_value(&mut self, at: usize, id: NodeId) -> Step<usize> {
        match self.settled(at, self.byte(at), &self.rules(id).quick) {
            0 => self.unsettled(at, id),
            end => Ok(end),
        }
    }

    /// The same for one that was not settled.
    #[inline(never)]
    pub(super) fn unsettled(&mut self, at: usize, id: NodeId) -> Step<usize> {
        let rules = self.rules(id);
        if rules.plain && self.byte(at) == b'"' {
            let end = self.plain_end(at + 1);
            if end != 0 && end - at - 1 <= self.linked.limits.string_length {
                if !rules.lists(self.slice(at + 1, end)) {
                    let text = Text { start: at + 1, end, escaped: false, wide: false };
                    self.check_string(at, id, rules, text)?;
                }
                return Ok(end + 1);
            }
        }
        self.as_node(at, id, rules)
    }

    /// The same for values of any kind alike.
    #[inline(never)]
    pub(super) fn value(&mut self, at: usize, id: NodeId) -> Step<usize> {
        self.as_node(at, id, self.rules(id))
    }

    #[inline(always)]
    fn as_node(&mut self, at: usize, id: NodeId, rules: &'a Rules) -> Step<usize> {
        match &rules.combine {
            Some(combine) => self.combined(at, id, rules, combine),
            None => self.single(at, id, rules),
        }
    }

    /// The same, without the other nodes that this one applies.
    #[inline]
    fn single(&mut self, at: usize, id: NodeId, rules: &'a Rules) -> Step<usize> {
        // Most values are strings, and one that is not is found by a jump that is hard to foresee.
        let first = self.byte(at);
        if first == b'"' {
            if rules.kinds & kind::STR == 0 {
                return self.mistyped(at, id, rules);
            }
            let text = self.string(at)?;
            if rules.checks_strings {
                self.check_string(at, id, rules, text)?;
            }
            return Ok(text.end + 1);
        }
        match first {
            b'{' => {
                if rules.kinds & kind::OBJ == 0 {
                    return self.mistyped(at, id, rules);
                }
                let end = self.object(at, id, rules.object.as_deref().unwrap_or(&self.linked.no_rules))?;
                self.check_container(at, end, id, rules)
            }
            b'[' => {
                if rules.kinds & kind::ARR == 0 {
                    return self.mistyped(at, id, rules);
                }
                let end = self.array(at, id, rules.array.as_deref())?;
                self.check_container(at, end, id, rules)
            }
            b'-' | b'0'..=b'9' => {
                if rules.kinds & (kind::NUM | kind::INT) == 0 {
                    return self.mistyped(at, id, rules);
                }
                self.number(at, id, rules)
            }
            b't' => self.word(at, b"true", id, rules, kind::BOOL),
            b'f' => self.word(at, b"false", id, rules, kind::BOOL),
            b'n' => self.word(at, b"null", id, rules, kind::NULL),
            _ => self.no_value(at),
        }
    }

    #[inline]
    fn word(&mut self, at: usize, word: &'static [u8], id: NodeId, rules: &'a Rules, bit: u8) -> Step<usize> {
        if !self.rest(at).starts_with(word) {
            return self.bad_word(at, word);
        }
        let end = at + word.len();
        if bit == kind::NULL && rules.nullable {
            return Ok(end);
        }
        if rules.kinds & bit == 0 {
            self.issue(self.wrong_type(rules), id, 0, at)?;
            return Ok(end);
        }
        let allowed = rules.values.as_deref().is_none_or(|values| match word {
            b"true" => values.yes,
            b"false" => values.no,
            _ => values.null,
        });
        if !allowed {
            self.issue(codes::ENUM, id, 0, at)?;
        }
        Ok(end)
    }

    /// A value of a kind that the node does not take: it still has to be JSON.
    #[cold]
    #[inline(never)]
    fn mistyped(&mut self, at: usize, id: NodeId, rules: &'a Rules) -> Step<usize> {
        self.issue(self.wrong_type(rules), id, 0, at)?;
        self.value(at, self.linked.any)
    }

    fn wrong_type(&self, rules: &Rules) -> u16 {
        if rules.kinds == 0 { codes::NEVER } else { codes::TYPE }
    }

    #[cold]
    #[inline(never)]
    fn no_value<T>(&mut self, at: usize) -> Step<T> {
        self.stop(at, if self.is_end(at) { codes::END } else { codes::BYTE })
    }

    /// `tru`, `nulx`: where it stops being the word.
    #[cold]
    #[inline(never)]
    fn bad_word<T>(&mut self, at: usize, word: &[u8]) -> Step<T> {
        let same = self.rest(at).iter().zip(word).take_while(|(left, right)| left == right).count();
        self.no_value(at + same)
    }

    /// One container deeper.
    #[inline(always)]
    fn descend(&mut self, at: usize) -> Step {
        self.depth += 1;
        if self.depth > self.linked.limits.depth {
            return self.stop(at, codes::LIMIT_DEPTH);
        }
        self.enter_frame(at)
    }

    #[inline(always)]
    fn ascend(&mut self) {
        self.depth -= 1;
        self.frames -= 1;
    }

    /// One more node on the stack.
    #[inline(always)]
    fn enter_frame(&mut self, at: usize) -> Step {
        self.frames += 1;
        if self.frames > MAX_FRAMES { self.stop(at, codes::LIMIT_DEPTH) } else { Ok(()) }
    }
}
