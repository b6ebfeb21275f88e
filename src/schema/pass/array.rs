//! Arrays.

use super::{Found, Pass, Segment, Sink, Step, Stop};
use crate::schema::codes;
use crate::schema::link::{ArrayRules, NodeId};

impl<'a, S: Sink> Pass<'a, S> {
    /// Reads the array at `start`.
    pub(super) fn array(&mut self, start: usize, id: NodeId, rules: Option<&'a ArrayRules>) -> Step<usize> {
        self.descend(start)?;
        let items_base = self.scratch.items.len();
        let (mut count, mut matching) = (0_usize, 0_usize);
        let (alike, unique) = (self.alike(rules), rules.is_some_and(|rules| rules.unique));
        let mut at = self.blanks(start + 1);
        if self.byte(at) == b']' {
            at += 1;
        } else {
            loop {
                if count >= self.linked.limits.items {
                    return self.stop(at, codes::LIMIT_ITEMS);
                }
                if S::COLLECTS {
                    self.sink.enter(Segment::Index(count));
                }
                let end = match (alike, rules) {
                    (Some(node), _) => self.quick_value(at, node)?,
                    (None, Some(rules)) => self.item(at, id, rules, count, &mut matching)?,
                    (None, None) => self.value(at, self.linked.any)?,
                };
                if S::COLLECTS {
                    self.sink.leave();
                }
                count += 1;
                if unique {
                    self.scratch.items.push((at, end));
                }
                let (next, byte) = self.token(end);
                match byte {
                    b',' => at = self.blanks(next + 1),
                    b']' => {
                        at = next + 1;
                        break;
                    }
                    _ => return self.no_value(next),
                }
            }
        }
        self.ascend();
        if let Some(rules) = rules {
            self.check_array(id, rules, start, count, matching, items_base)?;
        }
        Ok(at)
    }

    /// The node of every item, where all have the same and nothing else is asked of one.
    #[inline(always)]
    fn alike(&self, rules: Option<&ArrayRules>) -> Option<NodeId> {
        match rules {
            None => Some(self.linked.any),
            Some(rules) if rules.contains.is_none() && rules.prefix.is_empty() => rules.items,
            Some(_) => None,
        }
    }

    fn item(
        &mut self,
        at: usize,
        id: NodeId,
        rules: &'a ArrayRules,
        index: usize,
        matching: &mut usize,
    ) -> Step<usize> {
        if let Some((node, _, _)) = rules.contains {
            *matching += usize::from(self.tries(at, node)?.is_some());
        }
        let node = if index < rules.prefix.len() { rules.prefix.get(index).copied() } else { rules.items };
        match node {
            Some(node) => self.quick_value(at, node),
            None => {
                self.issue(codes::ADDITIONAL_ITEMS, id, 0, at)?;
                self.value(at, self.linked.any)
            }
        }
    }

    fn check_array(
        &mut self,
        id: NodeId,
        rules: &'a ArrayRules,
        start: usize,
        count: usize,
        matching: usize,
        items_base: usize,
    ) -> Step {
        if count < rules.min {
            self.issue(codes::MIN_ITEMS, id, 0, start)?;
        }
        if count > rules.max {
            self.issue(codes::MAX_ITEMS, id, 0, start)?;
        }
        if let Some((_, least, most)) = rules.contains {
            if matching < least {
                self.issue(codes::CONTAINS, id, 0, start)?;
            }
            if matching > most {
                self.issue(codes::MAX_CONTAINS, id, 0, start)?;
            }
        }
        if rules.unique {
            let unique = self.all_differ(items_base);
            self.scratch.items.truncate(items_base);
            if !unique {
                self.issue(codes::UNIQUE_ITEMS, id, 0, start)?;
            }
        }
        Ok(())
    }

    /// Reads the value at `start` as node `id` without telling issues: where it ends if it matches. Only what is wrong
    /// with the document as a whole stops the pass.
    pub(super) fn tries(&mut self, start: usize, id: NodeId) -> Step<Option<usize>> {
        let mark = self.scratch.mark();
        self.enter_frame(start)?;
        let mut attempt = Pass {
            input: self.input,
            linked: self.linked,
            scratch: &mut *self.scratch,
            sink: Attempt { at: start },
            depth: self.depth,
            frames: self.frames,
            work: self.work,
            spaced: self.spaced.clone(),
        };
        let outcome = attempt.value(start, id);
        let (left, failed_at, spaced) = (attempt.work, attempt.sink.at, attempt.spaced);
        self.spaced = spaced;
        self.frames -= 1;
        self.scratch.reset(mark);
        let end = outcome.unwrap_or(failed_at);
        self.work = left.saturating_sub(end.saturating_sub(start) as u64 + 1);
        if self.work == 0 {
            return self.stop(start, codes::LIMIT_WORK);
        }
        match outcome {
            Ok(end) => Ok(Some(end)),
            Err(stop) if stop.code() >= codes::FIRST_RULE => Ok(None),
            Err(stop) => self.stop(failed_at, stop.code()),
        }
    }
}

/// Stops at the first issue and remembers where that was.
struct Attempt {
    at: usize,
}

impl Sink for Attempt {
    const COLLECTS: bool = false;

    fn take(&mut self, found: Found) -> Step {
        self.at = found.offset;
        Err(Stop::new(found.code))
    }

    fn enter(&mut self, _: Segment) {}

    fn leave(&mut self) {}
}
