//! Digests: SHA-256, or HMAC-SHA-256 with a key.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};

use super::record::{Digest, HEADER_BYTES, Kind, Record};
use crate::ledger::upkeep::Key;
use crate::log::cursor::Epoch;

/// Makes digests, with a key or without.
#[derive(Clone)]
pub struct Hasher {
    key: Option<Hmac<Sha256>>,
}

/// A digest in the making.
pub enum Making {
    Plain(Sha256),
    Keyed(Box<Hmac<Sha256>>),
}

impl Making {
    pub fn add(&mut self, bytes: &[u8]) {
        match self {
            Self::Plain(digest) => digest.update(bytes),
            Self::Keyed(digest) => digest.update(bytes),
        }
    }

    pub fn done(self) -> Digest {
        match self {
            Self::Plain(digest) => digest.finalize().into(),
            Self::Keyed(digest) => digest.finalize().into_bytes().into(),
        }
    }
}

impl Hasher {
    /// One with this key.
    pub fn new(key: Option<&Key>) -> Self {
        // HMAC takes keys of any length.
        Self { key: key.and_then(|key| Hmac::new_from_slice(&key.0).ok()) }
    }

    fn begin(&self) -> Making {
        match &self.key {
            Some(key) => Making::Keyed(Box::new(key.clone())),
            None => Making::Plain(Sha256::new()),
        }
    }

    /// The digest of `record` after `before`; the bytes of the batch are still to be added.
    pub fn of_record(&self, before: &Digest, record: &Record) -> Making {
        let mut making = self.begin();
        making.add(before);
        let header: [u8; HEADER_BYTES] = record.header();
        making.add(&header);
        making
    }

    /// What the first chain of a ledger begins with.
    pub fn genesis(&self, epoch: Epoch) -> Digest {
        let mut making = self.begin();
        making.add(b"cortex ledger chain 1\n");
        making.add(epoch.as_str().as_bytes());
        making.done()
    }

    /// Tells the key from others; 0 without one.
    pub fn key_check(&self) -> u64 {
        if self.key.is_none() {
            return 0;
        }
        let mut making = self.begin();
        making.add(b"cortex ledger chain key\n");
        let [a, b, c, d, e, f, g, h, ..] = making.done();
        u64::from_le_bytes([a, b, c, d, e, f, g, h]).max(1)
    }

    /// A record without a batch.
    pub fn seal(&self, before: &Digest, mut record: Record) -> Record {
        record.digest = match record.kind {
            Kind::Start => *before,
            _ => self.of_record(before, &record).done(),
        };
        record
    }
}
