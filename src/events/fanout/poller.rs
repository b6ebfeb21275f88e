//! Waits until a full socket has room or the bell rings.
//!
//! Only sockets that were full are watched: epoll, edge-triggered, on Linux; elsewhere poll over the few that are full
//! at the moment.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use super::ConnectionId;

/// What the bell is called among connections.
const BELL: u64 = 0;

#[cfg(target_os = "linux")]
pub use linux::Poller;
#[cfg(not(target_os = "linux"))]
pub use portable::Poller;

#[cfg(target_os = "linux")]
mod linux {
    use std::mem::MaybeUninit;
    use std::os::fd::OwnedFd;

    use rustix::event::{Timespec, epoll};

    use super::{BELL, BorrowedFd, ConnectionId, Duration, io};

    const EVENTS: usize = 256;

    /// See the module.
    pub struct Poller {
        epoll: OwnedFd,
    }

    impl Poller {
        pub fn new(bell: BorrowedFd<'_>) -> io::Result<Self> {
            let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
            epoll::add(&epoll, bell, epoll::EventData::new_u64(BELL), epoll::EventFlags::IN)?;
            Ok(Self { epoll })
        }

        /// Tells when `socket` has room. Adding a socket that has room already tells at once, so no edge is lost
        /// between the full write and this call. It stays watched until it is closed.
        pub fn watch(&mut self, id: ConnectionId, socket: BorrowedFd<'_>, watched: bool) -> io::Result<()> {
            let flags = epoll::EventFlags::OUT | epoll::EventFlags::ET;
            let data = epoll::EventData::new_u64(id);
            if watched {
                epoll::modify(&self.epoll, socket, data, flags)?;
            } else {
                epoll::add(&self.epoll, socket, data, flags)?;
            }
            Ok(())
        }

        /// Stops watching. Closing the duplicate would not do: the kernel watches the open file, which Node shares.
        pub fn forget(&mut self, socket: BorrowedFd<'_>) {
            let _ = epoll::delete(&self.epoll, socket); // it may never have been watched
        }

        /// Waits, and gives the connections that have room: all of them, so that none is taken for stalled after the
        /// whole process has been.
        pub fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<ConnectionId>) {
            let mut timeout = timeout.map(|time| Timespec {
                tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: time.subsec_nanos().into(),
            });
            let mut space = [const { MaybeUninit::<epoll::Event>::uninit() }; EVENTS];
            // An interrupted wait is a wake-up without events.
            while let Ok((events, _)) = epoll::wait(&self.epoll, &mut space, timeout.as_ref()) {
                ready.extend(events.iter().map(|event| event.data.u64()).filter(|id| *id != BELL));
                if events.len() < EVENTS {
                    return;
                }
                timeout = Some(Timespec { tv_sec: 0, tv_nsec: 0 });
            }
        }
    }
}

#[cfg(any(not(target_os = "linux"), test))]
#[cfg_attr(target_os = "linux", allow(dead_code))]
mod portable {
    use std::collections::HashMap;
    use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::{BorrowedFd, ConnectionId, Duration, io};

    /// See the module.
    pub struct Poller {
        bell: OwnedFd,
        full: HashMap<RawFd, (ConnectionId, OwnedFd)>,
    }

    impl Poller {
        pub fn new(bell: BorrowedFd<'_>) -> io::Result<Self> {
            Ok(Self { bell: bell.try_clone_to_owned()?, full: HashMap::new() })
        }

        /// Tells once when `socket` has room.
        pub fn watch(&mut self, id: ConnectionId, socket: BorrowedFd<'_>, _watched: bool) -> io::Result<()> {
            self.full.insert(socket.as_raw_fd(), (id, socket.try_clone_to_owned()?));
            Ok(())
        }

        /// Stops watching.
        pub fn forget(&mut self, socket: BorrowedFd<'_>) {
            self.full.remove(&socket.as_raw_fd());
        }

        /// Waits, and gives the connections that have room.
        pub fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<ConnectionId>) {
            let timeout = timeout.map(|time| Timespec {
                tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: time.subsec_nanos().into(),
            });
            let keys: Vec<(RawFd, ConnectionId)> =
                self.full.iter().map(|(key, (id, _))| (*key, *id)).collect();
            let mut watched = vec![PollFd::from_borrowed_fd(self.bell.as_fd(), PollFlags::IN)];
            watched.extend(self.full.values().map(|(_, socket)| PollFd::new(socket, PollFlags::OUT)));
            if poll(&mut watched, timeout.as_ref()).is_err() {
                return; // interrupted
            }
            let open: Vec<bool> = watched.iter().skip(1).map(|one| !one.revents().is_empty()).collect();
            for ((key, id), _) in keys.into_iter().zip(open).filter(|(_, open)| *open) {
                self.full.remove(&key);
                ready.push(id);
            }
        }
    }
}
