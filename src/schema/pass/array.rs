//! Arrays.

use super::{Pass, Segment, Sink, Step, Verdict};
use crate::schema::codes;
use crate::schema::link::{ArrayRules, NodeId};

impl<'a, S: Sink> Pass<'a, S> {
    /// Reads the array here.
    pub(super) fn array(&mut self, id: NodeId, rules: Option<&'a ArrayRules>) -> Step {
        let start = self.position;
        self.descend()?;
        self.position += 1;
        let items_base = self.scratch.items.len();
        let (mut count, mut matching) = (0_usize, 0_usize);
        self.blanks();
        if self.peek() == b']' {
            self.position += 1;
        } else {
            loop {
                if count >= self.linked.limits.items {
                    return self.stop(codes::LIMIT_ITEMS);
                }
                let item_start = self.position;
                if S::COLLECTS {
                    self.sink.enter(Segment::Index(count));
                }
                self.item(id, rules, count, &mut matching)?;
                if S::COLLECTS {
                    self.sink.leave();
                }
                count += 1;
                if rules.is_some_and(|rules| rules.unique) {
                    self.scratch.items.push((item_start, self.position));
                }
                self.blanks();
                match self.peek() {
                    b',' => {
                        self.position += 1;
                        self.blanks();
                    }
                    b']' => {
                        self.position += 1;
                        break;
                    }
                    _ => return self.no_value(),
                }
            }
        }
        self.ascend();
        if let Some(rules) = rules {
            self.check_array(id, rules, start, count, matching, items_base)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn item(
        &mut self,
        id: NodeId,
        rules: Option<&'a ArrayRules>,
        index: usize,
        matching: &mut usize,
    ) -> Step {
        let Some(rules) = rules else { return self.value(self.linked.any) };
        if let Some((node, _, _)) = rules.contains {
            let start = self.position;
            *matching += usize::from(self.tries(node)?.is_some());
            self.position = start;
        }
        let node = if index < rules.prefix.len() { rules.prefix.get(index).copied() } else { rules.items };
        match node {
            Some(node) => self.value(node),
            None => {
                self.issue(codes::ADDITIONAL_ITEMS, id, 0, self.position)?;
                self.value(self.linked.any)
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

    /// Reads the value here as node `id` without telling issues: where it ends if it matches. Only what is wrong with
    /// the document as a whole stops the pass. Wherever the attempt ends, the position is to be set by the caller.
    pub(super) fn tries(&mut self, id: NodeId) -> Step<Option<usize>> {
        let start = self.position;
        let mark = self.scratch.mark();
        self.enter_frame()?;
        let mut attempt = Pass {
            input: self.input,
            position: start,
            linked: self.linked,
            scratch: &mut *self.scratch,
            sink: Verdict,
            depth: self.depth,
            frames: self.frames,
            work: self.work,
        };
        let outcome = attempt.value(id);
        let (end, left) = (attempt.position, attempt.work);
        self.frames -= 1;
        self.scratch.reset(mark);
        let read = (end.max(start) - start) as u64;
        self.work = left.saturating_sub(read);
        if self.work == 0 {
            return self.stop(codes::LIMIT_WORK);
        }
        match outcome {
            Ok(()) => Ok(Some(end)),
            Err(stop) if stop.0 >= codes::FIRST_RULE => Ok(None),
            Err(stop) => {
                self.position = end;
                self.stop(stop.0)
            }
        }
    }
}
