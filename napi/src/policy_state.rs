//! What the hot calls of policy work on, per thread, so that they find it without a lock.
//!
//! Handles are places in lists that only grow: what was closed leaves an empty place, and a stale handle finds nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cortex_native_core::policy::PolicyError;
#[cfg(unix)]
use cortex_native_core::policy::beneath::Opener;
use cortex_native_core::policy::clock::{GivenTime, uptime_us};
use cortex_native_core::policy::revision::Revision;
use cortex_native_core::policy::scope::Scope;
use cortex_native_core::policy::table::cells::Hash;
use cortex_native_core::policy::table::hash::Seed;
use cortex_native_core::policy::table::limiter::Limiter;
use cortex_native_core::policy::table::memory::Words;
use cortex_native_core::policy::table::plan::Plan;
use cortex_native_core::policy::table::ring::Budget;
#[cfg(unix)]
use cortex_native_core::policy::table::shared::SharedTable;
use cortex_native_core::{Result, port};
use parking_lot::Mutex;

/// Where a limiter counts.
pub enum Table {
    /// In memory of this process.
    Own(Limiter<Words>, Seed),
    /// In a file.
    #[cfg(unix)]
    Shared(SharedTable),
}

impl Table {
    /// Opens what the plan and the path say. `own_clock`: the caller will say the time.
    pub fn open(path: Option<&str>, plan: &Plan, own_clock: bool) -> Result<Self> {
        match path {
            None => {
                let layout = plan.layout()?;
                let layout = if own_clock { layout } else { layout.for_machine_clock() };
                let mut seed = [0; 16];
                let words = port::Random::fill(&port::System, &mut seed)
                    .and_then(|()| Words::anonymous(layout.wide_count, layout.word_count))
                    .map_err(|error| PolicyError::TableOpen {
                        path: "(memory)".to_owned(),
                        cause: error.to_string(),
                    })?;
                Ok(Self::Own(Limiter::new(words, layout), Seed(seed)))
            }
            #[cfg(unix)]
            Some(path) => {
                Ok(Self::Shared(SharedTable::open(std::path::Path::new(path), plan, &port::System)?))
            }
            #[cfg(not(unix))]
            Some(_) => Err(PolicyError::Unsupported { what: "a shared table" }.into()),
        }
    }

    /// The counters.
    #[inline]
    pub fn limiter(&self) -> &Limiter<Words> {
        match self {
            Self::Own(limiter, _) => limiter,
            #[cfg(unix)]
            Self::Shared(shared) => &shared.limiter,
        }
    }

    /// Seed of the key hashes.
    pub fn seed(&self) -> Seed {
        match self {
            Self::Own(_, seed) => *seed,
            #[cfg(unix)]
            Self::Shared(shared) => shared.seed,
        }
    }
}

/// A key named once, so that the hot call passes a number.
pub struct NamedKey {
    /// Its hash.
    pub hash: Hash,
    /// Exact budgets of its own; empty for those of the plan.
    pub budgets: Vec<Budget>,
}

/// A limiter in one thread.
pub struct Counting {
    /// The table. Functions that take from one key hold it too.
    pub table: Arc<Table>,
    /// Keys by number.
    pub keys: Vec<NamedKey>,
    /// Numbers by key.
    pub numbers: HashMap<String, usize>,
    given: GivenTime,
    /// Tells leases apart.
    pub mark: u16,
}

impl Counting {
    /// Microseconds of the table's time: the machine's, or `now_ms` of the caller's own clock.
    #[inline]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // float casts saturate
    pub fn time(&mut self, now_ms: f64) -> u64 {
        if now_ms >= 0.0 { self.given.at((now_ms * 1000.0) as u64) } else { uptime_us() }
    }
}

/// A scope in one thread; opening on other threads shares it.
#[derive(Clone)]
pub struct Scoped {
    /// The scope.
    #[cfg(unix)]
    pub opener: Arc<Opener>,
    #[cfg(not(unix))]
    pub scope: Arc<Scope>,
}

impl Scoped {
    /// The scope, to judge text by.
    pub fn scope(&self) -> &Scope {
        #[cfg(unix)]
        return self.opener.scope();
        #[cfg(not(unix))]
        return &self.scope;
    }
}

/// The lists of one thread.
#[derive(Default)]
pub struct Open {
    /// Limiters by handle.
    pub limiters: Vec<Option<Box<Counting>>>,
    /// Scopes by handle.
    pub scopes: Vec<Option<Scoped>>,
    /// Revisions by handle.
    pub revisions: Vec<Option<Revision>>,
}

thread_local! {
    static OPEN: RefCell<Open> = const {
        RefCell::new(Open { limiters: Vec::new(), scopes: Vec::new(), revisions: Vec::new() })
    };
}

/// Works on what this thread has open. `None` on the way out of the thread.
#[inline]
pub fn with_open<T>(work: impl FnOnce(&mut Open) -> T) -> Option<T> {
    OPEN.try_with(|open| work(&mut open.borrow_mut())).ok()
}

/// Something by its handle.
#[inline]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // float casts saturate; NaN is refused
pub fn by_handle<T>(list: &mut [Option<T>], handle: f64) -> Option<&mut T> {
    if handle >= 0.0 { list.get_mut(handle as usize)?.as_mut() } else { None }
}

/// Adds to a list and returns the handle.
#[allow(clippy::cast_precision_loss)] // far below 2^53
pub fn keep<T>(list: &mut Vec<Option<T>>, item: T) -> f64 {
    list.push(Some(item));
    (list.len() - 1) as f64
}

/// A table that another thread opened, on its way to the thread that asked.
static ARRIVED: Mutex<Vec<(u64, Table)>> = Mutex::new(Vec::new());
static LAST_TICKET: AtomicU64 = AtomicU64::new(0);

/// Leaves a table to be picked up.
pub fn leave(table: Table) -> u64 {
    let ticket = LAST_TICKET.fetch_add(1, Ordering::Relaxed) + 1;
    ARRIVED.lock().push((ticket, table));
    ticket
}

/// Picks a table up and makes it this thread's.
pub fn attach(ticket: u64) -> Option<f64> {
    let table = {
        let mut arrived = ARRIVED.lock();
        let place = arrived.iter().position(|(own, _)| *own == ticket)?;
        arrived.swap_remove(place).1
    };
    let layout = table.limiter().layout();
    let ring = layout.ring.as_ref().map_or(0, |(ring, _)| ring.longest);
    let gcra = layout.gcra.iter().map(|gcra| gcra.interval.saturating_mul(gcra.burst) / 1000 + 1).max();
    let leases = layout.leases.as_ref().map_or(0, |leases| leases.duration);
    let given = GivenTime::new(ring.max(gcra.unwrap_or(0)).max(leases));
    let table = Arc::new(table);
    let counting = Counting { table, keys: Vec::new(), numbers: HashMap::new(), given, mark: 0 };
    with_open(|open| keep(&mut open.limiters, Box::new(counting)))
}
