//! Objects: which name is it, which node is that, what is missing.

use super::names::hash;
use super::scratch::UnknownKey;
use super::{Pass, Segment, Sink, Step, Text};
use crate::schema::codes;
use crate::schema::link::{Extra, NodeId, ObjectRules, Prop, Proto};
use crate::schema::text;

/// Names whose presence fits one word.
const WORD: usize = 64;

/// What is kept about an open object.
struct Open {
    start: usize,
    /// Which of the first 64 names were seen.
    seen: u64,
    /// Where the words of the others begin in the scratch.
    words: usize,
    /// Where its unknown keys begin in the scratch.
    keys: usize,
    count: usize,
    /// Position of the last known name plus one: where the guess for the next one stands.
    place: usize,
}

impl<'a, S: Sink> Pass<'a, S> {
    /// Reads the object at `start`.
    pub(super) fn object(&mut self, start: usize, id: NodeId, rules: &'a ObjectRules) -> Step<usize> {
        let mut open = Open {
            start,
            seen: 0,
            words: self.scratch.words.len(),
            keys: self.scratch.keys.len(),
            count: 0,
            place: 0,
        };
        self.descend(start)?;
        if rules.required.len() > 1 {
            self.scratch.words.resize(open.words + rules.required.len(), 0);
        }
        let mut at = self.blanks(start + 1);
        if self.byte(at) == b'}' {
            at += 1;
        } else {
            loop {
                at = self.property(at, id, rules, &mut open)?;
                at = self.blanks(at);
                match self.byte(at) {
                    b',' => at = self.blanks(at + 1),
                    b'}' => {
                        at += 1;
                        break;
                    }
                    _ => return self.no_value(at),
                }
            }
        }
        self.ascend();
        self.finish_object(id, rules, &open)?;
        Ok(at)
    }

    /// Reads one property, from its name to the end of its value.
    #[inline(always)]
    fn property(&mut self, at: usize, id: NodeId, rules: &'a ObjectRules, open: &mut Open) -> Step<usize> {
        open.count += 1;
        if open.count > self.linked.limits.properties {
            return self.stop(at, codes::LIMIT_PROPERTIES);
        }
        let expected = rules.expected(open.place);
        // Where one that may be missing was, the one after it costs less to try than to look up, and the guess stays.
        let found = [expected, expected.wrapping_add(1)].into_iter().find_map(|index| {
            rules.props.get(index).filter(|prop| self.stands_at(at, prop)).map(|prop| (index, prop))
        });
        if let Some((index, prop)) = found {
            let name_end = at + prop.quoted.len() - 2;
            let value = self.blanks(name_end + 2);
            return self.known(value, id, rules, open, index, (at + 1, name_end));
        }
        self.looked_up(at, id, rules, open)
    }

    /// The same where the guess was wrong.
    #[inline(never)]
    fn looked_up(&mut self, at: usize, id: NodeId, rules: &'a ObjectRules, open: &mut Open) -> Step<usize> {
        if self.byte(at) != b'"' {
            return self.no_value(at);
        }
        let plain = self.plain_end(at + 1);
        let text = match plain {
            0 => self.string(at)?,
            end => Text { start: at + 1, end, escaped: false, wide: false },
        };
        let colon = self.blanks(text.end + 1);
        if self.byte(colon) != b':' {
            return self.no_value(colon);
        }
        let value = self.blanks(colon + 1);
        let found = if text.escaped {
            let mut buffer = std::mem::take(&mut self.scratch.text);
            let found = rules.table.find(self.said(text, &mut buffer).as_bytes());
            self.scratch.text = buffer;
            found
        } else {
            rules.table.find(self.slice(text.start, text.end))
        };
        match found {
            Some(index) => {
                rules.learn(open.place, index);
                self.known(value, id, rules, open, index, (text.start, text.end))
            }
            None => self.unknown(value, id, rules, text),
        }
    }

    /// Whether the name of `prop`, in quotes and with its colon, stands at `at`.
    #[inline(always)]
    fn stands_at(&self, at: usize, prop: &Prop) -> bool {
        let rest = self.rest(at);
        let Some(first) = rest.first_chunk::<8>() else { return rest.starts_with(&prop.quoted) };
        if (u64::from_le_bytes(*first) ^ prop.head) & prop.head_mask != 0 {
            return false;
        }
        let length = prop.quoted.len();
        if length <= 8 {
            return true;
        }
        if length <= 16 {
            // The first eight bytes agree; so do all if the last eight do.
            let (Some(here), Some(last)) = (rest.get(length - 8..length), prop.quoted.last_chunk::<8>())
            else {
                return false;
            };
            return here
                .first_chunk::<8>()
                .is_some_and(|here| u64::from_le_bytes(*here) == u64::from_le_bytes(*last));
        }
        rest.starts_with(&prop.quoted)
    }

    /// The value of a name in the table.
    #[inline(always)]
    fn known(
        &mut self,
        at: usize,
        id: NodeId,
        rules: &'a ObjectRules,
        open: &mut Open,
        index: usize,
        name: (usize, usize),
    ) -> Step<usize> {
        open.place = index + 1;
        let bit = 1 << (index % WORD);
        let word = if index < WORD {
            Some(&mut open.seen)
        } else {
            self.scratch.words.get_mut(open.words + index / WORD)
        };
        let twice = word.is_some_and(|word| {
            let twice = *word & bit != 0;
            *word |= bit;
            twice
        });
        if twice {
            self.duplicate(id, name)?;
        }
        if S::COLLECTS {
            self.sink.enter(Segment::Key(name.0, name.1));
        }
        let node = rules.props.get(index).and_then(|prop| prop.node);
        let end = match node {
            Some(node) if rules.by_name_only => self.quick_value(at, node)?,
            _ => {
                let name = Text { start: name.0, end: name.1, escaped: true, wide: true };
                self.by_rules(at, id, rules, node, name)?
            }
        };
        if S::COLLECTS {
            self.sink.leave();
        }
        Ok(end)
    }

    /// The value of a name nobody knows.
    fn unknown(&mut self, at: usize, id: NodeId, rules: &'a ObjectRules, name: Text) -> Step<usize> {
        let hash = if name.escaped {
            let mut buffer = std::mem::take(&mut self.scratch.text);
            let hash = hash(self.said(name, &mut buffer).as_bytes());
            self.scratch.text = buffer;
            hash
        } else {
            hash(self.slice(name.start, name.end))
        };
        self.scratch.keys.push(UnknownKey { hash, text: name });
        if S::COLLECTS {
            self.sink.enter(Segment::Key(name.start, name.end));
        }
        let ignored = self.linked.proto == Proto::Ignored
            && matches!(rules.extra, Extra::Node(_))
            && if name.escaped {
                self.name_of(name) == "__proto__"
            } else {
                self.slice(name.start, name.end) == b"__proto__"
            };
        let end = if ignored {
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
            Extra::Keep | Extra::Strip => self.value(at, self.linked.any),
            Extra::Node(node) => self.value(at, node),
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
            self.sink.enter(Segment::Key(name.start, name.end));
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

    #[cold]
    pub(super) fn duplicate(&mut self, id: NodeId, name: (usize, usize)) -> Step {
        let key = text::unescaped(self.slice(name.0, name.1));
        self.key_issue(codes::DUPLICATE, id, name.0 - 1, key.as_bytes())
    }

    /// What can only be told at the end of an object.
    #[inline(always)]
    fn finish_object(&mut self, id: NodeId, rules: &'a ObjectRules, open: &Open) -> Step {
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
