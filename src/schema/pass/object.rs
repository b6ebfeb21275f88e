//! Objects: which name is it, which node is that, what is missing.

use super::scratch::UnknownKey;
use super::{Pass, Segment, Sink, Step, Text};
use crate::schema::codes;
use crate::schema::link::{Extra, NodeId, ObjectRules, Odd, Prop};
use crate::schema::text;

/// Names whose presence fits one word.
const WORD: usize = 64;

/// What is kept about an open object.
pub(super) struct Open {
    pub start: usize,
    /// Which of the first 64 names were seen.
    pub seen: u64,
    /// Where the words of the others begin in the scratch.
    pub words: usize,
    /// Where its unknown keys begin in the scratch.
    pub keys: usize,
    pub count: usize,
}

/// The name of a property that was looked up.
struct Name {
    text: Text,
    /// Where its value begins.
    value: usize,
    /// Its position among the known names.
    index: Option<usize>,
}

impl<'a, S: Sink> Pass<'a, S> {
    /// Reads the object at `start`.
    pub(super) fn object(&mut self, start: usize, id: NodeId, rules: &'a ObjectRules) -> Step<usize> {
        if let Some(node) = self.node_of_all(rules) {
            return self.record(start, id, rules, node);
        }
        let (words, keys) = (self.scratch.words.len(), self.scratch.keys.len());
        self.descend(start)?;
        if rules.required.len() > 1 {
            self.scratch.words.resize(words + rules.required.len(), 0);
        }
        // In variables of their own, which live in registers; `place` is the position of the last known name plus one,
        // where the guess for the next one stands.
        let (mut seen, mut count, mut place) = (0_u64, 0, 0);
        let mut at = self.blanks(start + 1);
        if self.byte(at) == b'}' {
            at += 1;
        } else {
            loop {
                count += 1;
                if count > self.linked.limits.properties {
                    return self.stop(at, codes::LIMIT_PROPERTIES);
                }
                let end = 'member: {
                    let (index, prop, (value, first)) = match self.guessed(at, rules, place) {
                        Some((index, prop)) => (index, prop, self.token(at + prop.length)),
                        None => {
                            let Name { text, value, index } = self.looked_up(at, rules)?;
                            let known = index.and_then(|index| Some((index, rules.props.get(index)?)));
                            let Some((index, prop)) = known else {
                                break 'member self.unknown(start, value, id, rules, text)?;
                            };
                            rules.learn(place, index);
                            (index, prop, (value, self.byte(value)))
                        }
                    };
                    place = index + 1;
                    let bit = 1_u64 << (index % WORD);
                    let before = if index < WORD { seen } else { self.mark_seen(words + index / WORD, bit) };
                    if index < WORD {
                        seen |= bit;
                    }
                    if before & bit != 0 {
                        self.duplicate_at(id, at)?;
                    }
                    if S::COLLECTS {
                        self.sink.enter(Segment::Key(at + 1));
                    }
                    let end = match self.settled(value, first, &prop.quick) {
                        0 => self.known(at, value, id, rules, prop)?,
                        end => end,
                    };
                    if S::COLLECTS {
                        self.sink.leave();
                    }
                    end
                };
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
        self.finish_object(id, rules, &Open { start, seen, words, keys, count })?;
        Ok(at)
    }

    /// The known name at `at`, if it is the one that came after the one before at last: mostly it is.
    #[inline(always)]
    fn guessed(&self, at: usize, rules: &'a ObjectRules, place: usize) -> Option<(usize, &'a Prop)> {
        let expected = rules.expected(place);
        if let Some(prop) = rules.props.get(expected)
            && self.stands_at(at, prop)
        {
            return Some((expected, prop));
        }
        // Where one that may be missing was, the one after it costs less to try than to look up, and the guess stays.
        let after = expected.wrapping_add(1);
        let prop = rules.props.get(after).filter(|prop| self.stands_at(at, prop))?;
        Some((after, prop))
    }

    /// The name at `at`, looked up where the guess was wrong.
    #[inline(never)]
    fn looked_up(&mut self, at: usize, rules: &'a ObjectRules) -> Step<Name> {
        if self.byte(at) != b'"' {
            return self.no_value(at);
        }
        let text = self.string(at)?;
        let colon = self.blanks(text.end + 1);
        if self.byte(colon) != b':' {
            return self.no_value(colon);
        }
        let value = self.blanks(colon + 1);
        let index = if text.escaped {
            let mut buffer = std::mem::take(&mut self.scratch.text);
            let found = rules.table.find(self.said(text, &mut buffer).as_bytes());
            self.scratch.text = buffer;
            found
        } else {
            rules.table.find(self.slice(text.start, text.end))
        };
        Ok(Name { text, value, index })
    }

    /// Whether the name of `prop`, in quotes and with its colon, stands at `at`.
    #[inline(always)]
    fn stands_at(&self, at: usize, prop: &Prop) -> bool {
        let Some(first) = self.eight(at) else { return self.rest(at).starts_with(&prop.quoted) };
        if (first ^ prop.head) & prop.head_mask != 0 {
            return false;
        }
        // The first eight bytes agree; so do up to sixteen if the last eight do.
        match prop.length {
            0..=8 => true,
            length @ 9..=16 => self.eight(at + length - 8) == Some(prop.tail),
            _ => self.rest(at).starts_with(&prop.quoted),
        }
    }

    /// Marks a name beyond the first 64 as seen; the word as it was.
    #[inline(never)]
    fn mark_seen(&mut self, at: usize, bit: u64) -> u64 {
        self.scratch.words.get_mut(at).map_or(0, |word| std::mem::replace(word, *word | bit))
    }

    /// The value of a known name, which stands at `name_at`, where it was not settled.
    #[inline(always)]
    fn known(
        &mut self,
        name_at: usize,
        at: usize,
        id: NodeId,
        rules: &'a ObjectRules,
        prop: &'a Prop,
    ) -> Step<usize> {
        match prop.node {
            Some(node) if rules.by_name_only => self.unsettled(at, node),
            node => {
                let name = self.string(name_at)?;
                self.by_rules(at, id, rules, node, name)
            }
        }
    }

    /// The value of a name nobody knows.
    fn unknown(
        &mut self,
        start: usize,
        at: usize,
        id: NodeId,
        rules: &'a ObjectRules,
        name: Text,
    ) -> Step<usize> {
        self.scratch.keys.push(UnknownKey { hash: 0, text: name });
        let skipped = rules.odd != Odd::None && self.is_skipped(start, id, rules.odd, name, at)?;
        if S::COLLECTS {
            self.sink.enter(Segment::Key(name.start));
        }
        let end = if skipped {
            self.value(at, self.linked.any)?
        } else if rules.by_name_only {
            self.extra(at, id, rules, name)?
        } else {
            self.by_rules(at, id, rules, None, name)?
        };
        if S::COLLECTS {
            self.sink.leave();
        }
        Ok(end)
    }

    /// The value of a property that neither names nor patterns cover.
    #[inline(always)]
    fn extra(&mut self, at: usize, id: NodeId, rules: &'a ObjectRules, name: Text) -> Step<usize> {
        match rules.extra {
            Extra::Keep | Extra::Strip => self.quick_value(at, self.linked.any),
            Extra::Node(node) => self.quick_value(at, node),
            Extra::Reject => self.rejected(at, id, name),
        }
    }

    #[cold]
    fn rejected(&mut self, at: usize, id: NodeId, name: Text) -> Step<usize> {
        if S::COLLECTS {
            self.sink.leave();
        }
        let key = if S::COLLECTS { self.name_of(name) } else { String::new() };
        self.key_issue(codes::ADDITIONAL_PROPERTIES, id, name.start - 1, key.as_bytes())?;
        if S::COLLECTS {
            self.sink.enter(Segment::Key(name.start));
        }
        self.value(at, self.linked.any)
    }

    pub(super) fn name_of(&self, name: Text) -> String {
        text::unescaped(self.slice(name.start, name.end))
    }

    /// A value that more than one rule may concern: it is read once for each.
    #[inline(never)]
    fn by_rules(
        &mut self,
        at: usize,
        id: NodeId,
        rules: &'a ObjectRules,
        declared: Option<NodeId>,
        name: Text,
    ) -> Step<usize> {
        if let Some(names) = rules.names
            && self.tries(name.start - 1, names)?.is_none()
        {
            let key = if S::COLLECTS { self.name_of(name) } else { String::new() };
            self.key_issue(codes::PROPERTY_NAMES, id, name.start - 1, key.as_bytes())?;
        }
        let mut end = None;
        if let Some(node) = declared {
            end = Some(self.value(at, node)?);
        }
        if !rules.patterns.is_empty() {
            let key = self.name_of(name);
            for (pattern, node) in &rules.patterns {
                match pattern.matches(&key) {
                    Ok(false) => continue,
                    Ok(true) => {}
                    Err(_) => return self.stop(name.start - 1, codes::LIMIT_REGEX),
                }
                end = Some(self.again(at, *node)?);
            }
        }
        match end {
            Some(end) => Ok(end),
            None => self.extra(at, id, rules, name),
        }
    }

    /// The name at `at` stands there for the second time.
    #[cold]
    fn duplicate_at(&mut self, id: NodeId, at: usize) -> Step {
        let name = self.string(at)?;
        self.duplicate(id, name)
    }

    #[cold]
    pub(super) fn duplicate(&mut self, id: NodeId, name: Text) -> Step {
        let key = self.name_of(name);
        self.key_issue(codes::DUPLICATE, id, name.start - 1, key.as_bytes())
    }

    /// What can only be told at the end of an object.
    #[inline(always)]
    pub(super) fn finish_object(&mut self, id: NodeId, rules: &'a ObjectRules, open: &Open) -> Step {
        match self.scratch.keys.len() - open.keys {
            0 => {}
            1 => self.scratch.keys.truncate(open.keys),
            _ => self.check_unknown(id, open.keys)?,
        }
        let first = rules.required.first().copied().unwrap_or(0);
        if first & !open.seen != 0 || rules.required.len() > 1 {
            self.check_required(id, rules, open)?;
        }
        if open.count < rules.min {
            self.issue(codes::MIN_PROPERTIES, id, 0, open.start)?;
        }
        if open.count > rules.max {
            self.issue(codes::MAX_PROPERTIES, id, 0, open.start)?;
        }
        if !(rules.dependent.is_empty() && rules.dependent_required.is_empty()) {
            self.check_dependent(id, rules, open)?;
        }
        if rules.required.len() > 1 {
            self.scratch.words.truncate(open.words);
        }
        Ok(())
    }

    fn was_seen(&self, open: &Open, index: usize) -> bool {
        let word =
            if index < WORD { Some(&open.seen) } else { self.scratch.words.get(open.words + index / WORD) };
        word.is_some_and(|word| word & (1 << (index % WORD)) != 0)
    }

    #[inline(never)]
    fn check_required(&mut self, id: NodeId, rules: &'a ObjectRules, open: &Open) -> Step {
        for (at, word) in rules.required.iter().enumerate() {
            let seen = if at == 0 {
                open.seen
            } else {
                self.scratch.words.get(open.words + at).copied().unwrap_or(0)
            };
            let mut missing = word & !seen;
            while missing != 0 {
                let index = at * WORD + missing.trailing_zeros() as usize;
                missing &= missing - 1;
                self.key_issue(codes::REQUIRED, id, open.start, rules.table.key(index))?;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn check_dependent(&mut self, id: NodeId, rules: &'a ObjectRules, open: &Open) -> Step {
        for (index, others) in &rules.dependent_required {
            if !self.was_seen(open, *index) {
                continue;
            }
            for other in others {
                if !self.was_seen(open, *other) {
                    self.key_issue(codes::DEPENDENT_REQUIRED, id, open.start, rules.table.key(*other))?;
                }
            }
        }
        for (index, node) in &rules.dependent {
            if self.was_seen(open, *index) {
                self.enter_frame(open.start)?;
                self.again(open.start, *node)?;
                self.frames -= 1;
            }
        }
        Ok(())
    }
}
