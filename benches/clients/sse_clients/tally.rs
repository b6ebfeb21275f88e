//! What all clients together have seen since the last `reset`.

use crate::histogram::Histogram;

const COMPLAINTS: usize = 5;

/// See the module.
#[derive(Default)]
pub struct Tally {
    pub frames: u64,
    pub bytes: u64,
    pub gaps: u64,
    /// Events out of order, doubled or missing.
    pub disorder: u64,
    /// Frames of a topic that the client did not ask for.
    pub foreign: u64,
    /// Responses that ended well, and that were cut.
    pub ended: u64,
    pub cut: u64,
    pub reconnects: u64,
    pub stalls: u64,
    pub latency: Histogram,
    complaints: Vec<String>,
}

impl Tally {
    pub fn complain(&mut self, about: &str) {
        if self.complaints.len() < COMPLAINTS {
            self.complaints.push(about.to_owned());
        }
    }

    /// The members of a JSON object, without its braces.
    pub fn to_json(&self) -> String {
        let complaints: Vec<String> = self.complaints.iter().map(|text| format!("\"{text}\"")).collect();
        format!(
            "\"frames\": {}, \"bytes\": {}, \"gaps\": {}, \"disorder\": {}, \"foreign\": {}, \"ended\": {}, \
             \"cut\": {}, \"reconnects\": {}, \"stalls\": {}, \"latency\": {}, \"complaints\": [{}]",
            self.frames,
            self.bytes,
            self.gaps,
            self.disorder,
            self.foreign,
            self.ended,
            self.cut,
            self.reconnects,
            self.stalls,
            self.latency.to_json(),
            complaints.join(", ")
        )
    }
}
