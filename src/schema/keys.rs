//! Finding one of a fixed set of strings by a hash of its length and its ends.

/// A set of strings with positions.
#[derive(Debug, Default)]
pub struct KeyTable {
    /// A power of two, at most half full.
    slots: Box<[Slot]>,
    keys: Vec<Box<[u8]>>,
}

/// One string as far as it is compared first: for up to [`WHOLE`] bytes that is all of it.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    ends: (u64, u64),
    length: usize,
    /// Its position plus one; 0 for a free slot.
    place: usize,
}

/// Length up to which both ends of a string say all of it.
const WHOLE: usize = 16;

/// A number from the length and both ends, and from all of a long string: names may differ in the middle alone.
#[inline(always)]
fn hash(key: &[u8], (first, last): (u64, u64)) -> u64 {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut mixed = first ^ last.rotate_left(23) ^ (key.len() as u64).wrapping_mul(FACTOR);
    if key.len() > WHOLE {
        for eight in key.as_chunks::<8>().0 {
            mixed = (mixed ^ u64::from_le_bytes(*eight)).wrapping_mul(FACTOR).rotate_left(29);
        }
    }
    let product = u128::from(mixed) * 0xD6E8_FEB8_6659_FD93;
    #[allow(clippy::cast_possible_truncation)] // both halves are wanted
    let folded = (product as u64) ^ ((product >> 64) as u64);
    folded
}

#[inline(always)]
fn ends(key: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        return (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
    }
    let byte = |index: usize| u64::from(key.get(index).copied().unwrap_or(0));
    (byte(0) | byte(1) << 8, byte(2))
}

impl KeyTable {
    /// The set of `keys`, which are distinct.
    pub fn new<'k>(keys: impl Iterator<Item = &'k str>) -> Self {
        let keys: Vec<Box<[u8]>> = keys.map(|key| key.as_bytes().into()).collect();
        let size = (keys.len() * 2).next_power_of_two().max(2);
        let mut slots = vec![Slot::default(); size];
        for (index, key) in keys.iter().enumerate() {
            let (ends, length) = (ends(key), key.len());
            let mut at = Self::home(hash(key, ends), size);
            while slots.get(at).is_some_and(|slot| slot.place != 0) {
                at = (at + 1) & (size - 1);
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = Slot { ends, length, place: index + 1 };
            }
        }
        Self { slots: slots.into(), keys }
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // masked to the size of the table
    fn home(hash: u64, size: usize) -> usize {
        hash as usize & (size - 1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Where `key` stands among them.
    #[inline]
    pub fn find(&self, key: &[u8]) -> Option<usize> {
        let size = self.slots.len();
        if self.keys.is_empty() {
            return None;
        }
        let (ends, length) = (ends(key), key.len());
        let mut at = Self::home(hash(key, ends), size);
        loop {
            let slot = self.slots.get(at)?;
            let index = slot.place.checked_sub(1)?;
            if slot.length == length && slot.ends == ends && (length <= WHOLE || *self.key(index) == *key) {
                return Some(index);
            }
            at = (at + 1) & (size - 1);
        }
    }

    /// The string at `index`.
    pub fn key(&self, index: usize) -> &[u8] {
        self.keys.get(index).map_or(&[], |key| key)
    }
}
