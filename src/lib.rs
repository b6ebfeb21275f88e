//! The core of `@cortex-os/native`: one log, many cursors.
//!
//! A producer copies each event once, as one line of JSON, into a [`log::Log`]; everything else is a cursor that
//! reads the same copy: the [`ledger`] on disk, the readers of an [`events::Hub`], and whatever later joins them.
//! Beside the log stands the [`manifest`]: a document kept current, signed, and served from memory. A
//! [`schema`] checks bytes before they are stored or parsed.
//!
//! This crate knows nothing of JavaScript. The binding crate converts arguments, calls one function here and
//! converts the result.

pub mod error;
pub mod events;
mod hash;
pub mod ledger;
pub mod log;
pub mod manifest;
pub mod policy;
pub mod port;
pub mod schema;
mod sync;

pub use error::{Error, Field, Result};
