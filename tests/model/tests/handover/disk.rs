//! A disk in memory, without a point where another thread goes on. There is no spool: no process is killed here.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cortex_native_model::port::{AppendFile, Files, Locking, Neighbour, ReadFile};

#[derive(Default)]
struct State {
    ledger: Vec<u8>,
    meta: Option<Vec<u8>>,
    synced: usize,
    /// Appends that go through before one fails.
    appends_left: Option<usize>,
}

/// See the module.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<State>>);

impl Disk {
    /// One whose appends fail after the first `count`.
    pub fn failing_after(count: usize) -> Self {
        let disk = Self::default();
        disk.with(|state| state.appends_left = Some(count));
        disk
    }

    pub fn as_files(&self) -> Arc<dyn Files> {
        Arc::new(self.clone())
    }

    /// What was written.
    pub fn ledger(&self) -> Vec<u8> {
        self.with(|state| state.ledger.clone())
    }

    /// How much of it a power loss would leave.
    pub fn synced(&self) -> usize {
        self.with(|state| state.synced)
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Files for Disk {
    fn open_append(&self, _path: &Path) -> io::Result<Box<dyn AppendFile>> {
        Ok(Box::new(self.clone()))
    }

    fn open_read(&self, _path: &Path) -> io::Result<Box<dyn ReadFile>> {
        Ok(Box::new(self.clone()))
    }

    fn read_small(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        Ok(self.with(|state| state.meta.clone()).filter(|_| is_meta(path)))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if is_meta(path) {
            self.with(|state| state.meta = Some(bytes.to_vec()));
        }
        Ok(())
    }

    // The ledgers of these tests are never rotated, so that there are no other files.

    fn remove(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn neighbours(&self, _path: &Path) -> io::Result<Vec<Neighbour>> {
        Ok(Vec::new())
    }

    fn sync_directory(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self, _path: &Path) -> io::Result<Locking> {
        Ok(Locking::Held(Box::new(())))
    }

    fn open_mapped(&self, _path: &Path, _fresh: bool) -> io::Result<Option<std::fs::File>> {
        Ok(None)
    }

    fn rename(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        Ok(())
    }

    fn boot_id(&self) -> io::Result<[u8; 16]> {
        Ok([1; 16])
    }
}

impl AppendFile for Disk {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|state| match &mut state.appends_left {
            Some(0) => Err(io::ErrorKind::Other.into()),
            left => {
                *left = left.map(|count| count - 1);
                state.ledger.extend_from_slice(bytes);
                Ok(bytes.len())
            }
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.with(|state| state.synced = state.ledger.len());
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.with(|state| state.ledger.truncate(usize::try_from(length).unwrap_or(usize::MAX)));
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.with(|state| state.ledger.len()) as u64)
    }

    fn vanished(&self) -> io::Result<bool> {
        Ok(false)
    }
}

impl ReadFile for Disk {
    fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.with(|state| {
            let from = usize::try_from(position).unwrap_or(usize::MAX);
            let there = state.ledger.get(from..).unwrap_or(&[]);
            let count = there.len().min(buffer.len());
            buffer.iter_mut().zip(there).for_each(|(to, from)| *to = *from);
            Ok(count)
        })
    }

    fn length(&self) -> io::Result<u64> {
        AppendFile::length(self)
    }
}

fn is_meta(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "meta")
}
