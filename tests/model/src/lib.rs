//! The core's log and ledger, from the same files, upon the primitives of a model checker.
#![cfg(not(test))] // their own tests are the core's and know nothing of a model checker

#[path = "../../../src/error.rs"]
pub mod error;
pub mod events;
#[path = "../../../src/hash.rs"]
mod hash;
#[path = "../../../src/ledger/mod.rs"]
pub mod ledger;
#[path = "../../../src/log/mod.rs"]
pub mod log;
pub mod manifest;
pub mod policy;
#[path = "../../../src/port.rs"]
pub mod port;
pub mod schema;
pub mod sync;
