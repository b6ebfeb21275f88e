//! One document, checked and made into what is signed.

use std::borrow::Cow;
use std::fmt;

use super::ManifestError;
use super::canonical::canonicalize;
use super::check::check;
use super::formats::{format_moment, parse_moment};
use super::issue::Issue;
use super::keys::Key;
use super::node::{Node, Value};
use super::refresh::Refresher;
use super::service_map::{Payload, build, generated_at};
use super::sign::digest;

/// A schema that the caller gives, as far as a manifest needs it.
pub trait SourceSchema: fmt::Debug + Send + Sync {
    /// What is wrong with a document, at most `most` issues. None: it matches.
    fn judge(&self, document: &[u8], most: usize) -> Vec<Issue>;
    /// What the schema makes of a document that matches: without what it strips, with its defaults.
    fn normalise(&self, document: &[u8]) -> Option<Vec<u8>>;
}

/// A document that may be served.
pub struct Source {
    /// `manifestVersion`, `version`, or empty.
    pub version: String,
    /// Its own time, or the one it was first served at.
    pub generated_at: String,
    /// Digest of the payload without its time.
    pub content: String,
    /// What is signed.
    pub payload: Payload,
}

impl Refresher {
    pub(super) fn service_map(
        &self,
        bytes: &[u8],
        root: &Node,
        signer: &Key,
    ) -> Result<Source, ManifestError> {
        let manifest =
            check(bytes, root, self.recipe.strictness).map_err(|issues| ManifestError::Invalid { issues })?;
        let mut form = self.recipe.form.clone();
        if self.recipe.sign_key_id {
            form.key_id = Some(signer.id.clone());
        }
        let version = root.get("manifestVersion").and_then(Node::text).unwrap_or_default().to_owned();
        let make = |time: &str| build(bytes, &manifest, time, &form);
        let own = generated_at(&manifest);
        self.timed(version, own, make)
    }

    pub(super) fn document(&self, bytes: &[u8], root: &Node) -> Result<Source, ManifestError> {
        let made = self.made_by_schema(bytes)?;
        let changed = match &made {
            Cow::Borrowed(_) => None,
            Cow::Owned(made) => Some(Node::parse(made).map_err(|fault| fault.located(made))?),
        };
        let served = changed.as_ref().unwrap_or(root);
        let object = matches!(served.value, Value::Object(_));
        if !object || served.get("signature").is_some() || served.get("payload").is_some() {
            return Err(form("<root>", "it must be an object without the members signature and payload"));
        }
        // Version and time order documents, so that they count also where the schema strips them.
        let text = |key: &str| root.get(key).and_then(Node::text);
        let version = text("manifestVersion").or_else(|| text("version")).unwrap_or_default().to_owned();
        let time = served.get("generatedAt").or_else(|| root.get("generatedAt"));
        let own = time.map(moment_of).transpose()?;
        let ttl_seconds = served.get("ttlSeconds").and_then(Node::number).unwrap_or(60.0).max(1.0);
        let timed = served.get("generatedAt").is_some();
        let make = |time: &str| {
            let whole: Cow<'_, [u8]> =
                if timed { (&*made).into() } else { with_member(served, &made, "generatedAt", time).into() };
            let bytes = canonicalize(&whole).map_err(|fault| fault.located(&whole))?;
            Ok(Payload { bytes, connectors: Vec::new(), ttl_seconds, warnings: Vec::new() })
        };
        self.timed(version, own, make)
    }

    fn made_by_schema<'b>(&self, bytes: &'b [u8]) -> Result<Cow<'b, [u8]>, ManifestError> {
        match &self.recipe.schema {
            Some(schema) if self.recipe.normalise => {
                let made = schema.normalise(bytes);
                made.map(Cow::Owned).ok_or_else(|| form("<root>", "its schema makes nothing of it"))
            }
            _ => Ok(Cow::Borrowed(bytes)),
        }
    }

    /// A document without a time of its own keeps the one it was first served with, as long as it stays the same.
    fn timed(
        &self,
        version: String,
        own: Option<String>,
        make: impl Fn(&str) -> Result<Payload, ManifestError>,
    ) -> Result<Source, ManifestError> {
        let content = digest(&make("")?.bytes, 43);
        let mark = self.ratchet.mark();
        let same = mark.filter(|mark| mark.digest == content).map(|mark| mark.generated_at.clone());
        let generated_at = own.or(same).unwrap_or_else(|| {
            let now = i64::try_from(self.clock.now_ms()).unwrap_or(0);
            // A clock that went back must not make a new document look old.
            let served =
                mark.and_then(|mark| parse_moment(&mark.generated_at)).map_or(now, |moment| moment.ms);
            format_moment(now.max(served))
        });
        let payload = make(&generated_at)?;
        Ok(Source { version, generated_at, content, payload })
    }
}

fn form(at: &str, reason: &str) -> ManifestError {
    ManifestError::Form { at: at.to_owned(), reason: reason.to_owned() }
}

/// A time that cannot be compared would not keep an older document out.
fn moment_of(node: &Node) -> Result<String, ManifestError> {
    let text = node.text().filter(|text| parse_moment(text).is_some());
    text.map(str::to_owned).ok_or_else(|| form("generatedAt", "it must be a date and time of ISO 8601"))
}

fn with_member(root: &Node, bytes: &[u8], key: &str, text: &str) -> Vec<u8> {
    let inner = bytes.get(root.span.start + 1..root.span.end).unwrap_or_default();
    let comma = if root.members().is_empty() { "" } else { "," };
    let mut with = format!("{{\"{key}\":\"{text}\"{comma}").into_bytes();
    with.extend_from_slice(inner);
    with
}
