//! The hub: a log, the ledger that may stand behind it, and what readers need to follow both.

mod error;
#[cfg(unix)]
pub mod fanout;
mod filters;
mod hub;
mod lines;
mod listeners;
mod options;
mod pages;
mod reading;
pub mod registry;
mod resume;
pub mod sse;
mod stats;

#[cfg(test)]
mod tests;

pub use error::HubError;
pub use hub::Hub;
pub use listeners::{ListenerId, Listeners};
pub use options::Options;
pub use pages::{Frames, Page, ReadWant};
pub use resume::Resume;
pub use stats::Stats;
