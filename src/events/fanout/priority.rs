//! The fan-out thread gives way to the event loop.

/// A thread with a longer slice than others is interrupted by whoever of them wakes up, instead of running its slice to
/// its end first; its share of the processor stays the same.
#[cfg(target_os = "linux")]
const SLICE_NS: u64 = 10_000_000;

/// `struct sched_attr` of Linux, in its size of version 1.
#[cfg(target_os = "linux")]
#[repr(C)]
#[derive(Default)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
    utilisation: [u32; 2],
}

/// Lets the calling thread be interrupted by threads that wake up. Kernels before 6.12 take no notice, and one that
/// forbids the call leaves things as they are.
#[cfg(target_os = "linux")]
pub fn give_way() {
    let size = u32::try_from(size_of::<Attributes>()).unwrap_or(0);
    let mut attributes = Attributes::default();
    // SAFETY: the kernel writes at most `size` bytes to the structure.
    let known = unsafe { libc::syscall(libc::SYS_sched_getattr, 0, &raw mut attributes, size, 0) } == 0;
    if known && attributes.policy == libc::SCHED_OTHER.cast_unsigned() {
        attributes.runtime = SLICE_NS;
        // SAFETY: the kernel reads `size` bytes of it, and changes nothing but this thread's scheduling.
        let _ = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
    }
}

/// Nothing to ask for.
#[cfg(not(target_os = "linux"))]
pub fn give_way() {}
