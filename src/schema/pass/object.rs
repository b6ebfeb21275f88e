//! Objects: which name is it, which node is that, what is missing.

use super::scratch::UnknownKey;
use super::{Pass, Segment, Sink, Step, Text};
use crate::schema::codes;
use crate::schema::link::{Extra, NodeId, ObjectRules, Prop};
use crate::schema::text;

/// Unknown keys up to which comparing each with each is fastest.
const FEW_KEYS: usize = 8;
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
    /// Reads the object here.
    pub(super) fn object(&mut self, id: NodeId, rules: &'a ObjectRules) -> Step {
        let mut open = Open {
            start: self.position,
            seen: 0,
            words: self.scratch.words.len(),
            keys: self.scratch.keys.len(),
            count: 0,
            place: 0,
        };
        self.descend()?;
        self.position += 1;
        if rules.required.len() > 1 {
            self.scratch.words.resize(open.words + rules.required.len(), 0);
        }
        self.blanks();
        if self.peek() == b'}' {
            self.position += 1;
        } else {
            loop {
                self.property(id, rules, &mut open)?;
                self.blanks();
                match self.peek() {
                    b',' => {
                        self.position += 1;
                        self.blanks();
                    }
                    b'}' => {
                        self.position += 1;
                        break;
                    }
                    _ => return self.no_value(),
                }
            }
        }
        self.ascend();
        self.finish_object(id, rules, &open)
    }

    /// Reads one property, from its name to its value.
    #[inline(always)]
    fn property(&mut self, id: NodeId, rules: &'a ObjectRules, open: &mut Open) -> Step {
        open.count += 1;
        if open.count > self.linked.limits.properties {
            return self.stop(codes::LIMIT_PROPERTIES);
        }
        let expected = rules.expected(open.place);
        if let Some(prop) = rules.props.get(expected)
            && self.stands_here(prop)
        {
            let key_start = self.position;
            let name_end = key_start + prop.quoted.len() - 2;
            self.position = name_end + 2;
            self.blanks();
            return self.known(id, rules, open, expected, (key_start + 1, name_end));
        }
        let key_start = self.position;
        if self.peek() != b'"' {
            return self.no_value();
        }
        let text = self.string()?;
        self.blanks();
        if self.peek() != b':' {
            return self.no_value();
        }
        self.position += 1;
        self.blanks();
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
                self.known(id, rules, open, index, (text.start, text.end))
            }
            None => self.unknown(id, rules, text, key_start),
        }
    }

    /// Whether the name of `prop`, in quotes and with its colon, begins here.
    #[inline(always)]
    fn stands_here(&self, prop: &Prop) -> bool {
        let rest = self.rest();
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
        id: NodeId,
        rules: &'a ObjectRules,
        open: &mut Open,
        index: usize,
        name: (usize, usize),
    ) -> Step {
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
        match node {
            Some(node) if rules.patterns.is_empty() && rules.names.is_none() => self.value(node)?,
            _ => self.by_rules(
                id,
                rules,
                node,
                Text { start: name.0, end: name.1, escaped: false, wide: true },
                false,
            )?,
        }
        if S::COLLECTS {
            self.sink.leave();
        }
        Ok(())
    }

    /// The value of a name nobody knows.
    fn unknown(&mut self, id: NodeId, rules: &'a ObjectRules, name: Text, key_start: usize) -> Step {
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
        if rules.patterns.is_empty() && rules.names.is_none() {
            match rules.extra {
                Extra::Keep | Extra::Strip => self.value(self.linked.any)?,
                Extra::Node(node) => self.value(node)?,
                Extra::Reject => self.rejected(id, name, key_start)?,
            }
        } else {
            self.by_rules(id, rules, None, name, true)?;
        }
        if S::COLLECTS {
            self.sink.leave();
        }
        Ok(())
    }

    #[cold]
    fn rejected(&mut self, id: NodeId, name: Text, key_start: usize) -> Step {
        if S::COLLECTS {
            self.sink.leave();
        }
        let key = self.name_of(name);
        self.key_issue(codes::ADDITIONAL_PROPERTIES, id, key_start, key.as_bytes())?;
        if S::COLLECTS {
            self.sink.enter(Segment::Key(name.start, name.end));
        }
        self.value(self.linked.any)
    }

    fn name_of(&self, name: Text) -> String {
        text::unescaped(self.slice(name.start, name.end))
    }

    /// A value that more than one rule may concern: it is read once for each.
    #[inline(never)]
    fn by_rules(
        &mut self,
        id: NodeId,
        rules: &'a ObjectRules,
        declared: Option<NodeId>,
        name: Text,
        unknown: bool,
    ) -> Step {
        let value_start = self.position;
        if let Some(names) = rules.names {
            self.position = name.start - 1;
            let fits = self.tries(names)?.is_some();
            self.position = value_start;
            if !fits {
                let key = if S::COLLECTS { self.name_of(name) } else { String::new() };
                self.key_issue(codes::PROPERTY_NAMES, id, name.start - 1, key.as_bytes())?;
            }
        }
        let mut covered = false;
        let mut end = None;
        if let Some(node) = declared {
            self.value(node)?;
            (covered, end) = (true, Some(self.position));
        }
        if !rules.patterns.is_empty() {
            let key = self.name_of(name);
            for (pattern, node) in &rules.patterns {
                match pattern.matches(&key) {
                    Ok(false) => continue,
                    Ok(true) => {}
                    Err(_) => return self.stop(codes::LIMIT_REGEX),
                }
                self.position = value_start;
                self.value(*node)?;
                self.spend(value_start)?;
                (covered, end) = (true, Some(self.position));
            }
        }
        if covered {
            self.position = end.unwrap_or(value_start);
            return Ok(());
        }
        match rules.extra {
            Extra::Node(node) => self.value(node),
            Extra::Reject => {
                debug_assert!(unknown || declared.is_none());
                self.rejected(id, name, name.start - 1)
            }
            Extra::Keep | Extra::Strip => self.value(self.linked.any),
        }
    }

    #[cold]
    fn duplicate(&mut self, id: NodeId, name: (usize, usize)) -> Step {
        let key = text::unescaped(self.slice(name.0, name.1));
        self.key_issue(codes::DUPLICATE, id, name.0 - 1, key.as_bytes())
    }

    /// What can only be told at the end of an object.
    #[inline(always)]
    fn finish_object(&mut self, id: NodeId, rules: &'a ObjectRules, open: &Open) -> Step {
        if self.scratch.keys.len() > open.keys {
            self.check_unknown(id, open.keys)?;
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
        let end = self.position;
        for (index, node) in &rules.dependent {
            if self.was_seen(open, *index) {
                self.position = open.start;
                self.enter_frame()?;
                self.value(*node)?;
                self.spend(open.start)?;
                self.frames -= 1;
                self.position = end;
            }
        }
        Ok(())
    }

    /// Looks for duplicates among the unknown keys of an object, and forgets them.
    #[inline(never)]
    fn check_unknown(&mut self, id: NodeId, base: usize) -> Step {
        let mut keys = std::mem::take(&mut self.scratch.keys);
        let mut twice = Ok(());
        if let Some(own) = keys.get_mut(base..)
            && own.len() > 1
        {
            if own.len() > FEW_KEYS {
                own.sort_unstable_by_key(|key| (key.hash, key.text.start));
            }
            let near = if own.len() > FEW_KEYS { 1 } else { FEW_KEYS };
            for (index, key) in own.iter().enumerate() {
                let others = own.get(index + 1..).unwrap_or_default();
                let mut same = others.iter().take_while(|other| near > 1 || other.hash == key.hash);
                if let Some(other) =
                    same.find(|other| other.hash == key.hash && self.same_name(key.text, other.text))
                {
                    twice = self.duplicate(id, (other.text.start, other.text.end));
                    if twice.is_err() {
                        break;
                    }
                }
            }
        }
        keys.truncate(base);
        self.scratch.keys = keys;
        twice
    }

    fn same_name(&self, left: Text, right: Text) -> bool {
        if left.escaped || right.escaped {
            return self.name_of(left) == self.name_of(right);
        }
        self.slice(left.start, left.end) == self.slice(right.start, right.end)
    }

    /// Where the value of the member `key` of the object here stands. The position is not kept.
    pub(super) fn member(&mut self, key: &[u8]) -> Step<Option<(usize, usize)>> {
        self.position += 1;
        loop {
            self.blanks();
            if self.peek() != b'"' {
                // The end of the object, or no JSON: whoever reads the whole will tell.
                return Ok(None);
            }
            let name = self.string()?;
            self.blanks();
            if self.peek() != b':' {
                return self.no_value();
            }
            self.position += 1;
            self.blanks();
            let value_start = self.position;
            // Without telling issues: the value is read again.
            let Some(value_end) = self.tries(self.linked.any)? else { return Ok(None) };
            self.position = value_end;
            let matches = if name.escaped {
                self.name_of(name).as_bytes() == key
            } else {
                self.slice(name.start, name.end) == key
            };
            if matches {
                return Ok(Some((value_start, value_end)));
            }
            self.blanks();
            if self.peek() != b',' {
                return Ok(None);
            }
            self.position += 1;
        }
    }
}

/// A hash with a seed of this process, so that nobody can choose keys that share one.
#[inline]
fn hash(key: &[u8]) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    use std::sync::OnceLock;
    static SEEDS: OnceLock<(u64, u64)> = OnceLock::new();
    let (seed, factor) = *SEEDS.get_or_init(|| {
        let state = RandomState::new();
        (state.hash_one(1_u8), state.hash_one(2_u8) | 1)
    });
    let mix = |left: u64, right: u64| {
        let product = u128::from(left) * u128::from(right);
        #[allow(clippy::cast_possible_truncation)] // both halves are wanted
        let folded = (product as u64) ^ ((product >> 64) as u64);
        folded
    };
    let mut state = seed ^ key.len() as u64;
    let (chunks, rest) = key.as_chunks::<8>();
    for chunk in chunks {
        state = mix(state ^ u64::from_le_bytes(*chunk), factor);
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    mix(state ^ u64::from_le_bytes(last), factor ^ seed)
}
