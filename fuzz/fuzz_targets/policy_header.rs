//! The first page of a shared table: judged without a panic, and whatever is accepted can be laid out or is refused.
#![no_main]

use cortex_native_core::policy::table::header::{Found, Header, seal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = Header::decode(bytes);
    // A checksum is more than a fuzzer guesses: behind it lies what is worth trying.
    let mut page = bytes.to_vec();
    seal(&mut page);
    if let Found::Table(header) = Header::decode(&page) {
        let again = header.encode().expect("what was read fits a page");
        assert_eq!(Header::decode(&again), Found::Table(header.clone()));
        let _ = header.plan.layout();
    }
});
