//! Of schemas only their errors, which the core's one error enum names.

#[path = "../../../src/schema/error.rs"]
mod error;

pub use error::SchemaError;
