use crate::manifest::formats::{
    format_moment, is_connector_id, is_tool_name, is_ulid, is_url, is_version, parse_moment,
};
use crate::manifest::secrets::may_publish;

#[test]
fn moments() {
    let table = [
        ("1970-01-01T00:00:00Z", Some((0, true))),
        ("2025-10-10T00:00:00Z", Some((1_760_054_400_000, true))),
        ("2025-10-10T00:00Z", Some((1_760_054_400_000, true))),
        ("2025-10-10T00:00:00.5Z", Some((1_760_054_400_500, true))),
        ("2025-10-10T00:00:00.123456Z", Some((1_760_054_400_123, true))),
        ("2025-10-10T02:00:00+02:00", Some((1_760_054_400_000, false))),
        ("2025-10-09T22:30:00-0130", Some((1_760_054_400_000, false))),
        ("2024-02-29T00:00:00Z", Some((1_709_164_800_000, true))),
        ("2025-02-29T00:00:00Z", None),
        ("2025-13-01T00:00:00Z", None),
        ("2025-10-10T24:00:00Z", None),
        ("2025-10-10T00:00:60Z", None),
        ("2025-10-10T00:00:00", None),
        ("2025-10-10T00:00:00.Z", None),
        ("2025-10-10T00:00:00+99:00", None),
        ("2025-10-10 00:00:00Z", None),
        ("2025-10-10T00:00:00z", None),
        ("25-10-10T00:00:00Z", None),
        ("2025-10-10T00:00:00Z\n", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(parse_moment(text).map(|moment| (moment.ms, moment.utc)), expected, "{text}");
    }
    for ms in
        [0, 1, 951_782_400_000, 951_868_800_000, 1_760_054_400_123, 253_402_300_799_999, -62_167_219_200_000]
    {
        assert_eq!(
            parse_moment(&format_moment(ms)).map(|moment| moment.ms),
            Some(ms),
            "{}",
            format_moment(ms)
        );
    }
    assert_eq!(format_moment(1_760_054_400_123), "2025-10-10T00:00:00.123Z");
}

#[test]
fn names() {
    assert!(is_ulid("01JAG0Y4ZP1XK9YZ2FQ0N3WVCH"));
    assert!(!is_ulid("01JAG0Y4ZP1XK9YZ2FQ0N3WVCI") && !is_ulid("01jag0y4zp1xk9yz2fq0n3wvch") && !is_ulid(""));
    assert!(is_version("2025.10.10") && !is_version("1.0") && !is_version("1.0.0.0") && !is_version("1.0.x"));
    assert!(is_connector_id("a1") && is_connector_id(&"a".repeat(63)) && !is_connector_id(&"a".repeat(64)));
    assert!(!is_connector_id("a") && !is_connector_id("-a") && !is_connector_id("A1"));
    assert!(is_tool_name("a-b.c_d") && !is_tool_name("a") && !is_tool_name("a.b.c") && !is_tool_name(".a"));
    assert!(
        is_url("https://a.example/x?y") && is_url("mailto:a@b") && !is_url("a.example") && !is_url("http://")
    );
}

#[test]
fn header_values_that_look_like_secrets_are_not_published() {
    let published = [
        ("Authorization", "Bearer ${PERPLEXITY_API_KEY}", true),
        ("X-GitHub-Token", "${GITHUB_TOKEN:provided-at-runtime}", true),
        ("X-Cortex-Connector", "perplexity-search", false),
        ("Accept", "application/vnd.example.v3+json", false),
        ("X-Region", "eu-central-1", false),
        ("User-Agent", "cortex/1.4.2 (linux)", false),
        ("X-Api-Key", "${A}${B}", false),
    ];
    for (name, value, authenticates) in published {
        assert!(may_publish(name, value, authenticates), "{name}: {value}");
    }
    let kept_back = [
        ("Authorization", "Bearer abc", true),
        ("X-Anything", "abc", true),
        ("X-Api-Key", "abc", false),
        ("Cookie", "a=b", false),
        ("X-Trace", "ghp_0123456789abcdefABCDEF", false),
        ("X-Trace", "eyJhbGciOiJIUzI1NiJ9.e30.x", false),
        ("X-Trace", "AKIAIOSFODNN7EXAMPLE", false),
        ("X-Trace", "9f86d081884c7d659a2feaa0c55ad015", false),
        ("X-Trace", "${NAME:sk-0123456789}", true),
        ("X-Trace", "${NAME:-ghp_0123456789abcdef}", false),
        ("Authorization", "Bearer ${A} and abc", true),
        ("Authorization", "Bearer ${", true),
    ];
    for (name, value, authenticates) in kept_back {
        assert!(!may_publish(name, value, authenticates), "{name}: {value}");
    }
}
