//! Reading events: from the window at once, from the ledger off the event loop.

use cortex_native_core::events::{Frames, Page, ReadWant, Resume};
use cortex_native_core::log::cursor::MAX_OFFSET;
use cortex_native_core::log::filter::NamedFilter;
use napi::Env;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use crate::attach;
use crate::error::sync;
use crate::page::{EventPage, FramePage};
use crate::task::{Blocking, blocking};

/// Which events are wanted.
#[napi(object)]
pub struct EventQuery {
    /// Only these topics.
    pub topics: Option<Vec<String>>,
    /// Only these types.
    pub types: Option<Vec<String>>,
    /// Only events from this offset on, oldest first; absent for the newest that `limit` allows.
    pub from: Option<f64>,
    /// Only events before this offset.
    pub before: Option<f64>,
    /// How many at the most.
    pub limit: f64,
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // float casts saturate, NaN becomes 0
fn count(value: f64) -> u64 {
    value as u64
}

fn want(query: EventQuery) -> ReadWant {
    ReadWant {
        filter: NamedFilter { topics: query.topics, types: query.types },
        from: query.from.map(count),
        before: query.before.map_or(MAX_OFFSET, count),
        limit: usize::try_from(count(query.limit)).unwrap_or(usize::MAX),
    }
}

/// What the window has of the wanted events.
#[napi]
pub fn hub_read_window(env: Env, attachment: f64, query: EventQuery) -> napi::Result<EventPage> {
    sync(env, "reading the window", || attach::hub(env, attachment)?.read_window(&want(query)))
        .map(EventPage::from)
}

/// Whether the window alone has all that is wanted.
#[napi]
pub fn hub_window_suffices(env: Env, attachment: f64, query: EventQuery) -> napi::Result<bool> {
    sync(env, "reading the window", || attach::hub(env, attachment)?.window_suffices(&want(query)))
}

/// The wanted events, from the ledger, off the event loop.
#[napi(ts_return_type = "Promise<EventPage>")]
pub fn hub_read_ledger(
    env: Env,
    attachment: f64,
    query: EventQuery,
) -> napi::Result<AsyncTask<Blocking<Page, EventPage>>> {
    let hub = sync(env, "reading the ledger", || attach::hub(env, attachment))?;
    let want = want(query);
    Ok(blocking("reading the ledger", EventPage::from, move || hub.read_ledger(&want)))
}

/// SSE frames of events that left the window, from the ledger, off the event loop.
#[napi(ts_return_type = "Promise<FramePage>")]
pub fn hub_frames_from_ledger(
    env: Env,
    attachment: f64,
    filter: u32,
    from: f64,
    max_bytes: f64,
) -> napi::Result<AsyncTask<Blocking<Frames, FramePage>>> {
    let hub = sync(env, "reading the ledger", || attach::hub(env, attachment))?;
    let (from, max_bytes) = (count(from), usize::try_from(count(max_bytes)).unwrap_or(usize::MAX));
    Ok(blocking("reading the ledger", FramePage::from, move || {
        hub.frames_from_ledger(filter, from, max_bytes)
    }))
}

#[allow(clippy::cast_precision_loss)] // offsets stay below 2^53
fn number(value: u64) -> f64 {
    value as f64
}

/// Where a reader with this token goes on: after the offset returned; -1 for a cursor of another epoch, -2 for a
/// cursor that was never given out, -3 for what is no cursor and no id of an event of the window.
#[napi]
pub fn hub_resume(env: Env, attachment: f64, token: String) -> napi::Result<f64> {
    sync(env, "resuming", || {
        Ok(match attach::hub(env, attachment)?.resume(&token) {
            Resume::After(offset) => number(offset),
            Resume::OtherEpoch => -1.0,
            Resume::Unknown => -2.0,
            Resume::NotInWindow => -3.0,
        })
    })
}

/// Offset of the newest event of the window with this id, -1 for none.
#[napi]
pub fn hub_find(env: Env, attachment: f64, id: String) -> napi::Result<f64> {
    sync(env, "finding an event", || Ok(attach::hub(env, attachment)?.find(&id).map_or(-1.0, number)))
}

/// Offset of the newest event of the ledger with this id, -1 for none. Off the event loop.
#[napi(ts_return_type = "Promise<number>")]
pub fn hub_find_in_ledger(
    env: Env,
    attachment: f64,
    id: String,
) -> napi::Result<AsyncTask<Blocking<Option<u64>, f64>>> {
    let hub = sync(env, "finding an event", || attach::hub(env, attachment))?;
    let convert = |found: Option<u64>| found.map_or(-1.0, number);
    Ok(blocking("finding an event", convert, move || hub.find_in_ledger(&id)))
}
