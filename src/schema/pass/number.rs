//! Numbers.

use std::cmp::Ordering;

use super::{Pass, Sink, Step};
use crate::schema::codes;
use crate::schema::ir::IntRule;
use crate::schema::link::{NodeId, NumberRule, Rules, kind};
use crate::schema::numbers::{Number, multiple_for_zod};

/// The largest integer that a double holds with all below it.
const SAFE: f64 = 9_007_199_254_740_991.0;
/// Digits that surely fit 64 bits.
const SHORT: usize = 18;

impl<'a, S: Sink> Pass<'a, S> {
    /// Reads the number here and checks it.
    #[inline]
    pub(super) fn number(&mut self, id: NodeId, rules: &'a Rules) -> Step {
        let start = self.position;
        let negative = self.peek() == b'-';
        self.position += usize::from(negative);
        let digits = self.position;
        let mut whole: u64 = 0;
        while let digit @ b'0'..=b'9' = self.peek() {
            whole = whole.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.position += 1;
        }
        let count = self.position - digits;
        if count == 0 || count > 1 && self.input.get(digits) == Some(&b'0') {
            return self.bad_number(count);
        }
        let next = self.peek();
        if count <= SHORT && next != b'.' && next | 0x20 != b'e' {
            if rules.number.is_none() && rules.values.is_none() {
                // Every kind of number includes this one.
                return Ok(());
            }
            let whole = i128::from(whole);
            return self.check_number(id, rules, Number::Whole(if negative { -whole } else { whole }), start);
        }
        self.long_number(id, rules, start)
    }

    /// A number with a fraction, an exponent or many digits.
    #[inline(never)]
    fn long_number(&mut self, id: NodeId, rules: &'a Rules, start: usize) -> Step {
        let mut plain = true;
        if self.peek() == b'.' {
            plain = false;
            self.position += 1;
            self.digits()?;
        }
        if self.peek() | 0x20 == b'e' {
            plain = false;
            self.position += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.position += 1;
            }
            self.digits()?;
        }
        let text = std::str::from_utf8(self.slice(start, self.position)).unwrap_or_default();
        let whole = if plain { wide_integer(text) } else { None };
        let number = match whole {
            Some(whole) => Number::Whole(whole),
            None => Number::Double(text.parse().unwrap_or(f64::INFINITY)),
        };
        if number.double().is_infinite() {
            self.position = start;
            return self.stop(codes::RANGE);
        }
        if rules.kinds & kind::NUM == 0 && !number.is_integral() {
            return self.issue(codes::TYPE, id, 0, start);
        }
        self.check_number(id, rules, number, start)
    }

    fn digits(&mut self) -> Step {
        let before = self.position;
        while self.peek().is_ascii_digit() {
            self.position += 1;
        }
        if self.position == before { self.bad_number(0) } else { Ok(()) }
    }

    #[cold]
    fn bad_number(&mut self, digits: usize) -> Step {
        if digits == 0 && self.at_end() {
            return self.stop(codes::END);
        }
        self.stop(codes::NUMBER)
    }

    fn check_number(&mut self, id: NodeId, rules: &'a Rules, number: Number, start: usize) -> Step {
        let number = if self.linked.doubles { number.rounded() } else { number };
        if let Some(values) = &rules.values
            && !values.numbers.iter().any(|value| value.order(number) == Ordering::Equal)
        {
            self.issue(codes::ENUM, id, 0, start)?;
        }
        for (index, rule) in rules.number.iter().flatten().enumerate() {
            let code = broken(*rule, number, self.linked.doubles);
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
fn broken(rule: NumberRule, number: Number, doubles: bool) -> u16 {
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
        NumberRule::MultipleOf(step) if doubles => {
            code(multiple_for_zod(number.double(), step.double()), codes::MULTIPLE_OF)
        }
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
