//! Adopted sockets: handing a response's socket to the native fan-out, and hearing what became of it.

use cortex_native_core::events::HubError;
use cortex_native_core::events::fanout::{Adoption, Counters, FanOut, Notice, OnGap, OnSlow, Settings};
use napi::Env;
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::attach;
use crate::error::sync;

/// How all connections of a hub are served. Only the first adoption's settings count.
#[napi(object)]
pub struct FanOutSettings {
    /// What a heartbeat writes.
    pub heartbeat_frame: String,
    /// A heartbeat to each idle connection about this often, 0 for never.
    pub heartbeat_ms: f64,
    /// A full socket that has taken nothing for this long belongs to a slow consumer, 0 for never.
    pub stall_ms: f64,
    /// Events gather this long before they are written, 0 for as they come.
    pub window_ms: f64,
}

/// How one connection is served.
#[napi(object)]
pub struct AdoptionOptions {
    /// Topics wanted; absent for all.
    pub topics: Option<Vec<String>>,
    /// Types wanted; absent for all.
    pub types: Option<Vec<String>>,
    /// First offset wanted.
    pub from: f64,
    /// `disconnect`, `gap` or `coalesce`.
    pub on_slow: String,
    /// `continue`, `live` or `end`.
    pub on_gap: String,
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // float casts saturate, NaN becomes 0
fn count(value: f64) -> u64 {
    value as u64
}

#[allow(clippy::cast_precision_loss)] // ids and counts stay below 2^53
fn number(value: u64) -> f64 {
    value as f64
}

fn on_slow(text: &str) -> cortex_native_core::Result<OnSlow> {
    match text {
        "disconnect" => Ok(OnSlow::Disconnect),
        "gap" => Ok(OnSlow::Gap),
        "coalesce" => Ok(OnSlow::Coalesce),
        other => Err(invalid("onSlow", "'disconnect', 'gap' or 'coalesce'", other)),
    }
}

fn on_gap(text: &str) -> cortex_native_core::Result<OnGap> {
    match text {
        "continue" => Ok(OnGap::Continue),
        "live" => Ok(OnGap::Live),
        "end" => Ok(OnGap::End),
        other => Err(invalid("onGap", "'continue', 'live' or 'end'", other)),
    }
}

fn invalid(option: &'static str, expected: &str, actual: &str) -> cortex_native_core::Error {
    let (expected, actual) = (expected.to_owned(), actual.to_owned());
    HubError::OptionInvalid { option, expected, actual }.into()
}

/// Hands the socket with descriptor `fd` to the fan-out. Its id there, or -1 when the descriptor cannot be had.
#[napi]
pub fn hub_adopt(
    env: Env,
    attachment: f64,
    fd: i32,
    settings: FanOutSettings,
    options: AdoptionOptions,
) -> napi::Result<f64> {
    sync(env, "adopting a socket", || {
        let hub = attach::hub(env, attachment)?;
        let settings = Settings {
            heartbeat: settings.heartbeat_frame.into_bytes(),
            heartbeat_ms: count(settings.heartbeat_ms),
            stall_ms: count(settings.stall_ms),
            window_ms: count(settings.window_ms),
            ..Settings::default()
        };
        let adoption = Adoption {
            topics: options.topics,
            types: options.types,
            from: count(options.from),
            on_slow: on_slow(&options.on_slow)?,
            on_gap: on_gap(&options.on_gap)?,
        };
        if fd < 0 {
            return Ok(-1.0);
        }
        // SAFETY: not negative; if Node has closed it meanwhile, duplicating it fails, which is told.
        let socket = unsafe { BorrowedFd::borrow_raw(fd) };
        let adopted = hub.fan_out(&settings)?.adopt(count(attachment), socket, adoption);
        Ok(adopted.map_or(-1.0, number))
    })
}

/// The fan-out of an attachment's hub, if there is any to speak to.
fn running(env: Env, attachment: f64) -> Option<Arc<FanOut>> {
    attach::hub(env, attachment).ok()?.running_fan_out()
}

/// Forgets an adopted connection and closes the duplicate of its descriptor.
#[napi]
pub fn hub_release(env: Env, attachment: f64, connection: f64) {
    if let Some(fan_out) = running(env, attachment) {
        fan_out.release(count(connection));
    }
}

/// Writes what the log has now to an adopted connection, then lets go of it and says so.
#[napi]
pub fn hub_drain(env: Env, attachment: f64, connection: f64) {
    if let Some(fan_out) = running(env, attachment) {
        fan_out.drain(count(attachment), count(connection));
    }
}

/// Follows one more topic on an adopted connection, or one less.
#[napi]
pub fn hub_connection_topic(env: Env, attachment: f64, connection: f64, topic: String, followed: bool) {
    if let Some(fan_out) = running(env, attachment) {
        fan_out.set_topic(count(connection), topic, followed);
    }
}

/// One heartbeat to every adopted connection.
#[napi]
pub fn hub_fan_out_heartbeat(env: Env, attachment: f64) {
    if let Some(fan_out) = running(env, attachment) {
        fan_out.heartbeat();
    }
}

/// What happened to adopted connections: pairs of id and 1 (drained), 2 (too slow) or 3 (broken).
#[napi]
pub fn hub_notices(env: Env, attachment: f64) -> Float64Array {
    let notices =
        running(env, attachment).map(|fan_out| fan_out.notices(count(attachment))).unwrap_or_default();
    let code = |notice| match notice {
        Notice::Drained => 1.0,
        Notice::Slow => 2.0,
        Notice::Broken => 3.0,
    };
    notices.into_iter().flat_map(|(id, notice)| [number(id), code(notice)]).collect::<Vec<f64>>().into()
}

/// What the fan-out of a hub has done since it began.
#[napi(object)]
#[derive(Default)]
pub struct FanOutCounts {
    /// Connections served now.
    pub connections: f64,
    /// Connections whose socket is full now.
    pub lagging: f64,
    /// Events after the cursor of the one farthest behind among them.
    pub lag: f64,
    /// Frames handed to sockets.
    pub frames: f64,
    /// Bytes handed to sockets.
    pub bytes: f64,
    /// Writes made.
    pub writes: f64,
    /// Times a socket was full.
    pub stalls: f64,
    /// Connections given up as slow.
    pub slow: f64,
    /// Gap events sent.
    pub gaps: f64,
    /// Frames that coalescing skipped.
    pub coalesced: f64,
    /// Connections that began in the past.
    pub resumes: f64,
    /// Reads of the past for connections.
    pub catchups: f64,
    /// Sampled times from emit to write: samples per bucket of `latencyBoundsUs`, and one for what took longer.
    pub latency: Vec<f64>,
}

fn counts(counters: &Counters) -> FanOutCounts {
    let load = |counter: &AtomicU64| number(counter.load(Ordering::Relaxed));
    FanOutCounts {
        connections: load(&counters.connections),
        lagging: load(&counters.lagging),
        lag: load(&counters.lag),
        frames: load(&counters.frames),
        bytes: load(&counters.bytes),
        writes: load(&counters.writes),
        stalls: load(&counters.stalls),
        slow: load(&counters.slow),
        gaps: load(&counters.gaps),
        coalesced: load(&counters.coalesced),
        resumes: load(&counters.resumes),
        catchups: load(&counters.catchups),
        latency: counters.latency.snapshot().into_iter().map(number).collect(),
    }
}

/// A snapshot of the fan-out.
#[napi]
pub fn hub_fan_out_counts(env: Env, attachment: f64) -> FanOutCounts {
    running(env, attachment).map(|fan_out| counts(fan_out.counters())).unwrap_or_default()
}
