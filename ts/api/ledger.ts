/** A ledger's files: read, followed, verified and mended, by the process that writes them or by any other. */
import { type LedgerFiles, type LedgerPlace, native, type VerifyResult } from '../native.js';
import { checkLedger, checkLedgerQuery, checkVerify, consumerName, keyBytes, text } from './arguments.js';
import { nativeFilter } from './filters.js';
import { LedgerConsumer } from './ledger-consumer.js';
import { LedgerWatch } from './ledger-tail.js';
import type {
  LedgerAnchor,
  LedgerOptions,
  LedgerProgress,
  LedgerQuery,
  LedgerRepair,
  LedgerRepairOptions,
  LedgerStats,
  LedgerVerification,
  LedgerVerifyOptions,
  ProblemKind,
  TailQuery,
} from './ledger-types.js';
import { toRecords } from './records.js';
import type { EventRecord } from './types.js';

/** Events and bytes of one answer: what an iterator holds at a time. */
const PAGE_EVENTS = 1024;
const PAGE_BYTES = 1 << 20;
/** Bytes looked at for one answer, so that an iterator that is left does not read on for long. */
const PAGE_SCAN_BYTES = 64 << 20;
/** Anything beyond is all. */
const NO_LIMIT = 2 ** 52;
const PROGRESS_MS = 100;

/**
 * A ledger on disk, seen without a hub. Everything but `repair` and consumers only reads, also while another process
 * writes the ledger.
 *
 * @example
 * const ledger = await Ledger.open('ledger.ndjson');
 * for await (const { event } of ledger.read({ topic: 'orders', since: yesterday })) audit(event);
 * const { ok, problem } = await ledger.verify();
 */
export class Ledger {
  readonly path: string;
  readonly #files: LedgerFiles;
  readonly #settled: () => Promise<void>;

  /** @internal */
  constructor(path: string, files: LedgerFiles, settled: () => Promise<void>) {
    this.path = path;
    this.#files = files;
    this.#settled = settled;
  }

  /**
   * The ledger at `path`, which must be there.
   *
   * @throws ERR_LEDGER_READ, ERR_HUB_OPTION_INVALID
   */
  static async open(path: string, options: LedgerOptions = {}): Promise<Ledger> {
    checkLedger(path, options);
    return openLedger({ ...ledgerPlace(options), path }, async () => undefined);
  }

  /**
   * Identity of the log, the first part of its cursors; empty if no hub has opened it yet. Reads a small file, on the
   * calling thread: `stats()` tells it as well.
   */
  get epoch(): string {
    return this.#files.epoch() ?? '';
  }

  /** Offset of the oldest event that is kept. Looks at the folder, on the calling thread: `stats()` tells it as well. */
  get oldest(): number {
    return this.#files.oldest();
  }

  /**
   * The wanted events, oldest first, off the event loop and a page at a time. Ends at the end of the ledger as it is
   * when it gets there. What the index rules out is not read.
   *
   * @throws ERR_LOG_CURSOR_INVALID, ERR_LEDGER_READ
   */
  async *read(query: LedgerQuery = {}): AsyncGenerator<EventRecord, void, undefined> {
    checkLedgerQuery(query);
    await this.#settled();
    const from = query.after === undefined ? 0 : (await this.#offsetOf(query.after)) + 1;
    yield* this.#pages(query, { from });
  }

  /**
   * The same without an end: events that come are given as they come.
   *
   * @example
   * for await (const { line } of ledger.tail({ signal })) process.stdout.write(`${line}\n`);
   */
  async *tail(query: TailQuery = {}): AsyncGenerator<EventRecord, void, undefined> {
    checkLedgerQuery(query);
    await this.#settled();
    const { signal } = query;
    const after = query.after === undefined ? undefined : await this.#offsetOf(query.after);
    const place = { from: after === undefined ? (await this.stats()).head : after + 1 };
    let left = query.limit ?? NO_LIMIT;
    const watch = new LedgerWatch(this.path, signal);
    try {
      while (!signal?.aborted && left > 0) {
        for await (const record of this.#pages({ ...query, limit: left }, place)) {
          if (signal?.aborted) return;
          left -= 1;
          yield record;
        }
        if (left > 0) await watch.changed();
      }
    } finally {
      watch.close();
    }
  }

  /** Offset of the newest event whose id field is `id`: searched from the end. */
  async find(id: string): Promise<number | undefined> {
    await this.#settled();
    const offset = await this.#files.find(text('id', id));
    return offset < 0 ? undefined : offset;
  }

  /** What there is. Counts the lines of the file that is written. */
  async stats(): Promise<LedgerStats> {
    const { epoch, clean, segments, consumers } = await this.#files.summary();
    const sum = (of: (segment: (typeof segments)[number]) => number) =>
      segments.reduce((total, segment) => total + of(segment), 0);
    const last = segments.at(-1);
    return {
      ...(epoch !== undefined && epoch !== null && { epoch }),
      clean,
      oldest: segments[0]?.first ?? 0,
      head: last === undefined ? 0 : last.first + last.events,
      events: sum((segment) => segment.events),
      bytes: sum((segment) => segment.bytes),
      storedBytes: sum((segment) => segment.storedBytes),
      segments,
      consumers,
    };
  }

  /**
   * Holds the lines against the hash chain and names the first that is not as it was written.
   *
   * @throws ERR_LEDGER_READ: also for a wrong or missing key, and when it was ended
   */
  async verify(options: LedgerVerifyOptions = {}): Promise<LedgerVerification> {
    checkVerify(options);
    await this.#settled();
    const { key, anchors = [], onProgress, signal } = options;
    signal?.throwIfAborted();
    const cancel = () => this.#files.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const ask = { anchors: [...anchors], ...(key !== undefined && { key: keyBytes(key) }) };
    try {
      return verification(await this.#told(onProgress, this.#files.verify(ask)));
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Tells how far a long work is, now and then and at its end. */
  async #told<T>(onProgress: LedgerProgress | undefined, work: Promise<T>): Promise<T> {
    if (!onProgress) return work;
    const tell = () => {
      const [done = 0, total = 0] = this.#files.progress();
      onProgress(done, total);
    };
    const timer = setInterval(tell, PROGRESS_MS);
    try {
      const found = await work;
      tell();
      return found;
    } finally {
      clearInterval(timer);
    }
  }

  /** The newest digest of the chain, to be published elsewhere and given to `verify` later; undefined without one. */
  async anchor(): Promise<LedgerAnchor | undefined> {
    await this.#settled();
    return (await this.#files.anchor()) ?? undefined;
  }

  /**
   * The consumer called so, declared from now on if it was not: retention keeps what it has not committed. It begins
   * after the event at `after`, or with the oldest. One whose cursor is damaged begins with the oldest once more.
   */
  async consumer(name: string, options: { after?: string | number } = {}): Promise<LedgerConsumer> {
    consumerName(name);
    const known = await this.#files.consumer(name);
    if (known >= 0) return new LedgerConsumer(name, this, this.#files, known);
    const wanted = options.after === undefined ? 0 : (await this.#offsetOf(options.after)) + 1;
    // Declared before it is asked what there is, so that retention does not get between.
    await this.#files.setConsumer(name, wanted);
    const { oldest } = await this.#files.standing();
    const next = Math.max(wanted, oldest);
    if (next > wanted) await this.#files.setConsumer(name, next);
    return new LedgerConsumer(name, this, this.#files, next);
  }

  /**
   * Mends a ledger that nobody writes: completes or cuts a torn last line as opening a hub does, makes the list of
   * files and the indexes anew where they do not fit. Lines stay as they are, and so does what the chain says of them.
   *
   * @throws ERR_LEDGER_LOCKED, ERR_LEDGER_OPEN
   */
  repair(options: LedgerRepairOptions = {}): Promise<LedgerRepair> {
    const { key, onProgress } = options;
    return this.#told(onProgress, this.#files.repair(key === undefined ? undefined : keyBytes(key)));
  }

  /** Gives the wanted events from `place` on, which it moves along. */
  async *#pages(query: LedgerQuery, place: { from: number }): AsyncGenerator<EventRecord, void, undefined> {
    const before = query.before === undefined ? undefined : await this.#offsetOf(query.before);
    const wanted = {
      ...nativeFilter(query),
      ...(query.since !== undefined && { sinceMs: Number(query.since) }),
      ...(query.until !== undefined && { untilMs: Number(query.until) }),
      ...(before !== undefined && { before }),
      maxBytes: PAGE_BYTES,
      maxScan: PAGE_SCAN_BYTES,
    };
    const epoch = (await this.#files.standing()).epoch ?? '';
    let left = query.limit ?? NO_LIMIT;
    while (left > 0) {
      const page = await this.#files.read({
        ...wanted,
        from: place.from,
        limit: Math.min(left, PAGE_EVENTS),
      });
      for (const record of toRecords(page, epoch)) {
        place.from = record.offset + 1;
        if (query.skipCorrupt === true && record.event === undefined) continue;
        left -= 1;
        yield record;
      }
      if (page.offsets.length === 0 && page.next <= place.from) return;
      place.from = Math.max(place.from, page.next);
    }
  }

  async #offsetOf(token: string | number): Promise<number> {
    return typeof token === 'number' ? token : await this.#files.resolve(token);
  }
}

/** The fields by which a ledger is read. */
export function ledgerPlace(options: LedgerOptions): LedgerPlace {
  return {
    path: '',
    topicField: options.topicField ?? 'topic',
    typeField: options.typeField ?? 'type',
    idField: options.idField ?? 'id',
    timeField: options.timeField ?? 'timestamp',
  };
}

/** A ledger whose reads wait for `settled` first. */
export async function openLedger(place: LedgerPlace, settled: () => Promise<void>): Promise<Ledger> {
  return new Ledger(place.path, await native.ledgerOpen(place), settled);
}

function verification(found: VerifyResult): LedgerVerification {
  const { problemOffset, problemKind, ...counts } = found;
  const ok = problemKind === undefined || problemKind === null;
  if (ok) return { ok, ...counts };
  return { ok, problem: { offset: problemOffset ?? 0, kind: problemKind as ProblemKind }, ...counts };
}
