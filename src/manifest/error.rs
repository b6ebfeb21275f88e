//! What can go wrong with a manifest.

use std::fmt;
use std::path::{Path, PathBuf};

use super::issue::{Issue, Place};
use crate::error::{Coded, Field};

/// One candidate that could not be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The candidate.
    pub path: PathBuf,
    /// Why not.
    pub error: Box<ManifestError>,
}

/// A manifest that cannot be read, trusted, signed or served.
#[derive(Debug, Clone, PartialEq)]
pub enum ManifestError {
    /// No candidate could be used.
    Unavailable {
        /// Every candidate in order, with its reason.
        attempts: Vec<Attempt>,
    },
    /// A file could not be read.
    Read {
        /// The file.
        path: PathBuf,
        /// The system's text.
        reason: String,
    },
    /// The bytes are no JSON, or JSON that has no single meaning.
    Json {
        /// What is wrong.
        reason: String,
        /// Where, from 0.
        byte_offset: u64,
        /// Line, from 1.
        line: u64,
        /// Column in bytes, from 1.
        column: u64,
    },
    /// The document breaks the schema.
    Invalid {
        /// What and where; at least one.
        issues: Vec<Issue>,
    },
    /// The document is older than what was served.
    Rollback {
        /// The version served.
        served_version: String,
        /// Its time.
        served_generated_at: String,
        /// The version refused.
        version: String,
        /// Its time.
        generated_at: String,
    },
    /// The document is older than it may be.
    Expired {
        /// Its time.
        generated_at: String,
        /// The bound.
        max_age_ms: u64,
    },
    /// Refreshing has failed for longer than a stale document may be served.
    Stale {
        /// When it began to fail, in milliseconds since 1970.
        since_ms: u64,
        /// The bound.
        limit_ms: u64,
        /// What the last refresh said.
        reason: String,
    },
    /// The ratchet file cannot be read or written.
    Ratchet {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// There is no usable key.
    Keys {
        /// Why.
        reason: String,
    },
    /// No key verifies the signature.
    Signature {
        /// Why.
        reason: String,
    },
    /// The form asked for cannot carry the document.
    Form {
        /// Where in the document.
        at: String,
        /// Why.
        reason: String,
    },
    /// The manifest was closed, or never opened.
    Closed,
    /// An option has the wrong type or lies outside its range.
    OptionInvalid {
        /// Its name.
        option: &'static str,
        /// What it has to be.
        expected: String,
        /// What it was.
        actual: String,
    },
}

impl ManifestError {
    /// The file at `path` could not be read.
    pub fn read(path: &Path, cause: &std::io::Error) -> Self {
        Self::Read { path: path.to_owned(), reason: cause.to_string() }
    }
}

impl Attempt {
    /// `[{"path", "code", "message", "issues"?}]`, for people who read logs and for programs.
    pub fn list(attempts: &[Self]) -> String {
        serde_json::Value::from(attempts.iter().map(Self::json).collect::<Vec<_>>()).to_string()
    }

    fn json(&self) -> serde_json::Value {
        let mut told = serde_json::json!({
            "path": self.path.display().to_string(),
            "code": self.error.code(),
            "message": self.error.to_string(),
        });
        if let (ManifestError::Invalid { issues }, Some(members)) = (&*self.error, told.as_object_mut()) {
            members.insert("issues".to_owned(), issues_json(issues));
        }
        told
    }
}

fn issues_json(issues: &[Issue]) -> serde_json::Value {
    let told = issues.iter().map(|issue| {
        let Place { byte_offset, line, column } = issue.place;
        serde_json::json!({
            "at": issue.at(),
            "pointer": issue.pointer(),
            "message": issue.message(),
            "byteOffset": byte_offset,
            "line": line,
            "column": column,
        })
    });
    serde_json::Value::from(told.collect::<Vec<_>>())
}

impl Coded for ManifestError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "ERR_MANIFEST_UNAVAILABLE",
            Self::Read { .. } => "ERR_MANIFEST_READ",
            Self::Json { .. } => "ERR_MANIFEST_JSON",
            Self::Invalid { .. } => "ERR_MANIFEST_INVALID",
            Self::Rollback { .. } => "ERR_MANIFEST_ROLLBACK",
            Self::Expired { .. } => "ERR_MANIFEST_EXPIRED",
            Self::Stale { .. } => "ERR_MANIFEST_STALE",
            Self::Ratchet { .. } => "ERR_MANIFEST_RATCHET",
            Self::Keys { .. } => "ERR_MANIFEST_KEYS",
            Self::Signature { .. } => "ERR_MANIFEST_SIGNATURE",
            Self::Form { .. } => "ERR_MANIFEST_FORM",
            Self::Closed => "ERR_MANIFEST_CLOSED",
            Self::OptionInvalid { .. } => "ERR_MANIFEST_OPTION_INVALID",
        }
    }

    fn fields(&self) -> Vec<(&'static str, Field)> {
        match self {
            Self::Unavailable { attempts } => vec![("attempts", Field::text(Attempt::list(attempts)))],
            Self::Read { path, reason } | Self::Ratchet { path, reason } => {
                vec![("path", Field::text(path.display())), ("reason", Field::text(reason))]
            }
            Self::Json { reason, byte_offset, line, column } => vec![
                ("reason", Field::text(reason)),
                ("byteOffset", Field::count(*byte_offset)),
                ("line", Field::count(*line)),
                ("column", Field::count(*column)),
            ],
            Self::Invalid { issues } => vec![("issues", Field::text(issues_json(issues)))],
            Self::Rollback { served_version, served_generated_at, version, generated_at } => vec![
                ("servedVersion", Field::text(served_version)),
                ("servedGeneratedAt", Field::text(served_generated_at)),
                ("version", Field::text(version)),
                ("generatedAt", Field::text(generated_at)),
            ],
            Self::Expired { generated_at, max_age_ms } => {
                vec![("generatedAt", Field::text(generated_at)), ("maxAgeMs", Field::count(*max_age_ms))]
            }
            Self::Stale { since_ms, limit_ms, reason } => vec![
                ("sinceMs", Field::count(*since_ms)),
                ("limitMs", Field::count(*limit_ms)),
                ("reason", Field::text(reason)),
            ],
            Self::Keys { reason } | Self::Signature { reason } => vec![("reason", Field::text(reason))],
            Self::Form { at, reason } => vec![("at", Field::text(at)), ("reason", Field::text(reason))],
            Self::Closed => vec![],
            Self::OptionInvalid { option, expected, actual } => vec![
                ("option", Field::text(option)),
                ("expected", Field::text(expected)),
                ("actual", Field::text(actual)),
            ],
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { attempts } => {
                f.write_str("no manifest could be loaded from the configured locations")?;
                for (index, attempt) in attempts.iter().enumerate() {
                    let before = if index == 0 { ": " } else { "; " };
                    write!(f, "{before}{}: {}", attempt.path.display(), attempt.error)?;
                }
                Ok(())
            }
            Self::Read { path, reason } => write!(f, "cannot read {}: {reason}", path.display()),
            Self::Json { reason, line, column, .. } => {
                write!(f, "{reason} at line {line}, column {column}")
            }
            Self::Invalid { issues } => {
                f.write_str("the manifest breaks its schema")?;
                if let Some(first) = issues.first() {
                    let Place { line, column, .. } = first.place;
                    write!(f, " at {}: {}, line {line}, column {column}", first.at(), first.message())?;
                }
                if issues.len() > 1 {
                    write!(f, " (and {} more)", issues.len() - 1)?;
                }
                Ok(())
            }
            Self::Rollback { served_version, served_generated_at, version, generated_at } => write!(
                f,
                "version {version} of {generated_at} is older than version {served_version} of \
                 {served_generated_at}, which was served; raise the version to publish it"
            ),
            Self::Expired { generated_at, max_age_ms } => {
                write!(f, "generated at {generated_at}, which is more than {max_age_ms} ms ago")
            }
            Self::Stale { limit_ms, reason, .. } => {
                write!(f, "the manifest could not be refreshed for more than {limit_ms} ms: {reason}")
            }
            Self::Ratchet { path, reason } => {
                write!(f, "cannot keep the newest served version in {}: {reason}", path.display())
            }
            Self::Keys { reason } => write!(f, "no signature key: {reason}"),
            Self::Signature { reason } => write!(f, "the signature does not hold: {reason}"),
            Self::Form { at, reason } => write!(f, "the form asked for cannot carry {at}: {reason}"),
            Self::Closed => f.write_str("the manifest is closed"),
            Self::OptionInvalid { option, expected, actual } => {
                write!(f, "{option} must be {expected}, not {actual}")
            }
        }
    }
}

impl std::error::Error for ManifestError {}
