//! One body in the encodings that clients accept, made once.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Below this, headers weigh more than what compression saves.
const MIN_BYTES: usize = 512;

/// Brotli's last levels cost ten times the time of this one for a few percent.
const BROTLI_LEVEL: u32 = 9;
const BROTLI_WINDOW: u32 = 22;
const BROTLI_BUFFER_BYTES: usize = 16 * 1024;

/// Compressed forms; absent where they would not be smaller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Variants {
    /// `Content-Encoding: gzip`.
    pub gzip: Option<Vec<u8>>,
    /// `Content-Encoding: br`.
    pub brotli: Option<Vec<u8>>,
}

impl Variants {
    /// The forms of `body`.
    pub fn of(body: &[u8]) -> Self {
        if body.len() < MIN_BYTES {
            return Self::default();
        }
        let smaller = |bytes: &Vec<u8>| bytes.len() < body.len();
        Self { gzip: gzip(body).filter(smaller), brotli: brotli(body).filter(smaller) }
    }
}

fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::best());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

fn brotli(body: &[u8]) -> Option<Vec<u8>> {
    let output = Vec::with_capacity(body.len() / 4);
    let mut encoder = brotli::CompressorWriter::new(output, BROTLI_BUFFER_BYTES, BROTLI_LEVEL, BROTLI_WINDOW);
    encoder.write_all(body).ok()?;
    Some(encoder.into_inner())
}
