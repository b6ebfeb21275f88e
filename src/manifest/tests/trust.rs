use std::fs;
use std::sync::Arc;

use super::*;
use crate::error::Coded as _;
use crate::manifest::envelope::{Demands, Envelope, open, seal};
use crate::manifest::keys::{Key, Keyring};
use crate::manifest::ratchet::Ratchet;
use crate::manifest::sign::{sign, verify};
use crate::port::Clock;

const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn ring(keys: Vec<Key>) -> Keyring {
    Keyring::new(keys).unwrap()
}

fn hmac(id: &str, secret: &str) -> Key {
    Key::hmac(Some(id.to_owned()), secret.as_bytes()).unwrap()
}

#[test]
fn signatures_of_both_algorithms_hold_and_break() {
    let pair = Key::ed25519(Some("e".to_owned()), Some(SEED), None).unwrap();
    let public = Key::ed25519(Some("e".to_owned()), None, Some(PUBLIC)).unwrap();
    for (signer, verifier) in [(hmac("h", "s"), hmac("h", "s")), (pair.clone(), public.clone())] {
        let signature = sign(b"payload", &signer).unwrap();
        let keys = ring(vec![verifier]);
        assert_eq!(verify(&[b"pay", b"load"], &signature, &keys, None).unwrap().id, signer.id);
        assert_eq!(
            verify(&[b"payloaD"], &signature, &keys, None).unwrap_err().code(),
            "ERR_MANIFEST_SIGNATURE"
        );
        assert!(verify(&[b"payload"], &signature[1..], &keys, None).is_err());
        assert!(verify(&[b"payload"], "not base64!", &keys, None).is_err());
    }
    // RFC 8032, section 7.1, test 1: the empty message.
    let known =
        concat!("5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVV", "fuIIVkKM7rMYeOXAc-bRr0lv18FlbviRlUUFDjnoQCw");
    assert_eq!(sign(b"", &pair).unwrap(), known);
    assert_eq!(sign(b"x", &public).unwrap_err().code(), "ERR_MANIFEST_KEYS");
}

#[test]
fn during_a_rotation_the_newest_signs_and_every_key_verifies() {
    let old = hmac("old", "one");
    let both = ring(vec![hmac("new", "two"), old.clone()]);
    assert_eq!(both.signer().unwrap().id, "new");
    let before = sign(b"x", &old).unwrap();
    assert_eq!(verify(&[b"x"], &before, &both, None).unwrap().id, "old");
    assert_eq!(verify(&[b"x"], &before, &both, Some("new")).unwrap().id, "old");
    assert!(verify(&[b"x"], &before, &ring(vec![hmac("new", "two")]), Some("old")).is_err());
    assert!(Keyring::new(vec![hmac("a", "1"), hmac("a", "2")]).is_err());
    assert!(Keyring::new(vec![]).is_err());
}

#[test]
fn key_files_are_read_and_never_quoted() {
    let keys = Keyring::parse(br#"{"keys":[{"id":"b","secret":"two"},{"secret":"one"}]}"#).unwrap();
    assert_eq!(keys.keys().len(), 2);
    assert_eq!(keys.keys()[1].id.len(), 8);
    assert_eq!(
        Keyring::parse(b"  plain secret\n").unwrap().keys()[0].id,
        Key::hmac(None, b"plain secret").unwrap().id
    );
    let ed = format!(
        r#"{{"keys":[{{"id":"e","algorithm":"ed25519","privateKey":"{SEED}","publicKey":"{PUBLIC}"}}]}}"#
    );
    assert_eq!(Keyring::parse(ed.as_bytes()).unwrap().signer().unwrap().algorithm(), "ed25519");
    for wrong in [
        r#"{"keys":[{"id":"x","secret":"hunter2","oops":1}]}"#.to_owned(),
        r#"{"keys":[{"id":"bad id","secret":"hunter2"}]}"#.to_owned(),
        r#"{"keys":[{"id":"x","algorithm":"none","secret":"hunter2"}]}"#.to_owned(),
        r#"{"keys":[{"id":"x","algorithm":"ed25519","privateKey":"hunter2"}]}"#.to_owned(),
        r#"{"keys":[{"id":"x","secret":"hunter2""#.to_owned(),
        r#"{"keys":[]}"#.to_owned(),
        String::new(),
    ] {
        let error = Keyring::parse(wrong.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "ERR_MANIFEST_KEYS");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    assert!(!format!("{:?}", hmac("id", "hunter2")).contains("hunter2"));
}

#[test]
fn both_envelopes_open_as_they_were_sealed_and_not_otherwise() {
    let payload = br#"{"a":1,"generatedAt":"2025-10-10T00:00:00Z","z":[1,2]}"#;
    let key = hmac("k", "s");
    let signature = sign(payload, &key).unwrap();
    let keys = ring(vec![key]);
    for envelope in [Envelope::Flat, Envelope::Payload] {
        let body = seal(payload, &signature, envelope);
        let verified = open(&body, &keys, &Demands::default()).unwrap();
        assert_eq!(
            (verified.envelope, verified.generated_at.as_deref()),
            (envelope, Some("2025-10-10T00:00:00Z"))
        );
        // The order of members and white space say nothing.
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        open(serde_json::to_string_pretty(&value).unwrap().as_bytes(), &keys, &Demands::default()).unwrap();
        for at in 0..body.len() {
            let mut damaged = body.clone();
            damaged[at] ^= 1;
            if let Ok(verified) = open(&damaged, &keys, &Demands::default()) {
                panic!("byte {at} of {} flipped: {verified:?}", String::from_utf8_lossy(&body));
            }
        }
    }
    let unsigned = open(payload, &keys, &Demands::default()).unwrap_err();
    assert_eq!(unsigned.code(), "ERR_MANIFEST_SIGNATURE");
}

#[test]
fn receivers_refuse_the_old_and_the_rolled_back() {
    let payload = br#"{"generatedAt":"2025-10-10T00:00:00Z"}"#;
    let key = hmac("k", "s");
    let body = seal(payload, &sign(payload, &key).unwrap(), Envelope::Flat);
    let keys = ring(vec![key]);
    let demands = |max_age_ms, not_before: Option<&str>| Demands {
        max_age_ms,
        not_before: not_before.map(str::to_owned),
        now_ms: 1_760_054_400_000 + 1000,
        ..Demands::default()
    };
    open(&body, &keys, &demands(Some(1000), None)).unwrap();
    assert_eq!(open(&body, &keys, &demands(Some(999), None)).unwrap_err().code(), "ERR_MANIFEST_EXPIRED");
    open(&body, &keys, &demands(None, Some("2025-10-10T00:00:00.000Z"))).unwrap();
    let later = demands(None, Some("2025-10-10T00:00:00.001Z"));
    assert_eq!(open(&body, &keys, &later).unwrap_err().code(), "ERR_MANIFEST_ROLLBACK");
    assert_eq!(
        open(&body, &keys, &demands(None, Some("x"))).unwrap_err().code(),
        "ERR_MANIFEST_OPTION_INVALID"
    );
}

#[test]
fn the_ratchet_goes_one_way_and_survives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("served.json");
    let mut ratchet = Ratchet::open(Some(path.clone()), &System).unwrap();
    ratchet.advance("1.10.0", "2025-10-10T00:00:00Z", "d", &System).unwrap();
    let ratchet = Ratchet::open(Some(path.clone()), &System).unwrap();
    let at = "2025-10-10T00:00:00Z";
    ratchet.admit("1.10.0", at).unwrap();
    ratchet.admit("1.10.1", at).unwrap();
    ratchet.admit("2.0.0", "2025-10-11T00:00:00Z").unwrap();
    ratchet.admit("no order", at).unwrap();
    // A text without order in between makes no way back.
    let mut between = Ratchet::open(Some(path.clone()), &System).unwrap();
    between.advance("no order", at, "e", &System).unwrap();
    between.admit("no order", at).unwrap();
    assert_eq!(between.admit("1.9.0", at).unwrap_err().code(), "ERR_MANIFEST_ROLLBACK");
    for (version, time) in
        [("1.9.0", at), ("1.10.0", "2025-10-09T00:00:00Z"), ("0.99999999999999999999.0", at)]
    {
        assert_eq!(
            ratchet.admit(version, time).unwrap_err().code(),
            "ERR_MANIFEST_ROLLBACK",
            "{version} {time}"
        );
    }
    fs::write(&path, "damaged").unwrap();
    assert_eq!(Ratchet::open(Some(path.clone()), &System).unwrap_err().code(), "ERR_MANIFEST_RATCHET");
    fs::write(&path, r#"{"format":2,"version":"","generatedAt":"","digest":""}"#).unwrap();
    assert_eq!(Ratchet::open(Some(path), &System).unwrap_err().code(), "ERR_MANIFEST_RATCHET");
}

#[test]
fn a_refresh_refuses_to_go_back_and_tells_every_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.json"), folder.path().join("b.json"));
    let mut refresher = refresher(recipe(&[&first, &second]));
    match refresher.refresh(None).unwrap_err() {
        ManifestError::Unavailable { attempts } => {
            assert_eq!(
                attempts.iter().map(|attempt| attempt.error.code()).collect::<Vec<_>>(),
                ["ERR_MANIFEST_READ"; 2]
            );
        }
        other => panic!("{other}"),
    }
    fs::write(&second, dated("1.2.0", "2025-10-10T00:00:00Z")).unwrap();
    let served = refresher.refresh(None).unwrap().unwrap();
    assert_eq!((served.version.as_str(), served.attempts.len()), ("1.2.0", 1));
    assert!(refresher.refresh(Some(&served)).unwrap().is_none());
    fs::write(&first, "{").unwrap();
    fs::write(&second, dated("1.1.9", "2025-10-11T00:00:00Z")).unwrap();
    match refresher.refresh(Some(&served)).unwrap_err() {
        ManifestError::Unavailable { attempts } => {
            let codes: Vec<_> = attempts.iter().map(|attempt| attempt.error.code()).collect();
            assert_eq!(codes, ["ERR_MANIFEST_JSON", "ERR_MANIFEST_ROLLBACK"]);
        }
        other => panic!("{other}"),
    }
}

struct FixedClock(u64);

impl Clock for FixedClock {
    fn now_ms(&self) -> u64 {
        self.0
    }
}

#[test]
fn an_undated_document_keeps_its_time_over_restarts_until_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (path, ratchet) = (folder.path().join("m.json"), folder.path().join("served.json"));
    fs::write(&path, SMALL).unwrap();
    let at = |ms: u64| {
        let open = Refresher::open(
            recipe(&[&path]),
            Some(ratchet.clone()),
            Arc::new(System),
            Arc::new(FixedClock(ms)),
        );
        let snapshot = open.unwrap().refresh(None).unwrap().unwrap();
        (snapshot.generated_at, snapshot.tag)
    };
    let first = at(1_000);
    assert_eq!(first.0, "1970-01-01T00:00:01.000Z");
    assert_eq!(at(5_000), first);
    fs::write(&path, SMALL.replace("\"One\"", "\"Two\"")).unwrap();
    assert_eq!(at(9_000).0, "1970-01-01T00:00:09.000Z");
    // The clock went back; the document is newer all the same.
    fs::write(&path, SMALL.replace("\"One\"", "\"Three\"")).unwrap();
    assert_eq!(at(2_000).0, "1970-01-01T00:00:09.000Z");
}

#[test]
fn a_frozen_document_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.json");
    fs::write(&path, dated("1.0.0", "1970-01-01T00:00:10Z")).unwrap();
    let refresh = |now_ms| {
        let recipe = Recipe { max_age_ms: Some(5_000), ..recipe(&[&path]) };
        Refresher::open(recipe, None, Arc::new(System), Arc::new(FixedClock(now_ms))).unwrap().refresh(None)
    };
    assert!(refresh(15_000).is_ok());
    match refresh(15_001).unwrap_err() {
        ManifestError::Unavailable { attempts } => {
            assert_eq!(attempts[0].error.code(), "ERR_MANIFEST_EXPIRED")
        }
        other => panic!("{other}"),
    }
}

#[test]
fn any_document_can_be_signed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.json");
    let document = |text: &str| {
        fs::write(&path, text).unwrap();
        let recipe = Recipe { build: Build::Document, compress: false, ..recipe(&[&path]) };
        Refresher::open(recipe, None, Arc::new(System), Arc::new(FixedClock(0))).unwrap().refresh(None)
    };
    let snapshot = document(r#"{ "b": 1.0, "a": [], "version": "3" }"#).unwrap().unwrap();
    assert!(
        snapshot.body.starts_with(br#"{"a":[],"b":1,"generatedAt":"1970-01-01T00:00:00.000Z","signature":"#)
    );
    assert_eq!((snapshot.version.as_str(), snapshot.ttl_seconds), ("3", 60.0));
    open(&snapshot.body, &keyring("test-secret"), &Demands::default()).unwrap();
    assert!(document("{}").is_ok());
    assert!(document("[]").is_err() && document(r#"{"signature":1}"#).is_err());
}

#[test]
fn compressed_forms_hold_the_same_bytes() {
    use std::io::Read as _;
    let body = SMALL.repeat(20).into_bytes();
    let variants = variants::Variants::of(&body);
    let (mut gzip, mut brotli) = (Vec::new(), Vec::new());
    flate2::read::GzDecoder::new(&*variants.gzip.unwrap()).read_to_end(&mut gzip).unwrap();
    brotli::Decompressor::new(&*variants.brotli.unwrap(), 4096).read_to_end(&mut brotli).unwrap();
    assert!(gzip == body && brotli == body);
    assert_eq!(variants::Variants::of(b"tiny"), variants::Variants::default());
}
