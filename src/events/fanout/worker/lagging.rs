//! Connections whose next event has left the frame ring.

use super::{Slot, Worker};
use crate::events::fanout::catchup::{self, Errand, Past};
use crate::events::fanout::connection::{Notice, OnGap, OnSlow, Topics};
use crate::events::fanout::counters::add;
use crate::events::fanout::{ConnectionId, encode};
use crate::log::cursor;
use crate::log::filter::NamedFilter;

impl Worker {
    /// The frame ring has moved on. The window may still have what it wants, or the ledger; else its policy decides.
    pub(super) fn behind(&mut self, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        let kept_from = catchup::kept_from(&self.log, connection);
        // One that began in the past, or that this thread was late for, is not slow.
        let at_fault = connection.lagging && !connection.resuming;
        connection.resuming = !at_fault;
        let next = catchup::next_from_window(&self.log, connection);
        if connection.next >= kept_from && next >= self.frames.first() {
            // Its topics were quiet while others went by.
            connection.next = self.frames.first();
            self.ready.push(slot);
        } else if connection.next >= kept_from {
            connection.next = next;
            add(&self.shared.counters.catchups, 1);
            let past = catchup::from_window(&self.log, self.epoch, connection);
            connection.next = past.next;
            connection.put(past.bytes);
            add(&self.shared.counters.frames, past.count);
            self.ready.push(slot);
        } else if self.has_ledger && (!at_fault || connection.on_slow == OnSlow::Disconnect) {
            connection.reading = true;
            add(&self.shared.counters.catchups, 1);
            let topics = match connection.topics {
                Topics::All => None,
                _ => Some(connection.followed.iter().map(|(name, _)| name.clone()).collect()),
            };
            let filter = NamedFilter { topics, types: connection.type_names.clone() };
            let errand = Errand { id: connection.id, filter, from: connection.next };
            if self.errands.send(errand).is_err() {
                self.give_up(slot, Notice::Broken);
            }
        } else if at_fault && connection.on_slow == OnSlow::Disconnect {
            self.give_up(slot, Notice::Slow);
        } else {
            let mut gap = Vec::new();
            let requested = cursor::format(self.epoch, connection.next.saturating_sub(1));
            encode::gap(&mut gap, &requested, &cursor::format(self.epoch, kept_from), "expired");
            match connection.on_gap {
                OnGap::Continue => connection.next = kept_from,
                OnGap::Live => connection.next = self.log.head_offset(),
                OnGap::End => (connection.next, connection.until) = (kept_from, Some(kept_from)),
            }
            connection.put(gap);
            add(&self.shared.counters.gaps, 1);
            self.ready.push(slot);
        }
    }

    /// A piece of the past has been read from the ledger.
    pub(super) fn receive(&mut self, id: ConnectionId, past: Past) {
        let Some((slot, connection)) = self.by_id(id) else { return };
        connection.reading = false;
        if past.failed {
            return self.give_up(slot, Notice::Broken);
        }
        connection.next = past.next;
        connection.put(past.bytes);
        add(&self.shared.counters.frames, past.count);
        self.ready.push(slot);
    }
}
