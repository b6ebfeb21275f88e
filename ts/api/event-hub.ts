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
import { CoalescingKeys } from './coalescing-keys.js';
import { DurableWaiters } from './durable-waiters.js';
import { EventStream } from './event-stream.js';
import { fanOutStats } from './fan-out-stats.js';
import { nativeFilter, nativeTopics, nativeTypes } from './filters.js';
import { Followers } from './followers.js';
import { type Ledger, ledgerPlace, openLedger } from './ledger.js';
import { hasUpkeep, LedgerNews } from './ledger-news.js';
import { Names } from './names.js';
import { toRecords } from './records.js';
import { type LogIdentity, offsetOf } from './resume.js';
import { SseHub } from './sse-hub.js';
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
import { SocketHub } from './websocket-hub.js';
import type { EventSocketLike, SocketOptions, SocketSubscription } from './websocket-types.js';

// A constant function is called directly; one that is looked up in an object each time is not.
const { emit: emitRaw, emitBytes: emitBytesRaw } = raw;

const DEFAULT_LIMIT = 1000;
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
  readonly #port: Float64Array;
  readonly #log: LogIdentity;
  readonly #topicField: string;
  readonly #typeField: string;
  readonly #now: (() => number) | undefined;
  readonly #onError: (error: unknown, where: string) => void;
  readonly #topics: Names;
  readonly #kinds: Names;
  readonly #keys: CoalescingKeys | undefined;
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
    this.#port = raw.port(attachment);
    this.epoch = identity.epoch;
    this.hasLedger = identity.hasLedger;
    this.#topicField = options.topicField ?? 'topic';
    this.#typeField = options.typeField ?? 'type';
    this.#now = options.now;
    this.#onError = options.onError ?? warn;
    this.#topics = new Names((name) => native.hubTopic(attachment, text('topic', name)));
    this.#kinds = new Names((name) => native.hubKind(attachment, text('type', name)));
    const { coalesceKey } = options;
    if (coalesceKey !== undefined) {
      this.#keys = new CoalescingKeys(attachment, coalesceKey, (error) => this.#report(error, 'coalesceKey'));
    }
    this.#waiters = new DurableWaiters(attachment, options.keepAlive === true);
    if (options.keepAlive === true) raw.hold(attachment, 1);
    this.#sse = new SseHub(this.#log, this.#followers, {
      heartbeatMs: options.heartbeatMs ?? 15_000,
      heartbeatFrame: options.heartbeatFrame ?? ':\n\n',
      retryMs: options.retryMs ?? 2000,
      stallMs: options.stallMs ?? 30_000,
      windowMs: options.windowMs ?? 0,
      report: (error) => this.#report(error, 'attach'),
    });
    this.#sockets = new SocketHub(this.#log, this.#followers, {
      heartbeatMs: options.heartbeatMs ?? 15_000,
      stallMs: options.stallMs ?? 30_000,
      pongMs: options.pongMs ?? 15_000,
      coalesceKey: coalesceKey && ((event) => this.#keyOf(coalesceKey, event)),
    });
    this.#place = ledgerPlace(options);
    if (this.hasLedger && hasUpkeep(options)) {
      this.#news = new LedgerNews(attachment, options.onRotate, (error, where) => this.#report(error, where));
    }
    this.#callbacks = new Callbacks({
      head: () => raw.head(attachment),
      read: (from, to) => this.#readForeign(from, to),
      report: (error, where) => this.#report(error, where),
      expired: (from, first) =>
        caught(() => native.hubRefuseCursor(attachment, this.cursor(from), this.cursor(first))),
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
    const line = stringify(event);
    const offset = this.#append(event, line, where);
    if (offset < 0) this.#refuse(offset, line);
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
    const offset = this.#appendBytes(document, where);
    if (offset < 0) this.#refuse(offset, document);
    return offset;
  }

  /**
   * As {@link EventHub.emit}, but a refusal is a negative number instead of an error, for producers that shed load:
   * -1 full, -2 too large, -4 closed, -5 ledger failed, -6 no JSON, -9 a type too many,
   * -10 not as the hub's `schema` asks.
   */
  tryEmit(event: unknown, where?: EmitWhere): number {
    let line: string | undefined;
    try {
      line = JSON.stringify(event);
    } catch {
      return Refused.nothing;
    }
    try {
      return this.#append(event, line, where);
    } catch (error) {
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
    const offset = this.#append(this.#eventOf(line), line, where);
    if (offset < 0) this.#refuse(offset, line);
    return offset;
  }

  /**
   * Logs an event and resolves once it is durable, to the highest offset that became so with it: all events of one
   * turn of the event loop share one promise and one commit.
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
    const after = query.after === undefined ? undefined : await offsetOf(this.#log, query.after);
    const before = query.before === undefined ? undefined : await offsetOf(this.#log, query.before);
    const wanted = nativeQuery(query, after, before);
    if (native.hubWindowSuffices(this.#attachment, wanted)) {
      this.#refuseExpired(query, after);
      return toRecords(native.hubReadWindow(this.#attachment, wanted), this.epoch);
    }
    return toRecords(await native.hubReadLedger(this.#attachment, wanted), this.epoch);
  }

  /** As {@link EventHub.read}, at once, from memory only. */
  readWindow(query: EventQuery = {}): EventRecord[] {
    this.#mustBeOpen();
    checkQuery(query);
    const after = query.after === undefined ? undefined : this.#windowOffset(query.after);
    const before = query.before === undefined ? undefined : this.#windowOffset(query.before);
    return toRecords(native.hubReadWindow(this.#attachment, nativeQuery(query, after, before)), this.epoch);
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
        this.#report(late, 'close');
      }
    } catch (error) {
      this.#waiters.end(0, error);
      throw error;
    }
  }

  #append(event: unknown, line: string | undefined, where: EmitWhere | undefined): number {
    const topic = where?.topic ?? topicOf(event, this.#topicField);
    const type = where?.type ?? typeOf(event, this.#typeField);
    const now = this.#now === undefined ? 0 : this.#now();
    if (this.#closing !== undefined) return Refused.closed;
    const port = this.#port;
    port[0] = this.#topics.get(topic);
    port[1] = this.#kinds.get(type);
    port[2] = now;
    port[3] = this.#keys === undefined ? 0 : this.#keys.of(event);
    let offset = emitRaw(this.#attachment, line);
    // Once more is enough unless another thread is just clearing unused topics away.
    while (offset === Refused.staleTopic) {
      this.#topics.forget(topic);
      port[0] = this.#topics.get(topic);
      offset = emitRaw(this.#attachment, line);
    }
    if (offset >= 0) {
      this.#followers.mark(topic);
      this.#callbacks.emitted(event, offset, topic, type);
    }
    return offset;
  }

  /** The event of a line, as far as anybody needs it: parsing costs more than all the rest. */
  #eventOf(line: string): unknown {
    const needed =
      this.#callbacks.size > 0 ||
      this.#keys !== undefined ||
      line.includes(`"${this.#topicField}"`) ||
      line.includes(`"${this.#typeField}"`);
    if (!needed) return undefined;
    try {
      return JSON.parse(line);
    } catch {
      return undefined;
    }
  }

  #appendBytes(document: Uint8Array | string, where: EmitWhere | undefined): number {
    const now = this.#now === undefined ? 0 : this.#now();
    if (this.#closing !== undefined) return Refused.closed;
    const port = this.#port;
    port[0] = where?.topic === undefined ? -1 : this.#topics.get(where.topic);
    port[1] = where?.type === undefined ? -1 : this.#kinds.get(where.type);
    port[2] = now;
    port[3] = this.#keys === undefined ? 0 : this.#keys.of(parsed(document));
    let offset = emitBytesRaw(this.#attachment, document);
    while (offset === Refused.staleTopic) {
      if (where?.topic !== undefined) {
        this.#topics.forget(where.topic);
        port[0] = this.#topics.get(where.topic);
      }
      offset = emitBytesRaw(this.#attachment, document);
    }
    if (offset >= 0) {
      this.#followers.markAll();
      // Callbacks get what they would of another thread's event: parsed from its line, if there are any.
      this.#callbacks.catchUp();
    }
    return offset;
  }

  #refuse(status: number, line: string | Uint8Array | undefined): never {
    if (status === Refused.mismatch) native.hubMismatch(this.#attachment, Buffer.from(line ?? ''));
    // Naming the type again throws what the raw call could not.
    if (status === Refused.typesFull) this.#kinds.get(typeOf(parsed(line ?? ''), this.#typeField));
    native.hubExplain(this.#attachment, status, bytesOf(line));
    throw new Error('unreachable: the call above throws');
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) this.#refuse(Refused.closed, undefined);
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
    const query = { from, before: to, limit: to - from };
    return toRecords(native.hubReadWindow(this.#attachment, query), this.epoch);
  }

  #windowOffset(token: string | number): number {
    if (typeof token === 'number') return token;
    const offset = native.hubResume(this.#attachment, token);
    if (offset < 0) native.hubRefuseCursor(this.#attachment, token);
    return offset;
  }

  /** Without a ledger, events after a cursor may be gone for good: better an error than a silent hole. */
  #refuseExpired(query: EventQuery, after: number | undefined): void {
    if (after === undefined || this.hasLedger) return;
    const filter = native.hubFilter(this.#attachment, nativeTopics(query), nativeTypes(query));
    const kept = raw.keptFrom(this.#attachment, filter);
    native.hubFilterClose(this.#attachment, filter);
    if (after + 1 < kept) native.hubRefuseCursor(this.#attachment, this.cursor(after), this.cursor(kept));
  }

  /** Once: from then on everybody who asks is told. */
  #reportFailure(): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#report(
      caught(() => native.hubExplain(this.#attachment, Refused.failed, 0)),
      'ledger',
    );
  }

  #keyOf(coalesceKey: (event: unknown) => string | undefined, event: unknown): string | undefined {
    try {
      return coalesceKey(event);
    } catch (error) {
      this.#report(error, 'coalesceKey');
      return undefined;
    }
  }

  #report(error: unknown, where: string): void {
    try {
      this.#onError(error, where);
    } catch (thrown) {
      warn(thrown, 'onError');
    }
  }
}

function warn(error: unknown, where: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`@cortex-os/native: ${where}: ${text}`);
}

function stringify(event: unknown): string | undefined {
  try {
    return JSON.stringify(event);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the event cannot be logged: ${reason}`;
    throw new HubError('ERR_HUB_EVENT_INVALID', message, { reason }, { cause });
  }
}

function bytesOf(line: string | Uint8Array | undefined): number {
  if (typeof line === 'string') return Buffer.byteLength(line);
  return line instanceof Uint8Array ? line.byteLength : 0;
}

function parsed(document: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof document === 'string' ? document : Buffer.from(document).toString());
  } catch {
    return undefined; // what is no JSON is refused where it is appended
  }
}

// The same text twice: the engine remembers one name per place of access, and a shared place would see two.
function topicOf(event: unknown, name: string): string {
  if (typeof event !== 'object' || event === null) return '';
  const value = (event as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
}

function typeOf(event: unknown, name: string): string {
  if (typeof event !== 'object' || event === null) return '';
  const value = (event as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : '';
}

function caught(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

function nativeQuery(query: EventQuery, after: number | undefined, before: number | undefined) {
  return {
    ...nativeFilter(query),
    ...(after !== undefined && { from: after + 1 }),
    ...(before !== undefined && { before }),
    limit: query.limit ?? DEFAULT_LIMIT,
  };
}
