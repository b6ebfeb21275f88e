//! The lives of one ledger: what each does, how it ends, and what the next one must find.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::super::{emit_line, line_of, setup, window, written};
use super::chance::Chance;
use super::disk::Disk;
use crate::ledger::chain::{self, Ask};
use crate::ledger::keeper::{Keeper, Memory};
use crate::ledger::writer::Writer;
use crate::ledger::{Durability, Ledger, LedgerError, Retain, Rotate, Setup, Upkeep, paths};
use crate::log::Refusal;

/// How often what happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub lives: u64,
    pub power_losses: u64,
    pub kills: u64,
    pub clean_ends: u64,
    pub openings_cut_short: u64,
    pub failures: u64,
    pub reopenings: u64,
    pub emitted: u64,
    pub acknowledged: u64,
    pub lost_unacknowledged: u64,
    pub cut_bytes: u64,
    pub completed_bytes: u64,
    pub closed_segments: u64,
    pub retired: u64,
    pub proven: u64,
}

impl Tally {
    pub fn counts(&self) -> [(&'static str, u64); 15] {
        [
            ("lives", self.lives),
            ("power losses", self.power_losses),
            ("kills", self.kills),
            ("clean ends", self.clean_ends),
            ("openings cut short", self.openings_cut_short),
            ("failures", self.failures),
            ("reopenings", self.reopenings),
            ("emitted", self.emitted),
            ("acknowledged", self.acknowledged),
            ("lost unacknowledged", self.lost_unacknowledged),
            ("cut bytes", self.cut_bytes),
            ("completed bytes", self.completed_bytes),
            ("closed segments", self.closed_segments),
            ("events deleted by retention", self.retired),
            ("events proven by the chain", self.proven),
        ]
    }

    pub fn add(&mut self, other: &Self) {
        self.lives += other.lives;
        self.power_losses += other.power_losses;
        self.kills += other.kills;
        self.clean_ends += other.clean_ends;
        self.openings_cut_short += other.openings_cut_short;
        self.failures += other.failures;
        self.reopenings += other.reopenings;
        self.emitted += other.emitted;
        self.acknowledged += other.acknowledged;
        self.lost_unacknowledged += other.lost_unacknowledged;
        self.cut_bytes += other.cut_bytes;
        self.completed_bytes += other.completed_bytes;
        self.closed_segments += other.closed_segments;
        self.retired += other.retired;
        self.proven += other.proven;
    }
}

/// One seed. An error says what is wrong.
pub fn live(seed: u64, tally: &mut Tally) -> Result<(), String> {
    let mut story = Story::new(seed);
    let lives = 1 + story.chance.below(4);
    for _ in 0..lives {
        if story.is_beyond_promise() {
            return Ok(());
        }
        story.life(tally).map_err(|wrong| format!("seed {seed}: {wrong}"))?;
    }
    if story.is_beyond_promise() {
        return Ok(());
    }
    story.last_life(tally).map_err(|wrong| format!("seed {seed}, last life: {wrong}"))
}

macro_rules! require {
    ($what:expr, $($text:tt)*) => {
        if !$what {
            return Err(format!($($text)*));
        }
    };
}

/// A ledger in use, without threads.
struct Open {
    ledger: Ledger,
    writer: Writer,
    keeper: Keeper,
    memory: Memory,
}

/// What has become of the ledger so far.
struct Story {
    chance: Chance,
    disk: Disk,
    setup: Setup,
    durability: Durability,
    /// The lines of all events whose append returned and that the ledger may still have.
    emitted: Vec<Vec<u8>>,
    /// How many of them must be there whatever happens.
    safe: usize,
    /// The power failed since the ledger was last open: what is not safe may be gone.
    unsure: bool,
    epoch: Option<String>,
    last_number: u64,
}

type Verdict = Result<(), String>;

impl Story {
    fn new(seed: u64) -> Self {
        let mut chance = Chance::from_seed(seed);
        let mut setup = setup(&PathBuf::from("/ledgers/ledger.ndjson"));
        setup.retention.max_events = 40; // what memory shows is not the question here
        setup.upkeep = Upkeep {
            rotate: Rotate {
                max_bytes: chance.one_of(&[None, Some(300), Some(2000), Some(20_000)]),
                max_events: chance.one_of(&[None, None, Some(1), Some(7)]),
                max_age_ms: None,
            },
            chain: chance.once_in(3),
            index: chance.once_in(6),
            compress: chance.once_in(12),
            retain: Retain { max_segments: chance.once_in(4).then_some(2), ..Retain::default() },
            ..Upkeep::default()
        };
        Self {
            disk: Disk::new(Chance::from_seed(chance.next())),
            durability: chance.one_of(&[
                Durability::Group,
                Durability::Group,
                Durability::Always,
                Durability::None,
            ]),
            setup,
            chance,
            emitted: Vec::new(),
            safe: 0,
            unsure: false,
            epoch: None,
            last_number: 0,
        }
    }

    /// Without syncs nobody notices which blocks a sync at the end could not bring to the disk, and the ring has them no
    /// more: then a later power loss may take anything.
    fn is_beyond_promise(&self) -> bool {
        self.durability == Durability::None && self.unsure && self.disk.a_sync_failed()
    }

    /// A life that may end at any moment.
    fn life(&mut self, tally: &mut Tally) -> Verdict {
        tally.lives += 1;
        let calls = (!self.chance.once_in(4)).then(|| 1 + self.chance.below(80));
        let faults = self.chance.once_in(3).then(|| self.chance.one_of(&[5, 20, 60]));
        self.disk.disturb(calls, faults);
        match self.open() {
            Ok(mut open) if !self.disk.stopped() => {
                self.check(&open.ledger, tally)?;
                self.disk.disturb(calls.map(|_| 1 + self.chance.below(60)), faults);
                self.work(&mut open, tally)?;
            }
            // It stopped before anybody could use it. What it had synced by then is synced.
            Ok(_) => tally.openings_cut_short += 1,
            Err(error) => {
                require!(self.disk.stopped() || self.disk.failed(), "opening fails for no reason: {error}");
                tally.openings_cut_short += 1;
            }
        }
        if self.chance.once_in(3) {
            tally.kills += 1;
            self.disk.kill();
        } else {
            tally.power_losses += 1;
            self.unsure = true;
            self.disk.lose_power();
        }
        Ok(())
    }

    /// A life in which nothing goes wrong any more.
    fn last_life(&mut self, tally: &mut Tally) -> Verdict {
        tally.lives += 1;
        for _ in 0..2 {
            self.disk.disturb(None, None);
            let mut open = self.open().map_err(|error| error.to_string())?;
            self.check(&open.ledger, tally)?;
            self.emit(&open.ledger, 1, tally);
            self.end(&mut open, tally)?;
            self.disk.kill();
        }
        Ok(())
    }

    fn open(&mut self) -> Result<Open, LedgerError> {
        let files = self.disk.as_files();
        let (ledger, writer, keeper) = Ledger::prepare(&self.setup, self.durability, files, Arc::new(|| ()))?;
        Ok(Open { ledger, writer, keeper, memory: Memory::default() })
    }

    /// The lines of all segments, in order.
    fn content(&self, ledger: &Ledger) -> Result<Vec<u8>, String> {
        let path = &self.setup.path;
        let segments = ledger.catalog().current();
        if segments.closed.iter().any(|segment| segment.packed) {
            return Ok(written(ledger).iter().flat_map(|found| [line_of(found), b"\n"].concat()).collect());
        }
        let mut content = Vec::new();
        for segment in &segments.closed {
            let bytes = self.disk.content(&paths::closed(path, segment.start.offset));
            let length = segment.end.position - segment.start.position;
            require!(bytes.len() as u64 == length, "{segment:?} has {} bytes", bytes.len());
            content.extend_from_slice(&bytes);
        }
        content.extend_from_slice(&self.disk.content(path));
        Ok(content)
    }

    /// What opening found is what must be there, to the byte, for every reader.
    fn check(&mut self, ledger: &Ledger, tally: &mut Tally) -> Verdict {
        self.disk.disturb(None, None); // looking disturbs nothing
        let content = self.content(ledger)?;
        let first = ledger.catalog().current().oldest() as usize;
        let retained = self.setup.upkeep.retain != Retain::default();
        require!(first == 0 || retained, "nothing may be deleted, and {first} events are");
        let count = first + content.iter().filter(|byte| **byte == b'\n').count();
        let emitted = self.emitted.len();
        require!(count >= self.safe, "{count} events are there, {} were acknowledged", self.safe);
        require!(count <= emitted, "{count} events are there, {emitted} were emitted");
        require!(self.unsure || count == emitted, "{count} of {emitted} are there, without a power loss");
        require!(content.ends_with(b"\n") || content.is_empty(), "the last line is torn");
        for (number, (is, was)) in
            content.split(|byte| *byte == b'\n').zip(&self.emitted[first..count]).enumerate()
        {
            let text = String::from_utf8_lossy;
            require!(is == was, "event {number} is {:?}, was {:?}", text(is), text(was));
        }
        let newest = window(ledger.log());
        let known = &self.emitted[count - newest.len()..count];
        let same = newest.iter().map(line_of).eq(known.iter().map(Vec::as_slice));
        require!(same, "the window has other lines than the file");
        require!(ledger.durable().offset as usize == count, "not everything there is acknowledged");
        if self.setup.upkeep.chain {
            let files = self.disk.as_files();
            let proof = chain::verify(files.as_ref(), &self.setup.path, &Ask::default());
            let proof = proof.map_err(|error| error.to_string())?;
            require!(proof.problem.is_none(), "the chain finds {:?} in {count} events", proof.problem);
            tally.proven += proof.events;
        }
        tally.retired += first as u64;
        tally.closed_segments += ledger.catalog().current().closed.len() as u64;
        let epoch = ledger.epoch().to_string();
        if self.epoch.as_ref() == Some(&epoch) {
            require!(count == emitted, "the epoch was kept, and {} events were not", emitted - count);
        }
        tally.lost_unacknowledged += (emitted - count) as u64;
        tally.cut_bytes += ledger.recovered().cut_bytes;
        tally.completed_bytes += ledger.recovered().completed_bytes;
        self.epoch = Some(epoch);
        self.emitted.truncate(count);
        self.safe = count;
        self.unsure = false;
        Ok(())
    }

    /// Emits, commits, fails, recovers; returns when the process has stopped or has had enough.
    fn work(&mut self, open: &mut Open, tally: &mut Tally) -> Verdict {
        for _ in 0..self.chance.below(8) {
            let count = if self.chance.once_in(80) { 250 } else { self.chance.one_of(&[1, 2, 3, 8, 20]) };
            self.emit(&open.ledger, count, tally);
            if self.chance.once_in(4) {
                continue; // more comes before the writer has a turn
            }
            if !self.commit(open, tally)? {
                return Ok(());
            }
            if self.setup.upkeep.needs_keeper() && self.chance.once_in(3) {
                let outcome = open.keeper.pass(&mut open.memory, &AtomicBool::new(false));
                require!(outcome.is_ok() || self.disk.failed() || self.disk.stopped(), "{outcome:?}");
                open.memory = Memory::default();
                if self.disk.stopped() {
                    return Ok(());
                }
            }
        }
        if self.chance.once_in(3) {
            self.end(open, tally)?;
        }
        Ok(())
    }

    /// Emits up to `count` events, as far as there is room.
    fn emit(&mut self, ledger: &Ledger, count: usize, tally: &mut Tally) {
        for _ in 0..count {
            self.last_number += 1;
            let pad = self.chance.one_of(&[7, 60, 60, 60, 400]);
            let pad = "x".repeat(self.chance.below(pad));
            let line = format!(r#"{{"id":"e{}","topic":"t","type":"K","pad":"{pad}"}}"#, self.last_number)
                .into_bytes();
            match emit_line(ledger.log(), "t", "K", &line) {
                Ok(offset) => {
                    assert_eq!(offset as usize, self.emitted.len());
                    self.emitted.push(line);
                    tally.emitted += 1;
                }
                Err(refusal) => assert!(matches!(refusal, Refusal::Full | Refusal::Failed)),
            }
        }
    }

    /// Commits what there is; false when the process has stopped or gives up.
    fn commit(&mut self, open: &mut Open, tally: &mut Tally) -> Result<bool, String> {
        let Open { ledger, writer, .. } = open;
        let Some(head) = ledger.log().head_beyond(writer.at.position, false) else { return Ok(true) };
        let outcome = writer.commit(head);
        self.acknowledge(ledger, tally)?;
        let Err(error) = outcome else {
            require!(
                ledger.durable().offset == head.offset,
                "a commit that went well acknowledges everything"
            );
            return Ok(!self.disk.stopped());
        };
        require!(self.disk.stopped() || self.disk.failed(), "a commit fails for no reason: {error}");
        if self.disk.stopped() {
            return Ok(false);
        }
        tally.failures += 1;
        writer.fail(error);
        let durable = ledger.durable();
        // Giving up is a life's end like any other; so is going on until it works.
        while !self.chance.once_in(4) {
            match ledger.revive() {
                Ok(Some(revived)) => {
                    require!(ledger.durable() == durable, "reopening acknowledges nothing by itself");
                    *writer = revived;
                    tally.reopenings += 1;
                    return Ok(!self.disk.stopped());
                }
                Ok(None) => return Err("a failed ledger was not reopened".to_owned()),
                Err(error) if self.disk.stopped() => drop(error),
                Err(error) => require!(self.disk.failed(), "reopening fails for no reason: {error}"),
            }
        }
        Ok(false)
    }

    /// Closes well, if it can.
    fn end(&mut self, open: &mut Open, tally: &mut Tally) -> Verdict {
        if self.disk.stopped() || !self.commit(open, tally)? {
            return Ok(());
        }
        let writer = &mut open.writer;
        if writer.at.offset as usize == self.emitted.len() && writer.end().is_ok() && !self.disk.stopped() {
            tally.clean_ends += 1;
            self.safe = self.emitted.len();
        }
        Ok(())
    }

    /// Notes what has been acknowledged by now.
    fn acknowledge(&mut self, ledger: &Ledger, tally: &mut Tally) -> Verdict {
        let durable = ledger.durable().offset as usize;
        require!(durable <= self.emitted.len(), "{durable} acknowledged, {} emitted", self.emitted.len());
        // Without a sync an acknowledgement is worth a process, not a machine.
        if self.durability != Durability::None {
            require!(durable >= self.safe, "{} were acknowledged, {durable} are", self.safe);
            tally.acknowledged += (durable - self.safe) as u64;
            self.safe = durable;
        }
        Ok(())
    }
}
