//! One file: what processes see of it, what the disk has of it, and what a power loss makes of the difference.

use std::fs::File;

use super::chance::Chance;

/// Done to a file and not synced.
#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

/// See the module.
#[derive(Default)]
pub struct Inode {
    /// What every process sees.
    pub seen: Vec<u8>,
    /// What the disk is sure to have.
    kept: Vec<u8>,
    unsynced: Vec<Change>,
    /// Pages that processes map: seen at once by all of them, and never synced.
    pub pages: Option<File>,
}

impl Inode {
    pub fn append(&mut self, bytes: &[u8]) {
        self.unsynced.push(Change::Write { at: self.seen.len(), bytes: bytes.to_vec() });
        self.seen.extend_from_slice(bytes);
    }

    pub fn truncate(&mut self, length: usize) {
        self.unsynced.push(Change::Truncate(length));
        self.seen.resize(length, 0);
    }

    pub fn sync(&mut self) {
        for change in std::mem::take(&mut self.unsynced) {
            apply(&mut self.kept, &change);
        }
        // The size is always brought to the disk, also when an earlier sync failed to.
        self.kept.resize(self.seen.len(), 0);
    }

    /// A sync that fails, as on Linux: some of it reached the disk, all of it counts as clean from now on, and processes
    /// go on seeing what the disk does not have.
    pub fn fail_sync(&mut self, chance: &mut Chance) {
        self.kept = self.after_power_loss(chance);
        self.unsynced.clear();
    }

    pub fn lose_power(&mut self, chance: &mut Chance) {
        self.kept = self.after_power_loss(chance);
        self.seen.clone_from(&self.kept);
        self.unsynced.clear();
        if let Some(pages) = &self.pages {
            lose_pages(pages, chance);
        }
    }

    /// What the disk may have: the synced part, and of the rest whatever it pleases. A file system writes blocks in any
    /// order, and a file's size before or after its blocks; what it has not written reads as zeros.
    fn after_power_loss(&self, chance: &mut Chance) -> Vec<u8> {
        let mut image = self.kept.clone();
        let mut changes = self.unsynced.clone();
        match chance.below(6) {
            0 => changes.clear(),
            1 => {}
            2 => changes.truncate(chance.below(changes.len() + 1)),
            3 => chance.shuffle(&mut changes),
            _ => changes.retain(|_| !chance.once_in(3)),
        }
        let torn = chance.once_in(2);
        let block = chance.one_of(&[1, 16, 64, 512]);
        for change in &changes {
            match change {
                Change::Write { at, bytes } if torn => {
                    for (index, part) in bytes.chunks(block).enumerate() {
                        if !chance.once_in(4) {
                            let bytes = part.to_vec();
                            apply(&mut image, &Change::Write { at: at + index * block, bytes });
                        }
                    }
                }
                change => apply(&mut image, change),
            }
        }
        if chance.once_in(4) && image.len() < self.seen.len() {
            image.resize(self.seen.len(), 0);
        }
        image
    }
}

fn apply(image: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { at, bytes } => {
            let end = at + bytes.len();
            if image.len() < end {
                image.resize(end, 0);
            }
            image[*at..end].copy_from_slice(bytes);
        }
        Change::Truncate(length) => image.resize(*length, 0),
    }
}

const PAGE: u64 = 4096;

/// Mapped pages reach the disk or not, each by itself; sometimes all of them did, sometimes none.
fn lose_pages(file: &File, chance: &mut Chance) {
    let length = file.metadata().unwrap().len();
    match chance.below(4) {
        0 => file.set_len(0).unwrap(),
        1 => {
            for page in 0..length / PAGE {
                if chance.once_in(4) {
                    std::os::unix::fs::FileExt::write_all_at(file, &[0; PAGE as usize], page * PAGE).unwrap();
                }
            }
        }
        _ => {}
    }
}
