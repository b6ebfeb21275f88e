//! Whether a line that was joined from pieces is the JSON that it seems to be.
//!
//! Who knows the shape of an event can join its line from keys, numbers and strings between quotes without a look at the
//! strings: several times as fast as a serializer. The line is right exactly when no string has a character that JSON
//! escapes, and that can be told of the whole: it has as many quotes as the shape has, no backslash, no control
//! character. Half a surrogate pair, which JSON escapes as well, was replaced when the line became UTF-8.

use memchr::memmem;

/// What half a surrogate pair becomes in UTF-8, U+FFFD. Somebody's own U+FFFD looks the same and is taken for one.
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

const LANES: usize = 32;

/// Whether `line`, whose shape has so many quotes, has them around its strings and nowhere else, and nothing in the
/// strings that a serializer would have escaped.
pub fn is_sound(line: &[u8], quotes: u32) -> bool {
    let (chunks, rest) = line.as_chunks::<LANES>();
    let (mut found, mut escaped, mut wide) = (0, [0; LANES], [0; LANES]);
    let mut look = |chunks: &[[u8; LANES]]| {
        let mut count = [0_u8; LANES];
        for chunk in chunks {
            for ((byte, count), (escaped, wide)) in
                chunk.iter().zip(&mut count).zip(escaped.iter_mut().zip(&mut wide))
            {
                *count += u8::from(*byte == b'"');
                *escaped |= u8::from(*byte == b'\\') | u8::from(*byte < b' ');
                *wide |= *byte;
            }
        }
        found += count.iter().map(|count| u32::from(*count)).sum::<u32>();
    };
    // No count of a lane overflows.
    chunks.chunks(usize::from(u8::MAX)).for_each(&mut look);
    let mut last = [b' '; LANES];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    look(&[last]);
    let is_wide = wide.iter().fold(0, |all, lane| all | lane) >= 0x80;
    found == quotes
        && escaped.iter().all(|lane| *lane == 0)
        && !(is_wide && memmem::find(line, REPLACEMENT).is_some())
}
