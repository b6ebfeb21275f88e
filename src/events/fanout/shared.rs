//! What the fan-out thread shares with the threads that command it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use super::catchup::Past;
use super::connection::Notice;
use super::counters::Counters;
use super::{Adoption, ConnectionId, Owner};

/// What the thread is told.
pub enum Command {
    Adopt {
        owner: Owner,
        id: ConnectionId,
        socket: OwnedFd,
        adoption: Box<Adoption>,
    },
    Release {
        id: ConnectionId,
    },
    /// Everything an owner had adopted goes.
    ReleaseAll {
        owner: Owner,
    },
    Drain {
        owner: Owner,
        id: ConnectionId,
    },
    /// From event `at` on.
    Topic {
        id: ConnectionId,
        topic: String,
        followed: bool,
        at: u64,
    },
    Heartbeat,
    /// A piece of the past that was read for a connection.
    Past {
        id: ConnectionId,
        past: Past,
    },
    Stop,
}

/// See the module.
pub struct Shared {
    last_id: AtomicU64,
    commands: Mutex<Vec<Command>>,
    notices: Mutex<Vec<(Owner, ConnectionId, Notice)>>,
    /// A wake-up was written and not yet read: one is enough.
    called: AtomicBool,
    bell: Bell,
    pub counters: Counters,
}

impl Shared {
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            last_id: AtomicU64::new(0),
            commands: Mutex::new(Vec::new()),
            notices: Mutex::new(Vec::new()),
            called: AtomicBool::new(false),
            bell: Bell::new()?,
            counters: Counters::default(),
        })
    }

    pub fn next_id(&self) -> ConnectionId {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Queues a command and wakes the thread.
    pub fn send(&self, command: Command) {
        self.commands.lock().push(command);
        self.wake();
    }

    /// Wakes the thread.
    pub fn wake(&self) {
        if !self.called.swap(true, Ordering::SeqCst) {
            self.bell.ring();
        }
    }

    /// The thread is awake: wake-ups from now on are about what comes now.
    pub fn answered(&self) {
        self.bell.silence();
        self.called.store(false, Ordering::SeqCst);
    }

    pub fn take_commands(&self) -> Vec<Command> {
        std::mem::take(&mut self.commands.lock())
    }

    pub fn notify(&self, owner: Owner, id: ConnectionId, notice: Notice) {
        self.notices.lock().push((owner, id, notice));
    }

    /// The notices for `owner`; those of others stay.
    pub fn take_notices(&self, owner: Owner) -> Vec<(ConnectionId, Notice)> {
        let mut notices = self.notices.lock();
        let taken = notices.extract_if(.., |(of, ..)| *of == owner);
        taken.map(|(_, id, notice)| (id, notice)).collect()
    }

    /// Nobody asks for this owner's notices any more.
    pub fn forget_notices(&self, owner: Owner) {
        self.notices.lock().retain(|(of, ..)| *of != owner);
    }

    /// What the poller watches for wake-ups.
    pub fn bell(&self) -> BorrowedFd<'_> {
        self.bell.listen.as_fd()
    }
}

/// A pipe that is only rung: an eventfd where there is one.
struct Bell {
    listen: OwnedFd,
    strike: OwnedFd,
}

impl Bell {
    #[cfg(target_os = "linux")]
    fn new() -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        let listen = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        let strike = listen.try_clone()?;
        Ok(Self { listen, strike })
    }

    #[cfg(not(target_os = "linux"))]
    fn new() -> io::Result<Self> {
        let (listen, strike) = rustix::pipe::pipe()?;
        for end in [&listen, &strike] {
            rustix::io::ioctl_fionbio(end, true)?;
            rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
        }
        Ok(Self { listen, strike })
    }

    fn ring(&self) {
        // A full pipe or counter is one that rings already.
        let _ = rustix::io::write(&self.strike, &1u64.to_ne_bytes());
    }

    fn silence(&self) {
        let mut drained = [0u8; 64];
        while rustix::io::read(&self.listen, &mut drained).is_ok_and(|count| count == drained.len()) {}
    }
}
