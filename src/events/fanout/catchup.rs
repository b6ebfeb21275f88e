//! The past of a connection that the frame ring no longer has: from the log's window at once, from the ledger on a
//! thread of its own.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};

use super::connection::{Connection, Topics};
use super::shared::{Command, Shared};
use super::{ConnectionId, encode};
use crate::events::hub::Hub;
use crate::events::sse;
use crate::ledger::Want;
use crate::log::cursor::{self, Epoch, MAX_OFFSET};
use crate::log::filter::{Filter, NamedFilter};
use crate::log::{Log, Query};

/// How much of the past a connection holds at a time.
pub const PIECE_BYTES: usize = 128 * 1024;

/// A piece of the past as one HTTP chunk, and the offset to go on from.
pub struct Past {
    pub bytes: Vec<u8>,
    pub count: u64,
    pub next: u64,
    /// The ledger could not be read.
    pub failed: bool,
}

impl Past {
    fn of(frames: &[u8], count: u64, next: u64) -> Self {
        let mut bytes = Vec::new();
        if !frames.is_empty() {
            encode::chunk(&mut bytes, frames);
        }
        Self { bytes, count, next, failed: false }
    }
}

/// Events it wants may be missing from the window below this offset.
pub fn kept_from(log: &Log, connection: &Connection) -> u64 {
    match connection.topics {
        Topics::All => log.kept_from(&Filter::default()),
        _ => connection.followed.iter().map(|(_, filter)| log.kept_from(filter)).max().unwrap_or(0),
    }
}

/// The next event of the window that may be one it wants. What others emitted since is not looked at.
pub fn next_from_window(log: &Log, connection: &Connection) -> u64 {
    match connection.topics {
        Topics::All => connection.next,
        _ => {
            let next_of = |filter: &Filter| log.next_wanted(filter, connection.next);
            let next = connection.followed.iter().filter_map(|(_, filter)| next_of(filter)).min();
            next.unwrap_or_else(|| log.head_offset())
        }
    }
}

/// The next piece from the window.
pub fn from_window(log: &Log, epoch: Epoch, connection: &Connection) -> Past {
    let all = Filter { types: connection.types.clone(), ..Filter::default() };
    let filter = match (&connection.topics, connection.followed.first()) {
        (Topics::One(_), Some((_, filter))) => filter,
        _ => &all,
    };
    let before = connection.until.unwrap_or(MAX_OFFSET);
    let query = Query { filter, from: connection.next, before, limit: usize::MAX, max_bytes: PIECE_BYTES };
    let (mut frames, mut count) = (Vec::new(), 0);
    let batch = log.read(&query, |record| {
        if connection.wants(record.topic_id, record.kind_id) {
            sse::event(&mut frames, epoch, &record);
            count += 1;
        }
    });
    Past::of(&frames, count, batch.next)
}

/// What to read from the ledger.
pub struct Errand {
    pub id: ConnectionId,
    pub filter: NamedFilter,
    pub from: u64,
}

/// The thread that reads ledgers for connections. It ends when the fan-out drops its sender.
pub fn start_reader(hub: Weak<Hub>, shared: Arc<Shared>) -> std::io::Result<Sender<Errand>> {
    let (sender, errands) = channel();
    std::thread::Builder::new()
        .name("cortex-catchup".to_owned())
        .spawn(move || run(&hub, &shared, &errands))?;
    Ok(sender)
}

fn run(hub: &Weak<Hub>, shared: &Shared, errands: &Receiver<Errand>) {
    while let Ok(errand) = errands.recv() {
        let Some(hub) = hub.upgrade() else { return };
        let past = read(&hub, &errand);
        shared.send(Command::Past { id: errand.id, past });
    }
}

fn read(hub: &Hub, errand: &Errand) -> Past {
    let want =
        Want { filter: errand.filter.clone(), from: errand.from, max_bytes: PIECE_BYTES, ..Want::default() };
    let Ok((found, next)) = hub.read_past(&want) else {
        return Past { bytes: Vec::new(), count: 0, next: errand.from, failed: true };
    };
    let mut frames = Vec::new();
    let oldest = hub.oldest();
    if errand.from < oldest && next > errand.from {
        // Deleted by retention before this connection came to it.
        let requested = cursor::format(hub.epoch(), errand.from.saturating_sub(1));
        encode::gap(&mut frames, &requested, &cursor::format(hub.epoch(), oldest), "expired");
    }
    found.iter().for_each(|event| sse::event(&mut frames, hub.epoch(), &event.record()));
    Past::of(&frames, found.len() as u64, next)
}
