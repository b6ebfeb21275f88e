//! Fan-out to adopted sockets: one native thread writes SSE frames to every connection, so that the event loop pays
//! nothing per subscriber.
//!
//! ```text
//! log ──read once──► frame ring (each event encoded once, in HTTP chunks) ──writev──► sockets
//! ```
//!
//! A connection is a cursor, a filter and a descriptor; it has no queue. Topics index their connections, so that an
//! event costs who follows it. A socket that is full is left alone until the poller says it has room; meanwhile its
//! cursor lags. Who lags out of the frame ring reads the log's window or its ledger until level again, or is dealt
//! with as its policy says.
//!
//! Adoption: Node has sent the response's head and keeps the socket for reading and for its close; this thread owns a
//! duplicate of the descriptor, which keeps the number from being reused while frames are under way.

mod catchup;
mod connection;
mod counters;
mod encode;
mod frames;
mod poller;
mod priority;
mod selection;
mod shared;
mod topics;
mod worker;

#[cfg(test)]
mod tests;

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::thread::JoinHandle;

use parking_lot::Mutex;

pub use connection::{Notice, OnGap, OnSlow};
pub use counters::{Counters, Latency};
use shared::{Command, Shared};

use super::hub::Hub;
use crate::log::Log;

/// Names a connection. Never given twice.
pub type ConnectionId = u64;

/// Who adopted a connection: one JavaScript environment's hold on the hub.
pub type Owner = u64;

/// How a connection is served.
#[derive(Debug, Clone)]
pub struct Adoption {
    /// What it wants. Several topics share one connection; none means all.
    pub topics: Option<Vec<String>>,
    /// Types wanted; none means all.
    pub types: Option<Vec<String>>,
    /// First offset wanted.
    pub from: u64,
    /// What happens when it lags too far.
    pub on_slow: OnSlow,
    /// Where it goes on after a gap.
    pub on_gap: OnGap,
}

/// How all connections of a hub are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What a heartbeat writes.
    pub heartbeat: Vec<u8>,
    /// A heartbeat to each idle connection about this often, 0 for never.
    pub heartbeat_ms: u64,
    /// A full socket that has taken nothing for this long belongs to a slow consumer.
    pub stall_ms: u64,
    /// Events gather this long before they are written, 0 for as they come.
    pub window_ms: u64,
    /// Bytes of encoded frames kept for lagging connections.
    pub ring_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            heartbeat: b":\n\n".to_vec(),
            heartbeat_ms: 15_000,
            stall_ms: 30_000,
            window_ms: 0,
            ring_bytes: 8 << 20,
        }
    }
}

/// The fan-out of one hub. Dropping it closes every duplicate it holds.
pub struct FanOut {
    log: Arc<Log>,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl FanOut {
    /// Starts the thread.
    pub fn start(hub: &Arc<Hub>, settings: Settings) -> io::Result<Self> {
        let shared = Arc::new(Shared::new()?);
        let worker = worker::Worker::new(hub, settings, Arc::clone(&shared))?;
        let thread = std::thread::Builder::new().name("cortex-fanout".to_owned()).spawn(move || {
            priority::give_way();
            worker.run()
        })?;
        Ok(Self { log: Arc::clone(hub.log()), shared, thread: Mutex::new(Some(thread)) })
    }

    /// Serves a socket from now on, by a duplicate of its own. Nothing of Node's may be on its way to it.
    pub fn adopt(
        &self,
        owner: Owner,
        socket: BorrowedFd<'_>,
        adoption: Adoption,
    ) -> io::Result<ConnectionId> {
        let socket = rustix::io::fcntl_dupfd_cloexec(socket, 0)?;
        let id = self.shared.next_id();
        self.shared.send(Command::Adopt { owner, id, socket, adoption: Box::new(adoption) });
        Ok(id)
    }

    /// Forgets a connection and closes its duplicate.
    pub fn release(&self, id: ConnectionId) {
        self.shared.send(Command::Release { id });
    }

    /// Writes what the log has now, then lets go of the socket and says [`Notice::Drained`].
    pub fn drain(&self, owner: Owner, id: ConnectionId) {
        self.shared.send(Command::Drain { owner, id });
    }

    /// Forgets everything an owner had adopted: it is gone.
    pub fn release_all(&self, owner: Owner) {
        self.shared.send(Command::ReleaseAll { owner });
    }

    /// Follows one more topic, from the next event on, or one less. Not for a connection that follows all.
    pub fn set_topic(&self, id: ConnectionId, topic: String, followed: bool) {
        self.shared.send(Command::Topic { id, topic, followed, at: self.log.head_offset() });
    }

    /// One heartbeat to everybody.
    pub fn heartbeat(&self) {
        self.shared.send(Command::Heartbeat);
    }

    /// What happened to the connections of `owner` since its last call.
    pub fn notices(&self, owner: Owner) -> Vec<(ConnectionId, Notice)> {
        self.shared.take_notices(owner)
    }

    /// Counts since the start.
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// Ends the thread; duplicates are closed.
    pub fn stop(&self) {
        self.shared.send(Command::Stop);
        let thread = self.thread.lock().take();
        // A hub may be let go last by a thread of its own, which cannot wait for itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join(); // it holds no state worth a panic's message here
        }
    }
}

impl Drop for FanOut {
    fn drop(&mut self) {
        self.stop();
    }
}

impl std::fmt::Debug for FanOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FanOut").field("counters", &self.shared.counters).finish()
    }
}
