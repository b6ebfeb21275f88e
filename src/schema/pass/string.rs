//! Strings: found by sixteen bytes at a time, looked at only where a rule asks.

use super::{Pass, Sink, Step};
use crate::schema::codes;
use crate::schema::ir::Unit;
use crate::schema::link::{NodeId, Rules, StringRule};
use crate::schema::text;

/// Where the inside of a string stands, and what it takes to read it.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// The byte after the opening quote.
    pub start: usize,
    /// The closing quote.
    pub end: usize,
    /// Whether it has escapes.
    pub escaped: bool,
    /// Whether it has bytes beyond ASCII.
    pub wide: bool,
}

/// Bytes up to the first one of interest among sixteen, and whether any before it was beyond ASCII.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn plain_run(chunk: &[u8; 16]) -> (usize, bool) {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8,
    };
    // SAFETY: SSE2 is part of x86-64; the load reads the sixteen bytes of the array.
    let (stops, wide) = unsafe {
        let bytes = _mm_loadu_si128(chunk.as_ptr().cast::<__m128i>());
        let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"'.cast_signed()));
        let slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\'.cast_signed()));
        let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
        let stops = _mm_or_si128(_mm_or_si128(quote, slash), control);
        (_mm_movemask_epi8(stops).cast_unsigned(), _mm_movemask_epi8(bytes).cast_unsigned())
    };
    if stops == 0 {
        return (16, wide != 0);
    }
    let run = stops.trailing_zeros();
    (run as usize, wide & ((1 << run) - 1) != 0)
}

/// How many of sixteen bytes are blanks before the first that is none.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn blank_run(chunk: &[u8; 16]) -> usize {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    // SAFETY: as above.
    let blank = unsafe {
        let bytes = _mm_loadu_si128(chunk.as_ptr().cast::<__m128i>());
        let is = |byte: u8| _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte.cast_signed()));
        let blank = _mm_or_si128(_mm_or_si128(is(b' '), is(b'\n')), _mm_or_si128(is(b'\t'), is(b'\r')));
        _mm_movemask_epi8(blank).cast_unsigned()
    };
    (!blank).trailing_zeros().min(16) as usize
}

/// The same eight bytes at a time, for other processors.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn plain_run(chunk: &[u8; 16]) -> (usize, bool) {
    let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
    let run = chunk.iter().position(special).unwrap_or(16);
    (run, chunk.iter().take(run).any(|byte| *byte >= 0x80))
}

impl<'a, S: Sink> Pass<'a, S> {
    /// Where the string that begins at `start` ends, if it has no escapes, nothing beyond ASCII and less than 64 bytes;
    /// else 0. A number rather than a result of several, which would go through memory.
    #[inline(always)]
    pub(super) fn plain_end(&self, start: usize) -> usize {
        let mut at = start;
        for _ in 0..4 {
            let Some(chunk) = self.sixteen(at) else { return 0 };
            let (run, wide) = plain_run(chunk);
            if wide {
                return 0;
            }
            at += run;
            if run < 16 {
                return if self.byte(at) == b'"' { at } else { 0 };
            }
        }
        0
    }

    /// Checks a string that stands from `at` to `end`, as [`Self::plain_end`] found it.
    #[inline(never)]
    pub(super) fn check_plain(&mut self, at: usize, end: usize, id: NodeId, rules: &'a Rules) -> Step {
        let text = Text { start: at + 1, end, escaped: false, wide: false };
        self.check_text(at, id, rules, text, &mut String::new())
    }

    /// Reads the string whose opening quote is at `at`.
    #[inline(always)]
    pub(super) fn string(&mut self, at: usize) -> Step<Text> {
        let start = at + 1;
        match self.plain_end(start) {
            0 => self.long_string(start, start),
            end => Ok(Text { start, end, escaped: false, wide: false }),
        }
    }

    /// Goes on at `at`, up to where the string that begins at `start` is plain.
    #[inline(never)]
    fn long_string(&mut self, start: usize, at: usize) -> Step<Text> {
        let (mut at, mut wide, mut escaped) = (at, false, false);
        loop {
            while let Some(chunk) = self.sixteen(at) {
                let (run, is_wide) = plain_run(chunk);
                wide |= is_wide;
                at += run;
                if run < 16 {
                    break;
                }
            }
            match self.byte(at) {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    at = self.escape(at)?;
                }
                0..=0x1F => return self.broken_off(start, at),
                byte => {
                    wide |= byte >= 0x80;
                    at += 1;
                }
            }
        }
        if at - start > self.linked.limits.string_length {
            return self.stop(start - 1, codes::LIMIT_STRING);
        }
        if wide && let Err(error) = std::str::from_utf8(self.slice(start, at)) {
            return self.stop(start + error.valid_up_to(), codes::UTF8);
        }
        Ok(Text { start, end: at, escaped, wide })
    }

    /// A string that does not end: the first thing wrong with it.
    #[cold]
    fn broken_off<T>(&mut self, start: usize, at: usize) -> Step<T> {
        if let Err(error) = std::str::from_utf8(self.slice(start, at)) {
            return self.stop(start + error.valid_up_to(), codes::UTF8);
        }
        self.stop(at, if self.is_end(at) { codes::END } else { codes::CONTROL })
    }

    /// What follows the escape at `at`.
    fn escape(&mut self, at: usize) -> Step<usize> {
        let rest = self.rest(at);
        match rest.get(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                let Some(unit) = unit(rest.get(2..6)) else { return self.bad_escape(at) };
                match unit {
                    0xD800..0xDC00 => {
                        let second = if rest.get(6..8) == Some(b"\\u") { unit_at(rest, 8) } else { None };
                        if !second.is_some_and(|second| (0xDC00..0xE000).contains(&second)) {
                            return self.stop(at, codes::SURROGATE);
                        }
                        Ok(at + 12)
                    }
                    0xDC00..0xE000 => self.stop(at, codes::SURROGATE),
                    _ => Ok(at + 6),
                }
            }
            _ => self.bad_escape(at),
        }
    }

    #[cold]
    fn bad_escape<T>(&mut self, at: usize) -> Step<T> {
        // A document cut inside an escape has ended; anything else is an escape that is none.
        let rest = self.rest(at);
        let digits = rest.get(2..).unwrap_or_default();
        let cut = rest.len() < 2
            || rest.get(1) == Some(&b'u') && digits.len() < 4 && digits.iter().all(u8::is_ascii_hexdigit);
        if cut { self.stop(self.input.len(), codes::END) } else { self.stop(at, codes::ESCAPE) }
    }

    /// What a string says: as it stands, or without its escapes in `buffer`.
    #[inline]
    pub(super) fn said<'t>(&self, found: Text, buffer: &'t mut String) -> &'t str
    where
        'a: 't,
    {
        let inner = self.slice(found.start, found.end);
        if found.escaped {
            buffer.clear();
            text::unescape_into(inner, buffer);
            return buffer;
        }
        // SAFETY: `long_string` has checked every string with a byte beyond ASCII.
        unsafe { std::str::from_utf8_unchecked(inner) }
    }

    /// Checks a string against the rules and values of a node.
    #[inline]
    pub(super) fn check_string(&mut self, at: usize, id: NodeId, rules: &'a Rules, found: Text) -> Step {
        if !found.escaped {
            return self.check_text(at, id, rules, found, &mut String::new());
        }
        let mut buffer = std::mem::take(&mut self.scratch.text);
        let outcome = self.check_text(at, id, rules, found, &mut buffer);
        self.scratch.text = buffer;
        outcome
    }

    #[inline]
    fn check_text(
        &mut self,
        at: usize,
        id: NodeId,
        rules: &'a Rules,
        found: Text,
        buffer: &mut String,
    ) -> Step {
        let said = self.said(found, buffer);
        if let Some(values) = &rules.values
            && values.strings.find(said.as_bytes()).is_none()
        {
            self.issue(codes::ENUM, id, 0, at)?;
        }
        for (index, rule) in rules.string.iter().flatten().enumerate() {
            let code = broken(rule, said, found);
            if code == codes::LIMIT_REGEX {
                return self.stop(at, code);
            }
            if code != 0 {
                self.issue(code, id, index, at)?;
            }
        }
        Ok(())
    }
}

/// The code for a rule that does not hold, 0 for one that does.
#[inline]
fn broken(rule: &StringRule, said: &str, found: Text) -> u16 {
    let length = |unit: Unit| {
        if !found.wide && !found.escaped || said.is_ascii() {
            said.len()
        } else {
            match unit {
                Unit::Codepoint => said.chars().count(),
                Unit::Utf16 => said.chars().map(char::len_utf16).sum(),
            }
        }
    };
    let code = |holds: bool, code: u16| if holds { 0 } else { code };
    match rule {
        StringRule::Min(least, unit) => code(length(*unit) >= *least, codes::MIN_LENGTH),
        StringRule::Max(most, unit) => code(said.len() <= *most || length(*unit) <= *most, codes::MAX_LENGTH),
        StringRule::Length(exact, unit) => code(length(*unit) == *exact, codes::LENGTH),
        StringRule::Pattern(pattern) => match pattern.matches(said) {
            Ok(matches) => code(matches, codes::PATTERN),
            Err(_) => codes::LIMIT_REGEX,
        },
        StringRule::Format(format) => code(format.holds(said), codes::FORMAT),
        StringRule::Starts(part) => code(said.starts_with(&**part), codes::STARTS_WITH),
        StringRule::Ends(part) => code(said.ends_with(&**part), codes::ENDS_WITH),
        StringRule::Includes(part, from) => code(includes(said, part, *from), codes::INCLUDES),
    }
}

/// `said.includes(part, from)` of JavaScript, `from` in UTF-16 units.
fn includes(said: &str, part: &str, from: usize) -> bool {
    let mut units = 0;
    let start = said.char_indices().find(|(_, letter)| {
        let here = units >= from;
        units += letter.len_utf16();
        here
    });
    let start = start.map_or(said.len(), |(at, _)| at);
    said.get(start..).is_some_and(|rest| rest.contains(part))
}

fn unit(digits: Option<&[u8]>) -> Option<u32> {
    let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    Some(text::hex(Some(digits)))
}

fn unit_at(rest: &[u8], at: usize) -> Option<u32> {
    unit(rest.get(at..at + 4))
}
