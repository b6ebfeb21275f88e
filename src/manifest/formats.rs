//! The forms of texts in a manifest, exactly as the Zod schemas of the package see them.

/// A ULID: 26 characters of Crockford's base 32, upper case.
pub fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text.bytes().all(|byte| {
            byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'L' | b'O' | b'U'))
        })
}

/// `x.y.z`, each of digits.
pub fn is_version(text: &str) -> bool {
    let mut parts = 0;
    for part in text.split('.') {
        parts += 1;
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
    }
    parts == 3
}

/// A connector's id: 2 to 63 of `a-z`, `0-9` and `-`, not beginning with `-`.
pub fn is_connector_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (2..=63).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(allowed)
}

/// One half of a tool's name.
pub fn is_tool_part(text: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    !text.is_empty() && text.bytes().all(allowed)
}

/// `connector.tool_name`.
pub fn is_tool_name(text: &str) -> bool {
    text.split_once('.').is_some_and(|(left, right)| is_tool_part(left) && is_tool_part(right))
}

/// What `new URL(text)` accepts.
pub fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok()
}

/// Length as JavaScript counts it.
pub fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A moment as ISO 8601 writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970, negative before.
    pub ms: i64,
    /// Whether the text ends with `Z`.
    pub utc: bool,
}

/// Reads `YYYY-MM-DDTHH:MM[:SS[.fff…]]` with `Z` or an offset `±HH[:]MM`; digits beyond milliseconds are cut off.
pub fn parse_moment(text: &str) -> Option<Moment> {
    let (date, time) = text.split_once('T')?;
    let days = parse_date(date)?;
    let (clock, utc, offset_minutes) = match time.strip_suffix('Z') {
        Some(clock) => (clock, true, 0),
        None => {
            let at = time.rfind(['+', '-'])?;
            (time.get(..at)?, false, parse_offset(time.get(at..)?)?)
        }
    };
    let of_day = parse_clock(clock)?;
    let ms = days.checked_mul(86_400_000)? + of_day - offset_minutes * 60_000;
    Some(Moment { ms, utc })
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let (year, month, day) =
        (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if parts.next().is_some() {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    (1..=longest).contains(&day).then(|| days_from_civil(year, month, day))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, years counted from March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn parse_clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let (mut second, mut ms) = (0, 0);
    if let Some(seconds) = parts.next() {
        let (whole, fraction) = seconds.split_once('.').map_or((seconds, None), |(a, b)| (a, Some(b)));
        second = digits(whole, 2)?;
        if let Some(fraction) = fraction {
            digits(fraction.get(..1)?, 1)?;
            if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let padded = format!("{fraction}00");
            ms = digits(padded.get(..3)?, 3)?;
        }
    }
    let fits = parts.next().is_none() && hour < 24 && minute < 60 && second < 60;
    fits.then_some(((hour * 60 + minute) * 60 + second) * 1000 + ms)
}

fn parse_offset(text: &str) -> Option<i64> {
    let (sign, rest) = text.split_at_checked(1)?;
    let rest = rest.replacen(':', "", 1);
    let (hours, minutes) = (digits(rest.get(..2)?, 2)?, digits(rest.get(2..)?, 2)?);
    let size = hours * 60 + minutes;
    (hours < 24 && minutes < 60).then_some(if sign == "-" { -size } else { size })
}

/// `ms` as `Date.prototype.toISOString` writes it, for years 0 to 9999.
pub fn format_moment(ms: i64) -> String {
    let (days, of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    // The inverse of `days_from_civil`.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (seconds, millis) = (of_day / 1000, of_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}
