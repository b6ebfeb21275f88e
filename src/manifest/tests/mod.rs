//! Tests of the manifest, by subject.

mod build;
mod canonical;
mod forms;
mod live;
mod trust;

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::port::System;

/// The smallest manifest that passes.
pub const SMALL: &str = r#"{"id":"01JAG0Y4ZP1XK9YZ2FQ0N3WVCH","manifestVersion":"1.0.0","connectors":[{"id":"one","name":"One",
"version":"1","endpoint":"https://one.example/","auth":{"type":"none"},"scopes":["a"],"ttlSeconds":60}]}"#;

/// `SMALL` with another version and time.
pub fn dated(version: &str, generated_at: &str) -> String {
    SMALL.replace(
        "\"manifestVersion\":\"1.0.0\"",
        &format!("\"manifestVersion\":\"{version}\",\"generatedAt\":\"{generated_at}\""),
    )
}

pub fn keyring(secret: &str) -> keys::Keyring {
    keys::Keyring::new(vec![keys::Key::hmac(Some("k1".to_owned()), secret.as_bytes()).unwrap()]).unwrap()
}

pub fn recipe(paths: &[&Path]) -> Recipe {
    Recipe {
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        schema: None,
        normalise: false,
        build: Build::ServiceMap,
        envelope: envelope::Envelope::Flat,
        form: service_map::MapForm::default(),
        sign_key_id: false,
        strictness: check::Strictness::default(),
        keys: KeySource::Fixed(keyring("test-secret")),
        max_age_ms: None,
        allow_rollback: false,
        max_bytes: 1 << 20,
        compress: true,
    }
}

pub fn ports() -> Ports {
    Ports { stamps: Arc::new(System), clock: Arc::new(System) }
}

pub fn refresher(recipe: Recipe) -> Refresher {
    Refresher::open(recipe, None, Arc::new(System), Arc::new(System)).unwrap()
}
