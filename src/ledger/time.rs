//! When an event happened, as its own line says: milliseconds since the Unix epoch, or a time as `Date.toISOString`
//! writes it.

/// Reads a JSON value as written: digits, or text within quotes that stand outside `value`.
pub fn parse(value: &[u8], quoted: bool) -> Option<u64> {
    if quoted { iso(value) } else { millis(value) }
}

/// A number; what follows a decimal point is dropped.
fn millis(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim_end();
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    whole.parse().ok()
}

/// `YYYY-MM-DDTHH:MM:SS`, then perhaps a fraction, then `Z`, `±HH:MM` or nothing (which means UTC).
fn iso(text: &[u8]) -> Option<u64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let fixed = |at: usize, allowed: &[u8]| text.get(at).is_some_and(|byte| allowed.contains(byte));
    if !(fixed(4, b"-") && fixed(7, b"-") && fixed(10, b"Tt ") && fixed(13, b":") && fixed(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let in_range =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour <= 23 && minute <= 59 && second <= 60;
    if !in_range {
        return None;
    }
    let mut rest = text.get(19..)?;
    let mut ms = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        ms = (0..3).fold(0, |sum, at| {
            sum * 10 + fraction.get(at).filter(|_| at < digits).map_or(0, |byte| i64::from(byte - b'0'))
        });
        rest = fraction.get(digits..).filter(|_| digits > 0)?;
    }
    let shift = zone_minutes(rest)?;
    let seconds = ((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute - shift) * 60 + second;
    u64::try_from(seconds * 1000 + ms).ok()
}

fn zone_minutes(zone: &[u8]) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    match *zone {
        [] | [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), a, b, b':', c, d] => {
            let minutes = (digit(a)? * 10 + digit(b)?) * 60 + digit(c)? * 10 + digit(d)?;
            Some(if sign == b'-' { -minutes } else { minutes })
        }
        _ => None,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let month_from_march = (month + 9) % 12;
    let of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_javascript_writes() {
        for (text, ms) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2026-11-21T08:29:10.123Z", 1_795_249_750_123),
            ("2024-02-29T23:59:59Z", 1_709_251_199_000),
            ("2000-03-01T00:00:00.5Z", 951_868_800_500),
            ("2000-03-01T01:30:00.123456+01:30", 951_868_800_123),
            ("2000-02-29T19:00:00-05:00", 951_868_800_000),
            ("1999-12-31 23:59:60Z", 946_684_800_000),
        ] {
            assert_eq!(parse(text.as_bytes(), true), Some(ms), "{text}");
        }
        assert_eq!(parse(b"1795249750123", false), Some(1_795_249_750_123));
        assert_eq!(parse(b"1795249750123.75", false), Some(1_795_249_750_123));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "2026-11-21",
            "2026-13-01T00:00:00Z",
            "2026-11-21T08:29:10.Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T08:29:10+0100",
            "1969-12-31T23:59:59Z",
            "2026-11-21T08:29:10Zulu",
            "2o26-11-21T08:29:10Z",
        ] {
            assert_eq!(parse(text.as_bytes(), true), None, "{text}");
        }
        for number in ["", "-1", "null", "true", "[1]", "1e3", "12 13"] {
            assert_eq!(parse(number.as_bytes(), false), None, "{number}");
        }
    }
}
