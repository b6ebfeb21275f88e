//! Names that no table knows: two of one object that are the same, and finding one in an object.

use super::scratch::UnknownKey;
use super::{Pass, Sink, Step, Text};
use crate::schema::link::NodeId;

/// Unknown keys up to which comparing each with each is fastest.
const FEW_KEYS: usize = 8;

impl<S: Sink> Pass<'_, S> {
    /// Looks for duplicates among the unknown keys of an object, and forgets them.
    #[inline]
    pub(super) fn check_unknown(&mut self, id: NodeId, base: usize) -> Step {
        if !self.few_that_differ(base) {
            return self.check_every_unknown(id, base);
        }
        self.scratch.keys.truncate(base);
        Ok(())
    }

    /// Whether there are few, plain ones, and none is like another.
    #[inline]
    fn few_that_differ(&self, base: usize) -> bool {
        let own = self.scratch.keys.get(base..).unwrap_or_default();
        let differs = |(index, key): (usize, &UnknownKey)| {
            let before = own.get(..index).unwrap_or_default();
            !key.text.escaped && !before.iter().any(|other| self.same_plain(other.text, key.text))
        };
        own.len() <= FEW_KEYS && own.iter().enumerate().all(differs)
    }

    #[inline(never)]
    fn check_every_unknown(&mut self, id: NodeId, base: usize) -> Step {
        let mut keys = std::mem::take(&mut self.scratch.keys);
        let mut twice = Ok(());
        if let Some(own) = keys.get_mut(base..)
            && own.len() > 1
        {
            // Many are sorted by a hash, so that the same ones are neighbours; so are those that cost a copy to compare.
            let many = own.len() > FEW_KEYS || own.iter().any(|key| key.text.escaped);
            if many {
                for key in own.iter_mut() {
                    key.hash = self.hash_of(key.text);
                }
                own.sort_unstable_by_key(|key| (key.hash, key.text.start));
            }
            for (index, key) in own.iter().enumerate() {
                let others = own.get(index + 1..).unwrap_or_default();
                let mut near = others.iter().take_while(|other| !many || other.hash == key.hash);
                if let Some(other) = near.find(|other| self.same_name(key.text, other.text)) {
                    twice = self.duplicate(id, other.text);
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

    fn hash_of(&mut self, name: Text) -> u64 {
        if !name.escaped {
            return hash(self.slice(name.start, name.end));
        }
        let mut buffer = std::mem::take(&mut self.scratch.text);
        let hash = hash(self.said(name, &mut buffer).as_bytes());
        self.scratch.text = buffer;
        hash
    }

    fn same_name(&self, left: Text, right: Text) -> bool {
        if left.escaped || right.escaped {
            return self.name_of(left) == self.name_of(right);
        }
        self.same_plain(left, right)
    }

    #[inline(always)]
    fn same_plain(&self, left: Text, right: Text) -> bool {
        // Most names that are as long as another differ in their first byte: comparing that costs no call.
        right.end - right.start == left.end - left.start
            && self.byte(left.start) == self.byte(right.start)
            && self.slice(left.start, left.end) == self.slice(right.start, right.end)
    }

    /// Where the value of the member `key` of the object at `start` stands.
    pub(super) fn member(&mut self, start: usize, key: &[u8]) -> Step<Option<(usize, usize)>> {
        let mut at = start + 1;
        loop {
            at = self.blanks(at);
            if self.byte(at) != b'"' {
                // The end of the object, or no JSON: whoever reads the whole will tell.
                return Ok(None);
            }
            let name = self.string(at)?;
            at = self.blanks(name.end + 1);
            if self.byte(at) != b':' {
                return self.no_value(at);
            }
            let value_start = self.blanks(at + 1);
            // Without telling issues: the value is read again.
            let Some(value_end) = self.tries(value_start, self.linked.any)? else { return Ok(None) };
            let matches = if name.escaped {
                self.name_of(name).as_bytes() == key
            } else {
                self.slice(name.start, name.end) == key
            };
            if matches {
                return Ok(Some((value_start, value_end)));
            }
            at = self.blanks(value_end);
            if self.byte(at) != b',' {
                return Ok(None);
            }
            at += 1;
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
