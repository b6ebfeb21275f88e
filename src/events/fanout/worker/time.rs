//! What happens by the clock: how long to wait, heartbeats, clients that have taken nothing for too long.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Slot, Worker};
use crate::events::fanout::connection::{Notice, OnSlow, Served};

/// Waiting this short for more costs less than being called for each event.
const NAP: Duration = Duration::from_millis(1);

/// Naps without news before the next event has to call.
const NAPS_BEFORE_SLEEP: u32 = 4;

/// Heartbeats are spread over so many turns.
const HEARTBEAT_TURNS: u64 = 16;

/// How often stalled connections are looked at.
pub const STALL_CHECK: Duration = Duration::from_millis(250);

impl Worker {
    /// How long to wait for something to do.
    pub(super) fn patience(&mut self, idle: u32) -> Option<Duration> {
        if !self.ready.is_empty() {
            return Some(Duration::ZERO);
        }
        if let Some(pause) = self.pace.pause() {
            return Some(pause);
        }
        if idle <= NAPS_BEFORE_SLEEP && !self.slots.is_empty() {
            return Some(NAP);
        }
        if !self.log.watcher_may_sleep(self.frames.end()) {
            return Some(Duration::ZERO);
        }
        let now = Instant::now();
        let heartbeat = (self.settings.heartbeat_ms > 0 && !self.slots.is_empty()).then_some(self.next_turn);
        let check = (!self.full.is_empty()).then_some(self.next_check);
        heartbeat.into_iter().chain(check).min().map(|at| at.saturating_duration_since(now))
    }

    pub(super) fn keep_time(&mut self) {
        let now = Instant::now();
        if now >= self.next_check {
            self.next_check = now + STALL_CHECK;
            self.measure_lag();
            self.drop_stalled();
        }
        if self.settings.heartbeat_ms > 0 && now >= self.next_turn {
            let every = Duration::from_millis(self.settings.heartbeat_ms.div_ceil(HEARTBEAT_TURNS));
            self.next_turn = now + every;
            self.turn = (self.turn + 1) % HEARTBEAT_TURNS;
            let turn = usize::try_from(self.turn).unwrap_or(0);
            let step = usize::try_from(HEARTBEAT_TURNS).unwrap_or(1);
            (turn..self.connections.len()).step_by(step).for_each(|slot| self.beat(slot));
        }
    }

    pub(super) fn beat(&mut self, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        match connection.heartbeat(&self.heartbeat, &self.shared.counters) {
            Served::Full => self.filled(slot, self.now_ms()),
            Served::Broken => self.give_up(slot, Notice::Broken),
            _ => {}
        }
    }

    /// How far the slowest of the full ones is behind.
    fn measure_lag(&self) {
        let cursors = self.full.iter().filter_map(|slot| Some(self.connections.get(*slot)?.as_ref()?.next));
        let lag = cursors.min().map_or(0, |oldest| self.frames.end().saturating_sub(oldest));
        self.shared.counters.lag.store(lag, Ordering::Relaxed);
    }

    pub(super) fn drop_stalled(&mut self) {
        let horizon = self.now_ms().saturating_sub(self.settings.stall_ms);
        let stalled: Vec<Slot> = self
            .full
            .iter()
            .copied()
            .filter(|slot| {
                let connection = self.connections.get(*slot).and_then(Option::as_ref);
                connection.is_some_and(|connection| {
                    connection.on_slow == OnSlow::Disconnect
                        && connection
                            .full_since
                            .is_some_and(|since| since <= horizon && self.settings.stall_ms > 0)
                })
            })
            .collect();
        for slot in stalled {
            self.give_up(slot, Notice::Slow);
        }
    }
}
