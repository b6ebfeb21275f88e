//! In which order the members of an object are signed.

use std::borrow::Cow;
use std::cmp::Ordering;

/// See the variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyOrder {
    /// By UTF-16 code unit, as RFC 8785 and `Array.prototype.sort` have it.
    #[default]
    CodeUnit,
    /// As JavaScript's `Object.fromEntries` leaves entries sorted by `localeCompare`: array indices first, then the
    /// collation of the root locale. Only for keys of printable ASCII; [`KeyOrder::accepts`] says which.
    Locale,
}

impl KeyOrder {
    /// Which of two keys comes first.
    pub fn compare(self, a: &str, b: &str) -> Ordering {
        match self {
            Self::CodeUnit => code_units(a.as_bytes(), b.as_bytes()),
            Self::Locale => match (array_index(a), array_index(b)) {
                (Some(left), Some(right)) => left.cmp(&right),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => collate(a, b),
            },
        }
    }

    /// Whether this order is defined for `key`.
    pub fn accepts(self, key: &str) -> bool {
        self == Self::CodeUnit || key.bytes().all(|byte| (0x20..0x7f).contains(&byte))
    }
}

/// UTF-8 in the order of UTF-16: they differ only where a character above U+FFFF (lead F0 to F4), a surrogate pair in
/// UTF-16, meets one of U+E000 to U+FFFF (lead EE or EF).
pub fn code_units(a: &[u8], b: &[u8]) -> Ordering {
    match a.iter().zip(b).find(|(left, right)| left != right) {
        Some((left, right)) => rank(*left).cmp(&rank(*right)),
        None => a.len().cmp(&b.len()),
    }
}

fn rank(byte: u8) -> u8 {
    match byte {
        0xee | 0xef => byte + 0x10,
        _ => byte,
    }
}

/// What JavaScript takes for an array index: the canonical text of an integer below 2^32 - 1.
fn array_index(key: &str) -> Option<u32> {
    let index: u32 = key.parse().ok()?;
    (index != u32::MAX && index.to_string() == key).then_some(index)
}

/// Printable ASCII before the digits, in the order of the root collation.
const SYMBOLS: &str = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// First by letter without case, then lower case before upper.
fn collate(a: &str, b: &str) -> Ordering {
    let primary = |text: &str| -> Vec<usize> { text.chars().map(weight).collect() };
    let case = |text: &str| -> Vec<bool> { text.chars().map(|letter| letter.is_ascii_uppercase()).collect() };
    primary(a).cmp(&primary(b)).then_with(|| case(a).cmp(&case(b)))
}

fn weight(letter: char) -> usize {
    let lower = letter.to_ascii_lowercase();
    match lower {
        ' ' => 0,
        '0'..='9' => 100 + usize::try_from(u32::from(lower)).unwrap_or(0),
        'a'..='z' => 200 + usize::try_from(u32::from(lower)).unwrap_or(0),
        _ => 1 + SYMBOLS.chars().position(|symbol| symbol == lower).unwrap_or(SYMBOLS.len()),
    }
}

/// A key as it stands in canonical text, read back: borrowed unless it has an escape.
pub fn plain_key(encoded: &str) -> Cow<'_, str> {
    if !encoded.contains('\\') {
        return Cow::Borrowed(encoded);
    }
    serde_json::from_str(&format!("\"{encoded}\"")).map_or(Cow::Borrowed(encoded), Cow::Owned)
}
