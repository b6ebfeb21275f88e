//! `cargo +nightly fuzz run ledger_recovery`: see `ledger_oracle.rs`.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../ledger_oracle.rs"]
mod ledger_oracle;

fuzz_target!(|bytes: &[u8]| ledger_oracle::check_recovery(bytes));
