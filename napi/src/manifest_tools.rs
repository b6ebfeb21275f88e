//! The parts of a manifest one by one: canonical form, checks, map, signatures.

use cortex_native_core::manifest::canonical::canonicalize_into;
use cortex_native_core::manifest::check::check;
use cortex_native_core::manifest::envelope::{Demands, Envelope, open};
use cortex_native_core::manifest::node::Node;
use cortex_native_core::manifest::order::KeyOrder;
use cortex_native_core::manifest::service_map::{build, generated_at};
use cortex_native_core::manifest::{ManifestError, sign};
use cortex_native_core::port::{Clock as _, System};
use napi::Env;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::error::sync;
use crate::manifest::ManifestWarning;
use crate::manifest_options::{ManifestForm, ManifestKey, form, keyring, whole};

fn order(compat: bool) -> KeyOrder {
    if compat { KeyOrder::Locale } else { KeyOrder::CodeUnit }
}

/// The canonical form of a JSON document.
#[napi]
pub fn manifest_canonicalize(env: Env, input: Buffer, compat: bool) -> napi::Result<Buffer> {
    sync(env, "writing canonical JSON", || {
        let mut output = Vec::with_capacity(input.len());
        canonicalize_into(&input, order(compat), &mut output).map_err(|fault| fault.located(&input))?;
        Ok(output.into())
    })
}

/// A payload made from a connectors manifest.
#[napi(object)]
pub struct ManifestPayload {
    /// Without its signature, in the form that is signed.
    pub payload: Buffer,
    /// What an operator should know.
    pub warnings: Vec<ManifestWarning>,
}

/// Checks a connectors manifest and makes the payload of its service map. `now` is the time of one that has none.
#[napi]
pub fn manifest_build(
    env: Env,
    input: Buffer,
    look: ManifestForm,
    now: String,
) -> napi::Result<ManifestPayload> {
    sync(env, "building a service map", || {
        let root = Node::parse(&input).map_err(|fault| fault.located(&input))?;
        let (form, strictness) = form(&look);
        let manifest =
            check(&input, &root, strictness).map_err(|issues| ManifestError::Invalid { issues })?;
        let time = generated_at(&manifest).unwrap_or(now);
        let made = build(&input, &manifest, &time, &form)?;
        let warnings = made.warnings.into_iter().map(|warning| ManifestWarning {
            kind: warning.kind.to_owned(),
            connector: warning.connector,
            message: warning.message,
        });
        Ok(ManifestPayload { payload: made.bytes.into(), warnings: warnings.collect() })
    })
}

/// The signature of bytes by the newest key.
#[napi]
pub fn manifest_sign(env: Env, input: Buffer, keys: Vec<ManifestKey>) -> napi::Result<String> {
    sync(env, "signing", || Ok(sign::sign(&input, keyring(keys)?.signer()?)?))
}

/// What a receiver demands besides a signature that holds.
#[napi(object)]
pub struct ManifestDemands {
    /// The order of keys of the form for strict readers.
    pub compat: bool,
    /// Refuse what was generated longer ago.
    pub max_age_ms: Option<f64>,
    /// Refuse what was generated before this date.
    pub not_before: Option<String>,
    /// The receiver's time, in milliseconds since 1970; absent for the system's.
    pub now_ms: Option<f64>,
    /// The id of the key, where the sender said it.
    pub key_id: Option<String>,
}

/// A body whose signature holds.
#[napi(object)]
pub struct ManifestVerified {
    /// The key that fits.
    pub key_id: String,
    /// `hmac-sha256` or `ed25519`.
    pub algorithm: String,
    /// `flat` or `payload`.
    pub envelope: String,
    /// Its time, if it has one.
    pub generated_at: Option<String>,
}

/// Checks a received body.
#[napi]
pub fn manifest_verify(
    env: Env,
    body: Buffer,
    keys: Vec<ManifestKey>,
    demands: ManifestDemands,
) -> napi::Result<ManifestVerified> {
    sync(env, "verifying", || {
        let demands = Demands {
            order: order(demands.compat),
            max_age_ms: demands.max_age_ms.map(|value| whole("maxAgeMs", value)).transpose()?,
            not_before: demands.not_before,
            now_ms: demands.now_ms.map_or_else(|| Ok(System.now_ms()), |value| whole("nowMs", value))?,
            key_id: demands.key_id,
        };
        let verified = open(&body, &keyring(keys)?, &demands)?;
        let envelope = match verified.envelope {
            Envelope::Flat => "flat",
            Envelope::Payload => "payload",
        };
        Ok(ManifestVerified {
            key_id: verified.key_id,
            algorithm: verified.algorithm.to_owned(),
            envelope: envelope.to_owned(),
            generated_at: verified.generated_at,
        })
    })
}
