use proptest::prelude::*;
use serde_json::{Value, json};

use super::SMALL;
use crate::manifest::check::{Strictness, check};
use crate::manifest::node::Node;
use crate::manifest::service_map::{MapForm, Payload, PublishHeaders, build, generated_at};
use crate::manifest::sign::sign;
use crate::manifest::{ManifestError, keys};

const TIME: &str = "2025-10-10T00:00:00.000Z";

fn built(document: &Value, form: &MapForm) -> Result<Payload, ManifestError> {
    let text = document.to_string();
    let root = Node::parse(text.as_bytes()).unwrap();
    let manifest = check(text.as_bytes(), &root, Strictness::default())
        .map_err(|issues| ManifestError::Invalid { issues })?;
    let time = generated_at(&manifest).unwrap_or_else(|| TIME.to_owned());
    build(text.as_bytes(), &manifest, &time, form)
}

fn map(document: &Value) -> Value {
    serde_json::from_slice(&built(document, &MapForm::default()).unwrap().bytes).unwrap()
}

fn small() -> Value {
    serde_json::from_str(SMALL).unwrap()
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut document = small();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let target = document.pointer_mut(parent).unwrap();
        target[key] = value.clone();
    }
    document
}

/// The first issue.
fn refused(document: &Value) -> String {
    match built(document, &MapForm::default()) {
        Err(ManifestError::Invalid { issues }) => format!("{}: {}", issues[0].at(), issues[0].message()),
        other => panic!("{document} gave {other:?}"),
    }
}

#[test]
fn defaults_of_a_small_manifest() {
    assert_eq!(
        map(&small()),
        json!({
            "brand": "brAInwav", "generatedAt": TIME, "id": "01JAG0Y4ZP1XK9YZ2FQ0N3WVCH", "ttlSeconds": 60,
            "connectors": [{
                "auth": {"type": "none"}, "displayName": "One", "enabled": true, "endpoint": "https://one.example/",
                "id": "one", "metadata": {"brand": "brAInwav"}, "scopes": ["a"], "ttlSeconds": 60, "version": "1"
            }]
        })
    );
}

#[test]
fn what_reaches_the_map() {
    let entry = |changes: &[(&str, Value)]| map(&with(changes))["connectors"][0].clone();
    let at = "/connectors/0/";
    let changed = |key: &str, value: Value| entry(&[(&format!("{at}{key}"), value)]);
    assert_eq!(changed("displayName", json!("D"))["displayName"], "D");
    assert_eq!(changed("status", json!("disabled"))["enabled"], false);
    assert_eq!(changed("status", json!("preview"))["enabled"], true);
    let both = [("/connectors/0/status", json!("disabled")), ("/connectors/0/enabled", json!(true))];
    assert_eq!(entry(&both)["enabled"], true);
    for empty in ["quotas", "tags", "remoteTools"] {
        let value = if empty == "quotas" { json!({}) } else { json!([]) };
        assert_eq!(changed(empty, value).get(empty), None, "{empty}");
    }
    assert_eq!(changed("timeouts", json!({}))["timeouts"], json!({}));
    assert_eq!(
        changed("quotas", json!({"per_minute": 3, "perHour": 4}))["quotas"],
        json!({"perMinute": 3, "perHour": 4})
    );
    assert_eq!(
        changed("metadata", json!({"z": 1.0, "a": null}))["metadata"],
        json!({"a": null, "brand": "brAInwav", "z": 1})
    );
    let headers = [
        (
            "/connectors/0/authentication",
            json!({"headers": [{"name": "A", "value": "${X}"}, {"name": "B", "value": "${Y}"}]}),
        ),
        ("/connectors/0/headers", json!({"B": "later wins", "b": "other"})),
    ];
    assert_eq!(entry(&headers)["headers"], json!({"A": "${X}", "B": "later wins", "b": "other"}));
}

#[test]
fn time_to_live_is_the_least_of_all() {
    let ttl = |manifest: Value, connector: u32| {
        let mut document = with(&[("/connectors/0/ttlSeconds", json!(connector))]);
        if !manifest.is_null() {
            document["ttlSeconds"] = manifest;
        }
        map(&document)["ttlSeconds"].clone()
    };
    assert_eq!(ttl(Value::Null, 60), 60);
    assert_eq!(ttl(json!(30), 60), 30);
    assert_eq!(ttl(json!(90), 60), 60);
}

#[test]
fn entries_are_sorted_by_id_and_duplicates_stay() {
    let mut document = small();
    let one = document["connectors"][0].clone();
    let named = |id: &str, name: &str| {
        let mut copy = one.clone();
        copy["id"] = json!(id);
        copy["name"] = json!(name);
        copy
    };
    document["connectors"] =
        json!([named("b1", "x"), named("a-b", "y"), named("a1", "first"), named("a1", "second")]);
    let map = map(&document);
    let names: Vec<_> = map["connectors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["displayName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["y", "first", "second", "x"]);
}

#[test]
fn times_with_an_offset_are_published_in_utc_and_others_as_they_stand() {
    let time = |text: &str| map(&with(&[("/generatedAt", json!(text))]))["generatedAt"].clone();
    assert_eq!(time("2025-10-10T02:00:00+02:00"), "2025-10-10T00:00:00.000Z");
    assert_eq!(time("2025-10-10T00:00:00Z"), "2025-10-10T00:00:00Z");
}

#[test]
fn tool_names_without_a_dot_are_prefixed_with_a_warning_or_refused() {
    let document = with(&[("/connectors/0/remoteTools", json!([{"name": "get"}, {"name": "one.put"}]))]);
    let payload = built(&document, &MapForm::default()).unwrap();
    let map: Value = serde_json::from_slice(&payload.bytes).unwrap();
    assert_eq!(map["connectors"][0]["remoteTools"], json!([{"name": "one.get"}, {"name": "one.put"}]));
    assert_eq!(payload.warnings.len(), 1);
    assert!(
        payload.warnings[0].message.contains("connectors.0.remoteTools.0.name"),
        "{}",
        payload.warnings[0].message
    );
    let text = document.to_string();
    let root = Node::parse(text.as_bytes()).unwrap();
    let issues = check(text.as_bytes(), &root, Strictness { tool_names: true }).unwrap_err();
    assert!(issues[0].message().contains("dot-notation"), "{}", issues[0].message());
}

#[test]
fn literal_secrets_in_headers_are_redacted_with_a_warning_that_names_the_connector() {
    let document = with(&[("/connectors/0/headers", json!({"X-Api-Key": "hunter2", "X-Plain": "plain"}))]);
    let payload = built(&document, &MapForm::default()).unwrap();
    let text = String::from_utf8(payload.bytes).unwrap();
    assert!(text.contains(r#""headers":{"X-Api-Key":"[redacted]","X-Plain":"plain"}"#), "{text}");
    assert_eq!(payload.warnings[0].connector, "one");
    assert!(!payload.warnings[0].message.contains("hunter2"));
    for publish in [PublishHeaders::All, PublishHeaders::Of(vec!["one".to_owned()])] {
        let form = MapForm { publish_headers: publish, ..MapForm::default() };
        let payload = built(&document, &form).unwrap();
        assert!(payload.warnings.is_empty() && String::from_utf8(payload.bytes).unwrap().contains("hunter2"));
    }
}

#[test]
fn what_is_added_to_the_metadata_is_part_of_what_is_signed() {
    let form = MapForm { count: true, key_id: Some("k1".to_owned()), ..MapForm::default() };
    let metadata = |document: &Value| {
        let bytes = built(document, &form).unwrap().bytes;
        serde_json::from_slice::<Value>(&bytes).unwrap()["metadata"].clone()
    };
    assert_eq!(metadata(&small()), json!({"count": 1, "keyId": "k1"}));
    assert_eq!(
        metadata(&with(&[("/metadata", json!({"count": 99, "owner": "x"}))])),
        json!({"brand": "brAInwav", "count": 1, "keyId": "k1", "owner": "x"})
    );
}

#[test]
fn the_compatible_form_has_what_strict_readers_of_the_flat_map_know() {
    let form = MapForm { compat: true, ..MapForm::default() };
    let document = with(&[
        ("/metadata", json!({"owner": "x"})),
        ("/connectors/0/description", json!("long enough")),
        ("/connectors/0/enabled", json!(false)),
        ("/connectors/0/metadata", json!({"Zeta": 1, "alpha": 2, "10": 3, "9": 4})),
        ("/connectors/0/timeouts", json!({"requestMs": 5})),
    ]);
    let bytes = built(&document, &form).unwrap().bytes;
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        concat!(
            r#"{"brand":"brAInwav","connectors":[{"auth":{"type":"none"},"endpoint":"https://one.example/","id":"one","#,
            r#""metadata":{"9":4,"10":3,"alpha":2,"brand":"brAInwav","Zeta":1},"name":"One","scopes":["a"],"#,
            r#""status":"disabled","timeouts":{"requestMs":5},"ttl":60,"version":"1"}],"#,
            r#""generatedAt":"2025-10-10T00:00:00.000Z","id":"01JAG0Y4ZP1XK9YZ2FQ0N3WVCH","ttlSeconds":60}"#
        )
    );
    let odd = with(&[("/connectors/0/metadata", json!({"ä": 1}))]);
    assert!(matches!(built(&odd, &form), Err(ManifestError::Form { .. })));
}

#[test]
fn what_the_schema_refuses_and_how_it_is_said() {
    let table = [
        (json!([]), "<root>: must be object"),
        (json!({}), "<root>: must have required property 'id'"),
        (with(&[("/extra", json!(1))]), "<root>: must NOT have additional properties ('extra')"),
        (with(&[("/id", json!("x"))]), "id: must match pattern \"^[0-9A-HJKMNP-TV-Z]{26}$\""),
        (with(&[("/brand", json!("x"))]), "brand: must be equal to one of the allowed values: brAInwav"),
        (
            with(&[("/manifestVersion", json!("1.0"))]),
            "manifestVersion: must match pattern \"^\\d+\\.\\d+\\.\\d+$\"",
        ),
        (with(&[("/manifestVersion", json!(1))]), "manifestVersion: must be string"),
        (with(&[("/generatedAt", json!("today"))]), "generatedAt: must match format \"date-time\""),
        (with(&[("/ttlSeconds", json!(0))]), "ttlSeconds: must be >= 1"),
        (with(&[("/ttlSeconds", json!(1.5))]), "ttlSeconds: must be integer"),
        (with(&[("/metadata", json!([]))]), "metadata: must be object"),
        (with(&[("/connectors", json!([]))]), "connectors: must NOT have fewer than 1 items"),
        (
            with(&[("/connectors/0/id", json!("X"))]),
            "connectors.0.id: must match pattern \"^[a-z0-9][a-z0-9-]{1,62}$\"",
        ),
        (
            with(&[("/connectors/0/name", json!(""))]),
            "connectors.0.name: must NOT have fewer than 1 characters",
        ),
        (with(&[("/connectors/0/endpoint", json!("x"))]), "connectors.0.endpoint: must match format \"uri\""),
        (
            with(&[("/connectors/0/auth", json!({"type": "x"}))]),
            "connectors.0.auth.type: must be equal to one of the allowed values: apiKey, bearer, none",
        ),
        (
            with(&[("/connectors/0/scopes", json!([]))]),
            "connectors.0.scopes: must NOT have fewer than 1 items",
        ),
        (
            with(&[("/connectors/0/scopes", json!(["a", "b", "a"]))]),
            "connectors.0.scopes: must NOT have duplicate items (items ## 0 and 2 are identical)",
        ),
        (
            with(&[("/connectors/0/quotas", json!({"perMinute": -1}))]),
            "connectors.0.quotas.perMinute: must be >= 0",
        ),
        (
            with(&[("/connectors/0/quotas", json!({"perYear": 1}))]),
            "connectors.0.quotas: must NOT have additional properties ('perYear')",
        ),
        (
            with(&[("/connectors/0/timeouts", json!({"": 1}))]),
            "connectors.0.timeouts: must NOT have fewer than 1 characters",
        ),
        (with(&[("/connectors/0/headers", json!({"A": 1}))]), "connectors.0.headers.A: must be string"),
        (
            with(&[("/connectors/0/authentication", json!({"headers": []}))]),
            "connectors.0.authentication.headers: must NOT have fewer than 1 items",
        ),
        (
            with(&[("/connectors/0/metadata", json!({"brand": "other"}))]),
            "connectors.0.metadata.brand: must be equal to one of the allowed values: brAInwav",
        ),
        (
            with(&[("/connectors/0/status", json!("on"))]),
            "connectors.0.status: must be equal to one of the allowed values: enabled, disabled, preview",
        ),
        (with(&[("/connectors/0/enabled", json!("on"))]), "connectors.0.enabled: must be boolean"),
        (
            with(&[("/connectors/0/tags", json!([""]))]),
            "connectors.0.tags.0: must NOT have fewer than 1 characters",
        ),
        (
            with(&[("/connectors/0/remoteTools", json!([{"name": "A b"}]))]),
            "connectors.0.remoteTools.0.name: brAInwav: Tool name must follow dot-notation (connector.tool_name)",
        ),
        (
            with(&[("/connectors/0/remoteTools", json!([{"name": "a.b", "description": "short"}]))]),
            "connectors.0.remoteTools.0.description: brAInwav: Description must be at least 10 characters",
        ),
    ];
    for (document, expected) in table {
        assert_eq!(refused(&document), expected);
    }
}

#[test]
fn a_document_that_breaks_everything_is_not_read_to_its_end() {
    let mut document = small();
    document["connectors"] = Value::Array(vec![json!({}); 10_000]);
    match built(&document, &MapForm::default()) {
        Err(ManifestError::Invalid { issues }) => assert_eq!(issues.len(), 20),
        other => panic!("{other:?}"),
    }
}

/// The shipped manifest, whose signatures are known.
fn shipped() -> Value {
    let mut document: Value =
        serde_json::from_str(include_str!("../../../tests/data/connectors.manifest.json")).unwrap();
    for connector in document["connectors"].as_array_mut().unwrap() {
        connector.as_object_mut().unwrap().remove("remoteTools");
    }
    document
}

#[test]
fn signatures_of_the_shipped_manifest_are_those_of_the_package_replaced() {
    let signature = |document: &Value| {
        let key = keys::Key::hmac(None, b"test-secret").unwrap();
        sign(&built(document, &MapForm::default()).unwrap().bytes, &key).unwrap()
    };
    let mut document = shipped();
    assert_eq!(signature(&document), "dI02LO6d-6kZOhc8IC5EssjrfRalC4MLpff7JF9X1y8");
    document.as_object_mut().unwrap().remove("metadata");
    assert_eq!(signature(&document), "Gow9oCfRXDJYbTF5q4xRjLLGrwh6J-s_Tynsw9r3pqg");
}

proptest! {
    /// One byte changed anywhere: no panic, and what still passes gives a map again.
    #[test]
    fn damaged_manifests_pass_or_are_refused(at in 0usize..4000, byte in any::<u8>()) {
        let mut bytes = shipped().to_string().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(root) = Node::parse(&bytes)
            && let Ok(manifest) = check(&bytes, &root, Strictness::default())
        {
            let payload = build(&bytes, &manifest, TIME, &MapForm::default()).unwrap();
            prop_assert!(serde_json::from_slice::<Value>(&payload.bytes).is_ok());
        }
    }
}
