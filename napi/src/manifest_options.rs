//! Options of manifests, from JavaScript to the core.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cortex_native_core::Result;
use cortex_native_core::manifest::check::Strictness;
use cortex_native_core::manifest::envelope::Envelope;
use cortex_native_core::manifest::keys::{KeySpec, Keyring};
use cortex_native_core::manifest::service_map::{MapForm, PublishHeaders};
use cortex_native_core::manifest::{Build, KeySource, ManifestError, Recipe, Rhythm, SourceSchema};
use cortex_native_core::schema::registry;
use napi_derive::napi;

/// One signature key.
#[napi(object)]
pub struct ManifestKey {
    /// Public name; default: derived from the key.
    pub id: Option<String>,
    /// `hmac-sha256` (default) or `ed25519`.
    pub algorithm: Option<String>,
    /// Of HMAC: the text whose UTF-8 is the key.
    pub secret: Option<String>,
    /// Of Ed25519: 32 bytes in base64.
    pub private_key: Option<String>,
    /// Of Ed25519: 32 bytes in base64.
    pub public_key: Option<String>,
}

/// What a service map looks like.
#[napi(object)]
pub struct ManifestForm {
    /// Entries and order of keys for strict readers of the flat map.
    pub compat: bool,
    /// The number of connectors becomes part of the metadata.
    pub count: bool,
    /// Refuse tool names without a dot.
    pub strict_tool_names: bool,
    /// Publish every header value as it stands.
    pub publish_all_headers: bool,
    /// Publish those of these connectors as they stand.
    pub publish_headers_of: Vec<String>,
}

/// How a manifest is opened.
#[napi(object)]
pub struct ManifestOptions {
    /// Candidates, in order.
    pub paths: Vec<String>,
    /// Number of a compiled schema that they have to match.
    pub schema: Option<f64>,
    /// Serve documents as the schema makes them.
    pub normalise: bool,
    /// `service-map` or `document`.
    pub build: String,
    /// `flat` or `payload`.
    pub envelope: String,
    /// See there.
    pub form: ManifestForm,
    /// The id of the key becomes part of what is signed.
    pub sign_key_id: bool,
    /// Keys, newest first.
    pub keys: Option<Vec<ManifestKey>>,
    /// A file of keys, read again when it changes.
    pub keys_file: Option<String>,
    /// Everything is read anew this often.
    pub ttl_ms: f64,
    /// Files are looked at this often.
    pub poll_ms: f64,
    /// Time without another change before reading.
    pub debounce_ms: f64,
    /// Watch directories.
    pub watch: bool,
    /// Refuse what was generated longer ago.
    pub max_age_ms: Option<f64>,
    /// Where the newest served version is remembered.
    pub ratchet_path: Option<String>,
    /// Serve older versions too.
    pub allow_rollback: bool,
    /// Refuse larger files.
    pub max_bytes: f64,
    /// Make compressed forms.
    pub compress: bool,
}

/// Everything that opening needs.
pub struct Opening {
    /// What to make.
    pub recipe: Recipe,
    /// When.
    pub rhythm: Rhythm,
    /// Where the newest served version is remembered.
    pub ratchet_path: Option<PathBuf>,
}

/// Keys as given.
pub fn keyring(keys: Vec<ManifestKey>) -> Result<Keyring> {
    let specs = keys.into_iter().map(|key| KeySpec {
        id: key.id,
        algorithm: key.algorithm,
        secret: key.secret,
        private_key: key.private_key,
        public_key: key.public_key,
    });
    Ok(Keyring::new(specs.map(KeySpec::into_key).collect::<std::result::Result<_, _>>()?)?)
}

/// A whole number from an option; anything else is told by name.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked to be whole and in range
pub fn whole(option: &'static str, value: f64) -> Result<u64> {
    if value.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&value) {
        return Ok(value as u64);
    }
    let expected = "a whole number of at least 0".to_owned();
    Err(ManifestError::OptionInvalid { option, expected, actual: value.to_string() }.into())
}

fn millis(option: &'static str, value: f64) -> Result<Duration> {
    whole(option, value).map(Duration::from_millis)
}

/// One of the names an option may have.
pub fn choice<T: Copy>(option: &'static str, text: &str, choices: &[(&str, T)]) -> Result<T> {
    choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("'{name}'")).collect();
        let (expected, actual) = (names.join(" or "), text.to_owned());
        ManifestError::OptionInvalid { option, expected, actual }.into()
    })
}

/// The look of a map.
pub fn form(given: &ManifestForm) -> (MapForm, Strictness) {
    let publish_headers = if given.publish_all_headers {
        PublishHeaders::All
    } else if given.publish_headers_of.is_empty() {
        PublishHeaders::Safe
    } else {
        PublishHeaders::Of(given.publish_headers_of.clone())
    };
    let form = MapForm { compat: given.compat, count: given.count, key_id: None, publish_headers };
    (form, Strictness { tool_names: given.strict_tool_names })
}

/// Options of opening, checked.
pub fn opening(given: ManifestOptions) -> Result<Opening> {
    if given.paths.is_empty() {
        let expected = "at least one path".to_owned();
        return Err(
            ManifestError::OptionInvalid { option: "paths", expected, actual: "none".to_owned() }.into()
        );
    }
    let build =
        choice("build", &given.build, &[("service-map", Build::ServiceMap), ("document", Build::Document)])?;
    let envelope =
        choice("envelope", &given.envelope, &[("flat", Envelope::Flat), ("payload", Envelope::Payload)])?;
    let keys = match (given.keys_file, given.keys) {
        (Some(path), None) => KeySource::File(PathBuf::from(path)),
        (None, Some(keys)) => KeySource::Fixed(keyring(keys)?),
        _ => {
            let reason = "give either keys or a file of keys".to_owned();
            return Err(ManifestError::Keys { reason }.into());
        }
    };
    let (form, strictness) = form(&given.form);
    let schema = given.schema.map(registry::find).transpose()?.map(|schema| schema as Arc<dyn SourceSchema>);
    if given.normalise && (schema.is_none() || build != Build::Document) {
        let expected = "given with a schema and build 'document'".to_owned();
        let actual = "given without".to_owned();
        return Err(ManifestError::OptionInvalid { option: "normalise", expected, actual }.into());
    }
    let recipe = Recipe {
        schema,
        normalise: given.normalise,
        paths: given.paths.into_iter().map(PathBuf::from).collect(),
        build,
        envelope,
        form,
        sign_key_id: given.sign_key_id,
        strictness,
        keys,
        max_age_ms: given.max_age_ms.map(|value| whole("maxAgeMs", value)).transpose()?,
        allow_rollback: given.allow_rollback,
        max_bytes: whole("maxBytes", given.max_bytes)?,
        compress: given.compress,
    };
    let rhythm = Rhythm {
        ttl: millis("ttlMs", given.ttl_ms)?.max(Duration::from_millis(1)),
        poll: millis("pollMs", given.poll_ms)?.max(Duration::from_millis(1)),
        debounce: millis("debounceMs", given.debounce_ms)?,
        watch: given.watch,
    };
    Ok(Opening { recipe, rhythm, ratchet_path: given.ratchet_path.map(PathBuf::from) })
}
