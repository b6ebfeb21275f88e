//! A ledger without a hub: read, verified and mended off the event loop.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cortex_native_core::events::Page;
use cortex_native_core::ledger::chain::{Anchor, Ask, Verified};
use cortex_native_core::ledger::index::Fields;
use cortex_native_core::ledger::{Archive, Key, Recovered, Span, Summary, Want};
use cortex_native_core::log::LogError;
use cortex_native_core::log::cursor::{self, MAX_OFFSET, Token};
use cortex_native_core::log::filter::NamedFilter;
use cortex_native_core::port::System;
use napi::Env;
use napi::bindgen_prelude::{AsyncTask, Uint8Array};
use napi_derive::napi;

use crate::error::{sync, to_js};
use crate::ledger_shapes::{LedgerSummary, NativeAnchor, RepairResult, VerifyResult, count, digest, number};
use crate::page::EventPage;
use crate::task::{Blocking, blocking};

/// Where a ledger is and which fields of its events name what.
#[napi(object)]
pub struct LedgerPlace {
    /// The active segment.
    pub path: String,
    /// Top-level string field that names the topic.
    pub topic_field: String,
    /// Top-level string field that names the type.
    pub type_field: String,
    /// Top-level string field that names the event.
    pub id_field: String,
    /// Top-level field that tells when it happened.
    pub time_field: String,
}

/// Which events are wanted, and how much of an answer.
#[napi(object)]
pub struct LedgerWant {
    /// Only these topics.
    pub topics: Option<Vec<String>>,
    /// Only these types.
    pub types: Option<Vec<String>>,
    /// Only events of this time or later.
    pub since_ms: Option<f64>,
    /// Only events before this time.
    pub until_ms: Option<f64>,
    /// Only events from this offset on.
    pub from: f64,
    /// Only events before this offset.
    pub before: Option<f64>,
    /// How many at the most.
    pub limit: f64,
    /// How many bytes of lines at the most, but always one line.
    pub max_bytes: f64,
    /// How many bytes to look at, roughly.
    pub max_scan: f64,
}

/// A ledger's files.
#[napi]
pub struct LedgerFiles {
    archive: Arc<Archive>,
    done: Arc<AtomicU64>,
    total: Arc<AtomicU64>,
    cancelled: Arc<AtomicBool>,
}

/// What verifying needs.
#[napi(object)]
pub struct VerifyAsk {
    /// The key of the chain.
    pub key: Option<Uint8Array>,
    /// Anchors taken earlier.
    pub anchors: Vec<NativeAnchor>,
}

/// Which log it is, and where what is kept begins.
#[napi(object)]
pub struct LedgerStanding {
    /// Identity of the log, if it has one yet.
    pub epoch: Option<String>,
    /// Offset of the oldest event.
    pub oldest: f64,
}

/// Opens a ledger's files for reading, off the event loop.
#[napi(ts_return_type = "Promise<LedgerFiles>")]
pub fn ledger_open(place: LedgerPlace) -> AsyncTask<Blocking<Archive, LedgerFiles>> {
    let fields = Fields {
        topic: place.topic_field,
        kind: place.type_field,
        id: place.id_field,
        time: place.time_field,
    };
    let path = PathBuf::from(place.path);
    blocking("opening a ledger", LedgerFiles::of, move || Ok(Archive::open(&path, fields, Arc::new(System))?))
}

impl LedgerFiles {
    fn of(archive: Archive) -> Self {
        Self {
            archive: Arc::new(archive),
            done: Arc::default(),
            total: Arc::default(),
            cancelled: Arc::default(),
        }
    }
}

#[napi]
impl LedgerFiles {
    /// Identity of the log, if it has one yet.
    #[napi]
    pub fn epoch(&self, env: Env) -> napi::Result<Option<String>> {
        sync(env, "reading the ledger", || Ok(self.archive.epoch()?.map(|epoch| epoch.to_string())))
    }

    /// Offset of the oldest event.
    #[napi]
    pub fn oldest(&self, env: Env) -> napi::Result<f64> {
        sync(env, "reading the ledger", || Ok(number(self.archive.oldest()?)))
    }

    /// Both, off the event loop.
    #[napi(ts_return_type = "Promise<LedgerStanding>")]
    pub fn standing(&self) -> AsyncTask<Blocking<(Option<String>, u64), LedgerStanding>> {
        let archive = Arc::clone(&self.archive);
        let convert = |(epoch, oldest)| LedgerStanding { epoch, oldest: number(oldest) };
        blocking("reading the ledger", convert, move || {
            Ok((archive.epoch()?.map(|epoch| epoch.to_string()), archive.oldest()?))
        })
    }

    /// The wanted events.
    #[napi(ts_return_type = "Promise<EventPage>")]
    pub fn read(&self, want: LedgerWant) -> AsyncTask<Blocking<Page, EventPage>> {
        let archive = Arc::clone(&self.archive);
        let want = Want {
            filter: NamedFilter { topics: want.topics, types: want.types },
            span: Span { since_ms: want.since_ms.map(count), until_ms: want.until_ms.map(count) },
            from: count(want.from),
            before: want.before.map_or(MAX_OFFSET, count),
            limit: usize::try_from(count(want.limit)).unwrap_or(usize::MAX),
            max_bytes: usize::try_from(count(want.max_bytes)).unwrap_or(usize::MAX),
            max_scan: count(want.max_scan),
        };
        blocking("reading the ledger", EventPage::from, move || Ok(Page::from(archive.read(&want)?)))
    }

    /// The offset that a cursor or an event's id stands for.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn resolve(&self, token: String) -> AsyncTask<Blocking<u64, f64>> {
        let archive = Arc::clone(&self.archive);
        blocking("reading after a cursor", number, move || {
            let epoch = archive.epoch()?;
            let found = match epoch.map(|epoch| cursor::parse(epoch, &token)) {
                Some(Token::Offset(offset)) => Some(offset),
                Some(Token::OtherEpoch) => None,
                Some(Token::Foreign) | None => archive.find(&token)?,
            };
            let epoch = epoch.map(|epoch| epoch.to_string()).unwrap_or_default();
            Ok(found.ok_or(LogError::CursorInvalid { cursor: token, epoch })?)
        })
    }

    /// Offset of the newest event with this id, -1 for none.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn find(&self, id: String) -> AsyncTask<Blocking<Option<u64>, f64>> {
        let archive = Arc::clone(&self.archive);
        let convert = |found: Option<u64>| found.map_or(-1.0, number);
        blocking("finding an event", convert, move || Ok(archive.find(&id)?))
    }

    /// What there is.
    #[napi(ts_return_type = "Promise<LedgerSummary>")]
    pub fn summary(&self) -> AsyncTask<Blocking<Summary, LedgerSummary>> {
        let archive = Arc::clone(&self.archive);
        blocking("looking over the ledger", LedgerSummary::from, move || Ok(archive.summary()?))
    }

    /// Holds the lines against the chain.
    #[napi(ts_return_type = "Promise<VerifyResult>")]
    pub fn verify(
        &self,
        env: Env,
        ask: VerifyAsk,
    ) -> napi::Result<AsyncTask<Blocking<Verified, VerifyResult>>> {
        let mut anchors = Vec::new();
        for anchor in ask.anchors {
            let digest = digest(&anchor.digest).map_err(|error| to_js(env, &error))?;
            anchors.push(Anchor { offset: count(anchor.offset), digest });
        }
        let key = ask.key.map(|key| Key(key.to_vec()));
        let (archive, done, total) =
            (Arc::clone(&self.archive), Arc::clone(&self.done), Arc::clone(&self.total));
        let cancelled = Arc::clone(&self.cancelled);
        cancelled.store(false, Ordering::Relaxed);
        Ok(blocking("verifying the ledger", VerifyResult::from, move || {
            let progress = |at, all| {
                done.store(at, Ordering::Relaxed);
                total.store(all, Ordering::Relaxed);
                !cancelled.load(Ordering::Relaxed)
            };
            Ok(archive.verify(&Ask { key, anchors, progress: Some(&progress) })?)
        }))
    }

    /// Bytes that verifying or repairing has done, and bytes there are.
    #[napi]
    pub fn progress(&self) -> Vec<f64> {
        [&self.done, &self.total].map(|count| number(count.load(Ordering::Relaxed))).to_vec()
    }

    /// Ends verifying.
    #[napi]
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// The newest digest of the chain.
    #[napi(ts_return_type = "Promise<NativeAnchor | null>")]
    pub fn anchor(&self) -> AsyncTask<Blocking<Option<Anchor>, Option<NativeAnchor>>> {
        let archive = Arc::clone(&self.archive);
        let convert = |anchor: Option<Anchor>| anchor.map(NativeAnchor::from);
        blocking("reading the chain", convert, move || Ok(archive.anchor()?))
    }

    /// The first offset that a consumer has not read, -1 when nobody declared it.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn consumer(&self, name: String) -> AsyncTask<Blocking<Option<u64>, f64>> {
        let archive = Arc::clone(&self.archive);
        let convert = |next: Option<u64>| next.map_or(-1.0, number);
        blocking("reading a consumer's cursor", convert, move || Ok(archive.consumer(&name)?))
    }

    /// Declares a consumer or notes how far it is; without `next` it is forgotten.
    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn set_consumer(&self, name: String, next: Option<f64>) -> AsyncTask<Blocking<bool, bool>> {
        let archive = Arc::clone(&self.archive);
        let next = next.map(count);
        blocking(
            "recording a consumer's cursor",
            |done| done,
            move || {
                archive.set_consumer(&name, next)?;
                Ok(true)
            },
        )
    }

    /// Mends a ledger that nobody writes.
    #[napi(ts_return_type = "Promise<RepairResult>")]
    pub fn repair(&self, key: Option<Uint8Array>) -> AsyncTask<Blocking<Recovered, RepairResult>> {
        let (archive, done, total) =
            (Arc::clone(&self.archive), Arc::clone(&self.done), Arc::clone(&self.total));
        let key = key.map(|key| Key(key.to_vec()));
        blocking("repairing the ledger", RepairResult::from, move || {
            let progress = |at, all| {
                done.store(at, Ordering::Relaxed);
                total.store(all, Ordering::Relaxed);
            };
            Ok(archive.repair(key, &progress)?)
        })
    }
}
