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
            // Converting 128 bits is a call; most numbers have no more than 64.
            Self::Whole(whole) => i64::try_from(whole).map_or(whole as f64, |whole| whole as f64),
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

/// Whether `value` is a multiple of `step` as Zod 3 computes it: over the digits that JavaScript prints.
#[allow(clippy::float_cmp)] // an exact remainder of scaled integers
pub fn multiple_for_zod3(value: f64, step: f64) -> bool {
    let places = printed_decimals(value).max(printed_decimals(step));
    scaled(value, places) % scaled(step, places) == 0.0
}

/// The same as Zod 4 computes it: the quotient is an integer but for what rounding may do.
pub fn multiple_for_zod4(value: f64, step: f64) -> bool {
    let ratio = value / step;
    let tolerance = 4.0 * f64::EPSILON * ratio.abs().max(1.0);
    (ratio - ratio.round()).abs() < tolerance
}

/// `Number.parseInt(number.toFixed(places).replace('.', ''))`.
fn scaled(number: f64, places: usize) -> f64 {
    if number.abs() >= 1e21 {
        // `toFixed` prints an exponent there, at which `parseInt` stops.
        let text = format!("{number:e}").replace('.', "");
        let digits = text.split('e').next().unwrap_or_default();
        return digits.parse().unwrap_or(f64::NAN);
    }
    format!("{number:.places$}").replace('.', "").parse().unwrap_or(f64::NAN)
}

/// `(String(number).split('.')[1] || '').length`, at most the 100 that `toFixed` takes.
fn printed_decimals(number: f64) -> usize {
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let power: i32 = exponent.parse().unwrap_or(0);
    if (-6..21).contains(&power) {
        let decimals = i32::try_from(fraction).unwrap_or(0) - power;
        return usize::try_from(decimals.max(0)).unwrap_or(0).min(100);
    }
    // With an exponent: what stands behind the point of the mantissa, `e-7` or `e+21` included.
    let sign = usize::from(power > 0);
    if fraction == 0 { 0 } else { fraction + 1 + sign + exponent.len() }
}
