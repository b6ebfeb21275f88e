//! A file system whose calls can be counted, held and failed, and whose disk can lose what was not synced.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::port::{AppendFile, Files, Locking, Neighbour, ReadFile, System};

/// The calls there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    OpenAppend,
    OpenRead,
    ReadSmall,
    Replace,
    Append,
    Sync,
    Truncate,
    Length,
    ReadAt,
    Lock,
    OpenMapped,
    Rename,
    Remove,
    Neighbours,
    SyncDirectory,
    BootId,
    Vanished,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    /// It fails with this `errno`.
    Fail(i32),
    /// An append takes this many bytes and no more.
    Short(usize),
}

/// Decides about each call; `nth` counts those of its kind from 0.
type Script = dyn FnMut(Call, usize) -> Verdict + Send;

/// The ledger's file as the disk has it, when the power goes.
#[derive(Debug, Default)]
struct Disk {
    stable: Vec<u8>,
    /// What was written since from here on is in memory only.
    dirty_from: usize,
    known: bool,
}

struct State {
    script: Box<Script>,
    counts: HashMap<Call, usize>,
    /// Calls of this kind wait.
    held: Option<Call>,
    waiting: usize,
    disk: Disk,
}

/// See the module. The files themselves are real.
#[derive(Clone)]
pub struct Scripted {
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Scripted {
    pub fn new(script: impl FnMut(Call, usize) -> Verdict + Send + 'static) -> Self {
        let state = State {
            script: Box::new(script),
            counts: HashMap::new(),
            held: None,
            waiting: 0,
            disk: Disk::default(),
        };
        Self { state: Arc::new((Mutex::new(state), Condvar::new())) }
    }

    /// One that only counts.
    pub fn passing() -> Self {
        Self::new(|_, _| Verdict::Pass)
    }

    pub fn as_files(&self) -> Arc<dyn Files> {
        Arc::new(self.clone())
    }

    /// Follows another script from now on. Counts go on, and the disk stays what it is.
    pub fn obey(&self, script: impl FnMut(Call, usize) -> Verdict + Send + 'static) {
        self.state.0.lock().script = Box::new(script);
    }

    /// How many calls of this kind were made.
    pub fn count(&self, call: Call) -> usize {
        self.state.0.lock().counts.get(&call).copied().unwrap_or(0)
    }

    /// Makes calls of this kind wait until [`Self::let_go`].
    pub fn hold(&self, call: Call) {
        self.state.0.lock().held = Some(call);
    }

    pub fn let_go(&self) {
        self.state.0.lock().held = None;
        self.state.1.notify_all();
    }

    /// Waits until a call is held.
    pub fn until_held(&self) {
        let mut state = self.state.0.lock();
        while state.waiting == 0 {
            assert!(!self.state.1.wait_for(&mut state, super::PATIENCE).timed_out(), "no call came");
        }
    }

    /// Of what is in the ledger already, the disk has this much.
    pub fn only_stable(&self, stable: &[u8]) {
        self.state.0.lock().disk = Disk { stable: stable.to_vec(), dirty_from: stable.len(), known: true };
    }

    /// Bytes of the ledger that the disk has.
    pub fn stable_bytes(&self) -> usize {
        self.state.0.lock().disk.stable.len()
    }

    /// Cuts the power: the ledger is what the disk has of it.
    pub fn lose_power(&self, ledger: &Path) {
        std::fs::write(ledger, &self.state.0.lock().disk.stable).unwrap();
    }

    fn ask(&self, call: Call) -> io::Result<Verdict> {
        let mut state = self.state.0.lock();
        while state.held == Some(call) {
            state.waiting += 1;
            self.state.1.notify_all();
            self.state.1.wait(&mut state);
            state.waiting -= 1;
        }
        let count = state.counts.entry(call).or_default();
        let nth = *count;
        *count += 1;
        match (state.script)(call, nth) {
            Verdict::Fail(errno) => Err(io::Error::from_raw_os_error(errno)),
            verdict => Ok(verdict),
        }
    }
}

impl Files for Scripted {
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        self.ask(Call::OpenAppend)?;
        let file = System.open_append(path)?;
        let length = file.length()? as usize;
        let mut state = self.state.0.lock();
        if !state.disk.known {
            // What was there before this file system was.
            state.disk = Disk { stable: std::fs::read(path)?, dirty_from: length, known: true };
        }
        drop(state);
        Ok(Box::new(ScriptedFile { files: self.clone(), path: path.to_owned(), file }))
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        self.ask(Call::OpenRead)?;
        Ok(Box::new(ScriptedRead { files: self.clone(), file: System.open_read(path)? }))
    }

    fn read_small(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        self.ask(Call::ReadSmall)?;
        System.read_small(path)
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.ask(Call::Replace)?;
        System.replace(path, bytes)
    }

    fn lock(&self, path: &Path) -> io::Result<Locking> {
        self.ask(Call::Lock)?;
        System.lock(path)
    }

    fn open_mapped(&self, path: &Path, fresh: bool) -> io::Result<Option<std::fs::File>> {
        self.ask(Call::OpenMapped)?;
        System.open_mapped(path, fresh)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.ask(Call::Rename)?;
        System.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.ask(Call::Remove)?;
        System.remove(path)
    }

    fn neighbours(&self, path: &Path) -> io::Result<Vec<Neighbour>> {
        self.ask(Call::Neighbours)?;
        System.neighbours(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.ask(Call::SyncDirectory)?;
        System.sync_directory(path)
    }

    fn boot_id(&self) -> io::Result<[u8; 16]> {
        self.ask(Call::BootId)?;
        System.boot_id()
    }
}

struct ScriptedFile {
    files: Scripted,
    path: std::path::PathBuf,
    file: Box<dyn AppendFile>,
}

impl AppendFile for ScriptedFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let verdict = self.files.ask(Call::Append)?;
        let take = if let Verdict::Short(most) = verdict { most.min(bytes.len()) } else { bytes.len() };
        let before = self.file.length()? as usize;
        let taken = self.file.append(&bytes[..take])?;
        let mut state = self.files.state.0.lock();
        state.disk.dirty_from = state.disk.dirty_from.min(before);
        Ok(taken)
    }

    fn sync(&mut self) -> io::Result<()> {
        let asked = self.files.ask(Call::Sync);
        let length = self.file.length()? as usize;
        let mut state = self.files.state.0.lock();
        let from = std::mem::replace(&mut state.disk.dirty_from, length);
        // As Linux does: after a failure the pages count as clean, so that no later sync writes them.
        asked?;
        let content = std::fs::read(&self.path).unwrap_or_default();
        if content.len() < length || from > length {
            return Ok(()); // it has another name by now: tests that rotate lose no power here
        }
        state.disk.stable.resize(length, 0);
        state.disk.stable[from..].copy_from_slice(&content[from..]);
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.files.ask(Call::Truncate)?;
        self.file.truncate(length)?;
        let mut state = self.files.state.0.lock();
        state.disk.stable.truncate(length as usize);
        state.disk.dirty_from = state.disk.dirty_from.min(length as usize);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        self.files.ask(Call::Length)?;
        self.file.length()
    }

    fn vanished(&self) -> io::Result<bool> {
        self.files.ask(Call::Vanished)?;
        self.file.vanished()
    }
}

struct ScriptedRead {
    files: Scripted,
    file: Box<dyn ReadFile>,
}

impl ReadFile for ScriptedRead {
    fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.files.ask(Call::ReadAt)?;
        self.file.read_at(position, buffer)
    }

    fn length(&self) -> io::Result<u64> {
        self.files.ask(Call::Length)?;
        self.file.length()
    }
}
