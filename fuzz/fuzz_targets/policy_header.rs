//! The first page of a shared table: judged without a panic, and whatever is accepted can be laid out or is refused.
#![no_main]

use cortex_native_core::policy::table::header::{Found, Header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|page: &[u8]| {
    if let Found::Table(header) = Header::decode(page) {
        let again = header.encode().expect("what was read fits a page");
        assert_eq!(Header::decode(&again), Found::Table(header.clone()));
        let _ = header.plan.layout();
    }
});
