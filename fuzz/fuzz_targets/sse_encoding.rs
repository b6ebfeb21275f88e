//! `cargo +nightly fuzz run sse_encoding`: see `sse_oracle.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../sse_oracle.rs"]
mod sse_oracle;

fuzz_target!(|bytes: &[u8]| sse_oracle::check_bytes(bytes));
