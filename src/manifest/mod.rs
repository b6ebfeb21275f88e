//! The signed manifest: a document that is read, checked, made into what clients get, signed and kept current off the
//! event loop, and whose receivers can tell that it is ours and not an old one.
//!
//! The signed form is canonical JSON (RFC 8785); [`canonical`] writes it in one pass over the bytes. Nothing here knows
//! of HTTP: a [`Snapshot`] has the bytes, their compressed forms and the tag that names them.

pub mod canonical;
pub mod check;
pub mod envelope;
mod error;
pub mod formats;
pub mod issue;
pub mod keys;
mod live;
pub mod node;
pub mod order;
pub mod ratchet;
pub mod reader;
mod refresh;
pub mod registry;
pub mod secrets;
pub mod service_map;
pub mod sign;
mod source;
#[cfg(test)]
mod tests;
pub mod variants;
mod watch;

pub use error::{Attempt, ManifestError};
pub use live::{Failure, Live, Ports, Rhythm};
pub use refresh::{Build, KeySource, Recipe, Refresher, Snapshot, order_of};
pub use source::SourceSchema;
