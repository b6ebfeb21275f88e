//! Signing and verifying bytes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _};
use subtle::ConstantTimeEq as _;

use super::ManifestError;
use super::keys::{Key, Keyring, Secret};
use crate::hash::{Hashing, HmacKey, sha256};

/// The signature of `bytes`: base64url without padding, 43 characters of HMAC-SHA256, 86 of Ed25519.
pub fn sign(bytes: &[u8], key: &Key) -> Result<String, ManifestError> {
    match &key.secret {
        Secret::Hmac(secret) => Ok(URL_SAFE_NO_PAD.encode(tag(secret, &[bytes]))),
        Secret::Ed25519 { signing: Some(signing), .. } => {
            Ok(URL_SAFE_NO_PAD.encode(signing.sign(bytes).to_bytes()))
        }
        Secret::Ed25519 { signing: None, .. } => unusable(key),
    }
}

fn unusable<T>(key: &Key) -> Result<T, ManifestError> {
    Err(ManifestError::Keys { reason: format!("key {} cannot sign", key.id) })
}

/// The key whose signature of the `parts`, one after the other, this is. Compares in constant time.
pub fn verify<'k>(
    parts: &[&[u8]],
    signature: &str,
    keyring: &'k Keyring,
    key_id: Option<&str>,
) -> Result<&'k Key, ManifestError> {
    let refuse = |reason: String| Err(ManifestError::Signature { reason });
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(signature.trim_end_matches('=')) else {
        return refuse("it is no base64url".to_owned());
    };
    // A name is a hint only: after a rotation the same key may have another one.
    let named = keyring.keys().iter().filter(|key| Some(key.id.as_str()) == key_id);
    let others = keyring.keys().iter().filter(|key| Some(key.id.as_str()) != key_id);
    for key in named.chain(others) {
        if holds(parts, &bytes, key) {
            return Ok(key);
        }
    }
    let count = keyring.keys().len();
    refuse(if count == 1 { "the key does not fit".to_owned() } else { format!("none of {count} keys fits") })
}

fn holds(parts: &[&[u8]], signature: &[u8], key: &Key) -> bool {
    match &key.secret {
        Secret::Hmac(secret) => {
            // In a time that says nothing of where they differ.
            tag(secret, parts).as_slice().ct_eq(signature).into()
        }
        Secret::Ed25519 { verifying, .. } => {
            let Ok(signature) = Signature::from_slice(signature) else { return false };
            let bytes = parts.concat();
            // Strict: refuses keys of small order, with which one signature would fit many messages.
            verifying.verify_strict(&bytes, &signature).is_ok()
        }
    }
}

/// The HMAC-SHA256 of the `parts`, one after the other.
pub fn tag(secret: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hashing = Hashing::new(Some(&HmacKey::new(secret)));
    parts.iter().for_each(|part| hashing.add(part));
    hashing.done()
}

/// SHA-256 in base64url, cut to `length` characters.
pub fn digest(bytes: &[u8], length: usize) -> String {
    let mut text = URL_SAFE_NO_PAD.encode(sha256(bytes));
    text.truncate(length);
    text
}
