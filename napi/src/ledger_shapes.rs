//! Ledgers, chains and consumers as JavaScript gets them.

use cortex_native_core::Result;
use cortex_native_core::events::HubError;
use cortex_native_core::ledger::chain::{Anchor, Digest, Verified};
use cortex_native_core::ledger::{Recovered, Summary};
use napi_derive::napi;

#[allow(clippy::cast_precision_loss)] // offsets, sizes and times stay below 2^53
pub fn number(value: u64) -> f64 {
    value as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // float casts saturate, NaN becomes 0
pub fn count(value: f64) -> u64 {
    value as u64
}

/// A digest from its 64 hexadecimal digits.
pub fn digest(text: &str) -> Result<Digest> {
    let mut digest = [0; 32];
    let digits = text.as_bytes().as_chunks::<2>();
    let mut good = digits.0.len() == digest.len() && digits.1.is_empty();
    for (byte, pair) in digest.iter_mut().zip(digits.0) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'));
        let value = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        good &= value.is_some();
        *byte = value.unwrap_or(0);
    }
    if good {
        return Ok(digest);
    }
    let expected = "64 hexadecimal digits".to_owned();
    Err(HubError::OptionInvalid { option: "digest", expected, actual: text.to_owned() }.into())
}

/// A digest of the chain.
#[napi(object)]
pub struct NativeAnchor {
    /// Number of events that it covers.
    pub offset: f64,
    /// The digest, in hexadecimal.
    pub digest: String,
}

impl From<Anchor> for NativeAnchor {
    fn from(anchor: Anchor) -> Self {
        let digest = anchor.digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { offset: number(anchor.offset), digest }
    }
}

/// What verifying found.
#[napi(object)]
pub struct VerifyResult {
    /// Events that the chain proves.
    pub events: f64,
    /// Their bytes.
    pub bytes: f64,
    /// Segments with a chain.
    pub segments: f64,
    /// Batches.
    pub batches: f64,
    /// Events taken up after a crash.
    pub recovered: f64,
    /// Crashes that took lines whose records were there.
    pub cuts: f64,
    /// Events after the last record.
    pub unproven: f64,
    /// Events of segments from before there was a chain.
    pub unchained: f64,
    /// Offset of the first problem, absent if there is none.
    pub problem_offset: Option<f64>,
    /// What it is.
    pub problem_kind: Option<String>,
}

impl From<Verified> for VerifyResult {
    fn from(found: Verified) -> Self {
        Self {
            events: number(found.events),
            bytes: number(found.bytes),
            segments: number(found.segments),
            batches: number(found.batches),
            recovered: number(found.recovered),
            cuts: number(found.cuts),
            unproven: number(found.unproven),
            unchained: number(found.unchained),
            problem_offset: found.problem.map(|problem| number(problem.offset)),
            problem_kind: found.problem.map(|problem| problem.kind.name().to_owned()),
        }
    }
}

/// One segment.
#[napi(object)]
pub struct SegmentSummary {
    /// Its file.
    pub path: String,
    /// Offset of its first event.
    pub first: f64,
    /// Number of its events.
    pub events: f64,
    /// Bytes of its lines.
    pub bytes: f64,
    /// Bytes on disk.
    pub stored_bytes: f64,
    /// When it was closed; absent for the active one.
    pub closed_ms: Option<f64>,
    /// Events that its index covers.
    pub indexed: f64,
    /// Whether it has a chain.
    pub chained: bool,
}

/// A declared consumer.
#[napi(object)]
pub struct ConsumerSummary {
    /// Its name.
    pub name: String,
    /// The first offset it has not read.
    pub next: f64,
    /// Its cursor was damaged and counts as one at the beginning.
    pub damaged: bool,
}

/// What a ledger comes to.
#[napi(object)]
pub struct LedgerSummary {
    /// Identity of the log; absent if it was never opened.
    pub epoch: Option<String>,
    /// Whether its last writer has closed it.
    pub clean: bool,
    /// Oldest first, the active one last.
    pub segments: Vec<SegmentSummary>,
    /// By name.
    pub consumers: Vec<ConsumerSummary>,
}

impl From<Summary> for LedgerSummary {
    fn from(summary: Summary) -> Self {
        let segments = summary.segments.into_iter().map(|one| SegmentSummary {
            path: one.path.display().to_string(),
            first: number(one.first),
            events: number(one.events),
            bytes: number(one.bytes),
            stored_bytes: number(one.stored_bytes),
            closed_ms: one.closed_ms.map(number),
            indexed: number(one.indexed),
            chained: one.chained,
        });
        let consumers = summary.consumers.into_iter().map(|one| ConsumerSummary {
            name: one.name,
            next: number(one.next),
            damaged: one.damaged,
        });
        Self {
            epoch: summary.epoch.map(|epoch| epoch.to_string()),
            clean: summary.clean,
            segments: segments.collect(),
            consumers: consumers.collect(),
        }
    }
}

/// What repairing came to.
#[napi(object)]
pub struct RepairResult {
    /// Events in the ledger.
    pub events: f64,
    /// Bytes of a torn last line that were cut.
    pub cut_bytes: f64,
    /// Bytes completed from the spool of a killed process.
    pub completed_bytes: f64,
}

impl From<Recovered> for RepairResult {
    fn from(recovered: Recovered) -> Self {
        Self {
            events: number(recovered.events),
            cut_bytes: number(recovered.cut_bytes),
            completed_bytes: number(recovered.completed_bytes),
        }
    }
}
