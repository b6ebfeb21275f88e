//! What any bytes in the place of a ledger or of its sidecars must not do: end the process, ask for absurd memory, or
//! leave a ledger that opens differently the second time. Driven by fuzz targets and by a property test.
#![allow(dead_code)] // each driver uses a part

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cortex_native_core::ledger::chain::{Ask, Records, verify};
use cortex_native_core::ledger::index::{Fields, Index};
use cortex_native_core::ledger::{Durability, Ledger, Setup, Upkeep, Want};
use cortex_native_core::log::{CAPACITY_STEP, Retention};
use cortex_native_core::port::{ReadFile, System};

/// Bytes as a file.
struct Bytes(Vec<u8>);

impl ReadFile for Bytes {
    fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(position).unwrap_or(usize::MAX);
        let there = self.0.get(from..).unwrap_or(&[]);
        let count = there.len().min(buffer.len());
        buffer.iter_mut().zip(there).for_each(|(to, from)| *to = *from);
        Ok(count)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }
}

/// The records of an index follow each other and stay within the segment, whatever the sidecar says.
pub fn check_index(bytes: &[u8]) {
    let (fields, length) = (Fields::default(), 1 << 20);
    let mut sidecar = Index::header(7, &fields).to_vec();
    sidecar.extend_from_slice(bytes);
    for sidecar in [&sidecar[..], bytes] {
        let Some(index) = Index::parse(sidecar, 7, &fields, length) else { continue };
        let mut at = 7;
        for block in index.blocks() {
            assert_eq!(block.start.offset, at);
            at = block.end().offset;
        }
        assert!(index.covered().position <= length);
        assert!(index.sidecar_bytes() <= sidecar.len() as u64);
    }
}

/// Records are read as far as they prove themselves, and no further than the file goes.
pub fn check_chain(bytes: &[u8]) {
    let mut records = Records::new(Box::new(Bytes(bytes.to_vec())));
    while let Ok(Some((record, checks))) = records.next() {
        assert_eq!(checks.len(), record.lines as usize * 4);
    }
    assert!(records.position() <= bytes.len() as u64);
}

/// A ledger and its sidecars with any content open, or tell why not; what opened ends with a whole line, opens to the
/// same events again, and takes a chain from then on.
pub fn check_recovery(bytes: &[u8]) {
    let mut parts = bytes.splitn(4, |byte| *byte == 0xff);
    let mut part = || parts.next().unwrap_or_default();
    let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let path = home.path().join("l.ndjson");
    fs::write(&path, part()).expect("the ledger");
    for sidecar in ["l.ndjson.segments", "l.ndjson.0000000000000000.chain", "l.0000000000000000.ndjson"] {
        let content = part();
        if !content.is_empty() {
            fs::write(home.path().join(sidecar), content).expect("a sidecar");
        }
    }
    let Some(first) = open_and_close(&path) else { return };
    let content = fs::read(&path).expect("the ledger");
    assert!(content.is_empty() || content.ends_with(b"\n"));
    assert_eq!(open_and_close(&path), Some(first));
    let _ = verify(&System, &path, &Ask::default());
}

/// The events of the ledger by offset, as reading gives them, and the offset after the last; `None` if it cannot be
/// opened.
fn open_and_close(path: &Path) -> Option<(usize, u64)> {
    let setup = Setup {
        path: path.to_owned(),
        ring_bytes: CAPACITY_STEP,
        max_line_bytes: CAPACITY_STEP / 4,
        retention: Retention { max_events: 64, max_topic_events: 64, max_bytes: u64::MAX, idle_ms: 0 },
        topic_field: "topic".to_owned(),
        type_field: "type".to_owned(),
        id_field: "id".to_owned(),
        time_field: "timestamp".to_owned(),
        upkeep: Upkeep { chain: true, ..Upkeep::default() },
    };
    let ledger = Ledger::open(&setup, Durability::None, Arc::new(System), Arc::new(|| ())).ok()?;
    let (found, next) = ledger.reader().read(&Want::default()).ok()?;
    let head = ledger.log().head_offset();
    assert!(next <= head || found.is_empty());
    assert_eq!(ledger.close(Duration::from_secs(60)), Ok(true));
    Some((found.len(), head))
}
