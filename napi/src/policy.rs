//! Grants, scopes and revisions: everything about them that is not hot.

use std::path::Path;
use std::sync::Arc;

use cortex_native_core::Error;
use cortex_native_core::policy::PolicyError;
#[cfg(unix)]
use cortex_native_core::policy::beneath::Opener;
use cortex_native_core::policy::path::Style;
use cortex_native_core::policy::revision::Revision;
use cortex_native_core::policy::scope::Scope;
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Buffer, Either};
use napi_derive::napi;

use crate::error::{sync, to_js};
use crate::policy_state::{Scoped, by_handle, keep, with_open};
use crate::task::{Blocking, blocking};

/// A grant as its file says.
#[napi(object)]
pub struct LoadedGrant {
    /// The checked grant as JSON, defaults in place.
    pub json: String,
    /// Changes whenever the file's bytes do.
    pub revision: String,
}

#[cfg(unix)]
fn load(directory: &str, id: &str, strict: bool) -> cortex_native_core::Result<LoadedGrant> {
    let loaded = cortex_native_core::policy::source::load(directory, id, strict)?;
    let json = serde_json::to_string(&loaded.grant)
        .map_err(|_| Error::Internal { context: "writing a grant".to_owned() })?;
    Ok(LoadedGrant { json, revision: loaded.revision })
}

#[cfg(not(unix))]
fn load(directory: &str, id: &str, _strict: bool) -> cortex_native_core::Result<LoadedGrant> {
    use cortex_native_core::policy::grant::{Grant, check_id};
    use cortex_native_core::policy::table::hash::Seed;
    check_id(id)?;
    let bytes = std::fs::read(Path::new(directory).join(format!("{id}.json"))).map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            PolicyError::GrantMissing { id: id.to_owned() }
        } else {
            PolicyError::GrantUnreadable { id: id.to_owned(), cause: error.to_string() }
        }
    })?;
    let grant = Grant::parse(id, &bytes)?;
    let json = serde_json::to_string(&grant)
        .map_err(|_| Error::Internal { context: "writing a grant".to_owned() })?;
    Ok(LoadedGrant {
        json,
        revision: format!("{:016x}", Seed([0; 16]).hash(&bytes).0 & u128::from(u64::MAX)),
    })
}

/// Reads and checks the grant `id` of `directory`, an absolute path, off the event loop.
#[napi(ts_return_type = "Promise<LoadedGrant>")]
pub fn grant_load(
    directory: String,
    id: String,
    strict: bool,
) -> AsyncTask<Blocking<LoadedGrant, LoadedGrant>> {
    blocking("loading a grant", |loaded| loaded, move || load(&directory, &id, strict))
}

/// The same, blocking.
#[napi]
pub fn grant_load_sync(env: Env, directory: String, id: String, strict: bool) -> napi::Result<LoadedGrant> {
    sync(env, "loading a grant", || load(&directory, &id, strict))
}

/// Throws when `id` cannot name a grant.
#[napi]
pub fn grant_check_id(env: Env, id: String) -> napi::Result<()> {
    sync(env, "checking a name", || Ok(cortex_native_core::policy::grant::check_id(&id)?))
}

/// The ids of the grants in `directory`, sorted.
#[napi(ts_return_type = "Promise<string[]>")]
pub fn grant_list(directory: String) -> AsyncTask<Blocking<Vec<String>, Vec<String>>> {
    blocking(
        "listing grants",
        |ids| ids,
        move || {
            #[cfg(unix)]
            return Ok(cortex_native_core::policy::source::list(Path::new(&directory))?);
            #[cfg(not(unix))]
            {
                let _ = directory;
                Err(PolicyError::Unsupported { what: "listing grants" }.into())
            }
        },
    )
}

/// Compiles scopes; `base` is the absolute directory that relative ones begin at. The handle for `judge`.
#[napi]
pub fn scope_open(env: Env, base: String, scopes: Vec<String>) -> napi::Result<f64> {
    sync(env, "compiling a scope", || {
        let scope = Scope::compile(Style::HERE, &base, &scopes)?;
        #[cfg(unix)]
        let scoped = Scoped { opener: Arc::new(Opener::new(scope)) };
        #[cfg(not(unix))]
        let scoped = Scoped { scope: Arc::new(scope) };
        with_open(|open| keep(&mut open.scopes, scoped))
            .ok_or_else(|| Error::Internal { context: "ending a thread".to_owned() })
    })
}

/// Frees a scope.
#[napi]
pub fn scope_close(handle: f64) {
    with_open(|open| {
        if let Some(place) = open.scopes.get_mut(index(handle)) {
            *place = None;
        }
    });
}

/// Resolves name by name from now on, as on systems that cannot do it at once.
#[napi]
pub fn scope_stepwise(handle: f64) {
    #[cfg(unix)]
    with_open(|open| {
        if let Some(scoped) = by_handle(&mut open.scopes, handle) {
            scoped.opener.resolve_stepwise();
        }
    });
    #[cfg(not(unix))]
    let _ = handle;
}

fn bytes_of(path: &Either<String, Buffer>) -> &[u8] {
    match path {
        Either::A(text) => text.as_bytes(),
        Either::B(bytes) => bytes,
    }
}

/// Why a path is outside a scope; `null` when it is inside.
#[napi]
pub fn scope_explain(env: Env, handle: f64, path: Either<String, Buffer>) -> napi::Result<Option<String>> {
    sync(env, "explaining a path", || {
        let reason = with_open(|open| {
            let scoped = by_handle(&mut open.scopes, handle)?;
            Some(scoped.scope().judge(bytes_of(&path), &mut Vec::new()).err())
        });
        let reason = reason.flatten().ok_or(PolicyError::HandleInvalid { handle })?;
        Ok(reason.map(str::to_owned))
    })
}

/// The places of a scope, normalised.
#[napi]
pub fn scope_roots(env: Env, handle: f64) -> napi::Result<Vec<String>> {
    sync(env, "reading a scope", || {
        let roots = with_open(|open| {
            let scoped = by_handle(&mut open.scopes, handle)?;
            Some(
                scoped
                    .scope()
                    .roots()
                    .iter()
                    .map(|root| String::from_utf8_lossy(root).into_owned())
                    .collect(),
            )
        });
        Ok(roots.flatten().ok_or(PolicyError::HandleInvalid { handle })?)
    })
}

/// Opens a file inside a scope with the flags and mode of `open(2)`, off the event loop; resolves to its descriptor.
#[napi(ts_return_type = "Promise<number>")]
pub fn scope_open_file(
    env: Env,
    handle: f64,
    path: Either<String, Buffer>,
    flags: i32,
    mode: u32,
) -> napi::Result<AsyncTask<Blocking<i32, i32>>> {
    #[cfg(unix)]
    {
        use std::os::fd::IntoRawFd;
        let found = with_open(|open| by_handle(&mut open.scopes, handle).map(|scoped| scoped.opener.clone()))
            .flatten();
        let opener = found.ok_or_else(|| to_js(env, &PolicyError::HandleInvalid { handle }.into()))?;
        let path = bytes_of(&path).to_vec();
        Ok(blocking(
            "opening a file",
            |file| file,
            move || Ok(opener.open(&path, flags, mode)?.into_raw_fd()),
        ))
    }
    #[cfg(not(unix))]
    {
        let _ = (handle, path, flags, mode);
        Err(to_js(env, &PolicyError::Unsupported { what: "opening inside a scope" }.into()))
    }
}

/// A revision number: of this process, or of all that open the same file. The handle for `revision`.
#[napi]
pub fn revision_open(env: Env, path: Option<String>) -> napi::Result<f64> {
    sync(env, "opening a revision", || {
        let revision = match path {
            None => Revision::own(),
            Some(path) => Revision::shared(Path::new(&path))?,
        };
        with_open(|open| keep(&mut open.revisions, revision))
            .ok_or_else(|| Error::Internal { context: "ending a thread".to_owned() })
    })
}

/// Raises a revision number and returns it.
#[napi]
#[allow(clippy::cast_precision_loss)] // a count of changes
pub fn revision_raise(env: Env, handle: f64) -> napi::Result<f64> {
    sync(env, "raising a revision", || {
        let raised = with_open(|open| by_handle(&mut open.revisions, handle).map(|own| own.raise()));
        Ok(raised.flatten().map(|number| number as f64).ok_or(PolicyError::HandleInvalid { handle })?)
    })
}

/// Frees a revision number.
#[napi]
pub fn revision_close(handle: f64) {
    with_open(|open| {
        if let Some(place) = open.revisions.get_mut(index(handle)) {
            *place = None;
        }
    });
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates; what is no handle finds nothing
pub fn index(handle: f64) -> usize {
    if handle >= 0.0 { handle as usize } else { usize::MAX }
}
