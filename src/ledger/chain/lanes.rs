//! SHA-256 (FIPS 180-4) of several messages of one length at once: a message per lane of a vector register, all of them
//! at the same step. Written once and compiled for registers of eight and of sixteen lanes.
#![cfg(target_arch = "x86_64")]
// Indices are lanes, words of a block and steps: all below the constant lengths of the arrays they go into, and a checked
// access in the innermost loop would be most of its cost.
#![allow(clippy::indexing_slicing)]

use super::pieces::{PIECE_BYTES, Piece};
use crate::hash::Digest;

const BLOCK_BYTES: usize = 64;
const BLOCK_WORDS: usize = 16;

const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

const CONSTANTS: [u32; 64] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
    0x983e_5152,
    0xa831_c66d,
    0xb003_27c8,
    0xbf59_7fc7,
    0xc6e0_0bf3,
    0xd5a7_9147,
    0x06ca_6351,
    0x1429_2967,
    0x27b7_0a85,
    0x2e1b_2138,
    0x4d2c_6dfc,
    0x5338_0d13,
    0x650a_7354,
    0x766a_0abb,
    0x81c2_c92e,
    0x9272_2c85,
    0xa2bf_e8a1,
    0xa81a_664b,
    0xc24b_8b70,
    0xc76c_51a3,
    0xd192_e819,
    0xd699_0624,
    0xf40e_3585,
    0x106a_a070,
    0x19a4_c116,
    0x1e37_6c08,
    0x2748_774c,
    0x34b0_bcb5,
    0x391c_0cb3,
    0x4ed8_aa4a,
    0x5b9c_ca4f,
    0x682e_6ff3,
    0x748f_82ee,
    0x78a5_636f,
    0x84c8_7814,
    0x8cc7_0208,
    0x90be_fffa,
    0xa450_6ceb,
    0xbef9_a3f7,
    0xc671_78f2,
];

/// The block that ends every piece: a one, zeros, its length in bits.
#[allow(clippy::cast_possible_truncation)] // a small constant
const PADDING: [u32; BLOCK_WORDS] = {
    let mut words = [0; BLOCK_WORDS];
    words[0] = 0x8000_0000;
    words[BLOCK_WORDS - 1] = (PIECE_BYTES * 8) as u32;
    words
};

/// Words of one block of each lane.
type Words<const LANES: usize> = [[u32; LANES]; BLOCK_WORDS];

fn gather<const LANES: usize>(pieces: &[&Piece; LANES], block: usize, words: &mut Words<LANES>) {
    for (lane, piece) in pieces.iter().enumerate() {
        let bytes = &piece[block * BLOCK_BYTES..][..BLOCK_BYTES];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<4>().0) {
            word[lane] = u32::from_be_bytes(*bytes);
        }
    }
}

/// A module with `digest` for registers of `$lanes` lanes on processors with `$feature`. The operations are functions or
/// macros of the module `$ops`.
macro_rules! lanes {
    ($name:ident, $feature:literal, $lanes:literal, $vector:ty, $ops:ident) => {
        pub mod $name {
            use super::$ops::{add, choose, filled, loaded, majority, rotations, schedule, stored};
            use super::*;

            type Vector = $vector;

            /// The digests of `pieces`.
            #[target_feature(enable = $feature)]
            pub fn digest(pieces: [&Piece; $lanes]) -> [Digest; $lanes] {
                // Loops and no closures: what a closure calls is compiled for any processor.
                let (mut state, mut block) = ([filled(0); 8], [filled(0); BLOCK_WORDS]);
                for (to, word) in state.iter_mut().zip(INITIAL) {
                    *to = filled(word);
                }
                let mut words = [[0; $lanes]; BLOCK_WORDS];
                for number in 0..PIECE_BYTES / BLOCK_BYTES {
                    gather(&pieces, number, &mut words);
                    for (to, word) in block.iter_mut().zip(&words) {
                        *to = loaded(*word);
                    }
                    compress(&mut state, block);
                }
                for (to, word) in block.iter_mut().zip(PADDING) {
                    *to = filled(word);
                }
                compress(&mut state, block);
                let mut digests = [[0; 32]; $lanes];
                for (number, vector) in state.into_iter().enumerate() {
                    for (digest, word) in digests.iter_mut().zip(stored(vector)) {
                        digest[number * 4..][..4].copy_from_slice(&word.to_be_bytes());
                    }
                }
                digests
            }

            #[target_feature(enable = $feature)]
            #[inline]
            fn compress(state: &mut [Vector; 8], mut w: [Vector; BLOCK_WORDS]) {
                let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
                // The names move by one with each step, so that values need not.
                macro_rules! step {
                    ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $at:expr, $more:expr) => {
                        let at = $at;
                        let word = w[at % BLOCK_WORDS];
                        let first = add(
                            add(add($h, rotations::<6, 11, 25>($e)), choose($e, $f, $g)),
                            add(word, filled(CONSTANTS[at])),
                        );
                        $d = add($d, first);
                        $h = add(first, add(rotations::<2, 13, 22>($a), majority($a, $b, $c)));
                        if $more {
                            // The word that is due sixteen steps later takes the place of this one.
                            let one = schedule::<7, 18, 3>(w[(at + 1) % BLOCK_WORDS]);
                            let other = schedule::<17, 19, 10>(w[(at + 14) % BLOCK_WORDS]);
                            w[at % BLOCK_WORDS] = add(add(word, one), add(w[(at + 9) % BLOCK_WORDS], other));
                        }
                    };
                }
                macro_rules! eight_steps {
                    ($at:expr, $more:expr) => {
                        step!(a b c d e f g h, $at, $more);
                        step!(h a b c d e f g, $at + 1, $more);
                        step!(g h a b c d e f, $at + 2, $more);
                        step!(f g h a b c d e, $at + 3, $more);
                        step!(e f g h a b c d, $at + 4, $more);
                        step!(d e f g h a b c, $at + 5, $more);
                        step!(c d e f g h a b, $at + 6, $more);
                        step!(b c d e f g h a, $at + 7, $more);
                    };
                }
                for at in (0..CONSTANTS.len() - BLOCK_WORDS).step_by(8) {
                    eight_steps!(at, true);
                }
                for at in (CONSTANTS.len() - BLOCK_WORDS..CONSTANTS.len()).step_by(8) {
                    eight_steps!(at, false);
                }
                for (word, more) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
                    *word = add(*word, more);
                }
            }
        }
    };
}

lanes!(avx512, "avx512f", 16, std::arch::x86_64::__m512i, ops512);
lanes!(avx2, "avx2", 8, std::arch::x86_64::__m256i, ops256);

mod ops512 {
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn add(a: __m512i, b: __m512i) -> __m512i {
        _mm512_add_epi32(a, b)
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn filled(word: u32) -> __m512i {
        _mm512_set1_epi32(word.cast_signed())
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn loaded(words: [u32; 16]) -> __m512i {
        // SAFETY: as many bytes, and any of them are a vector.
        unsafe { std::mem::transmute(words) }
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn stored(vector: __m512i) -> [u32; 16] {
        // SAFETY: as many bytes, and any of them are words.
        unsafe { std::mem::transmute(vector) }
    }

    /// One instruction for any function of three bits, by the column of its truth table.
    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn choose(e: __m512i, f: __m512i, g: __m512i) -> __m512i {
        _mm512_ternarylogic_epi32::<0xca>(e, f, g)
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn majority(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
        _mm512_ternarylogic_epi32::<0xe8>(a, b, c)
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn rotations<const A: i32, const B: i32, const C: i32>(word: __m512i) -> __m512i {
        let [a, b, c] =
            [_mm512_ror_epi32::<A>(word), _mm512_ror_epi32::<B>(word), _mm512_ror_epi32::<C>(word)];
        _mm512_ternarylogic_epi32::<0x96>(a, b, c)
    }

    #[target_feature(enable = "avx512f")]
    #[inline]
    pub fn schedule<const A: i32, const B: i32, const C: u32>(word: __m512i) -> __m512i {
        let [a, b, c] =
            [_mm512_ror_epi32::<A>(word), _mm512_ror_epi32::<B>(word), _mm512_srli_epi32::<C>(word)];
        _mm512_ternarylogic_epi32::<0x96>(a, b, c)
    }
}

mod ops256 {
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn add(a: __m256i, b: __m256i) -> __m256i {
        _mm256_add_epi32(a, b)
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn filled(word: u32) -> __m256i {
        _mm256_set1_epi32(word.cast_signed())
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn loaded(words: [u32; 8]) -> __m256i {
        // SAFETY: as many bytes, and any of them are a vector.
        unsafe { std::mem::transmute(words) }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn stored(vector: __m256i) -> [u32; 8] {
        // SAFETY: as many bytes, and any of them are words.
        unsafe { std::mem::transmute(vector) }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn choose(e: __m256i, f: __m256i, g: __m256i) -> __m256i {
        _mm256_xor_si256(g, _mm256_and_si256(e, _mm256_xor_si256(f, g)))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn majority(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b)))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn rotated<const BY: i32>(word: __m256i) -> __m256i {
        let by = _mm256_set1_epi32(BY);
        let back = _mm256_set1_epi32(32 - BY);
        _mm256_or_si256(_mm256_srlv_epi32(word, by), _mm256_sllv_epi32(word, back))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn rotations<const A: i32, const B: i32, const C: i32>(word: __m256i) -> __m256i {
        _mm256_xor_si256(rotated::<A>(word), _mm256_xor_si256(rotated::<B>(word), rotated::<C>(word)))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub fn schedule<const A: i32, const B: i32, const C: i32>(word: __m256i) -> __m256i {
        let shifted = _mm256_srli_epi32::<C>(word);
        _mm256_xor_si256(rotated::<A>(word), _mm256_xor_si256(rotated::<B>(word), shifted))
    }
}
