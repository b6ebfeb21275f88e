//! The log and its model go through the same moves and must show the same.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::model::Model;
use super::moves::{Move, kind_name, moves, named_filter, retention, start, topic_name};
use super::{CAPACITY, MAX_LINE, append, cases, log_at};
use crate::log::filter::{Filter, NamedFilter};
use crate::log::{Batch, Checkpoint, IdIndex, LINE_SLACK, Log, Query, Refusal, Retention, TopicId};

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn a_log_in_memory_is_its_model(
        begin in start(), retention in retention(), steps in moves(), looks in prop::collection::vec(named_filter(), 3)
    ) {
        Pair::new(begin, retention, false).go(steps, looks)?;
    }

    #[test]
    fn a_log_before_a_ledger_is_its_model_and_keeps_what_is_unwritten(
        begin in start(), retention in retention(), steps in moves(), looks in prop::collection::vec(named_filter(), 3)
    ) {
        Pair::new(begin, retention, true).go(steps, looks)?;
    }
}

/// A log and its model.
struct Pair {
    log: Log,
    model: Model,
    retention: Retention,
    with_floor: bool,
    floor: Checkpoint,
    now_ms: u64,
    ids: IdIndex,
    /// Ids of topics as a producer keeps them, alive or not.
    producer: HashMap<String, TopicId>,
    followed: Vec<Followed>,
}

/// A filter that a reader holds, and how far it was told that nothing is missing.
struct Followed {
    named: NamedFilter,
    filter: Filter,
    kept_from: u64,
}

impl Pair {
    fn new(begin: Checkpoint, retention: Retention, with_floor: bool) -> Self {
        let log = log_at(begin, retention, with_floor);
        let model = Model::new(begin, retention, log.window_bytes());
        Self {
            log,
            model,
            retention,
            with_floor,
            floor: begin,
            now_ms: 1_000_000,
            ids: IdIndex::new("id".to_owned()),
            producer: HashMap::new(),
            followed: Vec::new(),
        }
    }

    fn go(mut self, steps: Vec<Move>, looks: Vec<NamedFilter>) -> TestCaseResult {
        for named in looks.into_iter().chain([NamedFilter::default()]) {
            self.follow(named)?;
        }
        for (count, step) in steps.into_iter().enumerate() {
            self.step(step)?;
            self.look()?;
            if count % 16 == 15 {
                self.read_everything()?;
            }
        }
        self.read_everything()
    }

    fn step(&mut self, step: Move) -> TestCaseResult {
        match step {
            Move::Append { topics, kind, padding, later_ms } => {
                for topic in topics {
                    self.now_ms += later_ms;
                    self.append(&topic_name(topic), &kind_name(kind), padding)?;
                }
            }
            Move::Prune { later_ms } => {
                self.now_ms += later_ms;
                self.log.prune(self.now_ms);
                self.model.prune(self.now_ms);
            }
            Move::Follow(named) => self.follow(named)?,
            Move::Unfollow(which) => {
                // The last one stays, so that there is always somebody to read.
                if self.followed.len() > 1 {
                    let gone = self.followed.swap_remove(which % self.followed.len());
                    self.log.unfollow(&gone.filter);
                }
            }
            Move::Read { filter, from, before, limit, max_bytes } => {
                let (from, before) = (self.offset(from), self.offset(before));
                self.read(filter % self.followed.len(), from, before, limit, max_bytes)?;
            }
            Move::Newest { filter, before, limit } => {
                let before = self.offset(before);
                self.newest(filter % self.followed.len(), before, limit)?;
            }
            Move::Find { back } => self.find(back)?,
            Move::Release { permille } => self.release(permille)?,
        }
        Ok(())
    }

    fn append(&mut self, topic: &str, kind: &str, padding: usize) -> TestCaseResult {
        let offset = self.model.head.offset;
        // Every fifth event says that it is the same one.
        let id = if offset.is_multiple_of(5) { "again".to_owned() } else { format!("e{offset}") };
        let pad = "x".repeat(padding);
        let line = format!(r#"{{"id":"{id}","topic":"{topic}","type":"{kind}","pad":"{pad}"}}"#);
        let line = line.as_bytes();

        let kind_id = self.log.kind(kind).unwrap();
        let known = self.producer.get(topic).copied().unwrap_or_else(|| self.log.topic(topic));
        let mut outcome = append(&self.log, known, kind_id, self.now_ms, line);
        if outcome == Err(Refusal::StaleTopic) {
            let fresh = self.log.topic(topic);
            prop_assert_ne!(fresh, known, "an id is stale only when its topic has another one by now");
            self.producer.insert(topic.to_owned(), fresh);
            outcome = append(&self.log, fresh, kind_id, self.now_ms, line);
        } else {
            self.producer.insert(topic.to_owned(), known);
        }

        let pending = if self.with_floor { self.model.head.position - self.floor.position } else { 0 };
        let room = (MAX_LINE + LINE_SLACK).min(CAPACITY - pending as usize);
        let expected = if line.len() > MAX_LINE {
            Err(Refusal::TooLarge { line_bytes: line.len() })
        } else if line.len() >= room {
            Err(Refusal::Full)
        } else {
            Ok(self.model.append(topic, kind, self.now_ms, line))
        };
        prop_assert_eq!(outcome, expected);
        Ok(())
    }

    fn follow(&mut self, named: NamedFilter) -> TestCaseResult {
        let filter = self.log.follow(&named).unwrap();
        let kept_from = self.log.kept_from(&filter);
        self.followed.push(Followed { named, filter, kept_from });
        Ok(())
    }

    fn read(&self, who: usize, from: u64, before: u64, limit: usize, max_bytes: usize) -> TestCaseResult {
        let reader = &self.followed[who];
        let query = Query { filter: &reader.filter, from, before, limit, max_bytes };
        let mut got = Vec::new();
        let batch = self.log.read(&query, |record| {
            got.push((record.offset, record.topic.to_owned(), record.kind.to_owned(), record.line.to_vec()));
        });

        let end = before.min(self.model.head.offset);
        let wanted = self.model.visible(&reader.named);
        let mut wanted = wanted.filter(|event| event.offset >= from && event.offset < end).peekable();
        let (mut expected, mut bytes, mut next) = (Vec::new(), 0, from);
        while let Some(event) = wanted.peek() {
            if expected.len() == limit || (!expected.is_empty() && bytes + event.line.len() > max_bytes) {
                break;
            }
            bytes += event.line.len();
            next = event.offset + 1;
            expected.push((event.offset, event.topic.clone(), event.kind.clone(), event.line.clone()));
            wanted.next();
        }
        let complete = wanted.peek().is_none();
        let next = if complete { next.max(end) } else { next };
        let first = self.model.first();
        prop_assert_eq!(batch, Batch { next, count: expected.len(), complete, first });
        prop_assert_eq!(got, expected);
        Ok(())
    }

    fn read_everything(&self) -> TestCaseResult {
        (0..self.followed.len()).try_for_each(|who| self.read(who, 0, u64::MAX, usize::MAX, usize::MAX))
    }

    fn newest(&self, who: usize, before: u64, limit: usize) -> TestCaseResult {
        let reader = &self.followed[who];
        let end = before.min(self.model.head.offset);
        let older = self.model.visible(&reader.named).rev().filter(|event| event.offset < end);
        let expected = older.take(limit).last().map_or(end, |event| event.offset);
        prop_assert_eq!(self.log.newest(&reader.filter, before, limit), expected);
        Ok(())
    }

    fn find(&mut self, back: u16) -> TestCaseResult {
        let everything = NamedFilter::default();
        let offset = self.model.head.offset.saturating_sub(u64::from(back) % 600);
        let expected = self.model.visible(&everything).find(|event| event.offset == offset);
        let expected = expected.map(|event| event.offset).filter(|offset| !offset.is_multiple_of(5));
        prop_assert_eq!(self.ids.find(&self.log, &format!("e{offset}")), expected);
        // Which of several is the newest is certain only while none of them goes before its time.
        if self.retention.idle_ms == 0 {
            let again = self.model.visible(&everything).rfind(|event| event.offset.is_multiple_of(5));
            prop_assert_eq!(self.ids.find(&self.log, "again"), again.map(|event| event.offset));
        }
        prop_assert_eq!(self.ids.find(&self.log, "nobody"), None);
        Ok(())
    }

    /// The ledger takes some of what it lacks: it must find the very bytes that were appended.
    fn release(&mut self, permille: u64) -> TestCaseResult {
        if !self.with_floor {
            return Ok(());
        }
        let lacking: Vec<_> =
            self.model.events.iter().filter(|event| event.offset >= self.floor.offset).collect();
        let taken = &lacking[..lacking.len() * permille as usize / 1000];
        let bytes: Vec<u8> = taken.iter().flat_map(|event| [&event.line[..], b"\n"].concat()).collect();
        let to = Checkpoint {
            position: self.floor.position + bytes.len() as u64,
            offset: self.floor.offset + taken.len() as u64,
        };
        prop_assert!(self.log.unreleased(self.floor.position, to.position, |found| found == bytes));
        self.log.release(to);
        self.floor = to;
        Ok(())
    }

    /// What must hold after every step.
    fn look(&mut self) -> TestCaseResult {
        let head = self.model.head;
        prop_assert_eq!((self.log.head_offset(), self.log.head_position()), (head.offset, head.position));
        prop_assert_eq!(self.log.first_offset(), self.model.first());
        let (events, topics) = self.log.counts();
        prop_assert_eq!(events, self.model.len());
        prop_assert!(topics >= self.model.topics().len());
        for reader in &mut self.followed {
            let kept_from = self.log.kept_from(&reader.filter);
            prop_assert!(kept_from >= reader.kept_from, "what was gone came back");
            prop_assert!(kept_from <= head.offset, "what is yet to come is gone already");
            reader.kept_from = kept_from;
            // Nothing that is claimed to be kept is missing. The window is checked against the log by `read`.
            let claimed =
                self.model.wanted(&reader.named).rev().take_while(|event| event.offset >= kept_from);
            let there = self.model.visible(&reader.named).rev().take_while(|event| event.offset >= kept_from);
            prop_assert!(
                claimed.map(|event| event.offset).eq(there.map(|event| event.offset)),
                "{:?} is told that everything from {} on is kept",
                reader.named,
                kept_from
            );
        }
        if self.model.first() == 0 && self.model.visible(&NamedFilter::default()).count() == self.model.len()
        {
            let everything = self.followed.iter().filter(|reader| reader.named.topics.is_none());
            prop_assert!(everything.into_iter().all(|reader| reader.kept_from == 0), "nothing is gone");
        }
        Ok(())
    }

    /// A number as an offset around the window.
    fn offset(&self, number: u16) -> u64 {
        let low = self.model.first().saturating_sub(3);
        low + u64::from(number) % (self.model.head.offset + 4 - low)
    }
}
