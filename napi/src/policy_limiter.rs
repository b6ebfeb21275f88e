//! Limiters: opening them, and everything beside taking.

use cortex_native_core::policy::PolicyError;
use cortex_native_core::policy::table::leases::Lease;
use cortex_native_core::policy::table::limiter::Answer;
use cortex_native_core::policy::table::plan::Plan;
use cortex_native_core::policy::table::ring::{Budget, Left};
use cortex_native_core::{Error, Result};
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, BigInt, Float64Array};
use napi_derive::napi;

use crate::error::sync;
use crate::policy::index;
use crate::policy_raw::{MAX_NAMED_KEYS, told};
use crate::policy_state::{Counting, NamedKey, Table, attach, by_handle, leave, with_open};
use crate::task::{Blocking, blocking};

#[allow(clippy::cast_precision_loss)] // tickets, units and milliseconds stay below 2^53
fn number(value: u64) -> f64 {
    value as f64
}

fn open(path: Option<&str>, plan: &str, own_clock: bool) -> Result<u64> {
    let plan: Plan = serde_json::from_str(plan).map_err(|error| PolicyError::OptionInvalid {
        option: "budgets",
        expected: "whole numbers within bounds".to_owned(),
        actual: error.to_string(),
    })?;
    Ok(leave(Table::open(path, &plan, own_clock)?))
}

/// Opens a limiter off the event loop: `plan` is its plan as JSON, `ownClock` says that the
/// caller will tell the time. Resolves to a ticket for `limiterAttach`.
#[napi(ts_return_type = "Promise<number>")]
pub fn limiter_open(path: Option<String>, plan: String, own_clock: bool) -> AsyncTask<Blocking<u64, f64>> {
    blocking("opening a limiter", number, move || open(path.as_deref(), &plan, own_clock))
}

/// The same, blocking.
#[napi]
pub fn limiter_open_sync(env: Env, path: Option<String>, plan: String, own_clock: bool) -> napi::Result<f64> {
    sync(env, "opening a limiter", || open(path.as_deref(), &plan, own_clock)).map(number)
}

/// Makes an opened limiter this thread's; the handle for everything else.
#[napi]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates; what is no ticket finds nothing
pub fn limiter_attach(env: Env, ticket: f64) -> napi::Result<f64> {
    sync(env, "attaching a limiter", || {
        Ok(attach(ticket as u64).ok_or(PolicyError::HandleInvalid { handle: ticket })?)
    })
}

/// Frees a limiter of this thread. A file stays.
#[napi]
pub fn limiter_close(handle: f64) {
    with_open(|open| {
        if let Some(place) = open.limiters.get_mut(index(handle)) {
            *place = None;
        }
    });
}

fn with<T>(env: Env, handle: f64, work: impl FnOnce(&mut Counting) -> Result<T>) -> napi::Result<T> {
    sync(env, "asking a limiter", || {
        with_open(|open| by_handle(&mut open.limiters, handle).map(|own| work(own)))
            .flatten()
            .ok_or(Error::from(PolicyError::HandleInvalid { handle }))?
    })
}

/// Names a key, with exact budgets of its own as pairs of limit and milliseconds, or none for the plan's. The number
/// for `limit`; the same one for the same name.
#[napi]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates; bounds are checked below
pub fn limiter_key(env: Env, handle: f64, name: String, budgets: Vec<f64>) -> napi::Result<f64> {
    with(env, handle, |own| {
        let layout = own.table.limiter().layout();
        let (ring, slack) = (layout.ring.as_ref().map(|(ring, _)| *ring), layout.slack);
        let mut exact = Vec::new();
        for pair in budgets.chunks_exact(2) {
            let (limit, window) = match pair {
                [limit, window_ms] => (*limit as u64, (*window_ms * 1000.0) as u64 + slack),
                _ => continue,
            };
            let fits = ring.is_some_and(|ring| limit <= ring.largest && window <= ring.longest);
            if !fits || limit == 0 {
                let capacity = ring.map_or(0, |ring| ring.largest);
                return Err(PolicyError::OptionInvalid {
                    option: "limit",
                    expected: format!("a whole number from 1 to {capacity} in a window of the table"),
                    actual: limit.to_string(),
                }
                .into());
            }
            exact.push(Budget { limit, window });
        }
        let hash = own.table.seed().hash(name.as_bytes());
        let key = NamedKey { hash, budgets: exact };
        if let Some(known) = own.numbers.get(&name).copied() {
            if let Some(place) = own.keys.get_mut(known) {
                *place = key;
            }
            return Ok(number(known as u64));
        }
        if own.keys.len() as u64 >= MAX_NAMED_KEYS {
            return Err(PolicyError::TableFull { max_keys: MAX_NAMED_KEYS }.into());
        }
        own.keys.push(key);
        own.numbers.insert(name, own.keys.len() - 1);
        Ok(number(own.keys.len() as u64 - 1))
    })
}

/// Units, and milliseconds until one more and until all are there.
pub fn triple(left: &Left, now: u64) -> [f64; 3] {
    let wait = |at: u64| number(at.saturating_sub(now).div_ceil(1000));
    [number(left.units), wait(left.next_at), wait(left.whole_at)]
}

/// Triples of what is left of each budget: units, milliseconds until one more is there, and until all are.
#[napi]
pub fn limiter_left(env: Env, handle: f64, key: String, now_ms: f64) -> napi::Result<Float64Array> {
    with(env, handle, |own| {
        let now = own.time(now_ms);
        let hash = own.table.seed().hash(key.as_bytes());
        let limiter = own.table.limiter();
        let named = own.numbers.get(&key).and_then(|place| own.keys.get(*place));
        let budgets = named.map_or(&[][..], |named| named.budgets.as_slice());
        let lefts: Vec<Left> = if budgets.is_empty() {
            limiter.left(hash, now)
        } else {
            budgets.iter().map(|budget| limiter.left_with(hash, *budget, now)).collect()
        };
        Ok(lefts
            .iter()
            .flat_map(|left| triple(left, now + limiter.layout().slack))
            .collect::<Vec<f64>>()
            .into())
    })
}

/// Takes units whether there is room or not. `false`: the table is full.
#[napi]
pub fn limiter_penalize(env: Env, handle: f64, key: String, weight: u32, now_ms: f64) -> napi::Result<bool> {
    with(env, handle, |own| {
        let (now, hash) = (own.time(now_ms), own.table.seed().hash(key.as_bytes()));
        Ok(own.table.limiter().penalize(hash, u64::from(weight), now))
    })
}

/// Gives the newest units back.
#[napi]
pub fn limiter_reward(env: Env, handle: f64, key: String, weight: u32) -> napi::Result<()> {
    with(env, handle, |own| {
        own.table.limiter().reward(own.table.seed().hash(key.as_bytes()), u64::from(weight));
        Ok(())
    })
}

/// Forgets what was counted for a key.
#[napi]
pub fn limiter_reset(env: Env, handle: f64, key: String) -> napi::Result<()> {
    with(env, handle, |own| {
        own.table.limiter().clear(own.table.seed().hash(key.as_bytes()));
        Ok(())
    })
}

/// What a request for a lease gets.
#[napi(object)]
pub struct LeaseAnswer {
    /// As `limit` tells it.
    pub told: f64,
    /// Number of the budget that refused.
    pub budget: Option<u32>,
    /// Place of the lease.
    pub place: Option<f64>,
    /// The lease's word.
    pub word: Option<BigInt>,
    /// Milliseconds until the lease ends by itself.
    pub ends_ms: Option<f64>,
}

/// Takes from every budget of the plan, leases included.
#[napi]
pub fn limiter_acquire(
    env: Env,
    handle: f64,
    key: String,
    weight: u32,
    now_ms: f64,
) -> napi::Result<LeaseAnswer> {
    with(env, handle, |own| {
        let (now, hash) = (own.time(now_ms), own.table.seed().hash(key.as_bytes()));
        own.mark = own.mark.wrapping_add(1);
        let answered = own.table.limiter().take(hash, u64::from(weight), own.mark, now);
        let none = LeaseAnswer { told: 1.0, budget: None, place: None, word: None, ends_ms: None };
        let told = told(answered, now, own.table.limiter().layout().slack);
        Ok(match answered {
            Answer::Admitted { lease: Some(lease), .. } => LeaseAnswer {
                place: Some(number(lease.index as u64)),
                word: Some(lease.word.into()),
                ends_ms: Some(number(lease.end().saturating_sub(now) / 1000)),
                ..none
            },
            Answer::Refused { budget, .. } => {
                LeaseAnswer { told, budget: u32::try_from(budget).ok(), ..none }
            }
            _ => LeaseAnswer { told, ..none },
        })
    })
}

fn lease(place: f64, word: &BigInt) -> Lease {
    Lease { index: index(place), word: word.get_u64().1 }
}

/// Gives a lease back. `false`: it was over.
#[napi]
pub fn limiter_release(env: Env, handle: f64, place: f64, word: BigInt) -> napi::Result<bool> {
    with(env, handle, |own| Ok(own.table.limiter().release(lease(place, &word))))
}

/// Begins a lease's time anew; its new word, or `null` when it was over.
#[napi]
pub fn limiter_renew(
    env: Env,
    handle: f64,
    place: f64,
    word: BigInt,
    now_ms: f64,
) -> napi::Result<Option<BigInt>> {
    with(env, handle, |own| {
        let now = own.time(now_ms);
        Ok(own.table.limiter().renew(lease(place, &word), now).map(|lease| lease.word.into()))
    })
}

/// Keys that hold a cell now: a walk over the table.
#[napi]
pub fn limiter_live_keys(env: Env, handle: f64, now_ms: f64) -> napi::Result<f64> {
    with(env, handle, |own| {
        let now = own.time(now_ms);
        Ok(number(own.table.limiter().live_keys(now) as u64))
    })
}
