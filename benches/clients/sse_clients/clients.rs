//! Thousands of SSE clients in one thread, each of which checks what it gets.
//!
//! `sse_clients PORT [digest]` takes commands, one a line, and answers each by one line of JSON:
//!
//! - `connect COUNT TOPICS [LAST_ID]` opens connections; connection i follows topic i modulo TOPICS, or with 0 all.
//! - `wait FRAMES MS` waits until so many frames have come since `reset`, and reports.
//! - `settle NUMBER MS` waits until every connection reads and has got event NUMBER as its newest, and reports.
//! - `report` reports; `reset` forgets what was counted.
//! - `stall COUNT`, `unstall`: the first COUNT connections stop reading, and go on.
//! - `chaos SEED`, `churn SEED TOPICS`, `calm`: see `chaos.rs`.
//! - `probe MS` sends another request about every MS milliseconds, from a thread of its own.
//! - `progress MS` answers now and then with `{"progress": FRAMES}` without being asked.
//! - `close` cuts all connections.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write;
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::chaos::Chaos;
use crate::connection::{Connection, State};
use crate::histogram::Histogram;
use crate::probe;
use crate::tally::Tally;

type Outcome<T> = Result<T, Box<dyn Error>>;

const STDIN: u64 = u64::MAX;
const READ_BYTES: usize = 256 * 1024;
const CONNECT_PATIENCE: Duration = Duration::from_secs(60);

/// What the answer to the last command waits for.
enum Goal {
    Heads,
    Frames(u64),
    Settled(u64),
}

struct Clients {
    epoll: OwnedFd,
    port: u16,
    with_digest: bool,
    connections: Vec<Connection>,
    tally: Tally,
    other: Arc<Mutex<Histogram>>,
    goal: Option<(Goal, Instant)>,
    chaos: Option<Chaos>,
    progress: Option<(Duration, Instant, u64)>,
}

/// See the module. Returns when standard input ends.
pub fn run() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let port = arguments.first().ok_or("sse_clients PORT [digest]")?.parse()?;
    raise_descriptor_limit()?;
    let mut clients = Clients {
        epoll: epoll::create(CreateFlags::CLOEXEC)?,
        port,
        with_digest: arguments.iter().any(|argument| argument == "digest"),
        connections: Vec::new(),
        tally: Tally::default(),
        other: Arc::default(),
        goal: None,
        chaos: None,
        progress: None,
    };
    epoll::add(&clients.epoll, std::io::stdin().as_fd(), EventData::new_u64(STDIN), EventFlags::IN)?;
    clients.run()
}

impl Clients {
    fn run(&mut self) -> Outcome<()> {
        let mut buffer = vec![0u8; READ_BYTES];
        let mut commands = Vec::new();
        let mut events = Vec::with_capacity(1024);
        loop {
            let timeout = Timespec { tv_sec: 0, tv_nsec: self.pause_ns() };
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&timeout)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in events.drain(..) {
                let number = event.data.u64();
                if number != STDIN {
                    if let Some(one) =
                        usize::try_from(number).ok().and_then(|at| self.connections.get_mut(at))
                    {
                        one.read(&mut buffer, &mut self.tally);
                    }
                    continue;
                }
                let length = rustix::io::read(std::io::stdin(), &mut buffer)?;
                if length == 0 {
                    return Ok(());
                }
                commands.extend_from_slice(buffer.get(..length).unwrap_or_default());
            }
            while let Some(end) = memchr::memchr(b'\n', &commands) {
                let command: Vec<u8> = commands.drain(..=end).collect();
                self.command(String::from_utf8(command)?.trim())?;
            }
            if let Some(chaos) = &mut self.chaos {
                chaos.turn(&mut self.connections, &self.epoll, self.port, &mut self.tally)?;
            }
            self.tell_progress();
            self.answer_when_reached();
        }
    }

    fn pause_ns(&self) -> i64 {
        if self.chaos.is_some() || self.goal.is_some() || self.progress.is_some() {
            2_000_000
        } else {
            50_000_000
        }
    }

    fn command(&mut self, line: &str) -> Outcome<()> {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok());
        let first = number(1).unwrap_or(0);
        let deadline = Instant::now() + Duration::from_millis(number(2).unwrap_or(0));
        match words.first().copied().unwrap_or_default() {
            "connect" => {
                self.connect(first, number(2).unwrap_or(0), words.get(3).copied().unwrap_or_default())?;
                self.goal = Some((Goal::Heads, Instant::now() + CONNECT_PATIENCE));
                return Ok(());
            }
            "wait" => {
                self.goal = Some((Goal::Frames(first), deadline));
                return Ok(());
            }
            "settle" => {
                self.goal = Some((Goal::Settled(first), deadline));
                return Ok(());
            }
            "reset" => self.reset(),
            "stall" | "unstall" => self.stall(first)?,
            "chaos" => self.chaos = Some(Chaos::restless(first)),
            "churn" => self.chaos = Some(Chaos::short_lived(first, number(2).unwrap_or(1))),
            "calm" => {
                if let Some(chaos) = self.chaos.take() {
                    chaos.calm(&mut self.connections, &self.epoll, self.port)?;
                }
            }
            "probe" => probe::start(self.port, Duration::from_millis(first), Arc::clone(&self.other)),
            "progress" => self.progress = Some((Duration::from_millis(first), Instant::now(), 0)),
            "close" => self.connections.clear(),
            "report" => {}
            other => return Err(format!("no command {other}").into()),
        }
        self.report();
        Ok(())
    }

    fn connect(&mut self, count: u64, topics: u64, after: &str) -> Outcome<()> {
        for _ in 0..count {
            let number = self.connections.len() as u64;
            let mut one = Connection::new(number, number.checked_rem(topics), self.with_digest);
            one.open(&self.epoll, self.port, after.as_bytes())?;
            self.connections.push(one);
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.tally = Tally::default();
        if let Ok(mut other) = self.other.lock() {
            *other = Histogram::default();
        }
    }

    /// `stall 0` is `unstall`.
    fn stall(&mut self, count: u64) -> Outcome<()> {
        let count = usize::try_from(count)?;
        for (at, one) in self.connections.iter_mut().enumerate() {
            if one.state != State::Away && (at < count) != (one.state == State::Stalled) {
                one.stall(&self.epoll, at < count)?;
            }
        }
        Ok(())
    }

    fn tell_progress(&mut self) {
        let Some((every, next, told)) = &mut self.progress else { return };
        if Instant::now() < *next || *told == self.tally.frames {
            return;
        }
        *next = Instant::now() + *every;
        *told = self.tally.frames;
        say(&format!("{{\"progress\": {told}}}"));
    }

    fn answer_when_reached(&mut self) {
        let Some((goal, deadline)) = &self.goal else { return };
        let reached = match goal {
            Goal::Heads => self.connections.iter().all(|one| one.checker.has_head()),
            Goal::Frames(count) => self.tally.frames >= *count,
            Goal::Settled(last) => self
                .connections
                .iter()
                .all(|one| one.state == State::Reading && one.checker.last == Some(*last)),
        };
        if reached || Instant::now() >= *deadline {
            self.goal = None;
            self.report();
        }
    }

    fn report(&self) {
        let reading = self.connections.iter().filter(|one| one.state == State::Reading).count();
        let away = self.connections.iter().filter(|one| one.state == State::Away).count();
        let heads = self.connections.iter().filter(|one| one.checker.has_head()).count();
        let gapped = self.connections.iter().filter(|one| one.checker.gaps > 0).count();
        let harmed = self
            .connections
            .iter()
            .filter(|one| !one.was_slow && (one.state == State::Away || one.checker.gaps > 0))
            .count();
        let lasts: BTreeSet<u64> = self.connections.iter().filter_map(|one| one.checker.last).collect();
        let digests: BTreeSet<(Option<u64>, u32)> =
            self.connections.iter().filter_map(|one| Some((one.topic, one.checker.digest?))).collect();
        let digests: Vec<String> = digests
            .iter()
            .map(|(topic, digest)| {
                format!("[{}, {digest}]", topic.map_or("null".to_owned(), |t| t.to_string()))
            })
            .collect();
        let id = self.connections.iter().map(|one| &one.checker.id).find(|id| !id.is_empty());
        say(&format!(
            "{{\"reading\": {reading}, \"away\": {away}, \"heads\": {heads}, \"gapped\": {gapped}, \
             \"harmed\": {harmed}, \"slowest\": {}, \"fastest\": {}, \
             \"id\": \"{}\", \"other\": {}, \"digests\": [{}], \"nowUs\": {}, {}}}",
            lasts.first().map_or("null".to_owned(), u64::to_string),
            lasts.last().map_or("null".to_owned(), u64::to_string),
            id.map_or(std::borrow::Cow::Borrowed(""), |id| String::from_utf8_lossy(id)),
            self.other.lock().map(|other| other.to_json()).unwrap_or_default(),
            digests.join(", "),
            now_us(),
            self.tally.to_json()
        ));
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever asked has gone: so will standard input.
    let _ = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
}

/// Microseconds of CLOCK_MONOTONIC, the clock of `process.hrtime()` in Node.
pub fn now_us() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(now.tv_sec * 1_000_000 + now.tv_nsec / 1000).unwrap_or(0)
}

fn raise_descriptor_limit() -> Outcome<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}
