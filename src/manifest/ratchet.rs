//! Remembers the newest document served, so that an older one is never served after it, not even by a later process.
//!
//! On disk: one JSON object `{"format": 1, "version", "generatedAt", "digest"}`, replaced whole. `digest` is the SHA-256
//! (base64url) of what was served without its time, so that a restart keeps the time of a document that has none.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::ManifestError;
use super::formats::parse_moment;
use crate::port::Files;

const FORMAT: u64 = 1;

/// What was served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    format: u64,
    /// `x.y.z`, or any text.
    pub version: String,
    /// ISO 8601.
    pub generated_at: String,
    /// Of the content without its time.
    pub digest: String,
}

/// See the module.
#[derive(Debug)]
pub struct Ratchet {
    path: Option<PathBuf>,
    mark: Option<Mark>,
}

fn failed(path: &Path, reason: impl ToString) -> ManifestError {
    ManifestError::Ratchet { path: path.to_owned(), reason: reason.to_string() }
}

impl Ratchet {
    /// With a `path` it goes on from what is stored there. A file that cannot be read is no reason to forget it.
    pub fn open(path: Option<PathBuf>, files: &dyn Files) -> Result<Self, ManifestError> {
        let Some(place) = &path else { return Ok(Self { path, mark: None }) };
        let stored = files.read_small(place).map_err(|cause| failed(place, cause))?;
        let mark = match stored {
            None => None,
            Some(bytes) => {
                let mark: Mark = serde_json::from_slice(&bytes)
                    .map_err(|_| failed(place, "its content is damaged; remove it to start anew"))?;
                if mark.format > FORMAT {
                    return Err(failed(place, format!("it has format {}", mark.format)));
                }
                Some(mark)
            }
        };
        Ok(Self { path, mark })
    }

    /// What was served last.
    pub fn mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// Refuses what is older than the mark: a lower version, or an earlier time.
    pub fn admit(&self, version: &str, generated_at: &str) -> Result<(), ManifestError> {
        let Some(mark) = &self.mark else { return Ok(()) };
        let earlier = match (parse_moment(generated_at), parse_moment(&mark.generated_at)) {
            (Some(now), Some(before)) => now.ms < before.ms,
            _ => false,
        };
        if !earlier && !is_lower(version, &mark.version) {
            return Ok(());
        }
        Err(ManifestError::Rollback {
            served_version: mark.version.clone(),
            served_generated_at: mark.generated_at.clone(),
            version: version.to_owned(),
            generated_at: generated_at.to_owned(),
        })
    }

    /// Moves the mark; on disk first, since what was served must not be forgotten.
    pub fn advance(
        &mut self,
        version: &str,
        generated_at: &str,
        digest: &str,
        files: &dyn Files,
    ) -> Result<(), ManifestError> {
        // A text without order must not make room for versions below the highest one.
        let before = self.mark.as_ref().map(|mark| mark.version.as_str());
        let version = match before {
            Some(before) if numbers(version).is_none() && numbers(before).is_some() => before,
            _ => version,
        };
        let mark = Mark {
            format: FORMAT,
            version: version.to_owned(),
            generated_at: generated_at.to_owned(),
            digest: digest.to_owned(),
        };
        if self.mark.as_ref() == Some(&mark) {
            return Ok(());
        }
        if let Some(path) = &self.path {
            let bytes = serde_json::to_vec(&mark).map_err(|cause| failed(path, cause))?;
            files.replace(path, &bytes).map_err(|cause| failed(path, cause))?;
        }
        self.mark = Some(mark);
        Ok(())
    }
}

/// Versions are compared by the numbers of `x.y.z`, however long; texts of another form have no order.
fn is_lower(version: &str, than: &str) -> bool {
    match (numbers(version), numbers(than)) {
        (Some(a), Some(b)) => a < b,
        _ => false,
    }
}

/// Each number as its length and its digits: longer is larger, once zeros in front are gone.
fn numbers(version: &str) -> Option<Vec<(usize, &str)>> {
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    version
        .split('.')
        .map(|part| Some(part).filter(number).map(|part| part.trim_start_matches('0')))
        .map(|digits| digits.map(|digits| (digits.len(), digits)))
        .collect()
}
