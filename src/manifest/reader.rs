//! Reads JSON strictly, one value at a time, without building anything.
//!
//! Stricter than `JSON.parse` where a document would mean different things to different readers: a lone surrogate, a
//! number beyond the range of a double, bytes that are no UTF-8. Each refusal names the byte it is about.

use std::borrow::Cow;

use super::ManifestError;
use super::issue::Place;

/// Deeper nesting is refused: every level costs stack.
pub const MAX_DEPTH: usize = 128;

/// Why the bytes were refused, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// For people.
    pub reason: Cow<'static, str>,
    /// From 0, in the bytes given.
    pub byte_offset: usize,
}

impl Fault {
    /// The error with line and column, which need the whole input.
    pub fn located(self, input: &[u8]) -> ManifestError {
        let Place { byte_offset, line, column } = Place::of(input, self.byte_offset);
        ManifestError::Json { reason: self.reason.into_owned(), byte_offset, line, column }
    }
}

/// A refusal at `byte_offset`.
pub fn fault<T>(reason: impl Into<Cow<'static, str>>, byte_offset: usize) -> Result<T, Fault> {
    Err(Fault { reason: reason.into(), byte_offset })
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    Text,
    /// `-` or a digit
    Number,
    /// `true` or `false`
    Bool,
    /// `null`
    Null,
}

/// A string. Borrowed exactly when it has no escape in the input.
#[derive(Debug, Clone, PartialEq)]
pub struct Text<'a> {
    /// What it says.
    pub value: Cow<'a, str>,
    /// As it stands in the input, with its quotes.
    pub quoted: &'a str,
    /// Where its opening quote stands.
    pub byte_offset: usize,
}

/// A number as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number<'a> {
    /// Its text.
    pub raw: &'a str,
    /// An integer that every double holds exactly and that is written as ECMAScript writes it.
    pub plain: bool,
    /// Where it begins.
    pub byte_offset: usize,
}

impl Number<'_> {
    /// The nearest double.
    pub fn value(&self) -> Result<f64, Fault> {
        match self.raw.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => fault("a number beyond the range of a double", self.byte_offset),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `input`, which has to be UTF-8.
    pub fn new(input: &'a [u8]) -> Result<Self, Fault> {
        match std::str::from_utf8(input) {
            Ok(text) => Ok(Self { text, at: 0, depth: 0 }),
            Err(error) => fault("bytes that are no UTF-8", error.valid_up_to()),
        }
    }

    /// Where the reader stands.
    pub fn position(&self) -> usize {
        self.at
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// What the next value is. Stands at its first byte afterwards.
    pub fn peek(&mut self) -> Result<Kind, Fault> {
        self.skip_space();
        match self.byte() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::Text),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(_) => fault("an unexpected character", self.at),
            None => fault("the end where a value should be", self.at),
        }
    }

    /// Goes into the object or array that `peek` saw.
    pub fn enter(&mut self) -> Result<(), Fault> {
        if self.depth >= MAX_DEPTH {
            return fault(format!("nesting deeper than {MAX_DEPTH}"), self.at);
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// The key of the next member, up to and with its colon; `None` at the end of the object.
    pub fn member(&mut self, first: bool) -> Result<Option<Text<'a>>, Fault> {
        if !self.continues(first, b'}')? {
            return Ok(None);
        }
        if self.byte() != Some(b'"') {
            return fault("a key that is no string", self.at);
        }
        let key = self.string()?;
        self.skip_space();
        if self.byte() != Some(b':') {
            return fault("a missing colon", self.at);
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Whether the array has a next item.
    pub fn item(&mut self, first: bool) -> Result<bool, Fault> {
        self.continues(first, b']')
    }

    fn continues(&mut self, first: bool, end: u8) -> Result<bool, Fault> {
        self.skip_space();
        match self.byte() {
            Some(byte) if byte == end => {
                self.at += 1;
                self.depth -= 1;
                return Ok(false);
            }
            Some(b',') if !first => {
                self.at += 1;
                self.skip_space();
            }
            Some(_) if first => {}
            Some(_) => return fault("a missing comma", self.at),
            None => return fault("the end inside an object or array", self.at),
        }
        Ok(true)
    }

    /// The string that `peek` saw.
    pub fn string(&mut self) -> Result<Text<'a>, Fault> {
        let byte_offset = self.at;
        self.at += 1;
        let start = self.at;
        self.at += plain_run(self.rest());
        if self.byte() == Some(b'"') {
            let value = Cow::Borrowed(self.text.get(start..self.at).unwrap_or_default());
            self.at += 1;
            let quoted = self.text.get(byte_offset..self.at).unwrap_or_default();
            return Ok(Text { value, quoted, byte_offset });
        }
        let mut value = String::with_capacity(self.at - start + 16);
        value.push_str(self.text.get(start..self.at).unwrap_or_default());
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    let quoted = self.text.get(byte_offset..self.at).unwrap_or_default();
                    return Ok(Text { value: Cow::Owned(value), quoted, byte_offset });
                }
                Some(b'\\') => value.push(self.escape()?),
                Some(_) => return fault("a control character in a string", self.at),
                None => return fault("a string without its end", byte_offset),
            }
            let run = plain_run(self.rest());
            value.push_str(self.text.get(self.at..self.at + run).unwrap_or_default());
            self.at += run;
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        self.at += 1;
        let letter = match self.byte() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => return fault("an unknown escape", start),
        };
        self.at += 1;
        Ok(letter)
    }

    fn unicode(&mut self, start: usize) -> Result<char, Fault> {
        let high = self.hex(start)?;
        if !(0xd800..0xe000).contains(&high) {
            return char::from_u32(high).map_or_else(|| fault("an unknown escape", start), Ok);
        }
        if high < 0xdc00 && self.rest().starts_with(b"\\u") {
            self.at += 1;
            let low = self.hex(start)?;
            if (0xdc00..0xe000).contains(&low) {
                let point = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(point).map_or_else(|| fault("an unknown escape", start), Ok);
            }
        }
        fault("a lone surrogate", start)
    }

    /// Four hexadecimal digits after the `u` the reader stands at.
    fn hex(&mut self, start: usize) -> Result<u32, Fault> {
        self.at += 1;
        let digits = self.text.as_bytes().get(self.at..self.at + 4).unwrap_or_default();
        if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return fault("an unknown escape", start);
        }
        let text = std::str::from_utf8(digits).unwrap_or_default();
        self.at += 4;
        u32::from_str_radix(text, 16).or_else(|_| fault("an unknown escape", start))
    }

    /// The number that `peek` saw.
    pub fn number(&mut self) -> Result<Number<'a>, Fault> {
        let byte_offset = self.at;
        let negative = self.byte() == Some(b'-');
        if negative {
            self.at += 1;
        }
        let whole = match self.byte() {
            Some(b'0') => {
                self.at += 1;
                if matches!(self.byte(), Some(b'0'..=b'9')) {
                    return fault("a number with a leading zero", byte_offset);
                }
                // "-0" is written "0".
                usize::from(!negative)
            }
            _ => self.digits()?,
        };
        let mut plain = (1..=15).contains(&whole);
        if self.byte() == Some(b'.') {
            plain = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            plain = false;
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Number { raw: self.text.get(byte_offset..self.at).unwrap_or_default(), plain, byte_offset })
    }

    fn digits(&mut self) -> Result<usize, Fault> {
        let start = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { fault("a number without a digit", start) } else { Ok(self.at - start) }
    }

    /// The `true` or `false` that `peek` saw.
    pub fn bool(&mut self) -> Result<bool, Fault> {
        if self.rest().starts_with(b"true") {
            self.at += 4;
            return Ok(true);
        }
        self.word(b"false").map(|()| false)
    }

    /// The `null` that `peek` saw.
    pub fn null(&mut self) -> Result<(), Fault> {
        self.word(b"null")
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        if !self.rest().starts_with(word) {
            return fault("an unknown word", self.at);
        }
        self.at += word.len();
        Ok(())
    }

    /// Only white space may follow.
    pub fn finish(mut self) -> Result<(), Fault> {
        self.skip_space();
        if self.byte().is_some() { fault("something after the document", self.at) } else { Ok(()) }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes precede the first quote, backslash or control character.
///
/// Eight at a time: a byte below 0x20, or equal to one searched for, leaves its high bit in the mask. A borrow can set
/// bits above a true hit only, so the lowest one is exact.
pub fn plain_run(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    for (index, chunk) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * 0x22);
        let slash = word ^ (ONES * 0x5c);
        let mask = (word.wrapping_sub(ONES * 0x20) & !word)
            | (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash);
        if mask & HIGH != 0 {
            let bit = (mask & HIGH).trailing_zeros();
            return index * 8 + usize::try_from(bit / 8).unwrap_or(0);
        }
    }
    let stop = tail.iter().position(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\');
    words.len() * 8 + stop.unwrap_or(tail.len())
}
