//! Objects of which no name is known: records, and what a schema leaves alone.

use super::object::Open;
use super::scratch::UnknownKey;
use super::{Pass, Segment, Sink, Step, Text};
use crate::schema::codes;
use crate::schema::link::{Extra, NodeId, ObjectRules, Odd};

/// How many times a byte counts that is read again for a `constructor`: few of them may stand inside each other.
const CONSTRUCTOR_FACTOR: u64 = 31;

impl<'a, S: Sink> Pass<'a, S> {
    /// The node of every value of an object, if its names decide nothing.
    #[inline(always)]
    pub(super) fn node_of_all(&self, rules: &ObjectRules) -> Option<NodeId> {
        if !(rules.props.is_empty() && rules.by_name_only) {
            return None;
        }
        match rules.extra {
            Extra::Keep | Extra::Strip => Some(self.linked.any),
            Extra::Node(node) => Some(node),
            Extra::Reject => None,
        }
    }

    /// Reads the object at `start`, whose values are all read as `node`.
    pub(super) fn record(
        &mut self,
        start: usize,
        id: NodeId,
        rules: &'a ObjectRules,
        node: NodeId,
    ) -> Step<usize> {
        let (words, keys) = (self.scratch.words.len(), self.scratch.keys.len());
        let quick = &self.rules(node).quick;
        self.descend(start)?;
        let mut count = 0;
        let mut at = self.blanks(start + 1);
        if self.byte(at) == b'}' {
            at += 1;
        } else {
            loop {
                count += 1;
                if count > self.linked.limits.properties {
                    return self.stop(at, codes::LIMIT_PROPERTIES);
                }
                if self.byte(at) != b'"' {
                    return self.no_value(at);
                }
                let name = self.string(at)?;
                let (colon, byte) = self.token(name.end + 1);
                if byte != b':' {
                    return self.no_value(colon);
                }
                let (value, first) = self.token(colon + 1);
                self.scratch.keys.push(UnknownKey { hash: 0, text: name });
                let skipped = rules.odd != Odd::None && self.is_skipped(start, id, rules.odd, name, value)?;
                if S::COLLECTS {
                    self.sink.enter(Segment::Key(name.start));
                }
                let end = if skipped {
                    self.value(value, self.linked.any)?
                } else {
                    match self.settled(value, first, quick) {
                        0 => self.unsettled(value, node)?,
                        end => end,
                    }
                };
                if S::COLLECTS {
                    self.sink.leave();
                }
                let (next, byte) = self.token(end);
                match byte {
                    b',' => at = self.blanks(next + 1),
                    b'}' => {
                        at = next + 1;
                        break;
                    }
                    _ => return self.no_value(next),
                }
            }
        }
        self.ascend();
        self.finish_object(id, rules, &Open { start, seen: 0, words, keys, count })?;
        Ok(at)
    }

    /// Whether the value at `at` of the object at `start` is none that its node is for, by its name. Tells an issue with the
    /// object where its `constructor` is none.
    #[inline(always)]
    pub(super) fn is_skipped(
        &mut self,
        start: usize,
        id: NodeId,
        odd: Odd,
        name: Text,
        at: usize,
    ) -> Step<bool> {
        if self.is_named(name, b"__proto__") {
            return Ok(true);
        }
        if odd == Odd::ProtoAndConstructor && self.is_named(name, b"constructor") {
            self.constructor(start, id, at)?;
        }
        Ok(false)
    }

    #[inline(always)]
    fn is_named(&self, name: Text, said: &[u8]) -> bool {
        if name.escaped {
            self.name_of(name).as_bytes() == said
        } else {
            self.slice(name.start, name.end) == said
        }
    }

    /// A `constructor` that is data, at `at`: that of a class has a `prototype` with an `isPrototypeOf`.
    #[cold]
    #[inline(never)]
    fn constructor(&mut self, start: usize, id: NodeId, at: usize) -> Step {
        let before = self.work;
        let looks_like_one = self.byte(at) == b'{'
            && match self.member(at, b"prototype")? {
                Some((prototype, _)) if self.byte(prototype) == b'{' => {
                    self.member(prototype, b"isPrototypeOf")?.is_some()
                }
                _ => false,
            };
        // They may stand inside each other, and what is inside is read once more for each.
        self.work =
            self.work.saturating_sub(before.saturating_sub(self.work).saturating_mul(CONSTRUCTOR_FACTOR));
        if self.work == 0 {
            return self.stop(at, codes::LIMIT_WORK);
        }
        if looks_like_one { Ok(()) } else { self.issue(codes::TYPE, id, 0, start) }
    }
}
