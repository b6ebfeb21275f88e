//! Schemas: one program, run over bytes while they are read.
//!
//! A JSON Schema (`compile`) or a Zod schema (in TypeScript) becomes a [`ir::Program`]. `link` prepares it, and
//! `pass` runs it over UTF-8 in one scan: no tree is built, and nothing is allocated for a value that is in order.
//! What the pass cannot decide runs over a `tape` in the `jsonschema` crate, which is always right and slower.

mod chains;
pub mod codes;
mod compile;
mod compiled;
mod error;
mod formats;
pub mod ir;
mod keys;
mod last;
mod limits;
mod link;
pub mod ndjson;
mod normal;
mod numbers;
mod options;
mod pass;
mod regex;
pub mod registry;
mod report;
mod sentence;
mod source;
mod tape;
mod text;

pub use compile::Remotes;
pub use compiled::{Coverage, First, Reason, Schema};
pub use error::SchemaError;
pub use limits::{Duplicates, Limits, MAX_DEPTH};
pub use options::Options;
pub use pass::{Found, Scratch, Segment};
pub use report::Issue;
