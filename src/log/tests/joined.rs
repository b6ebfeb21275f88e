//! Lines joined from pieces, against a serializer.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::cases;
use crate::log::joined::is_sound;

/// The line joined from these strings, and how many quotes its shape has.
fn joined(strings: &[String]) -> (String, u32) {
    let members: Vec<String> =
        strings.iter().enumerate().map(|(at, text)| format!(r#""k{at:03}":"{text}""#)).collect();
    (format!("{{{}}}", members.join(",")), u32::try_from(strings.len()).unwrap() * 4)
}

fn serialized(strings: &[String]) -> String {
    let members: Map<String, Value> =
        strings.iter().enumerate().map(|(at, text)| (format!("k{at:03}"), text.as_str().into())).collect();
    Value::Object(members).to_string()
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn a_sound_line_is_what_a_serializer_writes_and_no_other_is_lost(
        strings in prop::collection::vec("([a-z ]{0,40}|[ -~]{0,3}|\\PC{0,20}|\"|\\\\|[\0-\u{1f}]|[\u{7f}-\u{2029}\u{fffd}])", 1..40),
    ) {
        let (line, quotes) = joined(&strings);
        let sound = is_sound(line.as_bytes(), quotes);
        let same = line == serialized(&strings);
        prop_assert_eq!(sound, same && !line.contains('\u{FFFD}'));
    }
}

#[test]
fn one_character_anywhere_is_noticed_in_lines_of_any_length() {
    for length in (0..200).chain([8191, 8192, 30_000]) {
        let mut line = vec![b'x'; length];
        assert!(is_sound(&line, 0));
        for at in (0..length).step_by(1 + length / 50) {
            for odd in [b'"', b'\\', b'\n', 0, 0x1F] {
                let before = std::mem::replace(&mut line[at], odd);
                assert!(!is_sound(&line, 0), "{odd} at {at} of {length}");
                assert_eq!(is_sound(&line, 1), odd == b'"');
                line[at] = before;
            }
        }
    }
    // Half a surrogate pair, by an engine that does not replace it.
    assert!(!is_sound(b"\xED\xA0\xBD", 0));
    let quotes = vec![b'"'; 100_000];
    assert!(is_sound(&quotes, 100_000));
    assert!(!is_sound(&quotes, 100_000 % 256));
}
