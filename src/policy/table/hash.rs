//! SipHash-1-3 with 128 bits: keys come from outside, so nobody may be able to choose two that collide.

use super::cells::Hash;

/// What makes the hashes of one table different from those of every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u8; 16]);

impl Seed {
    /// The hash of a key.
    #[inline]
    pub fn hash(&self, key: &[u8]) -> Hash {
        let (k0, k1) = self.halves();
        let mut state = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        let mut chunks = key.chunks_exact(8);
        for chunk in &mut chunks {
            absorb(&mut state, word(chunk));
        }
        let length = (key.len() as u64) << 56;
        absorb(&mut state, length | word(chunks.remainder()));
        state[2] ^= 0xee;
        let first = finish(&mut state);
        state[1] ^= 0xdd;
        let second = finish(&mut state);
        Hash((u128::from(first) << 64) | u128::from(second))
    }

    fn halves(&self) -> (u64, u64) {
        let whole = u128::from_le_bytes(self.0);
        #[allow(clippy::cast_possible_truncation)] // the two halves
        (whole as u64, (whole >> 64) as u64)
    }
}

/// Up to eight bytes as a little-endian number.
fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte))
}

fn absorb(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    round(state);
    state[0] ^= word;
}

fn finish(state: &mut [u64; 4]) -> u64 {
    for _ in 0..3 {
        round(state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

fn round(state: &mut [u64; 4]) {
    let [mut a, mut b, mut c, mut d] = *state;
    a = a.wrapping_add(b);
    b = b.rotate_left(13) ^ a;
    a = a.rotate_left(32);
    c = c.wrapping_add(d);
    d = d.rotate_left(16) ^ c;
    a = a.wrapping_add(d);
    d = d.rotate_left(21) ^ a;
    c = c.wrapping_add(b);
    b = b.rotate_left(17) ^ c;
    c = c.rotate_left(32);
    *state = [a, b, c, d];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_every_byte_on_the_length_and_on_the_seed() {
        let seed = Seed(std::array::from_fn(|i| u8::try_from(i).unwrap()));
        let other = Seed([7; 16]);
        let text: Vec<u8> = (0..40).collect();
        let mut seen = std::collections::HashSet::new();
        for length in 0..=text.len() {
            assert!(seen.insert(seed.hash(&text[..length]).0), "length {length}");
            assert!(seen.insert(other.hash(&text[..length]).0), "length {length}, other seed");
        }
        for index in 0..text.len() {
            let mut changed = text.clone();
            changed[index] ^= 1;
            assert!(seen.insert(seed.hash(&changed).0), "byte {index}");
        }
    }
}
