//! What a table counts, and how its words are laid out.

use serde::{Deserialize, Serialize};

use super::cells::{Cells, PROBES};
use super::gcra::Gcra;
use super::leases::Leases;
use super::memory::bytes_for;
use super::ring::{Budget, Ring};
use crate::policy::PolicyError;

/// Keys that a table can be made for.
pub const MAX_KEYS: u64 = 1 << 24;
/// Units that a budget can have.
pub const MAX_LIMIT: u64 = 1_000_000;
/// Bytes that a table can have.
const MAX_BYTES: usize = 1 << 36;
/// Thirteen months. 48 bits of microseconds hold eight years, and the time since start counts too.
const MAX_WINDOW_MS: u64 = 400 * 24 * 3600 * 1000;

/// Units per window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rate {
    /// Units.
    pub limit: u64,
    /// Milliseconds.
    pub window_ms: u64,
}

/// Units at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Concurrent {
    /// Leases at once.
    pub limit: u64,
    /// How long a lease lasts that nobody gives back.
    pub lease_ms: u64,
}

/// What a table counts per key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Keys that may be busy at once.
    pub max_keys: u64,
    /// Budgets counted exactly.
    pub exact: Vec<Rate>,
    /// Budgets counted as a steady rate with a burst of `limit`.
    pub gcra: Vec<Rate>,
    /// Leases.
    pub concurrent: Option<Concurrent>,
}

/// A plan with its words in place.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The exact budgets and their ring.
    pub ring: Option<(Ring, Vec<Budget>)>,
    /// The steady rates.
    pub gcra: Vec<Gcra>,
    /// The leases.
    pub leases: Option<Leases>,
    /// Wide words needed.
    pub wide_count: usize,
    /// Plain words needed.
    pub word_count: usize,
    /// Microseconds that exact windows are longer than the plan says.
    pub slack: u64,
}

impl Layout {
    /// For a clock that is read in whole microseconds: two readings that are a window apart may be up to one microsecond
    /// less apart in truth, so exact windows get that much longer. A caller's own clock is taken at its word.
    pub fn for_machine_clock(mut self) -> Self {
        self.slack = 1;
        if let Some((ring, budgets)) = &mut self.ring {
            ring.longest += 1;
            for budget in budgets {
                budget.window += 1;
            }
        }
        self
    }
}

fn invalid(option: &'static str, expected: String, actual: u64) -> PolicyError {
    PolicyError::OptionInvalid { option, expected, actual: actual.to_string() }
}

fn check(option: &'static str, value: u64, max: u64) -> Result<u64, PolicyError> {
    if (1..=max).contains(&value) {
        return Ok(value);
    }
    Err(invalid(option, format!("a whole number from 1 to {max}"), value))
}

impl Plan {
    /// Checks the numbers and lays the words out.
    pub fn layout(&self) -> Result<Layout, PolicyError> {
        let keys = check("maxKeys", self.max_keys, MAX_KEYS)?;
        if self.exact.is_empty() && self.gcra.is_empty() && self.concurrent.is_none() {
            return Err(invalid("budgets", "at least one budget".to_owned(), 0));
        }
        // Twice the keys: a probe of 16 cells then practically always finds one.
        let count = usize::try_from((keys * 2).next_power_of_two())
            .map_err(|_| invalid("maxKeys", "a size of memory".to_owned(), keys))?
            .max(PROBES);
        let mut place = Placing { cell_count: count, wide: 0, word: 0 };
        let layout = Layout {
            ring: self.ring(&mut place)?,
            gcra: self.gcra.iter().map(|rate| gcra(*rate, &mut place)).collect::<Result<_, _>>()?,
            leases: self.concurrent.map(|leases| self::leases(leases, &mut place)).transpose()?,
            wide_count: place.wide,
            word_count: place.word,
            slack: 0,
        };
        let bytes = bytes_for(layout.wide_count, layout.word_count).unwrap_or(usize::MAX);
        if bytes > MAX_BYTES {
            let expected = "so few that the table fits into 64 GiB".to_owned();
            return Err(invalid("maxKeys", expected, keys));
        }
        Ok(layout)
    }

    fn ring(&self, place: &mut Placing) -> Result<Option<(Ring, Vec<Budget>)>, PolicyError> {
        let mut budgets = Vec::new();
        for rate in &self.exact {
            let limit = check("limit", rate.limit, MAX_LIMIT)?;
            let window = check("windowMs", rate.window_ms, MAX_WINDOW_MS)? * 1000;
            budgets.push(Budget { limit, window });
        }
        let Some(largest) = budgets.iter().map(|budget| budget.limit).max() else { return Ok(None) };
        let capacity_bits = largest.next_power_of_two().trailing_zeros();
        let longest = budgets.iter().map(|budget| budget.window).max().unwrap_or(0);
        let (cells, first_word) = (place.cells(), place.words(1 << capacity_bits)?);
        Ok(Some((Ring { cells, first_word, largest, capacity_bits, longest }, budgets)))
    }
}

fn gcra(rate: Rate, place: &mut Placing) -> Result<Gcra, PolicyError> {
    let burst = check("limit", rate.limit, MAX_LIMIT)?;
    let window = check("windowMs", rate.window_ms, MAX_WINDOW_MS)?;
    let nanoseconds = window.saturating_mul(1_000_000);
    // Rounded up: never a unit more than the rate.
    Ok(Gcra { cells: place.cells(), interval: nanoseconds.div_ceil(burst), burst })
}

fn leases(leases: Concurrent, place: &mut Placing) -> Result<Leases, PolicyError> {
    let limit = check("concurrent.limit", leases.limit, 65_536)?;
    let duration = check("concurrent.leaseMs", leases.lease_ms, MAX_WINDOW_MS)? * 1000;
    let (cells, first_word) = (place.cells(), place.words(limit)?);
    let limit = usize::try_from(limit).map_err(|_| too_large(limit))?;
    Ok(Leases { cells, first_word, limit, duration })
}

fn too_large(limit: u64) -> PolicyError {
    invalid("limit", "so small that the table fits into memory".to_owned(), limit)
}

/// Hands out words one after the other.
struct Placing {
    cell_count: usize,
    wide: usize,
    word: usize,
}

impl Placing {
    fn cells(&mut self) -> Cells {
        let cells = Cells { first_wide: self.wide, count: self.cell_count };
        self.wide += 2 * self.cell_count;
        cells
    }

    fn words(&mut self, per_cell: u64) -> Result<usize, PolicyError> {
        let needed = usize::try_from(per_cell).ok().and_then(|each| each.checked_mul(self.cell_count));
        let first = self.word;
        self.word = needed.and_then(|needed| first.checked_add(needed)).ok_or_else(|| too_large(per_cell))?;
        Ok(first)
    }
}
