//! One refresh: candidates read in order, checked, built, signed; a snapshot to be served, or the reasons why not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::{MAX_ISSUES, Strictness, Warning};
use super::envelope::{Envelope, expired, seal};
use super::formats::parse_moment;
use super::keys::{Key, Keyring};
use super::node::Node;
use super::order::KeyOrder;
use super::ratchet::Ratchet;
use super::service_map::MapForm;
use super::sign::{digest, sign};
use super::source::{Source, SourceSchema};
use super::variants::Variants;
use super::{Attempt, ManifestError};
use crate::port::{Clock, Files};

/// What the source document is and what is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Build {
    /// A connectors manifest, served as its service map.
    #[default]
    ServiceMap,
    /// Any JSON object, served as it is, with `generatedAt` added where it has none.
    Document,
}

/// Where keys come from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// Given once.
    Fixed(Keyring),
    /// A file, read again whenever it changes.
    File(PathBuf),
}

/// What a refresh needs to know.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Candidates, in order.
    pub paths: Vec<PathBuf>,
    /// What they have to match besides what `build` asks.
    pub schema: Option<Arc<dyn SourceSchema>>,
    /// Serve documents as `schema` makes them, not as they stand.
    pub normalise: bool,
    /// What is made of them.
    pub build: Build,
    /// Where the signature stands.
    pub envelope: Envelope,
    /// The look of the map.
    pub form: MapForm,
    /// Whether the id of the signing key becomes part of what is signed.
    pub sign_key_id: bool,
    /// See [`Strictness`].
    pub strictness: Strictness,
    /// Where keys come from.
    pub keys: KeySource,
    /// Refuse a document that was generated longer ago.
    pub max_age_ms: Option<u64>,
    /// Serve a document that is older than the one before it.
    pub allow_rollback: bool,
    /// Larger files are refused.
    pub max_bytes: u64,
    /// Make gzip and brotli forms.
    pub compress: bool,
}

/// What is served, until the next one.
#[derive(Debug)]
pub struct Snapshot {
    /// The signed body.
    pub body: Vec<u8>,
    /// The same, compressed.
    pub variants: Variants,
    /// Strong, without its quotes.
    pub tag: String,
    /// Of the source document: `manifestVersion`, `version`, or empty.
    pub version: String,
    /// Of the body.
    pub generated_at: String,
    /// How long clients may keep it.
    pub ttl_seconds: f64,
    /// The key that signed.
    pub key_id: String,
    /// Its algorithm.
    pub algorithm: &'static str,
    /// The candidate it was read from.
    pub path: PathBuf,
    /// The candidates before it.
    pub attempts: Vec<Attempt>,
    /// What the operator should know.
    pub warnings: Vec<Warning>,
    /// Connectors in the order of the manifest, a line each: `1` or `0` for enabled or not, then the id. One text, since
    /// it is handed to an event loop.
    pub connectors: String,
    /// Changes with what is signed and by whom.
    fingerprint: String,
}

/// Makes snapshots, one after the other.
pub struct Refresher {
    pub(super) recipe: Recipe,
    pub(super) ratchet: Ratchet,
    files: Arc<dyn Files>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Refresher {
    /// Reads the ratchet at `ratchet_path`, if there is one.
    pub fn open(
        recipe: Recipe,
        ratchet_path: Option<PathBuf>,
        files: Arc<dyn Files>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ManifestError> {
        let ratchet = Ratchet::open(ratchet_path, &*files)?;
        Ok(Self { recipe, ratchet, files, clock })
    }

    /// What it works by.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Reads everything anew. `None`: what `current` serves is still right.
    pub fn refresh(&mut self, current: Option<&Snapshot>) -> Result<Option<Snapshot>, ManifestError> {
        let keyring = match &self.recipe.keys {
            KeySource::Fixed(keyring) => keyring.clone(),
            KeySource::File(path) => Keyring::parse(&self.read(path)?)?,
        };
        let signer = keyring.signer()?;
        let mut attempts = Vec::new();
        for path in self.recipe.paths.clone() {
            match self.load(&path, signer) {
                Ok(source) => return self.publish(source, path, attempts, signer, current),
                Err(error) => attempts.push(Attempt { path, error: Box::new(error) }),
            }
        }
        Err(ManifestError::Unavailable { attempts })
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ManifestError> {
        let missing = || ManifestError::Read { path: path.to_owned(), reason: "no such file".to_owned() };
        let bytes = self
            .files
            .read_small(path)
            .map_err(|cause| ManifestError::read(path, &cause))?
            .ok_or_else(missing)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > self.recipe.max_bytes {
            let reason = format!("it is larger than {} bytes", self.recipe.max_bytes);
            return Err(ManifestError::Read { path: path.to_owned(), reason });
        }
        Ok(bytes)
    }

    fn load(&self, path: &Path, signer: &Key) -> Result<Source, ManifestError> {
        let bytes = self.read(path)?;
        let root = Node::parse(&bytes).map_err(|fault| fault.located(&bytes))?;
        if let Some(schema) = &self.recipe.schema {
            let issues = schema.judge(&bytes, MAX_ISSUES);
            if !issues.is_empty() {
                return Err(ManifestError::Invalid { issues });
            }
        }
        let now_ms = self.clock.now_ms();
        let source = match self.recipe.build {
            Build::ServiceMap => self.service_map(&bytes, &root, signer)?,
            Build::Document => self.document(&bytes, &root)?,
        };
        let moment = parse_moment(&source.generated_at).map_or(0, |moment| moment.ms);
        expired(&source.generated_at, moment, now_ms, self.recipe.max_age_ms)?;
        if !self.recipe.allow_rollback {
            self.ratchet.admit(&source.version, &source.generated_at)?;
        }
        Ok(source)
    }

    fn publish(
        &mut self,
        source: Source,
        path: PathBuf,
        attempts: Vec<Attempt>,
        signer: &Key,
        current: Option<&Snapshot>,
    ) -> Result<Option<Snapshot>, ManifestError> {
        let Source { version, generated_at, content, payload } = source;
        let signature = sign(&payload.bytes, signer)?;
        let fingerprint = format!("{signature} {} {version} {}", signer.id, path.display());
        if current.is_some_and(|served| served.fingerprint == fingerprint && served.attempts == attempts) {
            return Ok(None);
        }
        self.ratchet.advance(&version, &generated_at, &content, &*self.files)?;
        let body = seal(&payload.bytes, &signature, self.recipe.envelope);
        let variants = if self.recipe.compress { Variants::of(&body) } else { Variants::default() };
        Ok(Some(Snapshot {
            tag: digest(&body, 22),
            body,
            variants,
            version,
            generated_at,
            ttl_seconds: payload.ttl_seconds,
            key_id: signer.id.clone(),
            algorithm: signer.algorithm(),
            path,
            attempts,
            warnings: payload.warnings,
            connectors: lines(&payload.connectors),
            fingerprint,
        }))
    }
}

fn lines(connectors: &[(String, bool)]) -> String {
    connectors.iter().fold(String::new(), |mut text, (id, enabled)| {
        text.push(if *enabled { '1' } else { '0' });
        text.push_str(id);
        text.push('\n');
        text
    })
}

/// The order in which a form is signed.
pub fn order_of(form: &MapForm) -> KeyOrder {
    if form.compat { KeyOrder::Locale } else { KeyOrder::CodeUnit }
}
