//! Several nodes for one value: it is read once for each.

use super::{Pass, Sink, Step};
use crate::schema::codes;
use crate::schema::link::{Alternatives, Combine, NodeId, Rules, Tagged, kind};

impl<'a, S: Sink> Pass<'a, S> {
    /// Reads the value at `start` as a node that applies others to it.
    #[inline(never)]
    pub(super) fn combined(
        &mut self,
        start: usize,
        id: NodeId,
        rules: &'a Rules,
        combine: &'a Combine,
    ) -> Step<usize> {
        if rules.nullable && self.rest(start).starts_with(b"null") {
            return Ok(start + 4);
        }
        self.enter_frame(start)?;
        let mut end = None;
        if rules.own {
            end = Some(self.single(start, id, rules)?);
        }
        for &node in &combine.all {
            end = Some(self.again(start, node)?);
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
            end = self.by_tag(id, start, tagged)?.or(end);
        }
        if let Some(node) = combine.not
            && self.tries(start, node)?.is_some()
        {
            self.issue(codes::NOT, id, 0, start)?;
        }
        if let Some(condition) = &combine.condition {
            let holds = self.tries(start, condition.test)?.is_some();
            if let Some(node) = if holds { condition.then } else { condition.otherwise } {
                end = Some(self.again(start, node)?);
            }
        }
        self.frames -= 1;
        match end {
            Some(end) => Ok(end),
            // Nothing that matched has read it whole: only when issues are collected.
            None => self.value(start, self.linked.any),
        }
    }

    /// Reads a value once more, which has a bound.
    pub(super) fn again(&mut self, start: usize, id: NodeId) -> Step<usize> {
        let end = self.value(start, id)?;
        self.work = self.work.saturating_sub((end - start) as u64);
        if self.work == 0 { self.stop(start, codes::LIMIT_WORK) } else { Ok(end) }
    }

    /// What kinds the first byte of the value allows.
    fn kinds_at(&self, at: usize) -> u8 {
        match self.byte(at) {
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
        let kinds = self.kinds_at(start);
        if let Some(node) = self.told_apart(start, kinds, alternatives)? {
            return match node {
                Some(node) => self.tries(start, node),
                None => Ok(None),
            };
        }
        for branch in &alternatives.branches {
            if branch.kinds & kinds == 0 {
                continue;
            }
            if let Some(end) = self.tries(start, branch.node)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// Where the first matching alternative ends, and whether another one matches.
    fn one_of(&mut self, start: usize, alternatives: &'a Alternatives) -> Step<(Option<usize>, bool)> {
        let kinds = self.kinds_at(start);
        if let Some(node) = self.told_apart(start, kinds, alternatives)? {
            return match node {
                Some(node) => Ok((self.tries(start, node)?, false)),
                None => Ok((None, false)),
            };
        }
        let mut found = None;
        for branch in &alternatives.branches {
            if branch.kinds & kinds == 0 {
                continue;
            }
            let end = self.tries(start, branch.node)?;
            if found.is_some() && end.is_some() {
                return Ok((found, true));
            }
            found = found.or(end);
        }
        Ok((found, false))
    }

    /// The one alternative that an object's tag leaves, `Some(None)` for none; `None` where tags do not help.
    fn told_apart(
        &mut self,
        start: usize,
        kinds: u8,
        alternatives: &'a Alternatives,
    ) -> Step<Option<Option<NodeId>>> {
        match alternatives.tag.as_ref().filter(|_| kinds == kind::OBJ) {
            Some(tag) => self.tagged_node(start, tag).map(Some),
            None => Ok(None),
        }
    }

    /// The node for the object at `start`, by the value of its tag.
    fn tagged_node(&mut self, start: usize, tag: &'a Tagged) -> Step<Option<NodeId>> {
        let Some((value_start, value_end)) = self.member(start, &tag.key)? else { return Ok(None) };
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
        if self.byte(start) != b'{' {
            self.issue(codes::TYPE, id, 0, start)?;
            return Ok(None);
        }
        match self.tagged_node(start, tagged)? {
            Some(node) => self.again(start, node).map(Some),
            None => {
                self.issue(codes::DISCRIMINATOR, id, 0, start)?;
                Ok(None)
            }
        }
    }
}
