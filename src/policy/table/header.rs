//! The first page of a shared table.
//!
//! ```text
//! offset   0  magic "CXLIMIT\n"
//!          8  version, u32
//!         12  length of the plan, u32
//!         16  boot id, 16 bytes: what was counted before a reboot is over
//!         32  seed of the key hashes, 16 bytes
//!         48  bytes of the file, u64
//!         56  checksum of everything else, u64; zero while the file is being made
//!         64  the plan as JSON
//!       4096  cells, then rings, as `plan` lays them out
//! ```
//!
//! Numbers are little-endian. All zeros is a file whose maker died at the beginning.

use super::hash::Seed;
use super::plan::Plan;

/// Bytes before the first cell.
pub const HEADER_BYTES: usize = 4096;

const MAGIC: &[u8; 8] = b"CXLIMIT\n";
const VERSION: u32 = 1;
const PLAN_AT: usize = 64;
const CHECKSUM_AT: usize = 56;

/// What a table says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The boot in which it was made.
    pub boot: [u8; 16],
    /// Seed of the key hashes.
    pub seed: Seed,
    /// Bytes of the file.
    pub bytes: u64,
    /// What it counts.
    pub plan: Plan,
}

/// What the first page of a file turns out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A table.
    Table(Box<Header>),
    /// Nothing, or a table whose maker died before it was ready.
    Unfinished,
    /// Something else.
    Foreign(&'static str),
}

impl Header {
    /// The first page; `None` when the plan does not fit.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let plan = serde_json::to_vec(&self.plan).ok()?;
        let mut page = Vec::with_capacity(HEADER_BYTES);
        page.extend_from_slice(MAGIC);
        page.extend_from_slice(&VERSION.to_le_bytes());
        page.extend_from_slice(&u32::try_from(plan.len()).ok()?.to_le_bytes());
        page.extend_from_slice(&self.boot);
        page.extend_from_slice(&self.seed.0);
        page.extend_from_slice(&self.bytes.to_le_bytes());
        page.extend_from_slice(&[0; 8]);
        page.extend_from_slice(&plan);
        if page.len() > HEADER_BYTES {
            return None;
        }
        page.resize(HEADER_BYTES, 0);
        seal(&mut page);
        Some(page)
    }

    /// Reads a first page, of any length and from anybody.
    pub fn decode(page: &[u8]) -> Found {
        if page.iter().all(|byte| *byte == 0) {
            return Found::Unfinished;
        }
        if page.get(..8) != Some(MAGIC.as_slice()) {
            return Found::Foreign("it begins otherwise");
        }
        if array::<8>(page, CHECKSUM_AT).is_some_and(|sum| sum == [0; 8]) {
            return Found::Unfinished;
        }
        Self::read(page).map_or_else(Found::Foreign, |header| Found::Table(Box::new(header)))
    }

    fn read(page: &[u8]) -> Result<Self, &'static str> {
        const CUT: &str = "it is cut off";
        if array(page, 8).map(u32::from_le_bytes).ok_or(CUT)? != VERSION {
            return Err("it has another version");
        }
        let page = page.get(..HEADER_BYTES).ok_or(CUT)?;
        if array(page, CHECKSUM_AT).map(u64::from_le_bytes).ok_or(CUT)? != checksum(page) {
            return Err("its checksum is wrong");
        }
        let length = array(page, 12).map(u32::from_le_bytes).ok_or(CUT)?;
        let end = usize::try_from(length).ok().and_then(|length| length.checked_add(PLAN_AT)).ok_or(CUT)?;
        let plan = page.get(PLAN_AT..end).ok_or("its plan is too long")?;
        Ok(Self {
            boot: array(page, 16).ok_or(CUT)?,
            seed: Seed(array(page, 32).ok_or(CUT)?),
            bytes: array(page, 48).map(u64::from_le_bytes).ok_or(CUT)?,
            plan: serde_json::from_slice(plan).map_err(|_| "its plan cannot be read")?,
        })
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// Writes the checksum into a page that is long enough for it.
pub fn seal(page: &mut [u8]) {
    let sum = checksum(page).to_le_bytes();
    if let Some(place) = page.get_mut(CHECKSUM_AT..PLAN_AT) {
        place.copy_from_slice(&sum);
    }
}

/// Of the whole page but the checksum itself; never zero.
fn checksum(page: &[u8]) -> u64 {
    let parts = [page.get(..CHECKSUM_AT), page.get(PLAN_AT..)];
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for byte in parts.into_iter().flatten().flatten() {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    sum.max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::table::plan::{Concurrent, Rate};

    fn header() -> Header {
        let plan = Plan {
            max_keys: 100,
            exact: vec![Rate { limit: 60, window_ms: 60_000 }],
            gcra: vec![],
            concurrent: Some(Concurrent { limit: 3, lease_ms: 1000 }),
        };
        Header { boot: [1; 16], seed: Seed([2; 16]), bytes: 12_345, plan }
    }

    #[test]
    fn what_is_written_is_read() {
        let page = header().encode().unwrap();
        assert_eq!(page.len(), HEADER_BYTES);
        assert_eq!(Header::decode(&page), Found::Table(Box::new(header())));
    }

    #[test]
    fn a_maker_that_died_leaves_an_unfinished_table() {
        let mut page = header().encode().unwrap();
        page[CHECKSUM_AT..PLAN_AT].fill(0);
        assert_eq!(Header::decode(&page), Found::Unfinished);
        assert_eq!(Header::decode(&[]), Found::Unfinished);
        assert_eq!(Header::decode(&[0; HEADER_BYTES]), Found::Unfinished);
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let page = header().encode().unwrap();
        for index in 0..page.len() {
            let mut changed = page.clone();
            changed[index] ^= 0x55;
            assert!(matches!(Header::decode(&changed), Found::Foreign(_)), "byte {index}");
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        let page = header().encode().unwrap();
        for length in 1..page.len() {
            assert!(!matches!(Header::decode(&page[..length]), Found::Table(_)), "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..5000)) {
            let _ = Header::decode(&bytes);
            let mut page = header().encode().unwrap();
            for (place, byte) in page.iter_mut().zip(bytes) {
                *place ^= byte;
            }
            let _ = Header::decode(&page);
            seal(&mut page);
            if let Found::Table(found) = Header::decode(&page) {
                let _ = found.plan.layout();
            }
        }

        #[test]
        fn any_plan_behind_a_right_checksum_is_laid_out_or_refused(at in 0..400usize, byte: u8) {
            let mut page = header().encode().unwrap();
            page[at] = byte;
            seal(&mut page);
            if let Found::Table(found) = Header::decode(&page) {
                let _ = found.plan.layout();
                prop_assert_eq!(Header::decode(&found.encode().unwrap()), Found::Table(found));
            }
        }
    }
}
