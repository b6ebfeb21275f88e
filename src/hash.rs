//! SHA-256, plain or keyed (HMAC): bytes go in, 32 bytes come out.

use ring::{digest, hmac};

/// What comes out.
pub type Digest = [u8; 32];

/// The SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> Digest {
    array(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// A key of HMAC-SHA-256, ready to use; of any length.
#[derive(Clone)]
pub struct HmacKey(hmac::Key);

impl HmacKey {
    /// One of these bytes.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }
}

/// A digest in the making.
pub enum Hashing {
    /// SHA-256.
    Plain(digest::Context),
    /// HMAC-SHA-256.
    Keyed(hmac::Context),
}

impl Hashing {
    /// Begins with nothing.
    pub fn new(key: Option<&HmacKey>) -> Self {
        match key {
            Some(HmacKey(key)) => Self::Keyed(hmac::Context::with_key(key)),
            None => Self::Plain(digest::Context::new(&digest::SHA256)),
        }
    }

    /// Adds the bytes that follow.
    pub fn add(&mut self, bytes: &[u8]) {
        match self {
            Self::Plain(context) => context.update(bytes),
            Self::Keyed(context) => context.update(bytes),
        }
    }

    /// The digest of all that was added.
    pub fn done(self) -> Digest {
        match self {
            Self::Plain(context) => array(context.finish().as_ref()),
            Self::Keyed(context) => array(context.sign().as_ref()),
        }
    }
}

/// Both kinds have 32 bytes.
fn array(bytes: &[u8]) -> Digest {
    bytes.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digest: Digest) -> String {
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    // FIPS 180-4 and RFC 4231, test case 2.
    #[test]
    fn the_digests_are_those_of_the_standards() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(sha256(b"abc")), abc);
        let mut plain = Hashing::new(None);
        [b"a", b"b", b"c"].iter().for_each(|part| plain.add(*part));
        assert_eq!(hex(plain.done()), abc);
        let mut keyed = Hashing::new(Some(&HmacKey::new(b"Jefe")));
        keyed.add(b"what do ya want ");
        keyed.add(b"for nothing?");
        assert_eq!(hex(keyed.done()), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
