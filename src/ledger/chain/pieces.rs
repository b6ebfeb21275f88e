//! SHA-256 of the pieces of a batch, many at once.
//!
//! The digest of a record covers the digests of its pieces instead of its bytes, because pieces do not depend on each
//! other: a processor without instructions for SHA-256 does one piece per lane of its vector registers and takes a tenth
//! of the time. One that has them does the pieces one after the other.

use crate::hash::{Digest, sha256};

/// Bytes of a piece; the last one of a batch may have fewer. Part of the format.
pub const PIECE_BYTES: usize = 2048;

/// One whole piece.
pub type Piece = [u8; PIECE_BYTES];

/// Calls `each` with the digest of every piece, in order.
pub fn digest_each(pieces: &[Piece], mut each: impl FnMut(&Digest)) {
    #[cfg(target_arch = "x86_64")]
    {
        use super::lanes::{avx2, avx512};
        if std::arch::is_x86_feature_detected!("sha") {
            // One after the other, below.
        } else if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the processor has what the function uses.
            return by_lanes(pieces, each, |lanes| unsafe { avx512::digest(lanes) });
        } else if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has what the function uses.
            return by_lanes(pieces, each, |lanes| unsafe { avx2::digest(lanes) });
        }
    }
    pieces.iter().for_each(|piece| each(&sha256(piece)));
}

/// As many at once as there are lanes.
#[cfg(target_arch = "x86_64")]
fn by_lanes<const LANES: usize>(
    pieces: &[Piece],
    mut each: impl FnMut(&Digest),
    digest: impl Fn([&Piece; LANES]) -> [Digest; LANES],
) {
    // What a pass over all lanes costs is what this many pieces cost one after the other.
    const WORTH_IT: usize = 3;
    for group in pieces.chunks(LANES) {
        match group.last() {
            Some(last) if group.len() >= WORTH_IT => {
                // Lanes without a piece of their own repeat the last one.
                let lanes = std::array::from_fn(|lane| group.get(lane).unwrap_or(last));
                digest(lanes).iter().take(group.len()).for_each(&mut each);
            }
            _ => group.iter().for_each(|piece| each(&sha256(piece))),
        }
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)] // patterns of bytes
mod tests {
    use super::*;

    fn some(count: usize) -> Vec<Piece> {
        (0..count).map(|piece| std::array::from_fn(|at| ((at * at + 7 * piece) % 251) as u8)).collect()
    }

    fn one_by_one(pieces: &[Piece]) -> Vec<Digest> {
        pieces.iter().map(|piece| sha256(piece)).collect()
    }

    #[test]
    fn any_number_of_pieces_has_the_digests_that_each_has_alone() {
        for count in 0..70 {
            let pieces = some(count);
            let mut found = Vec::new();
            digest_each(&pieces, |digest| found.push(*digest));
            assert_eq!(found, one_by_one(&pieces), "{count}");
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn each_kind_of_lanes_that_this_processor_has_agrees_with_the_crate() {
        use crate::ledger::chain::lanes::{avx2, avx512};
        for count in [3, 4, 8, 15, 16, 17, 40] {
            let pieces = some(count);
            if std::arch::is_x86_feature_detected!("avx2") {
                let mut found = Vec::new();
                // SAFETY: asked for above.
                by_lanes(&pieces, |digest| found.push(*digest), |lanes| unsafe { avx2::digest(lanes) });
                assert_eq!(found, one_by_one(&pieces), "{count}");
            }
            if std::arch::is_x86_feature_detected!("avx512f") {
                let mut found = Vec::new();
                // SAFETY: asked for above.
                by_lanes(&pieces, |digest| found.push(*digest), |lanes| unsafe { avx512::digest(lanes) });
                assert_eq!(found, one_by_one(&pieces), "{count}");
            }
        }
    }
}
