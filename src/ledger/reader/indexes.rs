//! The indexes of segments that readers have needed lately.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::ledger::index::{Fields, Index};
use crate::ledger::paths;
use crate::port::Files;
use crate::sync::Mutex;

/// Segments whose index is kept: about 90 KB each for segments of 64 MiB with lines of 320 bytes.
const KEPT: usize = 64;

/// See the module.
#[derive(Debug, Default)]
pub struct Indexes {
    known: Mutex<BTreeMap<u64, Arc<Index>>>,
}

impl Indexes {
    /// The index of the segment that begins with event `first` and has `length` bytes, as far as there is one. One that
    /// ends before event `wanted` is looked up again: it may have grown.
    pub fn get(
        &self,
        (files, ledger): (&dyn Files, &Path),
        fields: &Fields,
        (first, length): (u64, u64),
        wanted: u64,
    ) -> Arc<Index> {
        let known = self.known.lock().get(&first).cloned();
        if let Some(index) = known.filter(|index| {
            let covered = index.covered();
            covered.position <= length && (covered.offset > wanted || covered.position == length)
        }) {
            return index;
        }
        // An index that cannot be read is one that is not there: everything can be found without.
        let sidecar = files.read_small(&paths::of_segment(ledger, first, "index")).ok().flatten();
        let index = sidecar.and_then(|sidecar| Index::parse(&sidecar, first, fields, length));
        let index = Arc::new(index.unwrap_or_else(|| Index::empty(first)));
        let mut known = self.known.lock();
        known.insert(first, Arc::clone(&index));
        if known.len() > KEPT {
            known.pop_first();
        }
        index
    }
}
