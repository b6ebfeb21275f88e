//! Finds top-level string fields of a JSON line without parsing the rest.
//!
//! Used for documents that do not come with their topic and type, for the index, for lines that a process finds in the
//! ledger when it opens it, and for looking an event up by its own id. A line that is no object, or whose field is no
//! string, simply has no such field.

use std::borrow::Cow;

use memchr::memchr2;

/// The values of the top-level string fields `names` of `line`, in the order of `names`. Where a key stands twice the
/// last one counts, as for `JSON.parse`.
pub fn string_fields<'line, const N: usize>(
    line: &'line [u8],
    names: [&str; N],
) -> [Option<Cow<'line, str>>; N] {
    written_fields(line, names).map(|value| match value {
        Some(Written::Text(written)) => text(written),
        _ => None,
    })
}

/// A value as its line has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written<'line> {
    /// A string, without its quotes.
    Text(&'line [u8]),
    /// Anything else.
    Other(&'line [u8]),
}

impl<'line> Written<'line> {
    /// The string that it is, if it is one.
    pub fn text(self) -> Option<Cow<'line, str>> {
        match self {
            Self::Text(written) => text(written),
            Self::Other(_) => None,
        }
    }
}

/// The same for values of any kind, as written.
pub fn written_fields<'line, const N: usize>(
    line: &'line [u8],
    names: [&str; N],
) -> [Option<Written<'line>>; N] {
    let mut found = [None; N];
    scan(line, |key, value| {
        for (name, slot) in names.iter().zip(&mut found) {
            if key.is(name) {
                *slot = Some(value);
            }
        }
    });
    found
}

/// A string, without its quotes.
#[derive(Clone, Copy)]
struct Quoted<'line> {
    inside: &'line [u8],
    escaped: bool,
}

impl Quoted<'_> {
    #[inline(always)]
    fn is(self, name: &str) -> bool {
        self.inside == name.as_bytes() || (self.escaped && text(self.inside).is_some_and(|text| text == name))
    }
}

/// Calls `each` with every top-level key and its value.
#[inline(always)]
fn scan<'line>(line: &'line [u8], mut each: impl FnMut(Quoted<'line>, Written<'line>)) -> Option<()> {
    let mut rest = skip(line, b'{')?;
    loop {
        let (key, after) = string(trim(rest))?;
        let value = trim(skip(after, b':')?);
        let (seen, after) = match value.first()? {
            b'"' => string(value).map(|(text, after)| (Written::Text(text.inside), after))?,
            _ => {
                let after = skip_value(value)?;
                (Written::Other(value.get(..value.len() - after.len())?), after)
            }
        };
        each(key, seen);
        rest = skip(after, b',')?;
    }
}

fn trim(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

/// What follows the one byte `expected`, blanks before it aside.
#[inline(always)]
fn skip(bytes: &[u8], expected: u8) -> Option<&[u8]> {
    trim(bytes).split_first().filter(|(first, _)| **first == expected).map(|(_, rest)| rest)
}

/// A string and what follows it.
#[inline(always)]
fn string(bytes: &[u8]) -> Option<(Quoted<'_>, &[u8])> {
    let inside = bytes.strip_prefix(b"\"")?;
    let end = stop(inside)?;
    if *inside.get(end)? == b'"' {
        return Some((Quoted { inside: inside.get(..end)?, escaped: false }, inside.get(end + 1..)?));
    }
    escaped(inside, end)
}

/// The same for a string with a backslash at `at`.
#[cold]
fn escaped(inside: &[u8], mut at: usize) -> Option<(Quoted<'_>, &[u8])> {
    loop {
        at += 2;
        at += stop(inside.get(at..)?)?;
        if *inside.get(at)? == b'"' {
            return Some((Quoted { inside: inside.get(..at)?, escaped: true }, inside.get(at + 1..)?));
        }
    }
}

/// Where the first quote or backslash is. Most strings are short: a call of `memchr` costs more than the search.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn stop(bytes: &[u8]) -> Option<usize> {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk::<16>() {
        // SAFETY: SSE2 is part of x86-64; the load reads the whole array.
        let stops = unsafe {
            let bytes = _mm_loadu_si128(chunk.as_ptr().cast::<__m128i>());
            let is = |byte: u8| _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte.cast_signed()));
            _mm_movemask_epi8(_mm_or_si128(is(b'"'), is(b'\\')))
        };
        if stops != 0 {
            return Some(bytes.len() - rest.len() + stops.trailing_zeros() as usize);
        }
        rest = after;
    }
    memchr2(b'"', b'\\', rest).map(|at| bytes.len() - rest.len() + at)
}

#[cfg(not(target_arch = "x86_64"))]
fn stop(bytes: &[u8]) -> Option<usize> {
    memchr2(b'"', b'\\', bytes)
}

/// What follows a value that is no string.
fn skip_value(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    let mut depth = 0usize;
    loop {
        let (first, after) = rest.split_first()?;
        match first {
            b'"' => {
                rest = string(rest)?.1;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b',' | b'}' | b']' if depth == 0 => return Some(rest),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        rest = after;
    }
}

fn text(written: &[u8]) -> Option<Cow<'_, str>> {
    if !written.contains(&b'\\') {
        return std::str::from_utf8(written).ok().map(Cow::Borrowed);
    }
    let mut quoted = Vec::with_capacity(written.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(written);
    quoted.push(b'"');
    serde_json::from_slice::<String>(&quoted).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    #[test]
    fn finds_only_top_level_strings() {
        let line = br#" { "a" : {"topic":"inner","x":["]"]} , "topic":"t\u00e9\"", "type" : 7, "n":[1,{"type":"no"}] } "#;
        assert_eq!(string_fields(line, ["topic", "type", "id"]), [Some("té\"".into()), None, None]);
        assert_eq!(string_fields(br#"{"type":"a","type":"b"}"#, ["type"]), [Some("b".into())]);
        assert_eq!(string_fields(br#"{"ty\u0070e":"a"}"#, ["type"]), [Some("a".into())]);
        let written = written_fields(line, ["n", "type", "topic", "id"]);
        let expected =
            [Written::Other(br#"[1,{"type":"no"}] "#), Written::Other(b"7"), Written::Text(br#"t\u00e9\""#)];
        assert_eq!(written[..3], expected.map(Some));
        assert_eq!(written[3], None);
    }

    #[test]
    fn finds_the_end_of_strings_of_any_length() {
        for length in 0..70 {
            for inside in ["x".repeat(length), "x".repeat(length) + "\\\"" + &"y".repeat(length)] {
                let line = format!(r#"{{"{inside}":1,"long":"{inside}","after":"here"}}"#);
                let [long, after] = written_fields(line.as_bytes(), ["long", "after"]);
                assert_eq!(long, Some(Written::Text(inside.as_bytes())));
                assert_eq!(after, Some(Written::Text(b"here")), "{line}");
            }
        }
    }

    #[test]
    fn survives_what_is_not_an_object() {
        for line in
            ["", "{", "[]", "{\"a", "{\"a\":", "{\"a\":\"", "null", "{\"a\":\"\\", "{}", "{\"a\":[", "}{"]
        {
            assert_eq!(string_fields(line.as_bytes(), ["a"]), [None], "{line}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,8}|[\"\\\\\\[\\]{},:]{0,6}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-c\"\\\\]{1,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn agrees_with_a_full_parse(object in prop::collection::hash_map("[a-c\"\\\\]{1,2}", value(), 0..6)) {
            let object: Map<String, Value> = object.into_iter().collect();
            for text in [serde_json::to_vec(&object)?, serde_json::to_vec_pretty(&object)?] {
                for name in ["a", "b", "ab", "c\"", "\\"] {
                    let expected = object.get(name).and_then(Value::as_str);
                    let [found] = string_fields(&text, [name]);
                    prop_assert_eq!(found.as_deref(), expected);
                }
            }
        }

        #[test]
        fn never_panics(line in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = string_fields(&line, ["a", "b"]);
        }
    }
}
