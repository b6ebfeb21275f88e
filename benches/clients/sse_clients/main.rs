//! Thousands of SSE clients in one thread, each of which checks what it gets: see `clients.rs`. They want epoll, so
//! elsewhere than on Linux this program does nothing.

#[cfg(target_os = "linux")]
mod chaos;
#[cfg(target_os = "linux")]
mod checker;
#[cfg(target_os = "linux")]
mod clients;
#[cfg(target_os = "linux")]
mod connection;
#[cfg(target_os = "linux")]
mod histogram;
#[cfg(target_os = "linux")]
mod probe;
#[cfg(target_os = "linux")]
mod tally;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    clients::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {}
