//! Rules for strings, numbers and fixed values.

use serde_json::Value;

use super::{Linker, wrong};
use crate::schema::SchemaError;
use crate::schema::formats::Format;
use crate::schema::ir::{Dialect, IntRule, Node, NumberCheck, StringCheck, Unit};
use crate::schema::keys::KeyTable;
use crate::schema::numbers::Number;
use crate::schema::regex::Pattern;

/// One check of a string.
#[derive(Debug)]
#[allow(missing_docs)] // as in the program
pub enum StringRule {
    Min(usize, Unit),
    Max(usize, Unit),
    Length(usize, Unit),
    Pattern(Pattern),
    Format(Format),
    Starts(Box<str>),
    Ends(Box<str>),
    /// The part, and from which UTF-16 unit on.
    Includes(Box<str>, usize),
}

/// One check of a number.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)] // as in the program
pub enum NumberRule {
    Int(IntRule),
    Min(Number, bool),
    Max(Number, bool),
    MultipleOf(Number),
    MultipleZod3(f64),
    MultipleZod4(f64),
    Finite,
}

/// Fixed values, by kind.
#[derive(Debug, Default)]
pub struct Values {
    /// Strings.
    pub strings: KeyTable,
    /// Numbers.
    pub numbers: Box<[Number]>,
    /// Whether `null` is among them.
    pub null: bool,
    /// Whether `true` is.
    pub yes: bool,
    /// Whether `false` is.
    pub no: bool,
    /// Arrays and objects.
    pub containers: Box<[Value]>,
}

/// The lengths that `rules` allow, if lengths are all they are about.
pub(super) fn plain_bytes(rules: &[StringRule]) -> Option<(usize, usize)> {
    rules.iter().try_fold((0, usize::MAX), |(least, most), rule| match rule {
        StringRule::Min(value, _) => Some((least.max(*value), most)),
        StringRule::Max(value, _) => Some((least, most.min(*value))),
        StringRule::Length(value, _) => Some((least.max(*value), most.min(*value))),
        _ => None,
    })
}

/// Integers of at most 15 digits that `rules` allow, if ranges are all they are about: such numbers are the same as
/// doubles and need no exact comparison.
pub(super) fn whole_range(rules: &[NumberRule]) -> Option<(i64, i64)> {
    rules.iter().try_fold(ALL_SHORT, |(least, most), rule| match *rule {
        NumberRule::Int(_) | NumberRule::Finite => Some((least, most)),
        NumberRule::Min(value, inclusive) => {
            let bound = value.double();
            let first = if inclusive || bound.fract() != 0.0 { bound.ceil() } else { bound + 1.0 };
            Some((least.max(bounded(first)), most))
        }
        NumberRule::Max(value, inclusive) => {
            let bound = value.double();
            let last = if inclusive || bound.fract() != 0.0 { bound.floor() } else { bound - 1.0 };
            Some((least, most.min(bounded(last))))
        }
        _ => None,
    })
}

/// The largest integer of 15 digits.
const SHORT_WHOLE: i64 = 999_999_999_999_999;
/// Where integers of at most 15 digits lie.
pub(super) const ALL_SHORT: (i64, i64) = (-SHORT_WHOLE, SHORT_WHOLE);

/// A bound as an integer; what lies beyond 15 digits is as good as the first integer beyond.
#[allow(clippy::cast_possible_truncation)] // clamped
fn bounded(value: f64) -> i64 {
    const BEYOND: f64 = 1e15;
    value.clamp(-BEYOND, BEYOND) as i64
}

impl Linker<'_> {
    pub(super) fn values(&self, values: &[Value]) -> Values {
        let mut strings: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        strings.sort_unstable();
        strings.dedup();
        let numbers = values.iter().filter_map(Value::as_number).map(|number| self.number(number));
        Values {
            strings: KeyTable::new(strings.into_iter()),
            numbers: numbers.collect(),
            null: values.contains(&Value::Null),
            yes: values.contains(&Value::Bool(true)),
            no: values.contains(&Value::Bool(false)),
            containers: values
                .iter()
                .filter(|value| value.is_array() || value.is_object())
                .cloned()
                .collect(),
        }
    }

    fn number(&self, number: &serde_json::Number) -> Number {
        let number = Number::of(number);
        if self.program.dialect.is_zod() { number.rounded() } else { number }
    }

    pub(super) fn string_rules(&self, node: &Node) -> Result<Box<[StringRule]>, SchemaError> {
        let count = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
        let rule = |check: &StringCheck| {
            Ok(match check {
                StringCheck::MinLength { value, unit } => StringRule::Min(count(*value), *unit),
                StringCheck::MaxLength { value, unit } => StringRule::Max(count(*value), *unit),
                StringCheck::Length { value, unit } => StringRule::Length(count(*value), *unit),
                StringCheck::Pattern { source, flags } => {
                    let flags = flags.as_deref().unwrap_or_default();
                    let pattern = Pattern::new(source, flags, self.patterns);
                    let keyword = if self.program.dialect.is_zod() { "" } else { "/pattern" };
                    let at = || format!("{}{keyword}", node.at);
                    StringRule::Pattern(pattern.map_err(|reason| wrong(&at(), reason))?)
                }
                StringCheck::Format { name, options } => StringRule::Format(
                    Format::new(self.formats, name, options).map_err(|reason| wrong(&node.at, reason))?,
                ),
                StringCheck::StartsWith { value } => StringRule::Starts(value.as_str().into()),
                StringCheck::EndsWith { value } => StringRule::Ends(value.as_str().into()),
                StringCheck::Includes { value, position } => {
                    StringRule::Includes(value.as_str().into(), count(position.unwrap_or(0)))
                }
            })
        };
        node.string.iter().map(rule).collect()
    }

    pub(super) fn number_rules(&self, node: &Node) -> Box<[NumberRule]> {
        let rule = |check: &NumberCheck| match check {
            NumberCheck::Int { rule } => NumberRule::Int(*rule),
            NumberCheck::Min { value, inclusive } => NumberRule::Min(self.number(value), *inclusive),
            NumberCheck::Max { value, inclusive } => NumberRule::Max(self.number(value), *inclusive),
            NumberCheck::MultipleOf { value } => match self.program.dialect {
                Dialect::Zod3 => NumberRule::MultipleZod3(Number::of(value).double()),
                Dialect::Zod4 => NumberRule::MultipleZod4(Number::of(value).double()),
                Dialect::Draft202012 | Dialect::Draft7 => NumberRule::MultipleOf(self.number(value)),
            },
            NumberCheck::Finite => NumberRule::Finite,
        };
        node.number.iter().map(rule).collect()
    }
}
