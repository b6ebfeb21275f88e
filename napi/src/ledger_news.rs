//! What happened to the segments of a hub's ledger.

use cortex_native_core::error::Coded;
use cortex_native_core::ledger::LedgerError;
use cortex_native_core::ledger::segments::{News, Segment};
use napi::Env;
use napi_derive::napi;

use crate::attach;
use crate::error::sync;
use crate::hub::whole;

/// A segment that was closed.
#[napi(object)]
pub struct ClosedSegment {
    /// Offset of its first event.
    pub first: f64,
    /// Number of its events.
    pub events: f64,
    /// Bytes of its lines.
    pub bytes: f64,
    /// When it was closed, in milliseconds since the Unix epoch.
    pub closed_ms: f64,
}

/// Upkeep that failed.
#[napi(object)]
pub struct UpkeepTrouble {
    /// Code of the error.
    pub code: String,
    /// Its message.
    pub message: String,
    /// The ledger.
    pub path: String,
    /// What was not done.
    pub operation: String,
    /// The operating system's text.
    pub reason: String,
    /// Its number, absent where it gave none.
    pub errno: Option<i32>,
}

/// What happened since one asked last.
#[napi(object)]
pub struct LedgerNews {
    /// Segments that were closed.
    pub closed: Vec<ClosedSegment>,
    /// What failed.
    pub troubles: Vec<UpkeepTrouble>,
    /// Number of news so far, for the next call.
    pub heard: f64,
}

#[allow(clippy::cast_precision_loss)] // offsets, sizes and times stay below 2^53
fn number(value: u64) -> f64 {
    value as f64
}

fn closed(segment: &Segment) -> ClosedSegment {
    ClosedSegment {
        first: number(segment.start.offset),
        events: number(segment.end.offset - segment.start.offset),
        bytes: number(segment.end.position - segment.start.position),
        closed_ms: number(segment.closed_ms),
    }
}

fn trouble(error: LedgerError) -> Option<UpkeepTrouble> {
    let (code, message) = (error.code().to_owned(), error.to_string());
    let LedgerError::Upkeep { path, operation, cause } = error else { return None };
    Some(UpkeepTrouble {
        code,
        message,
        path: path.display().to_string(),
        operation: operation.to_owned(),
        reason: cause.text,
        errno: cause.errno,
    })
}

/// What happened to the segments of the ledger after the first `heard` news.
#[napi]
pub fn hub_ledger_news(env: Env, attachment: f64, heard: f64) -> napi::Result<LedgerNews> {
    let (news, count) = sync(env, "asking for news", || {
        Ok(attach::hub(env, attachment)?.ledger_news(whole("heard", heard)?))
    })?;
    let mut told = LedgerNews { closed: Vec::new(), troubles: Vec::new(), heard: number(count) };
    for one in news {
        match one {
            News::Rotated(segment) => told.closed.push(closed(&segment)),
            News::Trouble(error) => told.troubles.extend(trouble(error)),
        }
    }
    Ok(told)
}

/// The file of a hub's ledger, absent for a hub in memory.
#[napi]
pub fn hub_path(env: Env, attachment: f64) -> napi::Result<Option<String>> {
    sync(env, "asking for the ledger", || {
        Ok(attach::hub(env, attachment)?.path().map(|path| path.display().to_string()))
    })
}

/// Offset of the oldest event that the ledger of a hub still has.
#[napi]
pub fn hub_oldest(env: Env, attachment: f64) -> napi::Result<f64> {
    sync(env, "asking for the oldest event", || Ok(number(attach::hub(env, attachment)?.oldest())))
}
