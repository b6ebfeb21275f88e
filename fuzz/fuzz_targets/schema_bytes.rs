//! `cargo +nightly fuzz run schema_bytes`: see `schema_oracle.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../schema_oracle.rs"]
mod schema_oracle;

fuzz_target!(|bytes: &[u8]| schema_oracle::check_bytes(bytes));
