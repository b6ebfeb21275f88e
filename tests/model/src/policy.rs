//! Of policy only its errors, which the core's one error enum names.

#[path = "../../../src/policy/error.rs"]
mod error;

pub use error::PolicyError;
