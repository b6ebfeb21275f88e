//! Filters that readers keep open, by number.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::log::filter::{Filter, NamedFilter};
use crate::log::{Log, LogError};

/// A filter in both forms.
#[derive(Debug)]
pub struct Open {
    /// For the window.
    pub filter: Filter,
    /// For the ledger.
    pub named: NamedFilter,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Filters {
    open: Mutex<Vec<Option<Arc<Open>>>>,
}

impl Filters {
    /// Opens a filter and returns its number.
    pub fn open(&self, log: &Log, named: NamedFilter) -> Result<u32, LogError> {
        let filter = log.follow(&named)?;
        let entry = Arc::new(Open { filter, named });
        let mut open = self.open.lock();
        let vacant = open.iter().position(Option::is_none);
        let slot = vacant.unwrap_or(open.len());
        match open.get_mut(slot) {
            Some(place) => *place = Some(entry),
            None => open.push(Some(entry)),
        }
        Ok(u32::try_from(slot).unwrap_or(u32::MAX))
    }

    /// The filter with this number.
    pub fn get(&self, number: u32) -> Option<Arc<Open>> {
        self.open.lock().get(number as usize)?.clone()
    }

    /// Closes a filter.
    pub fn close(&self, log: &Log, number: u32) {
        let taken = self.open.lock().get_mut(number as usize).and_then(Option::take);
        if let Some(entry) = taken {
            log.unfollow(&entry.filter);
        }
    }
}
