//! Finding one of a fixed set of strings by a hash of its length and its ends.

/// A set of strings with positions.
#[derive(Debug, Default)]
pub struct KeyTable {
    /// Positions plus one by hash; 0 for free. A power of two, at most half full.
    slots: Box<[u32]>,
    keys: Vec<Box<[u8]>>,
}

/// A number from the length and up to eight bytes from each end: what tells property names apart in practice.
#[inline(always)]
fn hash(key: &[u8]) -> u64 {
    let (first, last) = ends(key);
    let mixed = first ^ last.rotate_left(23) ^ (key.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
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
        let mut slots = vec![0_u32; size];
        for (index, key) in keys.iter().enumerate() {
            let mut at = Self::home(hash(key), size);
            while slots.get(at).is_some_and(|&slot| slot != 0) {
                at = (at + 1) & (size - 1);
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = u32::try_from(index + 1).unwrap_or(0);
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
        let mut at = Self::home(hash(key), size);
        loop {
            let slot = *self.slots.get(at)? as usize;
            let index = slot.checked_sub(1)?;
            if self.keys.get(index).is_some_and(|found| **found == *key) {
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
