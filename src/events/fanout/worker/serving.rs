//! Writing to the connections that have something to be written and room for it.

use std::sync::atomic::Ordering;

use super::{Slot, Worker};
use crate::events::fanout::connection::{Notice, Served};
use crate::events::fanout::counters::add;

impl Worker {
    pub(super) fn serve_ready(&mut self) {
        self.sweep += 1;
        for slot in std::mem::take(&mut self.ready) {
            let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { continue };
            if connection.sweep != self.sweep {
                connection.sweep = self.sweep;
                self.serve(slot);
            }
        }
        self.measure();
    }

    pub(super) fn serve(&mut self, slot: Slot) {
        let now_ms = self.now_ms();
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        if connection.reading || connection.blocked {
            return;
        }
        connection.moved = false;
        let served = connection.serve(&self.frames, &self.shared.counters);
        if served != Served::Full && connection.full_since.take().is_some() {
            self.full.remove(&slot);
            self.count_full();
        }
        match served {
            Served::Level => self.leveled(slot),
            Served::More => self.ready.push(slot),
            Served::Full => self.filled(slot, now_ms),
            Served::Behind => self.behind(slot),
            Served::Broken => self.give_up(slot, Notice::Broken),
        }
    }

    /// It has everything; perhaps that is all it was to have.
    pub(super) fn leveled(&mut self, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        (connection.lagging, connection.resuming) = (false, false);
        if connection.until.is_some_and(|until| connection.next >= until) {
            self.give_up(slot, Notice::Drained);
        }
    }

    pub(super) fn give_up(&mut self, slot: Slot, notice: Notice) {
        let named = self.connections.get(slot).and_then(Option::as_ref).map(|found| (found.owner, found.id));
        if let Some((owner, id)) = named {
            if notice == Notice::Slow {
                add(&self.shared.counters.slow, 1);
            }
            self.remove(slot);
            self.notify(owner, id, notice);
        }
    }

    pub(super) fn filled(&mut self, slot: Slot, now_ms: u64) {
        add(&self.shared.counters.stalls, 1);
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        if connection.moved || connection.full_since.is_none() {
            connection.full_since = Some(now_ms);
        }
        (connection.lagging, connection.blocked) = (true, true);
        let watched = std::mem::replace(&mut connection.watched, true);
        let (id, socket) = (connection.id, connection.socket());
        // Watched by an edge: once added, every later edge comes by itself, except where poll needs to be asked again.
        let lost = if watched && cfg!(target_os = "linux") {
            false
        } else {
            self.poller.watch(id, socket, watched).is_err()
        };
        if self.full.insert(slot) {
            self.count_full();
        }
        if lost {
            self.give_up(slot, Notice::Broken);
        }
    }

    pub(super) fn count_full(&self) {
        self.shared.counters.lagging.store(self.full.len() as u64, Ordering::Relaxed);
        if self.full.is_empty() {
            self.shared.counters.lag.store(0, Ordering::Relaxed);
        }
    }

    /// Counts how long the sampled event took, once it is out.
    pub(super) fn measure(&mut self) {
        let sample = self.log.sample();
        if let Some((offset, appended)) =
            sample.filter(|(at, _)| (self.measured..self.frames.end()).contains(at))
        {
            let elapsed = u64::try_from(appended.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.shared.counters.latency.record(elapsed);
            self.measured = offset + 1;
        }
    }
}
