//! Events read, as JavaScript gets them.

use cortex_native_core::events::{Frames, Page};
use napi::bindgen_prelude::{Buffer, Float64Array};
use napi_derive::napi;

/// Events read, column by column.
#[napi(object)]
pub struct EventPage {
    /// Their offsets.
    pub offsets: Float64Array,
    /// Their topics.
    pub topics: Vec<String>,
    /// Their types.
    pub types: Vec<String>,
    /// Their lines, each with its newline.
    pub lines: Buffer,
    /// The offset to go on from.
    pub next: f64,
}

#[allow(clippy::cast_precision_loss)] // offsets stay below 2^53
impl From<Page> for EventPage {
    fn from(page: Page) -> Self {
        Self {
            offsets: page.offsets.iter().map(|offset| *offset as f64).collect::<Vec<f64>>().into(),
            topics: page.topics,
            types: page.kinds,
            lines: page.lines.into(),
            next: page.next as f64,
        }
    }
}

/// SSE frames, ready to be written.
#[napi(object)]
pub struct FramePage {
    /// The frames.
    pub frames: Buffer,
    /// Number of events in them.
    pub count: f64,
    /// The offset to go on from.
    pub next: f64,
}

#[allow(clippy::cast_precision_loss)] // offsets stay below 2^53
impl From<Frames> for FramePage {
    fn from(frames: Frames) -> Self {
        Self { frames: frames.bytes.into(), count: frames.count as f64, next: frames.next as f64 }
    }
}
