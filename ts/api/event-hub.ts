/**
 * The hub: emit once, follow by cursor.
 *
 * An event crosses into native code once, as one line of JSON; the ledger, every SSE stream, every iterator and every
 * replay reads that copy. Callbacks of this thread get the original object without crossing at all.
 */

import { HubError, LogError } from '../errors.js';
import { type HubIdentity, type LedgerPlace, native, Refused, raw } from '../native.js';
import {
  checkAttach,
  checkFilter,
  checkQuery,
  checkSocket,
  checkStream,
  hubOptions,
  number,
  text,
} from './arguments.js';
import type { AttachOptions, SseResponse, SseSubscription } from './attach-types.js';
import { Callbacks, type EventCallback } from './callbacks.js';
import { CoalescingKeys, guarded } from './coalescing-keys.js';
import { DurableWaiters } from './durable-waiters.js';
import { Emitter } from './emitter.js';
import { EventStream } from './event-stream.js';
import { fanOutStats } from './fan-out-stats.js';
import { Followers } from './followers.js';
import { type Ledger, ledgerPlace, openLedger } from './ledger.js';
import { hasUpkeep, LedgerNews } from './ledger-news.js';
import { stringify } from './lines/lines.js';
import { Past } from './past.js';
import { caught, Reports } from './reports.js';
import type { LogIdentity } from './resume.js';
import { SseHub, sseOptions } from './sse-hub.js';
import type {
  EmitWhere,
  EventFilter,
  EventHubOptions,
  EventQuery,
  EventRecord,
  HubStats,
  StreamItem,
  StreamOptions,
} from './types.js';
import { SocketHub, socketOptions } from './websocket-hub.js';
import type { EventSocketLike, SocketOptions, SocketSubscription } from './websocket-types.js';

const CLOSE_PATIENCE_MS = 30_000;
/** How long `close` waits for sockets to take what is left. */
const SSE_END_MS = 2000;

/**
 * A log of events with its readers.
 *
 * @example
 * const hub = await EventHub.open({ path: 'ledger.ndjson' });
 * hub.subscribe({ topic: 'task-7' }, (event) => console.log(event));
 * const offset = hub.emit({ topic: 'task-7', type: 'started', at: Date.now() });
 * await hub.durable(offset); // synced to the disk
 * await hub.close();
 */
export class EventHub implements AsyncDisposable {
  /** Number of the hub in this process, for {@link EventHub.fromHandle} in a worker. */
  readonly handle: number;
  /** Identity of the log: random, made with it, kept with its ledger. */
  readonly epoch: string;
  /** Whether there is a ledger to read what is no longer in memory. */
  readonly hasLedger: boolean;

  readonly #attachment: number;
  readonly #log: LogIdentity;
  readonly #now: (() => number) | undefined;
  readonly #reports: Reports;
  readonly #emitter: Emitter;
  readonly #past: Past;
  readonly #callbacks: Callbacks;
  readonly #followers = new Followers();
  readonly #streams = new Set<EventStream>();
  readonly #waiters: DurableWaiters;
  readonly #sse: SseHub;
  readonly #sockets: SocketHub;
  readonly #news: LedgerNews | undefined;
  readonly #place: LedgerPlace;
  #ledger: Promise<Ledger> | undefined;
  #closing: Promise<void> | undefined;
  #failed = false;

  private constructor(handle: number, options: EventHubOptions) {
    this.handle = handle;
    const identity: HubIdentity = native.hubAttach(handle, () => this.#woken());
    const { attachment } = identity;
    this.#log = identity;
    this.#attachment = attachment;
    this.epoch = identity.epoch;
    this.hasLedger = identity.hasLedger;
    this.#now = options.now;
    this.#reports = new Reports(options.onError);
    this.#past = new Past(this.#log);
    const report = (error: unknown, where: string) => this.#reports.report(error, where);
    const coalesceKey =
      options.coalesceKey && guarded(options.coalesceKey, (error) => report(error, 'coalesceKey'));
    this.#waiters = new DurableWaiters(attachment, options.keepAlive === true);
    if (options.keepAlive === true) raw.hold(attachment, 1);
    const onSseError = (error: unknown) => report(error, 'attach');
    this.#sse = new SseHub(this.#log, this.#followers, sseOptions(options, onSseError));
    this.#sockets = new SocketHub(this.#log, this.#followers, socketOptions(options, coalesceKey));
    this.#place = ledgerPlace(options);
    if (this.hasLedger && hasUpkeep(options)) {
      this.#news = new LedgerNews(attachment, options.onRotate, report);
    }
    this.#callbacks = new Callbacks({
      head: () => raw.head(attachment),
      read: (from, to) => this.#readForeign(from, to),
      report,
      expired: (from, first) =>
        caught(() => native.hubRefuseCursor(attachment, this.cursor(from), this.cursor(first))),
    });
    this.#emitter = new Emitter(attachment, options, {
      callbacks: this.#callbacks,
      followers: this.#followers,
      keys: coalesceKey && new CoalescingKeys(attachment, coalesceKey),
    });
  }

  /**
   * Opens a hub; with a `path` its ledger is completed from what an earlier process left and read into memory, off the
   * event loop.
   *
   * @throws ERR_HUB_OPTION_INVALID, ERR_LEDGER_LOCKED, ERR_LEDGER_OPEN, ERR_LEDGER_FORMAT
   */
  static async open(options: EventHubOptions = {}): Promise<EventHub> {
    return new EventHub(await native.hubOpen(hubOptions(options)), options);
  }

  /** As {@link EventHub.open}, blocking the event loop meanwhile: for the start of a program. */
  static openSync(options: EventHubOptions = {}): EventHub {
    return new EventHub(native.hubOpenSync(hubOptions(options)), options);
  }

  /**
   * The hub of another thread of this process, by its `handle`. Each thread closes its own; the hub itself ends with
   * the last one. Options of the log (path, durability, sizes) are those it was opened with.
   *
   * @throws ERR_HUB_HANDLE_INVALID
   */
  static fromHandle(handle: number, options: EventHubOptions = {}): EventHub {
    hubOptions(options);
    native.hubJoin(number('handle', handle));
    return new EventHub(handle, options);
  }

  /** The offset the next event will get. */
  get head(): number {
    return Math.max(0, raw.head(this.#attachment));
  }

  /** More than half of the ring waits for the ledger, or its disk is full: `await hub.drained()` before emitting much more. */
  get pressure(): boolean {
    return raw.pressure(this.#attachment) > 0;
  }

  /** The resume token of the event at `offset`. */
  cursor(offset: number): string {
    return `${this.epoch}-${offset}`;
  }

  /**
   * Logs an event and returns its offset. When it returns, the event is safe from `kill -9` (with a ledger), callbacks
   * of this thread have been called, and every other reader will get it.
   *
   * @throws ERR_LOG_FULL, ERR_LOG_LINE_TOO_LARGE, ERR_LOG_TYPES_FULL, ERR_HUB_EVENT_INVALID, ERR_HUB_CLOSED,
   *   ERR_LEDGER_FAILED; ERR_SCHEMA_MISMATCH where the hub has a `schema` (nothing is kept then)
   * @example
   * const offset = hub.emit({ topic: 'orders', type: 'paid', id: 17 });
   */
  emit(event: unknown, where?: EmitWhere): number {
    const offset = this.#emitter.append(event, where);
    if (offset < 0) this.#emitter.refuse(offset, stringify(event));
    return offset;
  }

  /**
   * Logs an event that is JSON already, without parsing it here: checked natively against the hub's `schema`, or for
   * being JSON if there is none, and stored as it is. Topic and type are those of its own fields unless `where` says
   * them.
   *
   * @param document UTF-8, or a string; line ends between its tokens become blanks
   * @throws ERR_SCHEMA_MISMATCH and nothing is kept; else as {@link EventHub.emit}
   * @example
   * hub.emitBytes(await readFile('event.json'));
   */
  emitBytes(document: Uint8Array | string, where?: EmitWhere): number {
    const offset = this.#emitter.appendDocument(document, where);
    if (offset < 0) this.#emitter.refuse(offset, document);
    return offset;
  }

  /**
   * As {@link EventHub.emit}, but a refusal is a negative number instead of an error, for producers that shed load:
   * -1 full, -2 too large, -4 closed, -5 ledger failed, -6 no JSON, -9 a type too many,
   * -10 not as the hub's `schema` asks.
   */
  tryEmit(event: unknown, where?: EmitWhere): number {
    try {
      return this.#emitter.append(event, where);
    } catch (error) {
      if (error instanceof HubError && error.code === 'ERR_HUB_EVENT_INVALID') return Refused.nothing;
      if (error instanceof LogError && error.code === 'ERR_LOG_TYPES_FULL') return Refused.typesFull;
      throw error;
    }
  }

  /**
   * Logs a line of JSON as it is, for who has the text already: a logger, a proxy. Topic and type are those of its
   * fields, as for {@link EventHub.emit}. Whether it is JSON is the caller's word; anything but one line is refused.
   *
   * @throws as {@link EventHub.emit}
   * @example
   * hub.emitLine('{"level":30,"msg":"ready"}');
   */
  emitLine(line: string, where?: EmitWhere): number {
    if (line.includes('\n') || line.includes('\0')) {
      const reason = 'a line has no line break and no NUL in it';
      throw new HubError('ERR_HUB_EVENT_INVALID', `the line cannot be logged: ${reason}`, { reason });
    }
    const offset = this.#emitter.appendLine(line, where);
    if (offset < 0) this.#emitter.refuse(offset, line);
    return offset;
  }

  /**
   * Logs an event and resolves once it is durable, to the highest offset that became so with it: events of one turn of
   * the event loop share a promise and a commit, up to 64 of them.
   *
   * Rejects with what `emit` throws, and with ERR_LEDGER_FAILED.
   */
  emitDurable(event: unknown, where?: EmitWhere): Promise<number> {
    try {
      return this.#waiters.wait(this.emit(event, where));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Resolves once the event at `offset` is durable. */
  durable(offset: number): Promise<number> {
    return this.#waiters.wait(Math.min(offset, this.head - 1));
  }

  /** Resolves once `pressure` has gone. */
  async drained(): Promise<void> {
    this.#mustBeOpen();
    while (this.pressure) await this.#waiters.wait(Math.max(0, raw.durable(this.#attachment)));
  }

  /** Resolves once everything emitted so far is durable, to the number of events that are. */
  async flush(): Promise<number> {
    this.#mustBeOpen();
    const { head } = this;
    return head === 0 ? 0 : (await this.#waiters.wait(head - 1)) + 1;
  }

  /**
   * As {@link EventHub.flush}, blocking the event loop meanwhile, for `timeoutMs` at the most (default 30,000): for the
   * end of a program. Returns the number of events that are durable.
   *
   * @throws ERR_LEDGER_FAILED, ERR_HUB_CLOSED
   */
  flushSync(timeoutMs: number = CLOSE_PATIENCE_MS): number {
    this.#mustBeOpen();
    return native.hubFlushSync(this.#attachment, number('timeoutMs', timeoutMs));
  }

  /**
   * Recovers a ledger that failed (ERR_LEDGER_FAILED), in place: what was emitted and not acknowledged is written again,
   * offsets, cursors and readers stay as they are, and events are taken again. Does nothing to one that works. When it
   * rejects, the ledger is as it was and this may be tried again; what was refused meanwhile was not logged.
   *
   * @throws ERR_LEDGER_OPEN (the file or its folder is missing, shorter than what was acknowledged, or still fails)
   * @example
   * const hub = await EventHub.open({ path, onError: async (error, where) => {
   *   if (where === 'ledger') await retry(() => hub.reopen());
   * } });
   */
  async reopen(): Promise<void> {
    this.#mustBeOpen();
    // The wake-up that tells of it may come too late.
    if (raw.durable(this.#attachment) === Refused.failed) this.#reportFailure();
    await native.hubReopen(this.#attachment);
    this.#failed = false;
  }

  /**
   * Calls `callback` for every event from now on that the filter wants, in the order of offsets, within `emit` when
   * this thread emits. It gets the very object that was emitted. What it throws goes to `onError`.
   *
   * @returns what ends the subscription
   */
  subscribe(filter: EventFilter, callback: EventCallback): () => void {
    this.#mustBeOpen();
    checkFilter(filter);
    return this.#callbacks.add(filter, callback);
  }

  /**
   * Events as an async iterator, from a resume point on and then live, without a hole: what is no longer there is told
   * by an item `{ gap }`. Reads on demand; a slow consumer costs nothing.
   *
   * @example
   * for await (const item of hub.stream({ topic: 'orders' }, { after: lastCursor, signal })) {
   *   if ('gap' in item) await reload(); else handle(item.event);
   * }
   */
  stream(filter: EventFilter = {}, options: StreamOptions = {}): AsyncIterableIterator<StreamItem> {
    this.#mustBeOpen();
    checkStream(filter, options);
    return new EventStream(this.#log, this.#followers, filter, options, this.#streams);
  }

  /**
   * Old events: with `after`, the first `limit` after it; without, the newest `limit`; oldest first either way. From
   * memory if that has them all, else from the ledger, off the event loop.
   *
   * @throws ERR_LOG_CURSOR_INVALID, ERR_LOG_CURSOR_EXPIRED (without a ledger), ERR_LEDGER_READ
   */
  async read(query: EventQuery = {}): Promise<EventRecord[]> {
    this.#mustBeOpen();
    checkQuery(query);
    return this.#past.read(query);
  }

  /** As {@link EventHub.read}, at once, from memory only. */
  readWindow(query: EventQuery = {}): EventRecord[] {
    this.#mustBeOpen();
    checkQuery(query);
    return this.#past.readWindow(query);
  }

  /** Offset of the newest event in memory whose `idField` is `id`. */
  find(id: string): number | undefined {
    const offset = native.hubFind(this.#attachment, text('id', id));
    return offset < 0 ? undefined : offset;
  }

  /** Offset of the newest event of the ledger whose `idField` is `id`: searched from the end, off the event loop. */
  async findInLedger(id: string): Promise<number | undefined> {
    const offset = await native.hubFindInLedger(this.#attachment, text('id', id));
    return offset < 0 ? undefined : offset;
  }

  /**
   * The ledger's files, for reading by time, verifying and consumers. What was emitted before a read is part of it.
   *
   * @throws ERR_HUB_OPTION_INVALID for a hub in memory, ERR_HUB_CLOSED
   * @example
   * const ledger = await hub.ledger();
   * for await (const { event } of ledger.read({ topic: 'orders', since: Date.now() - 3_600_000 })) audit(event);
   */
  ledger(): Promise<Ledger> {
    this.#mustBeOpen();
    const settled = async () => {
      // Where the ledger failed, what it has is what there is to read.
      if (this.#closing === undefined) await this.flush().catch(() => undefined);
    };
    const path = text('path', native.hubPath(this.#attachment) ?? undefined);
    this.#ledger ??= openLedger({ ...this.#place, path }, settled);
    return this.#ledger;
  }

  /**
   * Makes an HTTP response an SSE stream of the events the filter wants: replay from the resume point of the request
   * (see {@link AttachOptions}), then live. Sends the head unless the caller has. The `id` of a frame is the cursor.
   *
   * @example
   * createServer((req, res) => { hub.attach(res, { topic: 'orders' }); });
   */
  attach(res: SseResponse, options: AttachOptions = {}): SseSubscription {
    this.#mustBeOpen();
    checkAttach(options);
    return this.#sse.attach(res, options);
  }

  /**
   * Sends the events the filter wants over a WebSocket, as text messages of JSON: `{cursor, topic, type, event}`, or
   * `{gap}` (see {@link SocketMessage}). The client resumes by its first message, `{"resume": "<cursor or id>"}`.
   * Takes sockets of the npm package `ws` and of the standard interface.
   *
   * @throws ERR_HUB_OPTION_INVALID, ERR_HUB_CLOSED
   * @example
   * new WebSocketServer({ port: 8080 }).on('connection', (socket) => {
   *   hub.attachSocket(socket, { topic: 'orders' });
   * });
   */
  attachSocket(
    socket: EventSocketLike,
    filter: EventFilter = {},
    options: SocketOptions = {},
  ): SocketSubscription {
    this.#mustBeOpen();
    checkSocket(socket, filter, options);
    return this.#sockets.attach(socket, filter, options);
  }

  /** Writes one heartbeat to every SSE stream and WebSocket of this thread, for hubs with `heartbeatMs: 0`. */
  heartbeat(): void {
    this.#sockets.heartbeat();
    this.#sse.heartbeat();
  }

  /** Forgets topics that have been silent for `idleMs`, as of `nowMs`. Their events stay in the ledger. */
  prune(nowMs: number = this.#now?.() ?? 0): void {
    native.hubPrune(this.#attachment, nowMs);
  }

  /** A snapshot of sizes and counts. */
  stats(): HubStats {
    return {
      ...native.hubStats(this.#attachment),
      subscriptions: this.#callbacks.size,
      streams: this.#streams.size,
      connections: this.#sse.size,
      frames: this.#sse.totals.frames,
      gaps: this.#sse.totals.gaps,
      sockets: this.#sockets.stats(),
      fanOut: fanOutStats(this.#attachment),
      lines: this.#emitter.lines(),
    };
  }

  /**
   * Ends streams and SSE responses of this thread, makes what was emitted durable and lets go of the hub. The last
   * owner's close gives the ledger back. May be called twice.
   *
   * @throws ERR_LEDGER_FAILED
   */
  close(): Promise<void> {
    // Set before anything is ended: what is told of that may close the hub as well.
    this.#emitter.close();
    this.#closing ??= Promise.resolve().then(() => this.#close());
    return this.#closing;
  }

  /** `await using hub = await EventHub.open()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#followers.flush();
    await Promise.all([this.#sse.end(SSE_END_MS), this.#sockets.end(SSE_END_MS)]);
    for (const stream of [...this.#streams]) stream.end();
    this.#waiters.close();
    try {
      const { finished, durable } = await native.hubClose(this.#attachment, CLOSE_PATIENCE_MS);
      if (finished) {
        this.#waiters.end(durable, undefined);
      } else {
        const late = new Error(`the ledger took longer than ${CLOSE_PATIENCE_MS} ms to close`);
        this.#waiters.end(durable, late);
        this.#reports.report(late, 'close');
      }
    } catch (error) {
      this.#waiters.end(0, error);
      throw error;
    }
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) this.#emitter.refuse(Refused.closed, undefined);
  }

  /** Something happened that this thread did not do: the ledger advanced, or another thread emitted. */
  #woken(): void {
    this.#sse.hear();
    const durable = raw.durable(this.#attachment);
    if (durable === Refused.failed) this.#reportFailure();
    else this.#failed = false; // another thread may have reopened it
    this.#waiters.settle(durable);
    this.#callbacks.catchUp();
    this.#followers.markAll();
    this.#news?.ask();
  }

  #readForeign(from: number, to: number): EventRecord[] {
    if (this.#closing !== undefined) return []; // closed by a callback, and perhaps gone by now
    return this.#past.between(from, to);
  }

  /** Once: from then on everybody who asks is told. */
  #reportFailure(): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#reports.report(
      caught(() => native.hubExplain(this.#attachment, Refused.failed, 0)),
      'ledger',
    );
  }
}
