//! The hub: a log, the ledger that may stand behind it, and what readers need to follow both.

mod error;
#[cfg(unix)]
pub mod fanout;
mod filters;
mod hub;
mod lines;
mod listeners;
pub mod registry;
mod resume;
pub mod sse;
mod stats;

#[cfg(test)]
mod tests;

pub use error::HubError;
pub use hub::{Frames, Hub, Options, Page, ReadWant};
pub use listeners::{ListenerId, Listeners};
pub use resume::Resume;
pub use stats::Stats;
