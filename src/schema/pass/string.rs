//! Strings: found by thirty-two bytes at a time, looked at only where a rule asks.

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

/// Bytes looked at in one step.
pub(super) const STEP: usize = 32;

/// Which of the bytes end the plain part of a string, and which are beyond ASCII; the first byte is the lowest bit.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn marks(chunk: &[u8; STEP]) -> (u32, u32) {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8,
    };
    // SAFETY: SSE2 is part of x86-64; the loads read the two halves of the array.
    unsafe {
        let half = |at: usize| {
            let bytes = _mm_loadu_si128(chunk.as_ptr().add(at).cast::<__m128i>());
            let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"'.cast_signed()));
            let slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\'.cast_signed()));
            let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
            let stops = _mm_or_si128(_mm_or_si128(quote, slash), control);
            (_mm_movemask_epi8(stops).cast_unsigned(), _mm_movemask_epi8(bytes).cast_unsigned())
        };
        let ((stops, wide), (more_stops, more_wide)) = (half(0), half(16));
        (stops | more_stops << 16, wide | more_wide << 16)
    }
}

/// Which of the bytes are neither plain ASCII nor of a string's inside: the same as what `marks` tells, in one.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn odd_bytes(chunk: &[u8; STEP]) -> u32 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8,
    };
    // SAFETY: as above.
    unsafe {
        let half = |at: usize| {
            let bytes = _mm_loadu_si128(chunk.as_ptr().add(at).cast::<__m128i>());
            let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"'.cast_signed()));
            let slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\'.cast_signed()));
            // With a sign, what is beyond ASCII is below every control character.
            let outside = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
            _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), outside)).cast_unsigned()
        };
        half(0) | half(16) << 16
    }
}

#[cfg(not(target_arch = "x86_64"))]
use marks_portably as marks;

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn odd_bytes(chunk: &[u8; STEP]) -> u32 {
    let (stops, wide) = marks(chunk);
    stops | wide
}

/// The same eight bytes at a time, for other processors.
#[cfg(any(not(target_arch = "x86_64"), test))]
#[inline(always)]
fn marks_portably(chunk: &[u8; STEP]) -> (u32, u32) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The high bits of bytes that are zero, exactly: no carry goes from one byte to the next.
    let zeros = |word: u64| !(((word & !HIGH) + !HIGH) | word) & HIGH;
    // The high bits of eight bytes, side by side.
    let gathered =
        |bits: u64| u32::try_from((bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56).unwrap_or_default();
    let (mut stops, mut wide) = (0, 0);
    for (index, bytes) in chunk.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*bytes);
        let quote = zeros(word ^ (ONES * u64::from(b'"')));
        let slash = zeros(word ^ (ONES * u64::from(b'\\')));
        let control = zeros(word & (ONES * 0xE0));
        stops |= gathered(quote | slash | control) << (index * 8);
        wide |= gathered(word & HIGH) << (index * 8);
    }
    (stops, wide)
}

/// The bits below the lowest one of `stops`; all if there is none.
#[inline(always)]
fn below_first(stops: u32) -> u32 {
    (stops & stops.wrapping_neg()).wrapping_sub(1)
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

impl<'a, S: Sink> Pass<'a, S> {
    /// Where the string that begins at `start` ends, if it has no escapes and nothing beyond ASCII; else 0. Whoever asks
    /// looks after the limit of its length. A number rather than a result of several, which would go through memory.
    #[inline(always)]
    pub(super) fn plain_end(&self, start: usize) -> usize {
        match self.odd_at(start) {
            Some(0) => self.long_plain_end(start),
            Some(odd) => self.ended_plain(start, odd),
            None => 0,
        }
    }

    /// The same for a string whose first step is plain.
    #[inline(never)]
    fn long_plain_end(&self, start: usize) -> usize {
        let mut at = start + STEP;
        loop {
            match self.odd_at(at) {
                Some(0) if at + STEP < self.input.len() => at += STEP,
                Some(odd) if odd != 0 => return self.ended_plain(at, odd),
                _ => return 0,
            }
        }
    }

    /// Which of the bytes from `at` on are odd. Near the end of the document, where there are less than a step, those
    /// before are looked at again; what lies behind it is not.
    #[inline(always)]
    fn odd_at(&self, at: usize) -> Option<u32> {
        if let Some(chunk) = self.step(at) {
            return Some(odd_bytes(chunk));
        }
        let from = self.input.len().checked_sub(STEP)?;
        let before = u32::try_from(at.checked_sub(from)?).ok()?;
        Some(odd_bytes(self.step(from)?).checked_shr(before).unwrap_or(0))
    }

    /// Where the string ends, if the first odd byte from `at` on is its quote.
    #[inline(always)]
    fn ended_plain(&self, at: usize, odd: u32) -> usize {
        let end = at + odd.trailing_zeros() as usize;
        if self.byte(end) == b'"' { end } else { 0 }
    }

    /// Reads the string whose opening quote is at `at`.
    #[inline(always)]
    pub(super) fn string(&mut self, at: usize) -> Step<Text> {
        let start = at + 1;
        match self.plain_end(start) {
            end if end != 0 && end - start <= self.linked.limits.string_length => {
                Ok(Text { start, end, escaped: false, wide: false })
            }
            _ => self.long_string(start, start),
        }
    }

    /// Goes on at `at`, up to where the string that begins at `start` is plain.
    #[inline(never)]
    fn long_string(&mut self, start: usize, at: usize) -> Step<Text> {
        let (mut at, mut wide, mut escaped) = (at, false, false);
        loop {
            while let Some(chunk) = self.step(at) {
                let (stops, wide_bytes) = marks(chunk);
                wide |= wide_bytes & below_first(stops) != 0;
                at += stops.trailing_zeros() as usize;
                if stops != 0 {
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

#[cfg(test)]
mod tests {
    use super::{STEP, marks, marks_portably, odd_bytes};

    #[test]
    fn marks_are_the_same_on_every_processor() {
        // Every byte at every place, among others of each sort.
        for around in [b'x', b'"', 0x1F, 0x20, 0x7F, 0x80, 0xFF] {
            for byte in 0..=u8::MAX {
                for at in 0..STEP {
                    let mut chunk = [around; STEP];
                    chunk[at] = byte;
                    let bits =
                        |is: fn(u8) -> bool| (0..STEP).map(|i| u32::from(is(chunk[i])) << i).sum::<u32>();
                    let stops = bits(|byte| byte == b'"' || byte == b'\\' || byte < 0x20);
                    let expected = (stops, bits(|byte| byte >= 0x80));
                    assert_eq!(marks(&chunk), expected, "{chunk:?}");
                    assert_eq!(marks_portably(&chunk), expected, "{chunk:?}");
                    assert_eq!(odd_bytes(&chunk), expected.0 | expected.1, "{chunk:?}");
                }
            }
        }
    }
}
