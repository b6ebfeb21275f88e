//! Clients as the world has them: they stall, go away without a word, and come back.
//!
//! Restless clients resume where they were, and their checker goes on: every event once, or a gap that says so. Those
//! that are short-lived take a few frames and leave; the next one follows another topic, often with the same descriptor.

use std::io;
use std::time::{Duration, Instant};

use rustix::fd::OwnedFd;

use crate::connection::{Connection, State};
use crate::tally::Tally;

/// Longest times until something happens, in milliseconds.
const RESTLESS_READS_MS: u64 = 20_000;
const RESTLESS_STALLS_MS: u64 = 30_000;
const RESTLESS_AWAY_MS: u64 = 500;
const SHORT_LIFE_MS: u64 = 100;

/// See the module.
pub struct Chaos {
    random: u64,
    /// Lives are short, over so many topics.
    topics: Option<u64>,
    next_topic: u64,
}

impl Chaos {
    pub fn restless(seed: u64) -> Self {
        Self { random: seed | 1, topics: None, next_topic: 0 }
    }

    pub fn short_lived(seed: u64, topics: u64) -> Self {
        Self { random: seed | 1, topics: Some(topics), next_topic: 0 }
    }

    /// Lets everybody do what it is time for.
    pub fn turn(
        &mut self,
        connections: &mut [Connection],
        epoll: &OwnedFd,
        port: u16,
        tally: &mut Tally,
    ) -> io::Result<()> {
        let now = Instant::now();
        for (number, one) in (0u64..).zip(connections) {
            if one.until.is_some_and(|until| until > now) && one.state != State::Away {
                continue;
            }
            if let Some(topics) = self.topics {
                if one.state != State::Away && one.until.is_none() {
                    // A life begins with the head: who is cut while the server is busy would have seen nothing.
                    one.until = one.checker.has_head().then(|| now + self.up_to_ms(SHORT_LIFE_MS));
                    continue;
                }
                self.replace(one, number, topics, epoll, port, tally)?;
            } else {
                self.disturb(one, now, epoll, port, tally)?;
            }
        }
        Ok(())
    }

    /// Everybody reads, from where they were.
    pub fn calm(self, connections: &mut [Connection], epoll: &OwnedFd, port: u16) -> io::Result<()> {
        for one in connections {
            one.until = None;
            match one.state {
                State::Reading => {}
                State::Stalled => one.stall(epoll, false)?,
                State::Away => {
                    let id = one.checker.id.clone();
                    one.open(epoll, port, &id)?;
                }
            }
        }
        Ok(())
    }

    fn disturb(
        &mut self,
        one: &mut Connection,
        now: Instant,
        epoll: &OwnedFd,
        port: u16,
        tally: &mut Tally,
    ) -> io::Result<()> {
        let longest = match one.state {
            State::Away if one.until.is_some_and(|until| until > now) => return Ok(()),
            State::Away => {
                let id = one.checker.id.clone();
                one.open(epoll, port, &id)?;
                tally.reconnects += 1;
                RESTLESS_READS_MS
            }
            State::Stalled => {
                one.stall(epoll, false)?;
                RESTLESS_READS_MS
            }
            // The first turn, or one who has no event to resume from.
            State::Reading if one.until.is_none() || one.checker.last.is_none() => RESTLESS_READS_MS,
            State::Reading if self.below(2) == 0 => {
                one.stall(epoll, true)?;
                tally.stalls += 1;
                RESTLESS_STALLS_MS
            }
            State::Reading => {
                one.cut();
                RESTLESS_AWAY_MS
            }
        };
        one.until = Some(now + self.up_to_ms(longest));
        Ok(())
    }

    fn replace(
        &mut self,
        one: &mut Connection,
        number: u64,
        topics: u64,
        epoll: &OwnedFd,
        port: u16,
        tally: &mut Tally,
    ) -> io::Result<()> {
        one.cut();
        self.next_topic = (self.next_topic + 1) % topics;
        *one = Connection::new(number, Some(self.next_topic), false);
        one.open(epoll, port, b"")?;
        tally.reconnects += 1;
        Ok(())
    }

    fn up_to_ms(&mut self, longest: u64) -> Duration {
        Duration::from_millis(self.below(longest))
    }

    /// A number below `bound`, by xorshift.
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound.max(1)
    }
}
