use proptest::prelude::*;

use crate::policy::PolicyError;
use crate::policy::grant::{Grant, check_id};

const GIT: &str = r#"{"$schema": "x", "tool": "git-map", "actions": ["tree", "snippet"], "rate": {"perMinute": 30},
    "fsScope": ["packages", "docs"], "rules": {"allow": true}}"#;

#[test]
fn a_grant_gets_its_defaults_and_loses_unknown_keys() {
    let grant = Grant::parse("git", GIT.as_bytes()).unwrap();
    let text = serde_json::to_string(&grant).unwrap();
    assert_eq!(
        text,
        r#"{"tool":"git-map","actions":["tree","snippet"],"args":{},"dataClass":"internal","#.to_owned()
            + r#""rate":{"perMinute":30.0},"fsScope":["packages","docs"]}"#
    );
    assert_eq!(Grant::parse("git", format!("\u{feff}{GIT}").as_bytes()).unwrap(), grant);
}

#[test]
fn what_is_wrong_with_a_grant_is_told_by_field() {
    let cases = [
        ("", "(text)"),
        ("[]", "(text)"),
        ("{", "(text)"),
        (r#"{"actions": [], "rate": {"perMinute": 1}}"#, "tool"),
        (r#"{"tool": 1, "actions": [], "rate": {"perMinute": 1}}"#, "tool"),
        (r#"{"tool": "t", "rate": {"perMinute": 1}}"#, "actions"),
        (r#"{"tool": "t", "actions": ["a", 1], "rate": {"perMinute": 1}}"#, "actions.1"),
        (r#"{"tool": "t", "actions": []}"#, "rate"),
        (r#"{"tool": "t", "actions": [], "rate": {}}"#, "rate.perMinute"),
        (r#"{"tool": "t", "actions": [], "rate": {"perMinute": 0}}"#, "rate.perMinute"),
        (r#"{"tool": "t", "actions": [], "rate": {"perMinute": 1.5}}"#, "rate.perMinute"),
        (r#"{"tool": "t", "actions": [], "rate": {"perMinute": "60"}}"#, "rate.perMinute"),
        (r#"{"tool": "t", "actions": [], "rate": {"perMinute": 1, "perHour": -1}}"#, "rate.perHour"),
        (r#"{"tool": "t", "actions": [], "rate": {"perMinute": 1}, "fsScope": "docs"}"#, "fsScope"),
        (r#"{"tool": "t", "actions": [], "rate": {"perMinute": 1}, "args": []}"#, "args"),
        (r#"{"tool": "t", "actions": [], "rate": {"perMinute": 1}, "dataClass": "secret"}"#, "dataClass"),
    ];
    for (text, expected) in cases {
        match Grant::parse("x", text.as_bytes()) {
            Err(PolicyError::GrantInvalid { field, .. }) => assert_eq!(field, expected, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn an_id_is_a_plain_file_name() {
    for id in ["git", "fs.write", "a-b_c.1", "A", &"x".repeat(128)] {
        assert!(check_id(id).is_ok(), "{id}");
    }
    let bad =
        ["", ".", "..", ".git", "a/b", "../a", "a\\b", "a\0b", "a b", "é", "a:b", "%2e%2e", &"x".repeat(129)];
    for id in bad {
        assert!(matches!(check_id(id), Err(PolicyError::GrantIdInvalid { .. })), "{id}");
    }
}

#[test]
fn numbers_are_read_as_javascript_reads_them_and_written_the_same() {
    let text = br#"{"tool":"t","actions":[],"args":{"x":122.416294033786585},"rate":{"perMinute":3777777000001884577935}}"#;
    let grant = Grant::parse("x", text).unwrap();
    assert_eq!(grant.rate.per_minute, 3_777_777_000_001_884_577_935.0);
    assert_eq!(grant.args["x"].as_f64(), Some(122.416_294_033_786_59));
    let again = serde_json::to_string(&grant).unwrap();
    assert_eq!(Grant::parse("x", again.as_bytes()).unwrap(), grant);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Grant::parse("x", &bytes);
    }

    #[test]
    fn any_damage_to_a_grant_is_read_without_a_panic(at in 0..GIT.len(), byte: u8, cut in 0..GIT.len()) {
        let mut bytes = GIT.as_bytes().to_vec();
        bytes[at] = byte;
        let _ = Grant::parse("x", &bytes);
        let _ = Grant::parse("x", &bytes[..cut]);
    }
}
