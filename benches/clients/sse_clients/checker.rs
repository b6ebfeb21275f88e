//! What one client makes of its stream: takes HTTP chunks apart, then lines, and checks every event.
//!
//! An event's data begins `{"n":N,"t":T,"at":AT,`: its number within its topic, its topic, and when it was emitted in
//! microseconds of CLOCK_MONOTONIC. Numbers of a stream are consecutive, except after a gap event, when they may skip.

use memchr::{memchr, memmem};

use crate::tally::Tally;

/// One latency in so many events; the clock is read once per read of a socket.
const LATENCY_EVERY: u64 = 4;
const FNV_PRIME: u32 = 0x0100_0193;
const FNV_START: u32 = 0x811c_9dc5;

enum Part {
    Head(Vec<u8>),
    Size(usize),
    Data(usize),
    Break,
    /// The body has ended as it should.
    End,
}

/// See the module.
pub struct Checker {
    part: Part,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// Frames of this topic only, when given.
    topic: Option<u64>,
    in_gap: bool,
    may_skip: bool,
    /// Gap events it was told of.
    pub gaps: u64,
    /// Number of the newest event.
    pub last: Option<u64>,
    /// Its resume token.
    pub id: Vec<u8>,
    /// That of the event under way: a cut before its data must not count it as had.
    coming_id: Vec<u8>,
    /// FNV-1a of all data but the times; kept when wanted.
    pub digest: Option<u32>,
}

impl Checker {
    pub fn new(topic: Option<u64>, with_digest: bool) -> Self {
        Self {
            part: Part::Head(Vec::new()),
            line: Vec::new(),
            topic,
            in_gap: false,
            may_skip: false,
            gaps: 0,
            last: None,
            id: Vec::new(),
            coming_id: Vec::new(),
            digest: with_digest.then_some(FNV_START),
        }
    }

    /// A new response follows for the same stream of events.
    pub fn reconnected(&mut self) {
        self.part = Part::Head(Vec::new());
        self.line.clear();
        self.coming_id.clear();
        self.in_gap = false;
    }

    pub fn has_head(&self) -> bool {
        !matches!(self.part, Part::Head(_))
    }

    pub fn ended_well(&self) -> bool {
        matches!(self.part, Part::End)
    }

    pub fn take(&mut self, mut bytes: &[u8], now_us: u64, tally: &mut Tally) {
        while !bytes.is_empty() {
            bytes = match &mut self.part {
                Part::Head(head) => {
                    head.extend_from_slice(bytes);
                    let Some(end) = memmem::find(head, b"\r\n\r\n") else { return };
                    if !head.starts_with(b"HTTP/1.1 200") {
                        tally.complain("the answer is not 200");
                    }
                    let body = head.len() - end - 4;
                    self.part = Part::Size(0);
                    bytes.get(bytes.len() - body..).unwrap_or_default()
                }
                Part::Size(size) => {
                    let (first, rest) =
                        (bytes.first().copied().unwrap_or(0), bytes.get(1..).unwrap_or_default());
                    if let Some(digit) = char::from(first).to_digit(16) {
                        *size = *size * 16 + digit as usize;
                    } else if first == b'\n' {
                        self.part = if *size == 0 { Part::End } else { Part::Data(*size) };
                    } else if first != b'\r' {
                        tally.complain("a chunk has no size");
                    }
                    rest
                }
                Part::Data(left) => {
                    let taken = (*left).min(bytes.len());
                    *left -= taken;
                    if *left == 0 {
                        self.part = Part::Break;
                    }
                    let (data, rest) = bytes.split_at_checked(taken).unwrap_or_default();
                    self.body(data, now_us, tally);
                    rest
                }
                Part::Break => match memchr(b'\n', bytes) {
                    Some(end) => {
                        if end > 1 {
                            tally.complain("a chunk is longer than its size");
                        }
                        self.part = Part::Size(0);
                        bytes.get(end + 1..).unwrap_or_default()
                    }
                    None => return,
                },
                Part::End => return,
            };
        }
    }

    fn body(&mut self, mut data: &[u8], now_us: u64, tally: &mut Tally) {
        while let Some(end) = memchr(b'\n', data) {
            let (line, rest) = data.split_at_checked(end).unwrap_or_default();
            if self.line.is_empty() {
                self.line(line, now_us, tally);
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.line(&whole, now_us, tally);
                whole.clear();
                self.line = whole;
            }
            data = rest.get(1..).unwrap_or_default();
        }
        self.line.extend_from_slice(data);
    }

    fn line(&mut self, line: &[u8], now_us: u64, tally: &mut Tally) {
        match line.first() {
            Some(b'd') => {
                let value = value(line, b"data:");
                if !self.coming_id.is_empty() {
                    std::mem::swap(&mut self.id, &mut self.coming_id);
                    self.coming_id.clear(); // a gap event has none
                }
                if self.in_gap {
                    tally.gaps += 1;
                    self.gaps += 1;
                    self.may_skip = true;
                } else {
                    self.event(value, now_us, tally);
                }
            }
            Some(b'i') => {
                self.coming_id.clear();
                self.coming_id.extend_from_slice(value(line, b"id:"));
            }
            Some(b'e') => self.in_gap = value(line, b"event:") == b"gap",
            None => self.in_gap = false,
            _ => {}
        }
    }

    fn event(&mut self, data: &[u8], now_us: u64, tally: &mut Tally) {
        let Some((n, t, at_us, tail)) = fields(data) else {
            tally.complain("an event without its fields");
            return;
        };
        tally.frames += 1;
        match self.last {
            Some(last) if n == last + 1 || (self.may_skip && n > last) => {}
            Some(last) => {
                tally.disorder += 1;
                tally.complain(&format!("event {n} after {last}"));
            }
            None => {}
        }
        self.may_skip = false;
        self.last = Some(n);
        if self.topic.is_some_and(|topic| topic != t) {
            tally.foreign += 1;
            tally.complain("a frame of another topic");
        }
        if n % LATENCY_EVERY == 0 {
            tally.latency.add(now_us.saturating_sub(at_us));
        }
        if let Some(digest) = &mut self.digest {
            for byte in n.to_le_bytes().iter().chain(t.to_le_bytes().iter()).chain(tail) {
                *digest = (*digest ^ u32::from(*byte)).wrapping_mul(FNV_PRIME);
            }
        }
    }
}

fn value<'a>(line: &'a [u8], name: &[u8]) -> &'a [u8] {
    let value = line.strip_prefix(name).unwrap_or_default();
    value.strip_prefix(b" ").unwrap_or(value)
}

/// Number, topic, time, and all that follows.
fn fields(data: &[u8]) -> Option<(u64, u64, u64, &[u8])> {
    let (n, data) = number(data.strip_prefix(b"{\"n\":")?)?;
    let (t, data) = number(data.strip_prefix(b",\"t\":")?)?;
    let (at, tail) = number(data.strip_prefix(b",\"at\":")?)?;
    Some((n, t, at, tail))
}

fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (at, byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return Some((value, text.get(at..)?));
        }
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
    }
    None
}
