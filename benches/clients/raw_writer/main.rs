//! The limit of the fan-out benchmarks: see `writer.rs`. It wants epoll, so elsewhere than on Linux it does nothing.

#[cfg(target_os = "linux")]
mod writer;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    writer::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {}
