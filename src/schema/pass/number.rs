//! Numbers.

use std::cmp::Ordering;

use super::{Pass, Sink, Step};
use crate::schema::codes;
use crate::schema::ir::IntRule;
use crate::schema::link::{NodeId, NumberRule, Rules, kind};
use crate::schema::numbers::{Number, multiple_for_zod3, multiple_for_zod4};

/// The largest integer that a double holds with all below it.
const SAFE: f64 = 9_007_199_254_740_991.0;
/// Digits that surely fit 64 bits.
const SHORT: usize = 18;
/// Digits that a double surely holds.
const EXACT: usize = 15;
/// Bytes of a number that is below 10^308 whatever it is, with an exponent of up to two digits.
const SURELY_FINITE: usize = 200;

impl<'a, S: Sink> Pass<'a, S> {
    /// Where the integer at `start` ends and which it is, if it has one to seven digits, no sign and no exponent.
    ///
    /// Without a loop over the digits: how many there are is hard to foresee, and a wrong guess costs more than this.
    #[inline(always)]
    pub(super) fn short_integer(&self, start: usize) -> Option<(usize, i64)> {
        const ZEROS: u64 = 0x3030_3030_3030_3030;
        const HIGH: u64 = 0x8080_8080_8080_8080;
        let word = self.eight(start)? ^ ZEROS;
        // Digits are 0 to 9 now: adding 0x76 to the low seven bits of any other byte, or that byte itself, has the high bit.
        let others = (((word & !HIGH) + (HIGH - 10 * (HIGH >> 7))) | word) & HIGH;
        let bits = others.trailing_zeros() & !7;
        if bits == 0 || bits == 64 || (bits > 8 && word & 0xFF == 0) {
            return None;
        }
        let end = start + bits as usize / 8;
        let next = ((word ^ ZEROS) >> bits) & 0xFF;
        if next == u64::from(b'.') || next | 0x20 == u64::from(b'e') {
            return None;
        }
        // The digits moved to the top, zeros before them; then pairs, fours and eights of them at once.
        let digits = word << (64 - bits);
        let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
        let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
        let whole = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF;
        Some((end, whole.cast_signed()))
    }

    /// Reads the number at `start` and checks it.
    #[inline]
    pub(super) fn number(&mut self, start: usize, id: NodeId, rules: &'a Rules) -> Step<usize> {
        let negative = self.byte(start) == b'-';
        let digits = start + usize::from(negative);
        let mut at = digits;
        let mut whole: u64 = 0;
        while let digit @ b'0'..=b'9' = self.byte(at) {
            whole = whole.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            at += 1;
        }
        let count = at - digits;
        if count == 0 || count > 1 && self.byte(digits) == b'0' {
            return self.bad_number(at, count);
        }
        let next = self.byte(at);
        if count <= SHORT && next != b'.' && next | 0x20 != b'e' {
            // Every kind of number includes this one.
            if rules.checks_numbers {
                // At most 18 digits: far below 2^63.
                let whole = if negative { -whole.cast_signed() } else { whole.cast_signed() };
                let in_range = rules.quick.least <= whole && whole <= rules.quick.most;
                if !(in_range && count <= EXACT) {
                    self.check_number(start, id, rules, Number::Whole(whole.into()))?;
                }
            }
            return Ok(at);
        }
        self.long_number(start, at, id, rules)
    }

    /// A number with a fraction, an exponent or many digits; `at` is where its first digits end.
    #[inline(never)]
    fn long_number(&mut self, start: usize, at: usize, id: NodeId, rules: &'a Rules) -> Step<usize> {
        let (mut at, mut plain) = (at, true);
        if self.byte(at) == b'.' {
            plain = false;
            at = self.digits(at + 1)?;
        }
        let mut exponent = 0;
        if self.byte(at) | 0x20 == b'e' {
            plain = false;
            at += 1;
            let digits = at + usize::from(matches!(self.byte(at), b'+' | b'-'));
            at = self.digits(digits)?;
            exponent = at - digits;
        }
        // Which one it is matters only to rules, and to what may be beyond all doubles.
        let finite = at - start <= SURELY_FINITE && exponent <= 2;
        if finite && !rules.checks_numbers && rules.kinds & kind::NUM != 0 {
            return Ok(at);
        }
        let text = std::str::from_utf8(self.slice(start, at)).unwrap_or_default();
        let whole = if plain { wide_integer(text) } else { None };
        let number = match whole {
            Some(whole) => Number::Whole(whole),
            None => Number::Double(text.parse().unwrap_or(f64::INFINITY)),
        };
        if number.double().is_infinite() {
            return self.stop(start, codes::RANGE);
        }
        if rules.kinds & kind::NUM == 0 && !number.is_integral() {
            self.issue(codes::TYPE, id, 0, start)?;
            return Ok(at);
        }
        self.check_number(start, id, rules, number)?;
        Ok(at)
    }

    /// Where one or more digits end.
    fn digits(&mut self, start: usize) -> Step<usize> {
        let mut at = start;
        while self.byte(at).is_ascii_digit() {
            at += 1;
        }
        if at == start { self.bad_number(at, 0) } else { Ok(at) }
    }

    #[cold]
    fn bad_number<T>(&mut self, at: usize, digits: usize) -> Step<T> {
        self.stop(at, if digits == 0 && self.is_end(at) { codes::END } else { codes::NUMBER })
    }

    fn check_number(&mut self, start: usize, id: NodeId, rules: &'a Rules, number: Number) -> Step {
        let number = if self.linked.doubles { number.rounded() } else { number };
        if let Some(values) = &rules.values
            && !values.numbers.iter().any(|value| value.order(number) == Ordering::Equal)
        {
            self.issue(codes::ENUM, id, 0, start)?;
        }
        for (index, rule) in rules.number.iter().flatten().enumerate() {
            let code = broken(*rule, number);
            if code != 0 {
                self.issue(code, id, index, start)?;
            }
        }
        Ok(())
    }
}

/// An integer of more than 18 digits, if it fits 64 bits with or without sign.
fn wide_integer(text: &str) -> Option<i128> {
    let whole: i128 = text.parse().ok()?;
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&whole).then_some(whole)
}

/// The code for a rule that does not hold, 0 for one that does.
fn broken(rule: NumberRule, number: Number) -> u16 {
    let code = |holds: bool, code: u16| if holds { 0 } else { code };
    match rule {
        NumberRule::Int(IntRule::Integral) => code(number.is_integral(), codes::INT),
        NumberRule::Int(IntRule::Safe) => {
            code(number.is_integral() && number.double().abs() <= SAFE, codes::INT)
        }
        NumberRule::Min(least, true) => code(number.order(least).is_ge(), codes::MINIMUM),
        NumberRule::Min(least, false) => code(number.order(least).is_gt(), codes::EXCLUSIVE_MINIMUM),
        NumberRule::Max(most, true) => code(number.order(most).is_le(), codes::MAXIMUM),
        NumberRule::Max(most, false) => code(number.order(most).is_lt(), codes::EXCLUSIVE_MAXIMUM),
        NumberRule::MultipleZod3(step) => code(multiple_for_zod3(number.double(), step), codes::MULTIPLE_OF),
        NumberRule::MultipleZod4(step) => code(multiple_for_zod4(number.double(), step), codes::MULTIPLE_OF),
        NumberRule::MultipleOf(step) => code(is_multiple(number, step), codes::MULTIPLE_OF),
        // JSON has no infinity.
        NumberRule::Finite => 0,
    }
}

/// Exactly where both are integers, else as the `jsonschema` crate decides.
fn is_multiple(number: Number, step: Number) -> bool {
    if let (Number::Whole(number), Number::Whole(step)) = (number, step) {
        return step != 0 && number % step == 0;
    }
    super::values::multiple_by_crate(number, step)
}
