//! What an idle connection costs natively. Alone in its program, because it counts all allocations of it.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test fails by them

use std::alloc::{GlobalAlloc, Layout, System};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cortex_native_core::events::fanout::{Adoption, FanOut, OnGap, OnSlow, Settings};
use cortex_native_core::events::{Hub, Options};

const COUNT: usize = 400; // a descriptor each, and the limit of a process may be 1,024
const OWNER: u64 = 1;
const BOUND: usize = 1024;

struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is the system allocator's; beside it a number is changed.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::SeqCst);
        // SAFETY: the caller's promise, handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::SeqCst);
        // SAFETY: the caller's promise, handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn adoption(topics: Option<Vec<String>>) -> Adoption {
    Adoption { topics, types: None, from: 0, on_slow: OnSlow::Disconnect, on_gap: OnGap::Continue }
}

fn wait_for(fan_out: &FanOut, connections: usize) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while fan_out.counters().connections.load(Ordering::SeqCst) != connections as u64 {
        assert!(Instant::now() < deadline, "not {connections} connections");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Bytes per connection that follows what `topics` says of its number.
fn cost(topics: impl Fn(usize) -> Option<Vec<String>>) -> usize {
    let hub = Arc::new(Hub::open(&Options::default()).unwrap());
    let fan_out = hub.fan_out(&Settings::default()).unwrap();
    let (theirs, _ours) = UnixStream::pair().unwrap();
    let settled = |connections| {
        wait_for(&fan_out, connections);
        std::thread::sleep(Duration::from_millis(50)); // the thread frees what it was told by
        LIVE.load(Ordering::SeqCst)
    };
    // The first one brings what all share.
    fan_out.adopt(OWNER, theirs.as_fd(), adoption(topics(0))).unwrap();
    let before = settled(1);
    for at in 1..=COUNT {
        fan_out.adopt(OWNER, theirs.as_fd(), adoption(topics(at))).unwrap();
    }
    settled(COUNT + 1).saturating_sub(before) / COUNT
}

#[test]
fn an_idle_connection_costs_less_than_a_kilobyte() {
    let all = cost(|_| None);
    let same = cost(|_| Some(vec!["orders".to_owned()]));
    let own = cost(|at| Some(vec![format!("order-{at}")]));
    let three = cost(|at| Some((0..3).map(|of| format!("order-{at}-{of}")).collect()));
    println!(
        "bytes per idle connection: all {all}, one topic {same}, its own topic {own}, three of its own {three}"
    );
    for (what, bytes) in [("all", all), ("one topic", same), ("its own topic", own)] {
        assert!(bytes > 100, "{what}: {bytes} bytes are not a connection");
        assert!(bytes <= BOUND, "{what}: {bytes} bytes");
    }
    assert!(three > own && three <= 3 * BOUND, "three topics of its own: {three} bytes");
}
