//! The words that counting happens in: wide ones (a key, a state) and plain ones (entries of rings, leases).
//!
//! A trait, because the same algorithms run over memory of this process, over a file that processes share, and over a
//! model that a checker interleaves or cuts short at every step.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

use portable_atomic::AtomicU128;

/// Memory of a table. All operations are sequentially consistent; every word begins as zero.
pub trait Memory: Send + Sync {
    /// A wide word.
    fn wide(&self, index: usize) -> u128;
    /// Replaces a wide word if it still is `current`.
    fn swap_wide(&self, index: usize, current: u128, new: u128) -> bool;
    /// A plain word.
    fn word(&self, index: usize) -> u64;
    /// Replaces a plain word if it still is `current`.
    fn swap_word(&self, index: usize, current: u64, new: u64) -> bool;
}

/// Where the words come from, and what gives them back.
enum Backing {
    Heap(NonNull<u8>, Layout),
    #[cfg(unix)]
    Mapped(NonNull<u8>, usize),
}

/// A run of wide words followed by a run of plain ones, zeroed: in memory of this process, or mapped from a file.
pub struct Words {
    backing: Backing,
    wide: NonNull<AtomicU128>,
    wide_count: usize,
    word: NonNull<AtomicU64>,
    word_count: usize,
}

// SAFETY: plain memory without thread affinity, touched through atomics only.
unsafe impl Send for Words {}
// SAFETY: as above.
unsafe impl Sync for Words {}

/// Bytes that so many words need.
pub fn bytes_for(wide_count: usize, word_count: usize) -> Option<usize> {
    wide_count.checked_mul(16)?.checked_add(word_count.checked_mul(8)?)
}

impl Words {
    /// Memory of this process. Pages that are never touched cost nothing.
    pub fn anonymous(wide_count: usize, word_count: usize) -> io::Result<Self> {
        let bytes = bytes_for(wide_count, word_count).ok_or(io::ErrorKind::OutOfMemory)?;
        // An alignment of 16 is what the allocator gives anyway: it then takes fresh pages instead of clearing them.
        let layout = Layout::from_size_align(bytes.max(16), 16).map_err(io::Error::other)?;
        // SAFETY: the size is above zero.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self::laid_out(Backing::Heap(start, layout), start, wide_count, word_count))
    }

    /// Maps `file`, which has at least `offset` and the words' bytes in real blocks. `offset` is a multiple of 16.
    #[cfg(unix)]
    pub fn in_file(
        file: &std::fs::File,
        offset: usize,
        wide_count: usize,
        word_count: usize,
    ) -> io::Result<Self> {
        use rustix::mm::{MapFlags, ProtFlags, mmap};
        let bytes = bytes_for(wide_count, word_count)
            .and_then(|bytes| bytes.checked_add(offset))
            .ok_or(io::ErrorKind::OutOfMemory)?;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a fresh mapping at an address the system chooses.
        let base = unsafe { mmap(std::ptr::null_mut(), bytes, access, MapFlags::SHARED, file, 0) }?;
        let base = NonNull::new(base.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        // SAFETY: the mapping has `offset` bytes before the words.
        let start = unsafe { base.add(offset) };
        Ok(Self::laid_out(Backing::Mapped(base, bytes), start, wide_count, word_count))
    }

    fn laid_out(backing: Backing, start: NonNull<u8>, wide_count: usize, word_count: usize) -> Self {
        // SAFETY: the words' bytes follow `start`, which is aligned to 16.
        let word = unsafe { start.add(wide_count * 16) }.cast();
        Self { backing, wide: start.cast(), wide_count, word, word_count }
    }

    #[inline]
    fn wide_words(&self) -> &[AtomicU128] {
        // SAFETY: so many words of zeroed or atomically written memory, alive as long as `self`.
        unsafe { std::slice::from_raw_parts(self.wide.as_ptr(), self.wide_count) }
    }

    #[inline]
    fn plain_words(&self) -> &[AtomicU64] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts(self.word.as_ptr(), self.word_count) }
    }
}

// An index past the end is a defect of a layout; reading zero and swapping nothing is the harmless answer to it.
impl Memory for Words {
    #[inline]
    fn wide(&self, index: usize) -> u128 {
        self.wide_words().get(index).map_or(0, |word| word.load(Ordering::SeqCst))
    }

    #[inline]
    fn swap_wide(&self, index: usize, current: u128, new: u128) -> bool {
        self.wide_words().get(index).is_some_and(|word| {
            word.compare_exchange(current, new, Ordering::SeqCst, Ordering::SeqCst).is_ok()
        })
    }

    #[inline]
    fn word(&self, index: usize) -> u64 {
        self.plain_words().get(index).map_or(0, |word| word.load(Ordering::SeqCst))
    }

    #[inline]
    fn swap_word(&self, index: usize, current: u64, new: u64) -> bool {
        self.plain_words().get(index).is_some_and(|word| {
            word.compare_exchange(current, new, Ordering::SeqCst, Ordering::SeqCst).is_ok()
        })
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        match self.backing {
            // SAFETY: allocated with this layout.
            Backing::Heap(start, layout) => unsafe { dealloc(start.as_ptr(), layout) },
            #[cfg(unix)]
            // SAFETY: exactly the range that was mapped.
            Backing::Mapped(base, bytes) => unsafe {
                let _ = rustix::mm::munmap(base.as_ptr().cast(), bytes); // nothing is left to be done about it
            },
        }
    }
}
