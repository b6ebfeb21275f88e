//! A compressed segment: zstd frames of [`FRAME_BYTES`] each and a seek table behind them, as zstd's seekable format
//! has it. `zstdcat` reads it whole; this reads it at any position by decompressing one frame.

use std::io::{self, ErrorKind};

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use crate::ledger::append::append_all;
use crate::port::{AppendFile, ReadFile};

/// Bytes of lines in one frame.
pub const FRAME_BYTES: usize = 256 * 1024;

/// Larger than any frame that is written, so that a damaged table asks for no absurd memory.
const MAX_FRAME_BYTES: u32 = 16 << 20;

const LEVEL: i32 = 3;
const TABLE_MAGIC: u32 = 0x184D_2A5E;
const FOOTER_MAGIC: u32 = 0x8F92_EAB1;
const FOOTER_BYTES: usize = 9;
const ENTRY_BYTES: usize = 8;

/// Compresses all of `source` into `target`, which is empty. `go_on` is asked before each frame; `false` when it said no.
pub fn pack(
    source: &mut dyn ReadFile,
    target: &mut dyn AppendFile,
    mut go_on: impl FnMut() -> bool,
) -> io::Result<bool> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::ChecksumFlag(true))?;
    let (mut chunk, mut position, mut table) = (vec![0; FRAME_BYTES], 0, Vec::new());
    loop {
        let read = source.read_at(position, &mut chunk)?;
        let bytes = chunk.get(..read).unwrap_or(&[]);
        if bytes.is_empty() {
            break;
        }
        if !go_on() {
            return Ok(false);
        }
        let frame = compressor.compress(bytes)?;
        for size in [frame.len(), read] {
            table.extend_from_slice(&u32::try_from(size).map_err(io::Error::other)?.to_le_bytes());
        }
        append_all(target, &frame)?;
        position += read as u64;
    }
    append_all(target, &seek_table(&table)?)?;
    Ok(true)
}

fn seek_table(entries: &[u8]) -> io::Result<Vec<u8>> {
    let size = u32::try_from(entries.len() + FOOTER_BYTES).map_err(io::Error::other)?;
    let frames = u32::try_from(entries.len() / ENTRY_BYTES).map_err(io::Error::other)?;
    let mut table = Vec::with_capacity(entries.len() + 8 + FOOTER_BYTES);
    table.extend_from_slice(&TABLE_MAGIC.to_le_bytes());
    table.extend_from_slice(&size.to_le_bytes());
    table.extend_from_slice(entries);
    table.extend_from_slice(&frames.to_le_bytes());
    table.push(0); // no checksums in the table: each frame has its own
    table.extend_from_slice(&FOOTER_MAGIC.to_le_bytes());
    Ok(table)
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Where its bytes begin in the segment …
    plain: u64,
    /// … and in the file.
    stored: u64,
    plain_bytes: u32,
    stored_bytes: u32,
}

/// A compressed segment, read as if it were not.
pub struct Packed {
    file: Box<dyn ReadFile>,
    frames: Vec<Frame>,
    length: u64,
    decompressor: Decompressor<'static>,
    /// The frame that was decompressed last, by number.
    last: Option<(usize, Vec<u8>)>,
}

impl Packed {
    /// Reads the seek table of `file`.
    pub fn open(mut file: Box<dyn ReadFile>) -> io::Result<Self> {
        let (frames, length) = read_table(file.as_mut())?;
        Ok(Self { file, frames, length, decompressor: Decompressor::new()?, last: None })
    }

    fn frame(&mut self, number: usize) -> io::Result<&[u8]> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != number) {
            self.last = None;
            let frame = self.frames.get(number).ok_or(ErrorKind::UnexpectedEof)?;
            let mut stored = vec![0; frame.stored_bytes as usize];
            let read = self.file.read_at(frame.stored, &mut stored)?;
            let plain = self
                .decompressor
                .decompress(stored.get(..read).unwrap_or(&[]), frame.plain_bytes as usize)?;
            if plain.len() != frame.plain_bytes as usize {
                return Err(damaged("a frame is shorter than its table says"));
            }
            self.last = Some((number, plain));
        }
        Ok(self.last.as_ref().map_or(&[], |(_, bytes)| bytes))
    }
}

impl ReadFile for Packed {
    fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let at = position + filled as u64;
            let number = self.frames.partition_point(|frame| frame.plain <= at);
            let Some(number) = number.checked_sub(1).filter(|_| at < self.length) else { break };
            let begin = self.frames.get(number).map_or(0, |frame| frame.plain);
            let skip = usize::try_from(at - begin).unwrap_or(usize::MAX);
            let bytes = self.frame(number)?.get(skip..).unwrap_or(&[]);
            let space = buffer.get_mut(filled..).unwrap_or(&mut []);
            let count = bytes.len().min(space.len());
            if count == 0 {
                break;
            }
            space.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            filled += count;
        }
        Ok(filled)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.length)
    }
}

fn read_table(file: &mut dyn ReadFile) -> io::Result<(Vec<Frame>, u64)> {
    let stored = file.length()?;
    let mut footer = [0; FOOTER_BYTES];
    let at = stored.checked_sub(FOOTER_BYTES as u64).ok_or_else(|| damaged("it is too short"))?;
    file.read_at(at, &mut footer)?;
    let [a, b, c, d, _, e, f, g, h] = footer;
    let (count, magic) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    let table_bytes = u64::from(count) * ENTRY_BYTES as u64;
    let begin = at.checked_sub(table_bytes).filter(|begin| magic == FOOTER_MAGIC && *begin >= 8);
    let begin = begin.ok_or_else(|| damaged("it has no seek table"))?;
    let mut table = vec![0; usize::try_from(table_bytes).map_err(io::Error::other)?];
    file.read_at(begin, &mut table)?;
    let (mut frames, mut plain, mut at) = (Vec::new(), 0, 0);
    for entry in table.as_chunks::<ENTRY_BYTES>().0 {
        let [a, b, c, d, e, f, g, h] = *entry;
        let (stored_bytes, plain_bytes) =
            (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        if plain_bytes > MAX_FRAME_BYTES || stored_bytes > 2 * MAX_FRAME_BYTES {
            return Err(damaged("its seek table has a frame of absurd size"));
        }
        frames.push(Frame { plain, stored: at, plain_bytes, stored_bytes });
        plain += u64::from(plain_bytes);
        at += u64::from(stored_bytes);
    }
    if at + 8 != begin {
        return Err(damaged("its seek table does not fit its frames"));
    }
    Ok((frames, plain))
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("the compressed segment is damaged: {what}"))
}
