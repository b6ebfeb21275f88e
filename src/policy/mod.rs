//! Policy: decide, scope, count.
//!
//! A [`grant`] says what a tool may do, where and how often. [`scope`] judges paths as text, [`beneath`] opens them so
//! that no link leads out; [`table`] counts, in memory of one process or in a file that many share; [`revision`] tells
//! other processes that grants changed. The decision itself is made by the callers in JavaScript, which needs no
//! crossing for it.

#[cfg(unix)]
pub mod beneath;
pub mod clock;
mod error;
pub mod grant;
pub mod path;
#[cfg(unix)]
mod private_file;
pub mod revision;
pub mod scope;
#[cfg(unix)]
pub mod source;
pub mod table;

#[cfg(test)]
mod tests;

pub use error::PolicyError;
