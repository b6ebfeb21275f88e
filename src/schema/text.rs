//! What strings of JSON say, as written or without their escapes.

/// Appends what `inner`, the inside of a string of JSON that is in order, says.
pub fn unescape_into(inner: &[u8], out: &mut String) {
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.push_str(plain(rest.get(..at).unwrap_or_default()));
        let letter = rest.get(at + 1).copied().unwrap_or(b'\\');
        let mut length = 2;
        match letter {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let high = hex(rest.get(at + 2..at + 6));
                length = 6;
                let mut point = high;
                if (0xD800..0xDC00).contains(&high) {
                    let low = hex(rest.get(at + 8..at + 12));
                    point = 0x1_0000 + ((high - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF);
                    length = 12;
                }
                out.push(char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            other => out.push(char::from(other)),
        }
        rest = rest.get(at + length..).unwrap_or_default();
    }
    out.push_str(plain(rest));
}

/// What `inner` says.
pub fn unescaped(inner: &[u8]) -> String {
    let mut out = String::with_capacity(inner.len());
    unescape_into(inner, &mut out);
    out
}

/// The inside of the string that begins at `start`, behind its quote, in a document where strings are in order.
pub fn inside(input: &[u8], start: usize) -> &[u8] {
    let rest = input.get(start..).unwrap_or_default();
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest.get(from..).unwrap_or_default()) {
        if rest.get(from + at) == Some(&b'"') {
            return rest.get(..from + at).unwrap_or_default();
        }
        from += at + 2;
    }
    rest
}

fn plain(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// The value of four hexadecimal digits.
pub fn hex(digits: Option<&[u8]>) -> u32 {
    let text = digits.map(plain).unwrap_or_default();
    u32::from_str_radix(text, 16).unwrap_or(0xFFFD)
}

/// The value of a run that was read as JSON, however deep: the pass bounds depth.
pub fn parsed(raw: &[u8]) -> serde_json::Value {
    let mut deserializer = serde_json::Deserializer::from_slice(raw);
    deserializer.disable_recursion_limit();
    serde::Deserialize::deserialize(&mut deserializer).unwrap_or_default()
}
