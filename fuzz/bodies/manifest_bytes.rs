//! Any bytes as a connectors manifest: no panic, and what is built from them is a map that its schema accepts, that
//! verifies, and that is canonical.
//!
//! The schema of the map is written down here once more, from the other side: plain rules over the parsed JSON.

use cortex_native_core::manifest::canonical::canonicalize;
use cortex_native_core::manifest::check::{Strictness, check};
use cortex_native_core::manifest::envelope::{Demands, Envelope, open, seal};
use cortex_native_core::manifest::formats::{is_tool_name, is_ulid, is_url, parse_moment};
use cortex_native_core::manifest::keys::{Key, Keyring};
use cortex_native_core::manifest::node::Node;
use cortex_native_core::manifest::service_map::{MapForm, build, generated_at};
use cortex_native_core::manifest::sign::sign;
use serde_json::Value;

/// Panics when something is wrong.
pub fn run(bytes: &[u8]) {
    let Ok(root) = Node::parse(bytes) else { return };
    // Readable bytes have a canonical form, which is its own.
    let canonical = canonicalize(bytes).expect("the tree was read, the canonical form was not");
    assert_eq!(canonicalize(&canonical).as_ref(), Ok(&canonical));
    let Ok(manifest) = check(bytes, &root, Strictness::default()) else { return };
    let time = generated_at(&manifest).unwrap_or_else(|| "2025-10-10T00:00:00.000Z".to_owned());
    let payload =
        build(bytes, &manifest, &time, &MapForm::default()).expect("a checked manifest has a map").bytes;
    assert_eq!(canonicalize(&payload).as_ref(), Ok(&payload), "what is signed is not canonical");
    let key = Key::hmac(None, b"fuzz").expect("a key");
    let keys = Keyring::new(vec![key.clone()]).expect("a keyring");
    for envelope in [Envelope::Flat, Envelope::Payload] {
        let body = seal(&payload, &sign(&payload, &key).expect("a signature"), envelope);
        assert_eq!(
            open(&body, &keys, &Demands::default()).expect("its own signature holds").envelope,
            envelope
        );
    }
    let map: Value = serde_json::from_slice(&payload).expect("the map is JSON");
    assert_map(&map);
    let compat = MapForm { compat: true, ..MapForm::default() };
    if let Ok(made) = build(bytes, &manifest, &time, &compat) {
        assert!(serde_json::from_slice::<Value>(&made.bytes).is_ok());
    }
}

fn assert_map(map: &Value) {
    keys_of(map, &["brand", "connectors", "generatedAt", "id", "metadata", "ttlSeconds"]);
    assert_eq!(map["brand"], "brAInwav");
    assert!(is_ulid(text(&map["id"])));
    assert!(parse_moment(text(&map["generatedAt"])).is_some_and(|moment| moment.utc));
    positive(&map["ttlSeconds"]);
    optional(map, "metadata", |value| assert!(value.is_object()));
    let connectors = map["connectors"].as_array().expect("connectors");
    assert!(!connectors.is_empty());
    connectors.iter().for_each(assert_entry);
}

fn assert_entry(entry: &Value) {
    let required =
        ["auth", "displayName", "enabled", "endpoint", "id", "metadata", "scopes", "ttlSeconds", "version"];
    let others = ["description", "headers", "quotas", "remoteTools", "tags", "timeouts"];
    assert!(required.iter().all(|key| entry.get(key).is_some()), "{entry}");
    keys_of(entry, &[required.as_slice(), &others].concat());
    for key in ["id", "version", "displayName"] {
        filled(&entry[key]);
    }
    assert!(is_url(text(&entry["endpoint"])));
    keys_of(&entry["auth"], &["type", "headerName"]);
    assert!(["apiKey", "bearer", "none"].contains(&text(&entry["auth"]["type"])));
    optional(&entry["auth"], "headerName", filled);
    let scopes = entry["scopes"].as_array().expect("scopes");
    scopes.iter().for_each(filled);
    assert!(!scopes.is_empty() && (1..scopes.len()).all(|at| !scopes[..at].contains(&scopes[at])));
    positive(&entry["ttlSeconds"]);
    assert!(entry["enabled"].is_boolean());
    assert_eq!(entry["metadata"]["brand"], "brAInwav");
    optional(entry, "quotas", |quotas| {
        keys_of(quotas, &["perMinute", "perHour", "perDay", "concurrent"]);
        quotas.as_object().expect("quotas").values().for_each(count);
    });
    optional(entry, "timeouts", |timeouts| {
        let timeouts = timeouts.as_object().expect("timeouts");
        assert!(timeouts.keys().all(|key| !key.is_empty()));
        timeouts.values().for_each(count);
    });
    optional(entry, "headers", |headers| {
        let headers = headers.as_object().expect("headers");
        assert!(headers.iter().all(|(key, value)| !key.is_empty() && value.is_string()));
    });
    optional(entry, "description", filled);
    optional(entry, "tags", list);
    optional(entry, "remoteTools", |tools| tools.as_array().expect("tools").iter().for_each(assert_tool));
}

fn assert_tool(tool: &Value) {
    keys_of(tool, &["name", "description", "tags", "scopes"]);
    assert!(is_tool_name(text(&tool["name"])));
    optional(tool, "description", |value| assert!(text(value).encode_utf16().count() >= 10));
    optional(tool, "tags", list);
    optional(tool, "scopes", list);
}

fn keys_of(value: &Value, known: &[&str]) {
    let object = value.as_object().expect("an object");
    assert!(object.keys().all(|key| known.contains(&key.as_str())), "{value}");
}

fn optional(value: &Value, key: &str, rule: impl FnOnce(&Value)) {
    if let Some(inner) = value.get(key) {
        rule(inner);
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn filled(value: &Value) {
    assert!(!text(value).is_empty());
}

fn list(value: &Value) {
    value.as_array().expect("a list").iter().for_each(filled);
}

fn count(value: &Value) {
    let number = value.as_f64().expect("a number");
    assert!(number >= 0.0 && number.fract() == 0.0);
}

fn positive(value: &Value) {
    count(value);
    assert!(value.as_f64().is_some_and(|number| number >= 1.0));
}
