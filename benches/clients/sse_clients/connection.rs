//! One client: a socket that is read or left alone.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::time::Instant;

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;

use crate::checker::Checker;
use crate::tally::Tally;

/// Reads of one socket before the next one has its turn.
const READS_IN_A_ROW: usize = 4;

/// What a client does at the moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    Reading,
    Stalled,
    Away,
}

/// See the module.
pub struct Connection {
    pub state: State,
    /// When it does something else.
    pub until: Option<Instant>,
    pub checker: Checker,
    pub topic: Option<u64>,
    /// It stalled at some time.
    pub was_slow: bool,
    stream: Option<TcpStream>,
    number: u64,
}

impl Connection {
    pub fn new(number: u64, topic: Option<u64>, with_digest: bool) -> Self {
        let checker = Checker::new(topic, with_digest);
        Self { state: State::Away, until: None, checker, topic, was_slow: false, stream: None, number }
    }

    /// Sends the request; `after` is a resume token.
    pub fn open(&mut self, epoll: &OwnedFd, port: u16, after: &[u8]) -> io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        let query = self.topic.map_or(String::new(), |topic| format!("?topic=t{topic}"));
        let mut request =
            format!("GET /events{query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n");
        if !after.is_empty() {
            request += &format!("Last-Event-ID: {}\r\n", String::from_utf8_lossy(after));
        }
        stream.write_all(format!("{request}\r\n").as_bytes())?;
        stream.set_nonblocking(true)?;
        epoll::add(epoll, stream.as_fd(), EventData::new_u64(self.number), EventFlags::IN)?;
        self.stream = Some(stream);
        self.state = State::Reading;
        self.checker.reconnected();
        Ok(())
    }

    /// Stops reading, or goes on.
    pub fn stall(&mut self, epoll: &OwnedFd, stalled: bool) -> io::Result<()> {
        let Some(stream) = &self.stream else { return Ok(()) };
        let flags = if stalled { EventFlags::ONESHOT } else { EventFlags::IN };
        epoll::modify(epoll, stream.as_fd(), EventData::new_u64(self.number), flags)?;
        self.was_slow |= stalled;
        self.state = if stalled { State::Stalled } else { State::Reading };
        Ok(())
    }

    /// Cuts it; what had not been read makes it a reset.
    pub fn cut(&mut self) {
        self.stream = None;
        self.state = State::Away;
    }

    /// Reads what there is. Afterwards it is `Away` if the server has ended it.
    pub fn read(&mut self, buffer: &mut [u8], tally: &mut Tally) {
        if self.state != State::Reading {
            return;
        }
        for _ in 0..READS_IN_A_ROW {
            let Some(stream) = &mut self.stream else { return };
            match stream.read(buffer) {
                Ok(0) => break,
                Ok(length) => {
                    tally.bytes += length as u64;
                    self.checker.take(
                        buffer.get(..length).unwrap_or_default(),
                        crate::clients::now_us(),
                        tally,
                    );
                    if self.checker.ended_well() {
                        break;
                    }
                    if length < buffer.len() {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        if self.still_open() {
            return;
        }
        if self.checker.ended_well() {
            tally.ended += 1;
        } else {
            tally.cut += 1;
        }
        self.cut();
    }

    /// Whether the loop above ended because the others wait.
    fn still_open(&self) -> bool {
        let Some(stream) = &self.stream else { return false };
        let mut one = [0u8; 1];
        match stream.peek(&mut one) {
            Ok(0) => false,
            Ok(_) => !self.checker.ended_well(),
            Err(error) => error.kind() == ErrorKind::WouldBlock && !self.checker.ended_well(),
        }
    }
}
