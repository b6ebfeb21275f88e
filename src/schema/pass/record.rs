//! Objects of which no name is known: records, and what a schema leaves alone.

use super::object::Open;
use super::scratch::UnknownKey;
use super::{Pass, Segment, Sink, Step, Text};
use crate::schema::codes;
use crate::schema::link::{Extra, NodeId, ObjectRules, Proto};

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
        let ignores = self.ignores_proto(rules);
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
                if S::COLLECTS {
                    self.sink.enter(Segment::Key(name.start));
                }
                let end = if ignores && self.is_proto(name) {
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

    /// Whether a value that is called `__proto__` is none of the record's: JavaScript would make it the prototype.
    #[inline(always)]
    pub(super) fn ignores_proto(&self, rules: &ObjectRules) -> bool {
        self.linked.proto == Proto::Ignored && matches!(rules.extra, Extra::Node(_))
    }

    #[inline(always)]
    pub(super) fn is_proto(&self, name: Text) -> bool {
        if name.escaped {
            self.name_of(name) == "__proto__"
        } else {
            self.slice(name.start, name.end) == b"__proto__"
        }
    }
}
