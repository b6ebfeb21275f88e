//! Whether a line that was joined from pieces is the JSON that it seems to be.
//!
//! Who knows the shape of an event can join its line from keys, numbers and strings between quotes without a look at the
//! strings: several times as fast as a serializer. The line is right exactly when no string has a character that JSON
//! escapes, and that can be told of the whole: it has as many quotes as the shape has, no backslash, no control
//! character. Half a surrogate pair, which JSON escapes as well, was replaced when the line became UTF-8, or is none.

use memchr::memmem;

/// What half a surrogate pair becomes in UTF-8, U+FFFD. Somebody's own U+FFFD looks the same and is taken for one.
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// Two vector registers of every processor; with one the compiler does not make vectors of this.
const LANES: usize = 32;

/// Whether `line`, whose shape has so many quotes, has them around its strings and nowhere else, and nothing in the
/// strings that a serializer would have escaped.
pub fn is_sound(line: &[u8], quotes: u32) -> bool {
    let (chunks, rest) = line.as_chunks::<LANES>();
    let mut last = [b' '; LANES];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let (mut found, mut odd) = look(&[last]);
    // No count of a lane overflows.
    for chunks in chunks.chunks(usize::from(u8::MAX)) {
        let (more, odder) = look(chunks);
        found += more;
        odd |= odder;
    }
    found == quotes && !(odd && has_escaped(line))
}

/// How many quotes there are, and whether there is anything that is escaped or not ASCII.
#[inline]
fn look(chunks: &[[u8; LANES]]) -> (u32, bool) {
    let (mut quotes, mut odd) = ([0_u8; LANES], [0_u8; LANES]);
    for chunk in chunks {
        for (byte, (quotes, odd)) in chunk.iter().zip(quotes.iter_mut().zip(&mut odd)) {
            *quotes += u8::from(*byte == b'"');
            // With a sign, what is beyond ASCII is below every control character.
            *odd |= u8::from(*byte == b'\\') | u8::from(byte.cast_signed() < 0x20);
        }
    }
    (quotes.iter().map(|count| u32::from(*count)).sum(), odd != [0; LANES])
}

#[cold]
fn has_escaped(line: &[u8]) -> bool {
    let escaped = line.iter().any(|byte| *byte == b'\\' || *byte < b' ');
    escaped || memmem::find(line, REPLACEMENT).is_some() || str::from_utf8(line).is_err()
}
