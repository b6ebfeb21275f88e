//! Opening, following and closing a manifest.

use std::sync::Arc;

use cortex_native_core::error::Coded as _;
use cortex_native_core::manifest::{Attempt, Live, Ports, Refresher, registry};
use cortex_native_core::port::System;
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BufferSlice, Function, Unknown};
use napi_derive::napi;

use crate::error::sync;
use crate::manifest_attach;
use crate::manifest_options::{ManifestOptions, Opening, opening, whole};
use crate::task::{Blocking, blocking};

#[allow(clippy::cast_precision_loss)] // handles, times and counts stay below 2^53
fn number(value: u64) -> f64 {
    value as f64
}

fn open_now(opening: Opening) -> cortex_native_core::Result<Live> {
    let ports = Ports { stamps: Arc::new(System), clock: Arc::new(System) };
    let Opening { recipe, rhythm, ratchet_path } = opening;
    let refresher = Refresher::open(recipe, ratchet_path, Arc::new(System), Arc::new(System))?;
    Ok(Live::open(refresher, rhythm, ports)?)
}

/// Runs on the thread that will attach it. Until here, dropping it ends it.
fn to_attach(live: Live) -> f64 {
    number(manifest_attach::await_attaching(live))
}

/// Opens a manifest and makes its first refresh, off the event loop. Resolves to its handle, which the caller attaches.
#[napi(ts_return_type = "Promise<number>")]
pub fn manifest_open(env: Env, options: ManifestOptions) -> napi::Result<AsyncTask<Blocking<Live, f64>>> {
    let opening = sync(env, "reading the options", || opening(options))?;
    Ok(blocking("opening a manifest", to_attach, move || open_now(opening)))
}

/// Ties an open manifest to this thread; `onWake` is called when there is news.
#[napi(ts_args_type = "handle: number, onWake: () => void")]
pub fn manifest_attach(env: Env, handle: f64, on_wake: Function<Unknown, Unknown>) -> napi::Result<()> {
    let (whole, live) = sync(env, "attaching a manifest", || {
        let whole = whole("handle", handle)?;
        Ok((whole, registry::get(whole)?))
    })?;
    manifest_attach::attach(env, whole, live, on_wake)
}

/// Ends it. Resolves once its thread has ended.
#[napi(ts_return_type = "Promise<boolean>")]
pub fn manifest_close(env: Env, handle: f64) -> AsyncTask<Blocking<bool, bool>> {
    let detached = manifest_attach::detach(env, handle);
    blocking(
        "closing a manifest",
        |done| done,
        move || {
            if let Some(handle) = detached {
                registry::close(handle);
            }
            Ok(true)
        },
    )
}

/// Reads everything anew. Rejects with what the refresh said.
#[napi(ts_return_type = "Promise<boolean>")]
pub fn manifest_refresh(env: Env, handle: f64) -> napi::Result<AsyncTask<Blocking<bool, bool>>> {
    let live = sync(env, "refreshing a manifest", || Ok(manifest_attach::live(env, handle)?))?;
    Ok(blocking(
        "refreshing a manifest",
        |done| done,
        move || {
            live.refresh()?;
            Ok(true)
        },
    ))
}

/// What an operator should know.
#[napi(object)]
pub struct ManifestWarning {
    /// `tool-name`, `header-redacted` or `quota-name`.
    pub kind: String,
    /// The connector's id.
    pub connector: String,
    /// A sentence.
    pub message: String,
}

/// What is served.
#[napi(object)]
pub struct ManifestSnapshot {
    /// Names the body.
    pub tag: String,
    /// Whether there is a gzip form.
    pub has_gzip: bool,
    /// Whether there is a brotli form.
    pub has_brotli: bool,
    /// Of the source document.
    pub version: String,
    /// Of the body.
    pub generated_at: String,
    /// How long clients may keep it.
    pub ttl_seconds: f64,
    /// The key that signed.
    pub key_id: String,
    /// Its algorithm.
    pub algorithm: String,
    /// Where it was read.
    pub path: String,
    /// Candidates before it, as JSON: `[{ path, code, message, issues? }]`.
    pub attempts: String,
    /// What an operator should know.
    pub warnings: Vec<ManifestWarning>,
    /// Connectors in the order of the manifest, a line each: `1` or `0` for enabled or not, then the id.
    pub connectors: String,
}

/// The state of a manifest.
#[napi(object)]
pub struct ManifestState {
    /// What is served, once there is something.
    pub snapshot: Option<ManifestSnapshot>,
    /// When the first refresh failed since the last good one.
    pub failed_since_ms: Option<f64>,
}

/// The last good snapshot and whether it may be out of date.
#[napi]
pub fn manifest_state(env: Env, handle: f64) -> napi::Result<ManifestState> {
    let (snapshot, failure) =
        sync(env, "reading a manifest", || Ok(manifest_attach::live(env, handle)?.current()))?;
    let snapshot = snapshot.map(|one| ManifestSnapshot {
        tag: one.tag.clone(),
        has_gzip: one.variants.gzip.is_some(),
        has_brotli: one.variants.brotli.is_some(),
        version: one.version.clone(),
        generated_at: one.generated_at.clone(),
        ttl_seconds: one.ttl_seconds,
        key_id: one.key_id.clone(),
        algorithm: one.algorithm.to_owned(),
        path: one.path.display().to_string(),
        attempts: Attempt::list(&one.attempts),
        warnings: one
            .warnings
            .iter()
            .map(|warning| ManifestWarning {
                kind: warning.kind.to_owned(),
                connector: warning.connector.clone(),
                message: warning.message.clone(),
            })
            .collect(),
        connectors: one.connectors.clone(),
    });
    Ok(ManifestState { snapshot, failed_since_ms: failure.map(|failure| number(failure.since_ms)) })
}

/// One form of the body of the snapshot with this tag: 0 plain, 1 gzip, 2 brotli. Absent if there is none, or if another
/// snapshot has come since. Shares its memory with the snapshot: it must not be written to.
#[napi(ts_return_type = "Buffer | undefined")]
pub fn manifest_body(
    env: Env,
    handle: f64,
    tag: String,
    form: u32,
) -> napi::Result<Option<BufferSlice<'static>>> {
    let (snapshot, _) =
        sync(env, "reading a manifest", || Ok(manifest_attach::live(env, handle)?.current()))?;
    let Some(snapshot) = snapshot.filter(|snapshot| snapshot.tag == tag) else { return Ok(None) };
    let bytes = match form {
        0 => Some(&snapshot.body),
        1 => snapshot.variants.gzip.as_ref(),
        _ => snapshot.variants.brotli.as_ref(),
    };
    let Some((start, length)) = bytes.map(|bytes| (bytes.as_ptr().cast_mut(), bytes.len())) else {
        return Ok(None);
    };
    // SAFETY: the bytes live as long as the snapshot, which the buffer owns a share of; nothing here reads them again
    // after they were published, so that even a caller who writes to the buffer disturbs no reader.
    unsafe { BufferSlice::from_external(&env, start, length, snapshot, |_, share| drop(share)).map(Some) }
}

/// What the last refresh said, if it failed: `code`, then a sentence.
#[napi]
pub fn manifest_reason(env: Env, handle: f64) -> napi::Result<Option<Vec<String>>> {
    let (_, failure) = sync(env, "reading a manifest", || Ok(manifest_attach::live(env, handle)?.current()))?;
    Ok(failure.map(|failure| vec![failure.error.code().to_owned(), failure.error.to_string()]))
}

/// Throws why nothing may be served: nothing ever was good, or what was is staler than `limitMs` allows.
#[napi]
pub fn manifest_refuse(env: Env, handle: f64, limit_ms: f64) -> napi::Result<()> {
    sync(env, "reading a manifest", || {
        let limit_ms = whole("staleIfErrorMs", limit_ms)?;
        let refusal = manifest_attach::live(env, handle)?.refusal(limit_ms);
        refusal.map_or(Ok(()), |error| Err(error.into()))
    })
}
