//! A machine with a disk: files and names that are seen at once and kept only when they are synced, processes that can be
//! killed between any two calls, power that can fail there too, and calls that fail as those of a sick disk do.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::chance::Chance;
use super::inode::Inode;
use crate::port::{AppendFile, Files, Locking, Neighbour, ReadFile};

const EINTR: i32 = 4;
const EIO: i32 = 5;
const ENOSPC: i32 = 28;

type Names = BTreeMap<PathBuf, usize>;

/// Done to the directory and not synced.
#[derive(Debug, Clone)]
enum Entry {
    Made(PathBuf, usize),
    Renamed(PathBuf, PathBuf, usize),
    Removed(PathBuf, usize),
}

struct Machine {
    chance: Chance,
    inodes: Vec<Inode>,
    names: Names,
    kept_names: Names,
    unsynced: Vec<Entry>,
    boot: u8,
    locked: bool,
    /// Calls until the process stops; none: it runs on.
    calls_left: Option<usize>,
    /// One call in so many fails; none: all work.
    faults: Option<usize>,
    /// Calls that failed by themselves since the last look.
    failed: usize,
    a_sync_failed: bool,
}

/// See the module.
#[derive(Clone)]
pub struct Disk(Arc<Mutex<Machine>>);

impl Disk {
    pub fn new(chance: Chance) -> Self {
        Self(Arc::new(Mutex::new(Machine {
            chance,
            inodes: Vec::new(),
            names: Names::new(),
            kept_names: Names::new(),
            unsynced: Vec::new(),
            boot: 0,
            locked: false,
            calls_left: None,
            faults: None,
            failed: 0,
            a_sync_failed: false,
        })))
    }

    pub fn as_files(&self) -> Arc<dyn Files> {
        Arc::new(self.clone())
    }

    /// The process stops after so many calls, and one call in so many fails.
    pub fn disturb(&self, calls_left: Option<usize>, faults: Option<usize>) {
        let mut machine = self.0.lock();
        machine.calls_left = calls_left;
        machine.faults = faults;
        machine.failed = 0;
    }

    /// Whether the process has stopped: whatever it does now, it did not do.
    pub fn stopped(&self) -> bool {
        self.0.lock().calls_left == Some(0)
    }

    /// Whether a call has failed by itself since [`Self::disturb`].
    pub fn failed(&self) -> bool {
        self.0.lock().failed > 0
    }

    /// Whether a sync has failed in any life.
    pub fn a_sync_failed(&self) -> bool {
        self.0.lock().a_sync_failed
    }

    /// The process is gone; everything it did stays.
    pub fn kill(&self) {
        self.disturb(None, None);
        self.0.lock().locked = false;
    }

    /// The machine is started anew, with what its disk has.
    pub fn lose_power(&self) {
        self.kill();
        let machine = &mut *self.0.lock();
        machine.boot += 1;
        let mut entries = std::mem::take(&mut machine.unsynced);
        match machine.chance.below(5) {
            0 => entries.clear(),
            1 => {}
            2 => entries.truncate(machine.chance.below(entries.len() + 1)),
            3 => machine.chance.shuffle(&mut entries),
            _ => entries.retain(|_| !machine.chance.once_in(2)),
        }
        entries.iter().for_each(|entry| rename(&mut machine.kept_names, entry));
        machine.names = machine.kept_names.clone();
        for inode in &mut machine.inodes {
            inode.lose_power(&mut machine.chance);
        }
    }

    /// What the file has, as processes see it.
    pub fn content(&self, path: &Path) -> Vec<u8> {
        let machine = self.0.lock();
        machine.names.get(path).map(|inode| machine.inodes[*inode].seen.clone()).unwrap_or_default()
    }

    fn call<T>(&self, act: impl FnOnce(&mut Machine) -> io::Result<T>) -> io::Result<T> {
        let machine = &mut *self.0.lock();
        machine.step()?;
        act(machine)
    }
}

fn rename(names: &mut Names, entry: &Entry) {
    match entry {
        Entry::Made(path, inode) => {
            names.insert(path.clone(), *inode);
        }
        Entry::Renamed(from, to, inode) => {
            if names.get(from) == Some(inode) {
                names.remove(from);
            }
            names.insert(to.clone(), *inode);
        }
        Entry::Removed(path, inode) => {
            if names.get(path) == Some(inode) {
                names.remove(path);
            }
        }
    }
}

impl Machine {
    /// One call: the process may stop before it, and it may fail.
    fn step(&mut self) -> io::Result<()> {
        match &mut self.calls_left {
            Some(0) => return Err(io::Error::from_raw_os_error(EIO)),
            Some(left) => *left -= 1,
            None => {}
        }
        if self.sick() {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        Ok(())
    }

    fn sick(&mut self) -> bool {
        let sick = self.faults.is_some_and(|often| self.chance.once_in(often));
        self.failed += usize::from(sick);
        sick
    }

    fn make(&mut self, path: &Path) -> usize {
        self.inodes.push(Inode::default());
        let inode = self.inodes.len() - 1;
        self.link(Entry::Made(path.to_owned(), inode));
        inode
    }

    fn link(&mut self, entry: Entry) {
        rename(&mut self.names, &entry);
        self.unsynced.push(entry);
    }

    fn sync_names(&mut self) {
        self.unsynced.clear();
        self.kept_names = self.names.clone();
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or(io::ErrorKind::NotFound.into())
    }
}

impl Files for Disk {
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        self.call(|machine| {
            let inode = machine.find(path).unwrap_or_else(|_| machine.make(path));
            Ok(Box::new(Open { disk: self.clone(), inode }) as Box<dyn AppendFile>)
        })
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        self.call(|machine| {
            let inode = machine.find(path)?;
            Ok(Box::new(Open { disk: self.clone(), inode }) as Box<dyn ReadFile>)
        })
    }

    fn read_small(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        self.call(|machine| Ok(machine.find(path).ok().map(|inode| machine.inodes[inode].seen.clone())))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let staged = super::super::sidecar(path, "tmp");
        let inode = self.call(|machine| {
            let inode = machine.find(&staged).unwrap_or_else(|_| machine.make(&staged));
            machine.inodes[inode].truncate(0);
            Ok(inode)
        })?;
        let mut file = Open { disk: self.clone(), inode };
        let mut written = 0;
        while written < bytes.len() {
            match file.append(&bytes[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        file.sync()?;
        self.rename(&staged, path)?;
        self.sync_directory(path)
    }

    fn lock(&self, _path: &Path) -> io::Result<Locking> {
        self.call(|machine| {
            if std::mem::replace(&mut machine.locked, true) {
                return Ok(Locking::By(1));
            }
            Ok(Locking::Held(Box::new(Held(self.clone(), machine.boot))))
        })
    }

    fn open_mapped(&self, path: &Path, fresh: bool) -> io::Result<Option<File>> {
        self.call(|machine| {
            let inode = match machine.find(path) {
                Ok(inode) => inode,
                Err(_) if fresh => machine.make(path),
                Err(error) => return Err(error),
            };
            let pages = &mut machine.inodes[inode].pages;
            if fresh || pages.is_none() {
                let memory = rustix::fs::memfd_create("pages", rustix::fs::MemfdFlags::CLOEXEC)?;
                *pages = Some(memory.into());
            }
            pages.as_ref().map(File::try_clone).transpose()
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(|machine| {
            let inode = machine.find(from)?;
            machine.link(Entry::Renamed(from.to_owned(), to.to_owned(), inode));
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.call(|machine| {
            if let Ok(inode) = machine.find(path) {
                machine.link(Entry::Removed(path.to_owned(), inode));
            }
            Ok(())
        })
    }

    fn neighbours(&self, path: &Path) -> io::Result<Vec<Neighbour>> {
        self.call(|machine| {
            let here = machine.names.iter().filter(|(other, _)| other.parent() == path.parent());
            Ok(here
                .filter_map(|(other, inode)| {
                    let bytes = machine.inodes[*inode].seen.len() as u64;
                    Some(Neighbour { name: other.file_name()?.to_owned(), bytes })
                })
                .collect())
        })
    }

    fn sync_directory(&self, _path: &Path) -> io::Result<()> {
        self.call(|machine| {
            machine.sync_names();
            Ok(())
        })
    }

    fn boot_id(&self) -> io::Result<[u8; 16]> {
        self.call(|machine| Ok([machine.boot; 16]))
    }
}

/// Gives the lock back, unless the machine was started anew since.
struct Held(Disk, u8);

impl Drop for Held {
    fn drop(&mut self) {
        let mut machine = self.0.0.lock();
        if machine.boot == self.1 {
            machine.locked = false;
        }
    }
}

struct Open {
    disk: Disk,
    inode: usize,
}

impl AppendFile for Open {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let machine = &mut *self.disk.0.lock();
        let part = machine.chance.below(bytes.len() + 1);
        if machine.calls_left == Some(0) {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        if machine.calls_left == Some(1) {
            // The last call of this process: the system had taken a part of it.
            machine.calls_left = Some(0);
            machine.inodes[self.inode].append(&bytes[..part]);
            return Err(io::Error::from_raw_os_error(EIO));
        }
        if let Some(often) = machine.faults
            && machine.chance.once_in(often)
        {
            machine.failed += 1;
            match machine.chance.below(4) {
                0 if part > 0 => {
                    machine.inodes[self.inode].append(&bytes[..part]);
                    return Ok(part);
                }
                0 | 1 => return Err(io::Error::from_raw_os_error(EINTR)),
                2 => {
                    std::thread::current().unpark(); // nobody has to wait for the room to come
                    return Err(io::Error::from_raw_os_error(ENOSPC));
                }
                _ => return Err(io::Error::from_raw_os_error(EIO)),
            }
        }
        machine.step()?;
        machine.inodes[self.inode].append(bytes);
        Ok(bytes.len())
    }

    fn sync(&mut self) -> io::Result<()> {
        let machine = &mut *self.disk.0.lock();
        if machine.calls_left != Some(0) && machine.sick() {
            machine.a_sync_failed = true;
            machine.inodes[self.inode].fail_sync(&mut machine.chance);
            return Err(io::Error::from_raw_os_error(EIO));
        }
        machine.step()?;
        machine.inodes[self.inode].sync();
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.disk.call(|machine| {
            machine.inodes[self.inode].truncate(length as usize);
            Ok(())
        })
    }

    fn length(&self) -> io::Result<u64> {
        self.disk.call(|machine| Ok(machine.inodes[self.inode].seen.len() as u64))
    }

    fn vanished(&self) -> io::Result<bool> {
        self.disk.call(|machine| Ok(!machine.names.values().any(|inode| *inode == self.inode)))
    }
}

impl ReadFile for Open {
    fn read_at(&mut self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.disk.call(|machine| {
            let seen = &machine.inodes[self.inode].seen;
            let there = seen.get(position as usize..).unwrap_or(&[]);
            let count = there.len().min(buffer.len());
            buffer[..count].copy_from_slice(&there[..count]);
            Ok(count)
        })
    }

    fn length(&self) -> io::Result<u64> {
        AppendFile::length(self)
    }
}
