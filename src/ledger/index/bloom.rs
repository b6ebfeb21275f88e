//! Which topics and types a block has: a Bloom filter of 1,024 bits. With a hundred names one block in a hundred is
//! read in vain; with a thousand nearly every one.

use crate::log::filter::NamedFilter;

const WORDS: usize = 16;
const PROBES: u64 = 4;

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Names([u64; WORDS]);

#[derive(Debug, Clone, Copy)]
enum Kind {
    Topic,
    Type,
}

impl Names {
    /// Adds a topic.
    pub fn add_topic(&mut self, name: &str) {
        self.add(Kind::Topic, name);
    }

    /// Adds a type.
    pub fn add_type(&mut self, name: &str) {
        self.add(Kind::Type, name);
    }

    /// Whether events that the filter wants can be there.
    pub fn may_have(&self, filter: &NamedFilter) -> bool {
        let any = |kind, wanted: &Option<Vec<String>>| {
            wanted.as_ref().is_none_or(|names| names.iter().any(|name| self.has(kind, name)))
        };
        any(Kind::Topic, &filter.topics) && any(Kind::Type, &filter.types)
    }

    fn add(&mut self, kind: Kind, name: &str) {
        for (word, bit) in probes(kind, name) {
            if let Some(bits) = self.0.get_mut(word) {
                *bits |= bit;
            }
        }
    }

    fn has(&self, kind: Kind, name: &str) -> bool {
        probes(kind, name).all(|(word, bit)| self.0.get(word).is_some_and(|bits| bits & bit != 0))
    }

    pub(super) fn to_bytes(self) -> [u8; WORDS * 8] {
        let mut bytes = [0; WORDS * 8];
        for (to, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.0) {
            *to = word.to_le_bytes();
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; WORDS * 8]) -> Self {
        let mut words = [0; WORDS];
        for (word, from) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*from);
        }
        Self(words)
    }
}

/// The bits of a name. Part of the format.
fn probes(kind: Kind, name: &str) -> impl Iterator<Item = (usize, u64)> {
    let seed = match kind {
        Kind::Topic => 0xcbf2_9ce4_8422_2325,
        Kind::Type => 0x8422_2325_cbf2_9ce4,
    };
    // FNV-1a, stirred once more because its low bits are weak.
    let hash =
        name.bytes().fold(seed, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let hash = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let (start, step) = (hash & 0xffff_ffff, (hash >> 32) | 1);
    (0..PROBES).map(move |probe| {
        let bit = start.wrapping_add(probe.wrapping_mul(step)) % (WORDS as u64 * 64);
        (usize::try_from(bit / 64).unwrap_or(0), 1 << (bit % 64))
    })
}
