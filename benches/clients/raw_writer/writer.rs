//! The limit of the fan-out benchmarks: a Rust program that writes the same frames to the same number of sockets, by
//! `write` from one thread, without HTTP parsing, filters, policies or Node.
//!
//! `raw_writer TEMPLATE` reads lines `TYPE<tab>TAIL`, the events after their first three fields, prints `{"port": N}`, answers
//! every request by a response that does not end, and takes commands like the Node servers: `emit COUNT PER_SECOND`.
//!
//! All frames lie in one buffer; a client is a position in it. A full socket waits for epoll.

use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::process::{Resource, getrlimit, setrlimit};

type Outcome<T> = Result<T, Box<dyn Error>>;

const LISTENER: u64 = u64::MAX;
const STDIN: u64 = u64::MAX - 1;
const WRITE_BYTES: usize = 256 * 1024;
/// Frames that everybody has got are forgotten from time to time.
const FORGET_BYTES: usize = 8 << 20;
const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

struct Client {
    stream: TcpStream,
    position: usize,
    full: bool,
}

struct Pace {
    left: u64,
    per_second: f64,
    begun: Instant,
    emitted: u64,
}

struct Server {
    epoll: OwnedFd,
    listener: TcpListener,
    template: Vec<(String, String)>,
    clients: Vec<Option<Client>>,
    frames: Vec<u8>,
    /// What is emitted at a time, one chunk.
    due: Vec<u8>,
    next: u64,
    pace: Option<Pace>,
}

/// See the module. Returns when standard input ends.
pub fn run() -> Outcome<()> {
    let path = std::env::args().nth(1).ok_or("raw_writer TEMPLATE")?;
    let text = std::fs::read_to_string(path)?;
    let template: Vec<(String, String)> =
        text.lines().filter_map(|line| line.split_once('\t')).map(|(a, b)| (a.into(), b.into())).collect();
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    // The backlog of std is 128 or 4096 by platform; thousands come at once.
    rustix::net::listen(&listener, 4096)?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, listener.as_fd(), EventData::new_u64(LISTENER), EventFlags::IN)?;
    epoll::add(&epoll, std::io::stdin().as_fd(), EventData::new_u64(STDIN), EventFlags::IN)?;
    println!("{{\"port\": {}}}", listener.local_addr()?.port());
    let clients = Vec::new();
    let (frames, due) = (Vec::new(), Vec::new());
    Server { epoll, listener, template, clients, frames, due, next: 0, pace: None }.run()
}

impl Server {
    fn run(&mut self) -> Outcome<()> {
        let mut events = Vec::with_capacity(1024);
        let mut input = [0u8; 4096];
        loop {
            let pause = self.pause();
            let timeout = Timespec { tv_sec: 0, tv_nsec: pause.subsec_nanos().into() };
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&timeout)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in events.drain(..) {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    STDIN => {
                        let length = rustix::io::read(std::io::stdin(), &mut input)?;
                        if length == 0 {
                            return Ok(());
                        }
                        self.command(std::str::from_utf8(input.get(..length).unwrap_or_default())?)?;
                    }
                    at => self.ready(usize::try_from(at)?, event.flags, &mut input)?,
                }
            }
            self.emit_what_is_due()?;
        }
    }

    fn pause(&self) -> Duration {
        let idle = Duration::from_millis(500);
        let Some(pace) = &self.pace else { return idle };
        let due = pace.begun + Duration::from_secs_f64(pace.emitted as f64 / pace.per_second);
        due.saturating_duration_since(Instant::now()).clamp(Duration::from_millis(1), idle)
    }

    fn accept(&mut self) -> Outcome<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let number = EventData::new_u64(self.clients.len() as u64);
            epoll::add(&self.epoll, stream.as_fd(), number, EventFlags::IN)?;
            self.clients.push(Some(Client { stream, position: usize::MAX, full: false }));
        }
    }

    /// A request, an end, or room in a socket that was full.
    fn ready(&mut self, at: usize, flags: EventFlags, input: &mut [u8]) -> Outcome<()> {
        let position = self.frames.len();
        let Some(slot) = self.clients.get_mut(at) else { return Ok(()) };
        let Some(client) = slot else { return Ok(()) };
        if flags.contains(EventFlags::IN) {
            match client.stream.read(input) {
                Ok(length) if length > 0 => {
                    client.stream.write_all(HEAD)?;
                    client.position = position;
                }
                _ => *slot = None,
            }
        } else if flags.contains(EventFlags::OUT) {
            client.full = false;
            write(&self.epoll, at as u64, client, &self.frames)?;
        } else {
            *slot = None;
        }
        Ok(())
    }

    fn command(&mut self, line: &str) -> Outcome<()> {
        let mut words = line.split_whitespace();
        if words.next() != Some("emit") {
            println!("{{}}");
            return Ok(());
        }
        let left = words.next().ok_or("COUNT")?.parse()?;
        let per_second = words.next().ok_or("PER_SECOND")?.parse()?;
        self.pace = Some(Pace { left, per_second, begun: Instant::now(), emitted: 0 });
        Ok(())
    }

    fn emit_what_is_due(&mut self) -> Outcome<()> {
        let Some(pace) = &mut self.pace else { return Ok(()) };
        self.due.clear();
        while pace.left > 0 && pace.begun.elapsed().as_secs_f64() * pace.per_second >= pace.emitted as f64 {
            pace.left -= 1;
            pace.emitted += 1;
            append(&mut self.due, &self.template, self.next);
            self.next += 1;
        }
        if pace.left == 0 {
            self.pace = None;
            println!("{{\"emitted\": {}}}", self.next);
        }
        if self.due.is_empty() {
            return Ok(());
        }
        self.frames.extend_from_slice(format!("{:x}\r\n", self.due.len()).as_bytes());
        self.frames.extend_from_slice(&self.due);
        self.frames.extend_from_slice(b"\r\n");
        for (at, client) in (0u64..).zip(&mut self.clients) {
            if let Some(client) = client.as_mut().filter(|client| !client.full) {
                write(&self.epoll, at, client, &self.frames)?;
            }
        }
        self.forget();
        Ok(())
    }

    fn forget(&mut self) {
        let positions = self.clients.iter().flatten().map(|client| client.position);
        let Some(low) = positions.min().filter(|low| (FORGET_BYTES..=self.frames.len()).contains(low)) else {
            return;
        };
        self.frames.drain(..low);
        for client in self.clients.iter_mut().flatten() {
            client.position -= low.min(client.position);
        }
    }
}

/// Writes what the client lacks; a socket that is full is watched.
fn write(epoll: &OwnedFd, at: u64, client: &mut Client, frames: &[u8]) -> Outcome<()> {
    while let Some(bytes) = frames.get(client.position..).filter(|bytes| !bytes.is_empty()) {
        match client.stream.write(bytes.get(..WRITE_BYTES).unwrap_or(bytes)) {
            Ok(length) => client.position += length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                client.full = true;
                break;
            }
            Err(_) => break, // its end will be read
        }
    }
    let flags = if client.full { EventFlags::OUT | EventFlags::ET } else { return Ok(()) };
    Ok(epoll::modify(epoll, client.stream.as_fd(), EventData::new_u64(at), flags | EventFlags::IN)?)
}

/// One frame.
fn append(frames: &mut Vec<u8>, template: &[(String, String)], n: u64) {
    let at = usize::try_from(n).unwrap_or(0) % template.len().max(1);
    let Some((kind, tail)) = template.get(at) else { return };
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let at_us = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
    let head = format!("id: 0123456789abcdef-{n}\nevent: {kind}\ndata: {{\"n\":{n},\"t\":0,\"at\":{at_us}");
    for part in [head.as_str(), tail.as_str(), "\n\n"] {
        frames.extend_from_slice(part.as_bytes());
    }
}
