//! What the thread is told from outside: connections come, change their topics and go.

use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::sync::atomic::Ordering;

use super::{Slot, Worker};
use crate::events::fanout::connection::{Connection, Notice, Served, Topics};
use crate::events::fanout::counters::add;
use crate::events::fanout::shared::Command;
use crate::events::fanout::{Adoption, ConnectionId, Owner};
use crate::log::filter::{Filter, NamedFilter};

impl Worker {
    /// Carries out what was asked for; `false` to stop.
    pub(super) fn obey(&mut self) -> bool {
        for command in self.shared.take_commands() {
            match command {
                Command::Adopt { owner, id, socket, adoption } => self.adopt(owner, id, socket, *adoption),
                Command::Release { id } => {
                    if let Some(slot) = self.slots.get(&id).copied() {
                        self.remove(slot);
                    }
                }
                Command::ReleaseAll { owner } => self.release_all(owner),
                Command::Drain { owner, id } => self.drain(owner, id),
                Command::Topic { id, topic, followed, at } => self.set_topic(id, topic, followed, at),
                Command::Heartbeat => (0..self.connections.len()).for_each(|slot| self.beat(slot)),
                Command::Past { id, past } => self.receive(id, past),
                Command::Stop => return false,
            }
        }
        true
    }

    pub(super) fn adopt(&mut self, owner: Owner, id: ConnectionId, socket: OwnedFd, adoption: Adoption) {
        let types = adoption.types.clone();
        let follow = |topics| self.log.follow(&NamedFilter { topics, types: types.clone() });
        let mut followed: Vec<(String, Filter)> = Vec::new();
        for topic in adoption.topics.iter().flatten() {
            match follow(Some(vec![topic.clone()])) {
                Ok(filter) => followed.push((topic.clone(), filter)),
                Err(_) => return self.notify(owner, id, Notice::Broken), // more types than a log can name
            }
        }
        let Ok(mask) = follow(None) else { return self.notify(owner, id, Notice::Broken) };
        let ids: Vec<u64> =
            followed.iter().filter_map(|(_, filter)| Some(self.log.topic_of(filter)?.0)).collect();
        let topics = match (&adoption.topics, ids.as_slice()) {
            (None, _) => Topics::All,
            (Some(_), [one]) => Topics::One(*one),
            (Some(_), many) => Topics::Many(many.iter().copied().collect()),
        };
        let resuming = adoption.from < self.log.head_offset();
        add(&self.shared.counters.resumes, u64::from(resuming));
        let mut connection = Connection::new(owner, id, socket, topics, mask.types, adoption.from);
        connection.resuming = resuming;
        connection.followed = followed;
        connection.type_names = adoption.types;
        (connection.on_slow, connection.on_gap) = (adoption.on_slow, adoption.on_gap);
        let slot = self.vacant.pop().unwrap_or(self.connections.len());
        self.index_topics(&connection, slot, true);
        match self.connections.get_mut(slot) {
            Some(place) => *place = Some(connection),
            None => self.connections.push(Some(connection)),
        }
        self.slots.insert(id, slot);
        self.shared.counters.connections.store(self.slots.len() as u64, Ordering::Relaxed);
        self.ready.push(slot);
    }

    pub(super) fn drain(&mut self, owner: Owner, id: ConnectionId) {
        let head = self.log.head_offset();
        self.encode_news(); // whoever ends does not wait for the end of a pause
        match self.by_id(id) {
            Some((slot, connection)) => {
                connection.until = Some(connection.next.max(head));
                self.ready.push(slot);
            }
            None => self.notify(owner, id, Notice::Drained), // gone before: nothing is left to be written
        }
    }

    pub(super) fn release_all(&mut self, owner: Owner) {
        let of_owner = |found: &Option<Connection>| found.as_ref().is_some_and(|found| found.owner == owner);
        let slots: Vec<Slot> =
            (0..).zip(&self.connections).filter(|(_, found)| of_owner(found)).map(|(slot, _)| slot).collect();
        slots.into_iter().for_each(|slot| self.remove(slot));
        self.shared.forget_notices(owner);
    }

    pub(super) fn index_topics(&mut self, connection: &Connection, slot: Slot, added: bool) {
        let mut change =
            |topic| if added { self.index.add(topic, slot) } else { self.index.remove(topic, slot) };
        match &connection.topics {
            Topics::All => change(None),
            Topics::One(topic) => change(Some(*topic)),
            Topics::Many(topics) => topics.iter().for_each(|topic| change(Some(*topic))),
        }
    }

    pub(super) fn set_topic(&mut self, id: ConnectionId, topic: String, followed: bool, at: u64) {
        let Some(slot) = self.slots.get(&id).copied() else { return };
        // What was emitted before the call must be encoded to be served by the old filter.
        self.encode_news();
        self.level_up_to(slot, at);
        let Some(mut connection) = self.connections.get_mut(slot).and_then(Option::take) else { return };
        let mut ids = match &connection.topics {
            Topics::All => HashSet::new(),
            Topics::One(one) => HashSet::from([*one]),
            Topics::Many(many) => many.clone(),
        };
        let known = connection.followed.iter().position(|(name, _)| *name == topic);
        let changes = !matches!(connection.topics, Topics::All) && known.is_none() == followed;
        if changes {
            self.index_topics(&connection, slot, false);
            match known {
                Some(at) => {
                    let (_, filter) = connection.followed.swap_remove(at);
                    ids.retain(|id| Some(*id) != self.log.topic_of(&filter).map(|id| id.0));
                    self.log.unfollow(&filter);
                }
                None => {
                    if let Ok(filter) = self.log.follow(&NamedFilter::topic(&topic)) {
                        ids.extend(self.log.topic_of(&filter).map(|id| id.0));
                        connection.followed.push((topic, filter));
                    }
                }
            }
            connection.topics = Topics::Many(ids);
            self.index_topics(&connection, slot, true);
        }
        if let Some(place) = self.connections.get_mut(slot) {
            *place = Some(connection);
        }
    }

    /// Serves a connection that lags behind nothing up to event `at`, so that what follows is another filter's.
    pub(super) fn level_up_to(&mut self, slot: Slot, at: u64) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else { return };
        if connection.until.is_none() && !connection.blocked && !connection.reading {
            connection.until = Some(at);
            let mut served = Served::More;
            while served == Served::More {
                served = connection.serve(&self.frames, &self.shared.counters);
            }
            connection.until = None;
            if served == Served::Full {
                self.filled(slot, self.now_ms());
            }
        }
        self.ready.push(slot);
    }

    pub(super) fn remove(&mut self, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::take) else { return };
        if connection.watched {
            self.poller.forget(connection.socket());
        }
        self.index_topics(&connection, slot, false);
        for (_, filter) in &connection.followed {
            self.log.unfollow(filter);
        }
        self.slots.remove(&connection.id);
        if self.full.remove(&slot) {
            self.count_full();
        }
        self.vacant.push(slot);
        self.shared.counters.connections.store(self.slots.len() as u64, Ordering::Relaxed);
    }
}
