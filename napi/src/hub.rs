//! Opening, closing and asking a hub: everything that is not hot.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cortex_native_core::Error;
use cortex_native_core::events::{HubError, Options, registry};
use cortex_native_core::ledger::{Durability, Key};
use cortex_native_core::log::filter::NamedFilter;
use cortex_native_core::log::{LogError, Refusal};
use cortex_native_core::schema::{Schema, registry as schemas};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Buffer, Function, Uint8Array, Unknown};
use napi_derive::napi;

use crate::attach;
use crate::error::{sync, to_js};
use crate::exit;
use crate::owned::Owned;
use crate::raw;
use crate::task::{Blocking, blocking};

/// How a hub is opened. What is absent has the default that `EventHub` documents.
#[napi(object)]
pub struct HubOptions {
    /// The ledger's file; absent for a hub in memory.
    pub path: Option<String>,
    /// Join the hub of this process that has the same path.
    pub shared: Option<bool>,
    /// `none`, `group` or `always`.
    pub durability: Option<String>,
    /// Size of the ring.
    pub ring_bytes: Option<f64>,
    /// Bound on one line.
    pub max_line_bytes: Option<f64>,
    /// Events of the window.
    pub max_events: Option<f64>,
    /// Events of the window per topic.
    pub max_topic_events: Option<f64>,
    /// Bytes of the window.
    pub max_bytes: Option<f64>,
    /// Age at which a silent topic leaves the window, 0 for never.
    pub idle_ms: Option<f64>,
    /// Top-level string field that names the topic.
    pub topic_field: Option<String>,
    /// Top-level string field that names the type.
    pub type_field: Option<String>,
    /// Top-level string field that names the event.
    pub id_field: Option<String>,
    /// How long the exit of the process may wait for the ledger.
    pub exit_drain_ms: Option<f64>,
    /// Top-level field that tells when an event happened.
    pub time_field: Option<String>,
    /// When the active segment is closed.
    pub rotate: Option<RotateOptions>,
    /// How long closed segments are kept.
    pub retain: Option<RetainOptions>,
    /// Closed segments are compressed.
    pub compress: Option<bool>,
    /// A hash chain is kept.
    pub chain: Option<bool>,
    /// Its key.
    pub chain_key: Option<Uint8Array>,
    /// Number of the compiled schema that every line has to match.
    pub schema: Option<f64>,
}

/// When the active segment is closed.
#[napi(object)]
pub struct RotateOptions {
    /// At this many bytes.
    pub max_bytes: Option<f64>,
    /// At this many events.
    pub max_events: Option<f64>,
    /// This long after its beginning.
    pub max_age_ms: Option<f64>,
}

/// How long closed segments are kept.
#[napi(object)]
pub struct RetainOptions {
    /// Bytes on disk of all segments.
    pub max_bytes: Option<f64>,
    /// Time since a segment was closed.
    pub max_age_ms: Option<f64>,
    /// Number of closed segments.
    pub max_segments: Option<f64>,
}

/// A whole number from an option; anything else is told by name.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked to be whole and in range
pub fn whole(option: &'static str, value: f64) -> cortex_native_core::Result<u64> {
    if value.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&value) {
        return Ok(value as u64);
    }
    let expected = "a whole number of at least 0".to_owned();
    Err(HubError::OptionInvalid { option, expected, actual: value.to_string() }.into())
}

fn size(option: &'static str, value: f64) -> cortex_native_core::Result<usize> {
    let count = whole(option, value)?;
    usize::try_from(count).map_err(|_| {
        HubError::OptionInvalid { option, expected: "a size of memory".to_owned(), actual: value.to_string() }
            .into()
    })
}

fn durability(text: &str) -> cortex_native_core::Result<Durability> {
    match text {
        "none" => Ok(Durability::None),
        "group" => Ok(Durability::Group),
        "always" => Ok(Durability::Always),
        other => Err(HubError::OptionInvalid {
            option: "durability",
            expected: "'none', 'group' or 'always'".to_owned(),
            actual: other.to_owned(),
        }
        .into()),
    }
}

fn optional(option: &'static str, value: Option<f64>) -> cortex_native_core::Result<Option<u64>> {
    value.map(|value| whole(option, value)).transpose()
}

fn at_least_one(option: &'static str, value: Option<f64>) -> cortex_native_core::Result<Option<u64>> {
    let count = optional(option, value)?;
    if count == Some(0) {
        let expected = "a whole number of at least 1".to_owned();
        return Err(HubError::OptionInvalid { option, expected, actual: "0".to_owned() }.into());
    }
    Ok(count)
}

struct Opening {
    options: Options,
    shared: bool,
    exit_patience: Duration,
    schema: Option<Arc<Schema>>,
}

fn convert(given: HubOptions) -> cortex_native_core::Result<Opening> {
    let mut options = Options { path: given.path.map(PathBuf::from), ..Options::default() };
    if let Some(text) = given.durability {
        options.durability = durability(&text)?;
    }
    let sizes = [
        ("ringBytes", given.ring_bytes, &mut options.ring_bytes),
        ("maxLineBytes", given.max_line_bytes, &mut options.max_line_bytes),
        ("maxEvents", given.max_events, &mut options.max_events),
        ("maxTopicEvents", given.max_topic_events, &mut options.max_topic_events),
    ];
    for (name, value, target) in sizes {
        if let Some(value) = value {
            *target = size(name, value)?;
        }
    }
    if given.max_line_bytes.is_none() {
        // Who asks for a small ring need not know what that means for lines.
        options.max_line_bytes = options.max_line_bytes.min(options.ring_bytes / 4);
    }
    if let Some(value) = given.max_bytes {
        options.max_bytes = whole("maxBytes", value)?;
    }
    if let Some(value) = given.idle_ms {
        options.idle_ms = whole("idleMs", value)?;
    }
    let fields = [
        (given.topic_field, &mut options.topic_field),
        (given.type_field, &mut options.type_field),
        (given.id_field, &mut options.id_field),
        (given.time_field, &mut options.time_field),
    ];
    for (value, target) in fields {
        if let Some(value) = value {
            *target = value;
        }
    }
    let upkeep = &mut options.upkeep;
    if let Some(rotate) = given.rotate {
        upkeep.rotate.max_bytes = at_least_one("rotate.maxBytes", rotate.max_bytes)?;
        upkeep.rotate.max_events = at_least_one("rotate.maxEvents", rotate.max_events)?;
        upkeep.rotate.max_age_ms = at_least_one("rotate.maxAgeMs", rotate.max_age_ms)?;
    }
    if let Some(retain) = given.retain {
        upkeep.retain.max_bytes = optional("retain.maxBytes", retain.max_bytes)?;
        upkeep.retain.max_age_ms = optional("retain.maxAgeMs", retain.max_age_ms)?;
        upkeep.retain.max_segments = optional("retain.maxSegments", retain.max_segments)?;
    }
    upkeep.compress = given.compress.unwrap_or(false);
    upkeep.chain = given.chain.unwrap_or(false);
    upkeep.key = given.chain_key.map(|key| Key(key.to_vec()));
    let exit_ms = given.exit_drain_ms.map_or(Ok(2000), |value| whole("exitDrainMs", value))?;
    let (shared, exit_patience) = (given.shared.unwrap_or(false), Duration::from_millis(exit_ms));
    let schema = given.schema.map(schemas::find).transpose()?;
    Ok(Opening { options, shared, exit_patience, schema })
}

#[allow(clippy::cast_precision_loss)] // handles, offsets and counts stay below 2^53
fn number(value: u64) -> f64 {
    value as f64
}

fn open_now(opening: &Opening) -> cortex_native_core::Result<Owned> {
    exit::drain_at_exit();
    let (handle, hub) = registry::open(&opening.options, opening.shared, opening.exit_patience)?;
    if let Some(schema) = &opening.schema {
        hub.require(Arc::clone(schema));
    }
    Ok(Owned::new(handle))
}

/// The number by which JavaScript attaches what it has just opened.
fn to_attach(owned: Owned) -> f64 {
    number(owned.await_attaching())
}

/// Opens a hub off the event loop and resolves to its handle, which the caller owns and attaches.
#[napi(ts_return_type = "Promise<number>")]
pub fn hub_open(env: Env, options: HubOptions) -> napi::Result<AsyncTask<Blocking<Owned, f64>>> {
    let opening = sync(env, "reading the options", || convert(options))?;
    Ok(blocking("opening a hub", to_attach, move || open_now(&opening)))
}

/// The same, blocking.
#[napi]
pub fn hub_open_sync(env: Env, options: HubOptions) -> napi::Result<f64> {
    sync(env, "opening a hub", || open_now(&convert(options)?)).map(to_attach)
}

/// Becomes one more owner of a hub of this process.
#[napi]
pub fn hub_join(env: Env, handle: f64) -> napi::Result<()> {
    sync(env, "joining a hub", || {
        let whole = whole("handle", handle).map_err(|_| HubError::HandleInvalid { handle })?;
        registry::join(whole)?;
        Owned::new(whole).await_attaching();
        Ok(())
    })
}

/// What a hub is, once attached.
#[napi(object)]
pub struct HubIdentity {
    /// Number of this attachment, for every other call.
    pub attachment: f64,
    /// Identity of its log.
    pub epoch: String,
    /// Offset of its next event.
    pub head: f64,
    /// Whether events that left the window can still be read.
    pub has_ledger: bool,
}

/// Ties an owned hub to this thread; `onWake` is called when there is news.
#[napi(ts_args_type = "handle: number, onWake: () => void")]
pub fn hub_attach(env: Env, handle: f64, on_wake: Function<Unknown, Unknown>) -> napi::Result<HubIdentity> {
    let (owned, hub) = sync(env, "attaching a hub", || {
        let whole = whole("handle", handle).map_err(|_| HubError::HandleInvalid { handle })?;
        let owned = Owned::take(whole).ok_or(HubError::HandleInvalid { handle })?;
        Ok((owned, registry::get(whole)?))
    })?;
    let (epoch, head, has_ledger) = (hub.epoch().to_string(), number(hub.head()), hub.has_ledger());
    let attachment = number(attach::attach(env, owned, hub, on_wake)?);
    Ok(HubIdentity { attachment, epoch, head, has_ledger })
}

/// How closing a hub went.
#[napi(object)]
pub struct HubEnd {
    /// Whether the ledger was done within the patience.
    pub finished: bool,
    /// The next offset that is not durable.
    pub durable: f64,
}

/// Unties a hub from this thread, makes what was emitted durable and lets go of it; the last owner closes it.
#[napi(ts_return_type = "Promise<HubEnd>")]
pub fn hub_close(
    env: Env,
    attachment: f64,
    patience_ms: f64,
) -> napi::Result<AsyncTask<Blocking<(bool, u64), HubEnd>>> {
    let (id, patience) = sync(env, "closing a hub", || {
        Ok((whole("attachment", attachment)?, Duration::from_millis(whole("patienceMs", patience_ms)?)))
    })?;
    let (owned, hub) = attach::detach(env, id).ok_or_else(|| to_js(env, &Error::from(HubError::Closed)))?;
    Ok(blocking(
        "closing a hub",
        |(finished, durable)| HubEnd { finished, durable: number(durable) },
        move || {
            let finished = owned.release(patience)?;
            // Others may go on with the hub: what was emitted up to now is durable all the same.
            Ok((finished && hub.wait(hub.head(), patience)?, hub.durable()))
        },
    ))
}

/// Recovers a ledger that failed. Resolves to the next offset that is not durable.
#[napi(ts_return_type = "Promise<number>")]
pub fn hub_reopen(env: Env, attachment: f64) -> napi::Result<AsyncTask<Blocking<u64, f64>>> {
    let hub = sync(env, "reopening a ledger", || attach::hub(env, attachment))?;
    Ok(blocking("reopening a ledger", number, move || {
        hub.reopen()?;
        Ok(hub.durable())
    }))
}

/// Waits until everything emitted so far is durable, blocking this thread; the next offset that is not.
#[napi]
pub fn hub_flush_sync(env: Env, attachment: f64, patience_ms: f64) -> napi::Result<f64> {
    sync(env, "flushing a hub", || {
        let hub = attach::hub(env, attachment)?;
        let patience = Duration::from_millis(whole("patienceMs", patience_ms)?);
        hub.wait(hub.head(), patience)?;
        Ok(number(hub.durable()))
    })
}

/// The id of a topic for `raw.emit`.
#[napi]
pub fn hub_topic(env: Env, attachment: f64, name: String) -> napi::Result<f64> {
    sync(env, "naming a topic", || Ok(number(attach::hub(env, attachment)?.topic(&name).0)))
}

/// The number of a type for `raw.emit`.
#[napi]
pub fn hub_kind(env: Env, attachment: f64, name: String) -> napi::Result<u32> {
    sync(env, "naming a type", || Ok(attach::hub(env, attachment)?.kind(&name)?.into()))
}

/// A number for a coalescing key of `raw.emit`.
#[napi]
pub fn hub_new_key(env: Env, attachment: f64) -> napi::Result<u32> {
    sync(env, "naming a key", || Ok(attach::hub(env, attachment)?.new_key()))
}

/// Opens a filter; what is absent wants everything.
#[napi]
pub fn hub_filter(
    env: Env,
    attachment: f64,
    topics: Option<Vec<String>>,
    types: Option<Vec<String>>,
) -> napi::Result<u32> {
    sync(env, "opening a filter", || attach::hub(env, attachment)?.open_filter(NamedFilter { topics, types }))
}

/// Closes a filter. A hub that is gone has no filters.
#[napi]
pub fn hub_filter_close(env: Env, attachment: f64, filter: u32) {
    if let Ok(hub) = attach::hub(env, attachment) {
        hub.close_filter(filter);
    }
}

/// Forgets idle topics as of `nowMs`, 0 for the system's time.
#[napi]
pub fn hub_prune(env: Env, attachment: f64, now_ms: f64) -> napi::Result<()> {
    sync(env, "pruning a hub", || {
        attach::hub(env, attachment)?.prune(whole("nowMs", now_ms)?);
        Ok(())
    })
}

/// Throws the error for a line that does not match the hub's schema, or is no JSON.
#[napi]
pub fn hub_mismatch(env: Env, attachment: f64, line: Buffer) -> napi::Result<()> {
    sync(env, "explaining a mismatch", || Err(attach::hub(env, attachment)?.mismatch(&line)))
}

/// Throws the error behind a refusal of a raw call.
#[napi]
pub fn hub_explain(env: Env, attachment: f64, status: f64, line_bytes: f64) -> napi::Result<()> {
    sync(env, "explaining a refusal", || {
        let hub = attach::hub(env, attachment)?;
        let refusals = [
            Refusal::Full,
            Refusal::TooLarge { line_bytes: size("lineBytes", line_bytes)? },
            Refusal::Closed,
            Refusal::Failed,
            Refusal::Nothing,
        ];
        #[allow(clippy::float_cmp)] // statuses are small whole numbers
        let refusal = refusals.into_iter().find(|refusal| raw::status(*refusal) == status);
        Err(refusal
            .map_or(Error::Internal { context: "emitting".to_owned() }, |refusal| hub.explain(refusal)))
    })
}

/// Counts since the hub was opened, and sizes as they are now.
#[napi(object)]
pub struct HubCounts {
    /// Offset of the next event.
    pub head: f64,
    /// Offset of the oldest event of the window.
    pub first: f64,
    /// The next offset that is not durable.
    pub durable: f64,
    /// Events emitted since opening, by any thread.
    pub emitted: f64,
    /// Events of the window.
    pub window_events: f64,
    /// Topics known.
    pub topics: f64,
    /// Size of the ring in bytes.
    pub ring_bytes: f64,
    /// Bytes that wait for the ledger.
    pub pending_bytes: f64,
    /// Emits refused because the ring was full.
    pub refused_full: f64,
    /// Batches the ledger committed.
    pub commits: f64,
    /// Bytes the ledger wrote.
    pub written_bytes: f64,
    /// Bytes of the ledger that opening completed from the spool.
    pub recovered_bytes: f64,
    /// Bytes of a torn last line that opening cut off.
    pub cut_bytes: f64,
    /// Whether the ledger failed.
    pub failed: bool,
    /// Whether the ledger waits for room on the disk.
    pub stalled: bool,
}

/// A snapshot of a hub.
#[napi]
pub fn hub_stats(env: Env, attachment: f64) -> napi::Result<HubCounts> {
    let stats = sync(env, "counting", || Ok(attach::hub(env, attachment)?.stats()))?;
    Ok(HubCounts {
        head: number(stats.head_offset),
        first: number(stats.first_offset),
        durable: number(stats.durable_offset),
        emitted: number(stats.emitted),
        window_events: number(stats.window_events),
        topics: number(stats.topics),
        ring_bytes: number(stats.ring_bytes),
        pending_bytes: number(stats.pending_bytes),
        refused_full: number(stats.refused_full),
        commits: number(stats.commits),
        written_bytes: number(stats.written_bytes),
        recovered_bytes: number(stats.recovered.completed_bytes),
        cut_bytes: number(stats.recovered.cut_bytes),
        failed: stats.failed,
        stalled: stats.stalled,
    })
}

/// Throws the error for a cursor that cannot be read after: no cursor of this log, or, with `oldest`, an expired one.
#[napi]
pub fn hub_refuse_cursor(
    env: Env,
    attachment: f64,
    cursor: String,
    oldest: Option<String>,
) -> napi::Result<()> {
    sync(env, "reading after a cursor", || {
        let epoch = attach::hub(env, attachment)?.epoch().to_string();
        Err(match oldest {
            Some(oldest) => LogError::CursorExpired { cursor, oldest }.into(),
            None => LogError::CursorInvalid { cursor, epoch }.into(),
        })
    })
}
