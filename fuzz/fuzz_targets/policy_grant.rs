//! A grant: read without a panic, and what is accepted reads the same once it is written.
#![no_main]

use cortex_native_core::policy::grant::Grant;
use cortex_native_core::policy::path::Style;
use cortex_native_core::policy::scope::Scope;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(grant) = Grant::parse("fuzz", bytes) {
        let text = serde_json::to_string(&grant).expect("a grant has a text");
        assert_eq!(Grant::parse("fuzz", text.as_bytes()).expect("its own text"), grant);
        for style in [Style::Posix, Style::Windows] {
            let base = if style == Style::Posix { "/work" } else { "C:/work" };
            if let Ok(scope) = Scope::compile(style, base, &grant.fs_scope) {
                for path in &grant.actions {
                    let judged = scope.judge(path.as_bytes(), &mut Vec::new()).is_ok();
                    assert_eq!(scope.contains(path.as_bytes(), &mut Vec::new()), judged);
                }
            }
        }
    }
});
