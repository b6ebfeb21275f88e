//! Of the hub only its errors, which the core's one error enum names.

#[path = "../../../src/events/error.rs"]
mod error;

pub use error::HubError;
