#![no_main]

#[path = "../bodies/manifest_bytes.rs"]
mod manifest_bytes;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| manifest_bytes::run(bytes));
