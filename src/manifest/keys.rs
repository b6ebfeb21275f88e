//! Signature keys: by id, newest first. None is ever printed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::ManifestError;
use super::sign::tag;

/// What proves that a map is ours.
#[derive(Clone)]
pub enum Secret {
    /// HMAC-SHA256 with these bytes.
    Hmac(Zeroizing<Vec<u8>>),
    /// Ed25519; without the signing half it only verifies.
    Ed25519 {
        /// Kept out of memory dumps by its own drop.
        signing: Option<Box<SigningKey>>,
        /// The public half.
        verifying: Box<VerifyingKey>,
    },
}

/// A secret with its name.
#[derive(Clone)]
pub struct Key {
    /// Public.
    pub id: String,
    /// Not.
    pub secret: Secret,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, {})", self.id, self.algorithm())
    }
}

fn keys<T>(reason: impl Into<String>) -> Result<T, ManifestError> {
    Err(ManifestError::Keys { reason: reason.into() })
}

impl Key {
    /// An HMAC key; without an id it gets one derived from the secret.
    pub fn hmac(id: Option<String>, secret: &[u8]) -> Result<Self, ManifestError> {
        if secret.is_empty() {
            return keys("an HMAC key is empty");
        }
        let id = id.unwrap_or_else(|| derived_id(secret));
        Ok(Self { id: checked_id(id)?, secret: Secret::Hmac(Zeroizing::new(secret.to_vec())) })
    }

    /// An Ed25519 key from its 32-byte halves in base64; the private one is enough, the public one only verifies.
    pub fn ed25519(
        id: Option<String>,
        private: Option<&str>,
        public: Option<&str>,
    ) -> Result<Self, ManifestError> {
        let signing = match private {
            Some(text) => Some(Box::new(SigningKey::from_bytes(&*seed(text, "private")?))),
            None => None,
        };
        let verifying = match (&signing, public) {
            (Some(signing), _) => signing.verifying_key(),
            (None, Some(text)) => VerifyingKey::from_bytes(&*seed(text, "public")?)
                .or_else(|_| keys("the public Ed25519 key is no point of the curve"))?,
            (None, None) => return keys("an Ed25519 key has neither its private nor its public half"),
        };
        if let (Some(_), Some(text)) = (&signing, public)
            && verifying.as_bytes() != &*seed(text, "public")?
        {
            return keys("the halves of an Ed25519 key do not belong together");
        }
        let id = id.unwrap_or_else(|| derived_id(verifying.as_bytes()));
        Ok(Self { id: checked_id(id)?, secret: Secret::Ed25519 { signing, verifying: Box::new(verifying) } })
    }

    /// `hmac-sha256` or `ed25519`.
    pub fn algorithm(&self) -> &'static str {
        match self.secret {
            Secret::Hmac(_) => "hmac-sha256",
            Secret::Ed25519 { .. } => "ed25519",
        }
    }
}

/// Says nothing about the secret that its signatures do not say already.
fn derived_id(secret: &[u8]) -> String {
    let digest = tag(secret, &[b"@cortex-os/native key id"]);
    digest.iter().take(4).fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
}

fn checked_id(id: String) -> Result<String, ManifestError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    if (1..=64).contains(&id.len()) && id.bytes().all(allowed) {
        return Ok(id);
    }
    keys("a key id must be 1 to 64 letters, digits, dots, colons, underscores or hyphens")
}

fn seed(text: &str, half: &str) -> Result<Zeroizing<[u8; 32]>, ManifestError> {
    let bytes = Zeroizing::new(decode(text).unwrap_or_default());
    let array: Result<[u8; 32], _> = bytes.as_slice().try_into();
    match array {
        Ok(array) => Ok(Zeroizing::new(array)),
        Err(_) => keys(format!("the {half} half of an Ed25519 key must be 32 bytes in base64")),
    }
}

/// Base64 in either alphabet, padded or not.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    [URL_SAFE_NO_PAD, STANDARD_NO_PAD, URL_SAFE, STANDARD].iter().find_map(|form| form.decode(text).ok())
}

/// Keys by age.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    keys: Vec<Key>,
}

impl Keyring {
    /// `keys` newest first: the first that can sign signs, all verify.
    pub fn new(keys: Vec<Key>) -> Result<Self, ManifestError> {
        if keys.is_empty() {
            return self::keys("none was given");
        }
        for (index, key) in keys.iter().enumerate() {
            if keys.iter().take(index).any(|earlier| earlier.id == key.id) {
                return self::keys(format!("two keys have the id {}", key.id));
            }
        }
        Ok(Self { keys })
    }

    /// The keys a file holds: `{"keys": [{"id", "secret"} | {"id", "algorithm": "ed25519", "privateKey", "publicKey"}]}`,
    /// or a text that is the one secret.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let Ok(text) = std::str::from_utf8(bytes) else { return keys("the key file is no UTF-8") };
        let text = text.trim();
        if !text.starts_with('{') {
            return Self::new(vec![Key::hmac(None, text.as_bytes())?]);
        }
        // The parser's own words may quote the text, and with it a secret.
        let Ok(file) = serde_json::from_str::<KeyFile>(text) else {
            return keys("the key file is neither a plain secret nor {\"keys\": [{\"id\", \"secret\"}]}");
        };
        Self::new(file.keys.into_iter().map(KeySpec::into_key).collect::<Result<_, _>>()?)
    }

    /// The key that signs.
    pub fn signer(&self) -> Result<&Key, ManifestError> {
        let signs = |key: &&Key| !matches!(&key.secret, Secret::Ed25519 { signing: None, .. });
        self.keys.iter().find(signs).map_or_else(|| keys("all keys only verify"), Ok)
    }

    /// All keys, newest first.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    keys: Vec<KeySpec>,
}

/// One key as options and files name it.
#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct KeySpec {
    /// Its name.
    pub id: Option<String>,
    /// `hmac-sha256` (default) or `ed25519`.
    pub algorithm: Option<String>,
    /// Of HMAC: the text whose UTF-8 is the key.
    pub secret: Option<String>,
    /// Of Ed25519, base64.
    pub private_key: Option<String>,
    /// Of Ed25519, base64.
    pub public_key: Option<String>,
}

impl KeySpec {
    /// The key.
    pub fn into_key(self) -> Result<Key, ManifestError> {
        match self.algorithm.as_deref() {
            None | Some("hmac-sha256") => {
                let secret = Zeroizing::new(self.secret.unwrap_or_default());
                Key::hmac(self.id, secret.as_bytes())
            }
            Some("ed25519") => {
                let private = self.private_key.map(Zeroizing::new);
                Key::ed25519(self.id, private.as_ref().map(|text| text.as_str()), self.public_key.as_deref())
            }
            Some(_) => keys("an algorithm must be hmac-sha256 or ed25519"),
        }
    }
}
