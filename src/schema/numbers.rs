//! Numbers of documents against numbers of schemas.
//!
//! JSON Schema compares exactly: integers as integers, and an integer with a double without rounding either. In
//! JavaScript every number is a double, so that for a schema from Zod the document's number is rounded first.

use std::cmp::Ordering;

use serde_json::Number as JsonNumber;

/// A number as a schema gives it or as a document has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// An integer written as one, up to what 64 bits hold, with or without sign.
    Whole(i128),
    /// Anything else.
    Double(f64),
}

impl Number {
    /// The number of a schema.
    pub fn of(number: &JsonNumber) -> Self {
        if let Some(whole) = number.as_i64() {
            return Self::Whole(whole.into());
        }
        if let Some(whole) = number.as_u64() {
            return Self::Whole(whole.into());
        }
        Self::Double(number.as_f64().unwrap_or(f64::NAN))
    }

    /// The double nearest to it.
    #[allow(clippy::cast_precision_loss)] // the nearest is what is wanted
    pub fn double(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Double(double) => double,
        }
    }

    /// The same, rounded to a double.
    pub fn rounded(self) -> Self {
        Self::Double(self.double())
    }

    /// Whether it has no fraction.
    #[inline]
    pub fn is_integral(self) -> bool {
        match self {
            Self::Whole(_) => true,
            Self::Double(double) => double.fract() == 0.0,
        }
    }

    /// Exact order.
    #[inline]
    pub fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => left.cmp(&right),
            (Self::Double(left), Self::Double(right)) => left.partial_cmp(&right).unwrap_or(Ordering::Equal),
            (Self::Whole(left), Self::Double(right)) => whole_with_double(left, right),
            (Self::Double(left), Self::Whole(right)) => whole_with_double(right, left).reverse(),
        }
    }
}

#[allow(clippy::cast_possible_truncation)] // checked to be in range before
fn whole_with_double(whole: i128, double: f64) -> Ordering {
    // Whole numbers here have at most 65 bits.
    const BEYOND: f64 = 36_893_488_147_419_103_232.0;
    if double >= BEYOND {
        return Ordering::Less;
    }
    if double <= -BEYOND {
        return Ordering::Greater;
    }
    let floor = double.floor();
    match whole.cmp(&(floor as i128)) {
        Ordering::Equal if double > floor => Ordering::Less,
        order => order,
    }
}

/// Whether `value` is a multiple of `step` as Zod 3 and 4 compute it: over the decimal digits both are printed with.
#[allow(clippy::float_cmp)] // an exact remainder of scaled integers
pub fn multiple_for_zod(value: f64, step: f64) -> bool {
    let places = decimals(value).max(decimals(step));
    let scaled = |number: f64| -> f64 {
        let text = format!("{number:.places$}", places = usize::try_from(places).unwrap_or(0));
        text.replace('.', "").parse().unwrap_or(f64::NAN)
    };
    scaled(value) % scaled(step) == 0.0
}

/// Digits after the point when JavaScript prints the number without an exponent.
fn decimals(number: f64) -> u32 {
    let text = format!("{number:?}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let fraction = mantissa.split_once('.').map_or("", |(_, fraction)| fraction);
    let digits = i32::try_from(fraction.trim_end_matches('0').len()).unwrap_or(0);
    u32::try_from((digits - exponent).clamp(0, 100)).unwrap_or(0)
}
