//! The memory of the log: a ring whose second half mirrors the first, so that any run of bytes up to the capacity is
//! contiguous wherever it starts.
//!
//! On Unix both halves are the same pages mapped twice, from a file with real blocks (a full disk is an error when the
//! ring is opened, never a SIGBUS later) or from anonymous memory. Elsewhere, and under miri, the halves are plain
//! memory and [`Ring::mirror`] copies what was written.
//!
//! A ring knows positions of the stream, not events: byte `p` lives at `p % capacity`. Who may touch which positions
//! when is the business of [`super::Log`], which upholds the contracts of the unsafe methods here.

use std::io;
use std::ptr::NonNull;

/// Bytes before the ring itself, for [`super::spool`]. A multiple of every page size in use (4, 16 and 64 KiB).
pub const HEADER_BYTES: usize = 64 * 1024;

/// The granularity of a capacity.
pub const CAPACITY_STEP: usize = 64 * 1024;

/// See the module.
pub struct Ring {
    /// Start of the header; the ring follows it, its mirror follows the ring.
    base: NonNull<u8>,
    capacity: usize,
    #[cfg_attr(any(not(unix), miri), allow(dead_code))]
    mapped: bool,
}

// SAFETY: the ring is memory without thread affinity; every access to its bytes goes through unsafe methods whose
// contracts (made good by `Log`) rule out races.
unsafe impl Send for Ring {}
// SAFETY: as above.
unsafe impl Sync for Ring {}

impl Ring {
    /// A ring in memory only. `capacity` is a multiple of [`CAPACITY_STEP`].
    pub fn anonymous(capacity: usize) -> io::Result<Self> {
        #[cfg(all(unix, not(miri)))]
        return unix::anonymous(capacity);
        #[cfg(any(not(unix), miri))]
        return heap::allocate(capacity);
    }

    /// A ring in `file`, which is given its full size in real blocks and keeps what it held when it already had it.
    #[cfg(unix)]
    pub fn in_file(file: &std::fs::File, capacity: usize) -> io::Result<Self> {
        #[cfg(not(miri))]
        return unix::in_file(file, capacity);
        #[cfg(miri)]
        {
            let _ = file;
            heap::allocate(capacity)
        }
    }

    /// Bytes the ring holds.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The header, [`HEADER_BYTES`] long and aligned to a page.
    pub fn header(&self) -> NonNull<u8> {
        self.base
    }

    /// Where the byte at `position` lives. At least `capacity` bytes from here on belong to the ring or its mirror.
    pub fn at(&self, position: u64) -> NonNull<u8> {
        let capacity = self.capacity as u64;
        // The remainder is below the capacity, which is a usize.
        #[allow(clippy::cast_possible_truncation)]
        let within = (position % capacity) as usize;
        // SAFETY: header + ring + mirror are one allocation of HEADER_BYTES + 2 * capacity bytes, and `within` is
        // below the capacity.
        unsafe { self.base.add(HEADER_BYTES + within) }
    }

    /// The `length` bytes from `position` on, without bounds of time: the caller keeps them from being overwritten.
    ///
    /// # Safety
    /// `length <= capacity`, the bytes were written, and nothing writes them while the slice lives.
    pub unsafe fn slice(&self, position: u64, length: usize) -> &[u8] {
        debug_assert!(length <= self.capacity);
        // SAFETY: contiguous by the mirror, initialised and unwritten by the caller's promise.
        unsafe { std::slice::from_raw_parts(self.at(position).as_ptr(), length) }
    }

    /// The `length` bytes from `position` on, for writing.
    ///
    /// # Safety
    /// `length <= capacity`, and nothing else reads or writes them while the slice lives. [`Self::mirror`] is called
    /// before anybody reads what was written.
    #[allow(clippy::mut_from_ref)] // exclusive by the caller's promise: the ring itself has no lock
    pub unsafe fn space(&self, position: u64, length: usize) -> &mut [u8] {
        debug_assert!(length <= self.capacity);
        // SAFETY: contiguous by the mirror, exclusive by the caller's promise; every byte of the ring is initialised
        // (mapped pages and fresh allocations are zero).
        unsafe { std::slice::from_raw_parts_mut(self.at(position).as_ptr(), length) }
    }

    /// Gives the pages of `length` bytes from `position` on to this process for writing, so that whoever writes there
    /// next meets no page fault. A hint: where it is not understood, pages come as they are touched.
    pub fn prefault(&self, position: u64, length: usize) {
        #[cfg(all(target_os = "linux", not(miri)))]
        {
            let page = 1 << 12;
            let start = self.at(position).as_ptr();
            // A run that wraps goes on at the start, not in the mirror: that is where most of its writes will go.
            let within = start as usize - self.base.as_ptr() as usize - HEADER_BYTES;
            let before_end = length.min(self.capacity - within);
            for (run, length) in [(start, before_end), (self.at(0).as_ptr(), length - before_end)] {
                let into = run as usize % page;
                // SAFETY: whole pages of this mapping, at or after its header; populating does not change them.
                let _ = unsafe {
                    let advice = rustix::mm::Advice::LinuxPopulateWrite;
                    rustix::mm::madvise(run.sub(into).cast(), length + into, advice)
                };
            }
        }
        #[cfg(not(all(target_os = "linux", not(miri))))]
        let _ = (position, length);
    }

    /// Makes the two halves agree after a write. Costs nothing where they are the same pages.
    ///
    /// # Safety
    /// As [`Self::space`].
    pub unsafe fn mirror(&self, position: u64, length: usize) {
        #[cfg(all(unix, not(miri)))]
        let _ = (position, length);
        #[cfg(any(not(unix), miri))]
        // SAFETY: forwarded.
        unsafe {
            heap::mirror(self, position, length);
        }
    }
}

#[cfg(all(unix, not(miri)))]
mod unix {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsFd, BorrowedFd};
    use std::ptr::{self, NonNull};

    use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous, munmap};

    use super::{HEADER_BYTES, Ring};

    pub fn anonymous(capacity: usize) -> io::Result<Ring> {
        let file = memory_file()?;
        rustix::fs::ftruncate(&file, (HEADER_BYTES + capacity) as u64)?;
        map(file.as_fd(), capacity)
    }

    pub fn in_file(file: &File, capacity: usize) -> io::Result<Ring> {
        allocate(file, (HEADER_BYTES + capacity) as u64)?;
        map(file.as_fd(), capacity)
    }

    #[cfg(target_os = "linux")]
    fn memory_file() -> io::Result<std::os::fd::OwnedFd> {
        Ok(rustix::fs::memfd_create("cortex-log", rustix::fs::MemfdFlags::CLOEXEC)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn memory_file() -> io::Result<std::os::fd::OwnedFd> {
        // No memfd here: an unnamed temporary file of the same directory the system uses for such things.
        let mut name = [0u8; 16];
        crate::port::Random::fill(&crate::port::System, &mut name)?;
        let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = std::env::temp_dir().join(format!("cortex-log-{name}"));
        let file = std::fs::OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        std::fs::remove_file(&path)?;
        Ok(file.into())
    }

    /// Gives the file real blocks, so that writing through the mapping can never meet a full disk.
    #[cfg(target_os = "linux")]
    fn allocate(file: &File, bytes: u64) -> io::Result<()> {
        // posix_fallocate and not fallocate: it falls back to writing where the file system has no fallocate.
        use std::os::fd::AsRawFd;
        let length = libc::off_t::try_from(bytes).map_err(io::Error::other)?;
        // SAFETY: a call on an open descriptor, without pointers.
        let status = unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, length) };
        if status == 0 { file.set_len(bytes) } else { Err(io::Error::from_raw_os_error(status)) }
    }

    #[cfg(not(target_os = "linux"))]
    fn allocate(file: &File, bytes: u64) -> io::Result<()> {
        use std::os::unix::fs::FileExt;
        // Writing zeros is the one way every Unix gives blocks; what is already there is kept.
        let zeros = vec![0u8; 1 << 20];
        let mut position = file.metadata()?.len();
        while position < bytes {
            let chunk = usize::try_from(bytes - position).unwrap_or(zeros.len()).min(zeros.len());
            position += file.write_at(zeros.get(..chunk).unwrap_or(&[]), position)? as u64;
        }
        file.set_len(bytes)
    }

    fn map(file: BorrowedFd<'_>, capacity: usize) -> io::Result<Ring> {
        let whole = HEADER_BYTES + 2 * capacity;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: the first call reserves a fresh range; the next two replace parts of exactly that range. On a
        // failure the whole range is given back, so nothing half-mapped is left.
        unsafe {
            let base = mmap_anonymous(ptr::null_mut(), whole, ProtFlags::empty(), MapFlags::PRIVATE)?;
            let fixed = MapFlags::SHARED | MapFlags::FIXED;
            let mirror = base.cast::<u8>().add(HEADER_BYTES + capacity).cast();
            let mapped = mmap(base, HEADER_BYTES + capacity, access, fixed, file, 0)
                .and_then(|_| mmap(mirror, capacity, access, fixed, file, HEADER_BYTES as u64));
            if let Err(error) = mapped {
                let _ = munmap(base, whole); // the first error is the one to report
                return Err(error.into());
            }
            let base =
                NonNull::new(base.cast::<u8>()).ok_or_else(|| io::Error::other("mmap returned null"))?;
            Ok(Ring { base, capacity, mapped: true })
        }
    }

    impl Drop for Ring {
        fn drop(&mut self) {
            if self.mapped {
                // SAFETY: exactly the range that `map` made, and nobody borrows from a ring being dropped.
                let _ = unsafe { munmap(self.base.as_ptr().cast(), HEADER_BYTES + 2 * self.capacity) };
            }
        }
    }
}

#[cfg(any(not(unix), miri))]
mod heap {
    use std::alloc::{Layout, alloc_zeroed, dealloc};
    use std::io;
    use std::ptr::NonNull;

    use super::{HEADER_BYTES, Ring};

    fn layout(capacity: usize) -> io::Result<Layout> {
        Layout::from_size_align(HEADER_BYTES + 2 * capacity, 4096).map_err(io::Error::other)
    }

    pub fn allocate(capacity: usize) -> io::Result<Ring> {
        // SAFETY: the layout has a size above zero.
        let base = NonNull::new(unsafe { alloc_zeroed(layout(capacity)?) });
        let base = base.ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?;
        Ok(Ring { base, capacity, mapped: false })
    }

    pub unsafe fn mirror(ring: &Ring, position: u64, length: usize) {
        let start = ring.at(position).as_ptr();
        // SAFETY: `start` lies in the first half, so both halves' copies of the run are inside the allocation; the
        // caller holds the run exclusively.
        unsafe {
            let first = ring.base.as_ptr().add(HEADER_BYTES);
            let within = start.offset_from(first) as usize;
            let before_end = length.min(ring.capacity - within);
            std::ptr::copy_nonoverlapping(start, start.add(ring.capacity), before_end);
            let wrapped = length - before_end;
            std::ptr::copy_nonoverlapping(first.add(ring.capacity), first, wrapped);
        }
    }

    impl Drop for Ring {
        fn drop(&mut self) {
            if let Ok(layout) = layout(self.capacity) {
                // SAFETY: allocated with this layout.
                unsafe { dealloc(self.base.as_ptr(), layout) };
            }
        }
    }
}
