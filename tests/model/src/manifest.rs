//! The manifest has no part in the hand-over; the one error enum wraps its errors, and so they have to be here.

#[path = "../../../src/manifest/error.rs"]
mod error;
#[path = "../../../src/manifest/issue.rs"]
pub mod issue;

pub use error::ManifestError;
