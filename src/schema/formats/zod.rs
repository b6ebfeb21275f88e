//! Formats of Zod 3 and 4, as each decides them.

use serde_json::{Map, Value};

use super::url;

/// See the module.
#[derive(Debug)]
pub enum ZodFormat {
    /// `url()`: what `new URL` takes.
    Url,
    /// `uuid()` of version 3: any hexadecimal digits in groups.
    Uuid,
    /// `datetime()`.
    DateTime(DateTime),
    /// `date()`.
    Date,
    /// `cuid2()`.
    Cuid2,
    /// `ulid()`.
    Ulid,
}

/// What a date-time may look like.
#[derive(Debug, Clone, Copy)]
pub struct DateTime {
    /// Digits of the fraction of a second; none for any, `Some(-1)` for no seconds.
    precision: Option<i64>,
    /// Whether an offset may stand instead of `Z`.
    offset: bool,
    /// Whether nothing may stand instead of `Z`.
    local: bool,
    /// Whether it is version 3, which takes any digits as an offset, with or without colon, and more oddities.
    old: bool,
}

impl ZodFormat {
    /// The format `name` (`zod3.…`, `zod4.…`).
    pub fn new(name: &str, options: &Map<String, Value>) -> Result<Self, String> {
        let flag = |key: &str| options.get(key).and_then(Value::as_bool).unwrap_or(false);
        match name {
            "zod3.url" => Ok(Self::Url),
            "zod3.uuid" => Ok(Self::Uuid),
            "zod3.date" | "zod4.date" => Ok(Self::Date),
            "zod3.cuid2" | "zod4.cuid2" => Ok(Self::Cuid2),
            "zod3.ulid" | "zod4.ulid" => Ok(Self::Ulid),
            "zod3.datetime" | "zod4.datetime" => Ok(Self::DateTime(DateTime {
                precision: options.get("precision").and_then(Value::as_i64),
                offset: flag("offset"),
                local: flag("local"),
                old: name.starts_with("zod3"),
            })),
            _ => Err(format!("the format {name}")),
        }
    }

    /// Whether `text` is of it.
    pub fn holds(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self {
            Self::Url => url::is_url(text),
            Self::Uuid => is_uuid(bytes),
            Self::DateTime(rules) => is_date_time(bytes, *rules),
            Self::Date => bytes.len() == 10 && is_date(bytes),
            Self::Cuid2 => {
                !bytes.is_empty()
                    && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            }
            Self::Ulid => bytes.len() == 26 && bytes.iter().all(|byte| is_crockford(*byte)),
        }
    }
}

fn is_crockford(byte: u8) -> bool {
    let upper = byte.to_ascii_uppercase();
    byte.is_ascii_alphanumeric() && !matches!(upper, b'I' | b'L' | b'O' | b'U')
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The number two digits at `at` make.
fn pair(bytes: &[u8], at: usize) -> Option<u32> {
    let digit =
        |at: usize| bytes.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0'));
    Some(digit(at)? * 10 + digit(at + 1)?)
}

/// `YYYY-MM-DD` at the beginning, a day that exists.
fn is_date(bytes: &[u8]) -> bool {
    let parts = || {
        let year = pair(bytes, 0)? * 100 + pair(bytes, 2)?;
        let (month, day) = (pair(bytes, 5)?, pair(bytes, 8)?);
        let dashes = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
        Some((dashes, year, month, day))
    };
    let Some((true, year, month, day)) = parts() else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn is_date_time(bytes: &[u8], rules: DateTime) -> bool {
    if !is_date(bytes) || bytes.get(10) != Some(&b'T') {
        return false;
    }
    let time = bytes.get(11..).unwrap_or_default();
    let after =
        if rules.old { after_old_time(time, rules.precision) } else { after_time(time, rules.precision) };
    match after {
        None => false,
        Some(b"") => rules.local,
        Some(b"Z") => true,
        Some(rest) => rules.offset && if rules.old { is_old_offset(rest) } else { is_offset(rest) },
    }
}

/// The same for version 3: with a precision above 0 the seconds may stand several times, with 0 they may be missing.
fn after_old_time(time: &[u8], precision: Option<i64>) -> Option<&[u8]> {
    let digits = match precision {
        None => return after_time(time, None),
        Some(digits) => usize::try_from(digits).ok()?,
    };
    let mut rest = after_time(time, Some(-1))?;
    let mut times = 0;
    while rest.first() == Some(&b':') && pair(rest, 1).is_some_and(|seconds| seconds <= 59) {
        let mut after = rest.get(3..)?;
        if digits > 0 {
            let Some(fraction) = after.strip_prefix(b".") else { break };
            let enough =
                fraction.get(..digits).is_some_and(|fraction| fraction.iter().all(u8::is_ascii_digit));
            if !enough {
                break;
            }
            after = fraction.get(digits..)?;
        }
        times += 1;
        rest = after;
        if digits == 0 {
            break;
        }
    }
    (times > 0 || digits == 0).then_some(rest)
}

/// `+hh:mm` or `+hhmm`, any digits.
fn is_old_offset(rest: &[u8]) -> bool {
    let Some((b'+' | b'-', digits)) = rest.split_first() else { return false };
    match digits.len() {
        4 => digits.iter().all(u8::is_ascii_digit),
        5 => pair(digits, 0).is_some() && digits.get(2) == Some(&b':') && pair(digits, 3).is_some(),
        _ => false,
    }
}

/// What follows the time of day at the beginning of `time`.
fn after_time(time: &[u8], precision: Option<i64>) -> Option<&[u8]> {
    let (hour, minute) = (pair(time, 0)?, pair(time, 3)?);
    if hour > 23 || minute > 59 || time.get(2) != Some(&b':') {
        return None;
    }
    if precision == Some(-1) {
        return time.get(5..);
    }
    if time.get(5) != Some(&b':') {
        // Without a precision the seconds may be left out.
        return if precision.is_none() { time.get(5..) } else { None };
    }
    if pair(time, 6)? > 59 {
        return None;
    }
    let rest = time.get(8..)?;
    let Some(fraction) = rest.strip_prefix(b".") else {
        return if precision.is_none_or(|digits| digits == 0) { Some(rest) } else { None };
    };
    let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let wanted = match precision {
        None => digits > 0,
        Some(0) => false,
        Some(wanted) => i64::try_from(digits) == Ok(wanted),
    };
    if wanted { fraction.get(digits..) } else { None }
}

/// `+hh:mm`.
fn is_offset(rest: &[u8]) -> bool {
    let shape = rest.len() == 6 && matches!(rest.first(), Some(b'+' | b'-')) && rest.get(3) == Some(&b':');
    shape && pair(rest, 1).is_some_and(|hour| hour <= 23) && pair(rest, 4).is_some_and(|minute| minute <= 59)
}
