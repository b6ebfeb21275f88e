//! Several nodes for one value: it is read once for each.

use super::{Pass, Sink, Step};
use crate::schema::codes;
use crate::schema::link::{Alternatives, Combine, NodeId, Rules, Tagged, kind};

impl<'a, S: Sink> Pass<'a, S> {
    /// Reads the value here as a node that applies others to it.
    #[inline(never)]
    pub(super) fn combined(&mut self, id: NodeId, rules: &'a Rules, combine: &'a Combine) -> Step {
        let start = self.position;
        if rules.nullable && self.rest().starts_with(b"null") {
            self.position += 4;
            return Ok(());
        }
        self.enter_frame()?;
        let mut end = None;
        if rules.own {
            self.single(id, rules)?;
            end = Some(self.position);
        }
        for &node in &combine.all {
            self.position = start;
            self.value(node)?;
            end = self.reread(start)?;
        }
        if let Some(any) = &combine.any {
            let found = self.any_of(start, any)?;
            end = found.or(end);
            if found.is_none() {
                self.issue(codes::ANY_OF, id, 0, start)?;
            }
        }
        if let Some(one) = &combine.one {
            let (found, more) = self.one_of(start, one)?;
            end = found.or(end);
            if found.is_none() || more {
                self.issue(if more { codes::ONE_OF_MANY } else { codes::ONE_OF }, id, 0, start)?;
            }
        }
        if let Some(tagged) = &combine.tagged {
            self.position = start;
            end = self.by_tag(id, start, tagged)?.or(end);
        }
        if let Some(node) = combine.not {
            self.position = start;
            if self.tries(node)?.is_some() {
                self.issue(codes::NOT, id, 0, start)?;
            }
        }
        if let Some(condition) = &combine.condition {
            self.position = start;
            let branch =
                if self.tries(condition.test)?.is_some() { condition.then } else { condition.otherwise };
            if let Some(node) = branch {
                self.position = start;
                self.value(node)?;
                end = self.reread(start)?;
            }
        }
        self.frames -= 1;
        match end {
            Some(end) => self.position = end,
            // Nothing that matched has read it whole: only when issues are collected.
            None => {
                self.position = start;
                self.value(self.linked.any)?;
            }
        }
        Ok(())
    }

    /// Counts what was read again, and tells where it ended.
    fn reread(&mut self, start: usize) -> Step<Option<usize>> {
        self.spend(start)?;
        Ok(Some(self.position))
    }

    /// Counts what was read since `start` as read again.
    pub(super) fn spend(&mut self, start: usize) -> Step {
        self.work = self.work.saturating_sub(self.position.saturating_sub(start) as u64);
        if self.work == 0 { self.stop(codes::LIMIT_WORK) } else { Ok(()) }
    }

    /// What kinds the first byte of the value allows.
    fn kinds_here(&self) -> u8 {
        match self.peek() {
            b'"' => kind::STR,
            b'{' => kind::OBJ,
            b'[' => kind::ARR,
            b't' | b'f' => kind::BOOL,
            b'n' => kind::NULL,
            b'-' | b'0'..=b'9' => kind::NUM,
            _ => kind::ANY,
        }
    }

    /// Where the first matching alternative ends.
    fn any_of(&mut self, start: usize, alternatives: &'a Alternatives) -> Step<Option<usize>> {
        self.position = start;
        let kinds = self.kinds_here();
        if let Some(node) = self.told_apart(kinds, alternatives)? {
            return match node {
                Some(node) => self.tries(node),
                None => Ok(None),
            };
        }
        for branch in &alternatives.branches {
            if branch.kinds & kinds == 0 {
                continue;
            }
            self.position = start;
            if let Some(end) = self.tries(branch.node)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// Where the first matching alternative ends, and whether another one matches.
    fn one_of(&mut self, start: usize, alternatives: &'a Alternatives) -> Step<(Option<usize>, bool)> {
        self.position = start;
        let kinds = self.kinds_here();
        if let Some(node) = self.told_apart(kinds, alternatives)? {
            return match node {
                Some(node) => Ok((self.tries(node)?, false)),
                None => Ok((None, false)),
            };
        }
        let mut found = None;
        for branch in &alternatives.branches {
            if branch.kinds & kinds == 0 {
                continue;
            }
            self.position = start;
            let end = self.tries(branch.node)?;
            if found.is_some() && end.is_some() {
                return Ok((found, true));
            }
            found = found.or(end);
        }
        Ok((found, false))
    }

    /// The one alternative that an object's tag leaves, `Some(None)` for none; `None` where tags do not help. The
    /// position is where it was.
    fn told_apart(&mut self, kinds: u8, alternatives: &'a Alternatives) -> Step<Option<Option<NodeId>>> {
        let Some(tag) = alternatives.tag.as_ref().filter(|_| kinds == kind::OBJ) else { return Ok(None) };
        let start = self.position;
        let node = self.tagged_node(tag)?;
        self.position = start;
        Ok(Some(node))
    }

    /// The node for the object here, by the value of its tag.
    fn tagged_node(&mut self, tag: &'a Tagged) -> Step<Option<NodeId>> {
        let Some((value_start, value_end)) = self.member(&tag.key)? else { return Ok(None) };
        let raw = self.slice(value_start, value_end);
        if raw.first() != Some(&b'"') {
            let value = crate::schema::text::parsed(raw);
            let equal = |other: &serde_json::Value| {
                *other == value || other.as_f64().is_some() && other.as_f64() == value.as_f64()
            };
            return Ok(tag.others.iter().find(|(other, _)| equal(other)).map(|(_, node)| *node));
        }
        let inner = raw.get(1..raw.len() - 1).unwrap_or_default();
        let found = if inner.contains(&b'\\') {
            tag.strings.find(crate::schema::text::unescaped(inner).as_bytes())
        } else {
            tag.strings.find(inner)
        };
        Ok(found.and_then(|index| tag.nodes.get(index).copied()))
    }

    /// Reads the value as the node that its tag tells.
    fn by_tag(&mut self, id: NodeId, start: usize, tagged: &'a Tagged) -> Step<Option<usize>> {
        if self.peek() != b'{' {
            self.issue(codes::TYPE, id, 0, start)?;
            return Ok(None);
        }
        let node = self.tagged_node(tagged)?;
        self.position = start;
        match node {
            Some(node) => {
                self.value(node)?;
                self.reread(start)
            }
            None => {
                self.issue(codes::DISCRIMINATOR, id, 0, start)?;
                Ok(None)
            }
        }
    }
}
