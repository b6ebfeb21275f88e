//! What happens to the hubs of a process as it exits. Alone in its program, because it ends all of them.
#![allow(clippy::unwrap_used)] // a test fails by them

use std::sync::Arc;
use std::time::Duration;

use cortex_native_core::events::{Hub, Options, registry};
use cortex_native_core::log::{Fill, Refusal};

const PATIENCE: Duration = Duration::from_secs(20);

fn emit(hub: &Hub) -> Result<u64, Refusal> {
    hub.append(hub.topic("t"), hub.kind("k").unwrap(), 0, 0, |space| match space.get_mut(..2) {
        Some(space) => {
            space.copy_from_slice(b"{}");
            Fill::Line(2)
        }
        None => Fill::TooLong(2),
    })
}

#[test]
fn every_hub_is_drained_and_its_ledger_given_back() {
    let home = tempfile::tempdir().unwrap();
    let on_disk = Options { path: Some(home.path().join("ledger.ndjson")), ..Options::default() };
    let (first, ledger) = registry::open(&on_disk, false, PATIENCE).unwrap();
    registry::join(first).unwrap();
    let (second, memory) = registry::open(&Options::default(), false, PATIENCE).unwrap();
    for _ in 0..10_000 {
        emit(&ledger).unwrap();
    }

    registry::close_all();

    assert_eq!(std::fs::read(on_disk.path.as_ref().unwrap()).unwrap(), b"{}\n".repeat(10_000));
    for (handle, hub) in [(first, &ledger), (second, &memory)] {
        assert_eq!(emit(hub), Err(Refusal::Closed));
        assert_eq!(registry::get(handle).unwrap_err().code(), "ERR_HUB_HANDLE_INVALID");
        assert_eq!(registry::release(handle, PATIENCE), Ok(true));
        assert!(Arc::strong_count(hub) > 1, "a thread that still runs never meets a freed hub");
    }
    let again = Hub::open(&on_disk).unwrap();
    assert_eq!(again.head(), 10_000);
    assert_eq!(again.close(PATIENCE), Ok(true));
}
