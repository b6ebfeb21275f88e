/**
 * One SSE connection. Where its socket can be adopted, the native thread writes to it once Node's bytes are out, and
 * this object only knows its number. Elsewhere it writes by `res.write`: a cursor and at most one chunk on its way.
 *
 * While it is level with its group it gets the group's chunk, encoded once for all. When its socket is full, or it
 * has a past to catch up with, it reads the log by itself until it is level again. So a client that does not read
 * costs one chunk of memory, and delays nobody.
 */
import { HubError } from '../errors.js';
import { native, raw } from '../native.js';
import { descriptorOf, whenFlushed } from './adoption.js';
import type { AttachOptions, SseResponse, SseSubscription, SseSubscriptionStats } from './attach-types.js';
import { topicsOf } from './filters.js';
import { expired, isDeleted, type LogIdentity, type Start } from './resume.js';
import { gapFrame } from './sse-response.js';

/** Frames per write: large enough to be cheap, small enough not to keep a slow socket's memory. */
export const CHUNK_BYTES = 256 * 1024;

/** What a connection needs of the group it belongs to. */
export interface Level {
  readonly filter: number;
  /** Brings the group up to the head of the log and returns its offset. */
  settle(): number;
  join(connection: SseConnection): void;
  /** Whether it was level. */
  leave(connection: SseConnection): boolean;
}

/** The native thread, as a connection needs it. */
export interface Carrier {
  /** Hands over a socket; the number of the connection there, or -1. */
  adopt(connection: SseConnection, fd: number, from: number, options: AttachOptions): number;
  /** Writes what the log has, then tells the connection. */
  setTopic(number: number, topic: string, followed: boolean): void;
  drain(number: number): void;
  release(number: number): void;
}

/** Where connections are kept. */
export interface Home {
  /** The connection has another filter now: the level of those that have it too. */
  moved(before: AttachOptions, after: AttachOptions): Level;
  readonly totals: SseTotals;
  /** The connection has ended, for whatever reason. */
  left(connection: SseConnection, options: AttachOptions): void;
  /** The response, or its owner's callback, threw. */
  report(error: unknown): void;
}

/** What the native thread tells of a connection: the numbers of `hubNotices`. */
export const Notice = { drained: 1, slow: 2, broken: 3 } as const;

/** Counts that a hub keeps over all its connections. */
export interface SseTotals {
  frames: number;
  gaps: number;
}

/** See the module. */
export class SseConnection implements SseSubscription {
  readonly id: number;
  readonly #res: SseResponse;
  readonly #log: LogIdentity;
  #level: Level;
  readonly #totals: SseTotals;
  #options: AttachOptions;
  /** Undefined where Node writes for good. */
  #carrier: Carrier | undefined;
  /** Waiting for Node's bytes to be out. */
  #waiting = false;
  readonly #home: Home;
  readonly #out = new Float64Array(2);
  #cursor = 0;
  #blocked = false;
  #reading = false;
  #closed = false;
  /** Its number in the native thread, 0 while Node writes. */
  #adopted = 0;
  #draining = false;
  #writes = 0;
  #bytes = 0;

  constructor(
    id: number,
    res: SseResponse,
    log: LogIdentity,
    level: Level,
    options: AttachOptions,
    carrier: Carrier | undefined,
    home: Home,
  ) {
    this.id = id;
    this.#res = res;
    this.#log = log;
    this.#level = level;
    this.#totals = home.totals;
    this.#options = options;
    this.#carrier = carrier;
    this.#home = home;
    res.on?.('close', this.#onClose);
    res.on?.('error', this.#onClose);
    res.on?.('drain', this.#onDrain);
  }

  get closed(): boolean {
    return this.#closed || this.#draining;
  }

  stats(): SseSubscriptionStats {
    return { writes: this.#writes, bytes: this.#bytes, transport: this.#adopted > 0 ? 'adopted' : 'stream' };
  }

  /** Begins to read at `start`. */
  begin(start: Start): void {
    if (this.#closed) return;
    if (this.#res.destroyed === true) {
      this.drop(); // gone before we listened: no 'close' will come
      return;
    }
    if (this.#res.req?.method === 'HEAD') {
      this.end(); // the head is all it is to have, and the next request on its connection waits for its end
      return;
    }
    this.#cursor = start.from;
    if (start.gap !== undefined) this.#skip(start);
    if (this.#carrier === undefined) {
      this.#catchUp();
      return;
    }
    this.#waiting = true;
    whenFlushed(this.#res, () => this.#handOver());
  }

  /** Node's bytes are out: the native thread goes on, if the response is still one that it may write to. */
  #handOver(): void {
    if (this.#closed) return;
    const fd = descriptorOf(this.#res);
    const number = fd === undefined ? -1 : this.#carrier?.adopt(this, fd, this.#cursor, this.#options);
    if (number === undefined || number <= 0) this.#keep();
    else [this.#adopted, this.#waiting] = [number, false];
  }

  /** Node writes after all. */
  #keep(): void {
    this.#carrier = undefined;
    this.#waiting = false;
    this.#catchUp();
  }

  /** The native thread has let go of the socket. */
  notice(code: number): void {
    this.drop();
    this.#guarded(() => (code === Notice.drained ? this.#res.end() : this.#res.destroy?.()));
  }

  /** The group's chunk: `count` frames, all up to `next`. */
  take(chunk: Buffer, next: number, count: number): void {
    this.#cursor = next;
    this.#totals.frames += count;
    if (!this.#send(chunk)) this.#level.leave(this);
  }

  /** Leaves the group to read from `cursor` by itself. */
  fallBehind(cursor: number): void {
    this.#cursor = cursor;
    this.#level.leave(this);
    this.#catchUp();
  }

  setTopic(topic: string, followed: boolean): void {
    const topics = topicsOf(this.#options);
    if (topics === undefined) throw followsAll(topic);
    if (this.closed || topics.includes(topic) === followed) return;
    const { topic: _one, topics: _several, ...rest } = this.#options;
    const after = {
      ...rest,
      topics: followed ? [...topics, topic] : topics.filter((known) => known !== topic),
    };
    // A level group has moved past events that nobody in it wanted; they are no news of the new topic either.
    const head = this.#level.settle();
    if (this.#level.leave(this)) this.#cursor = head;
    this.#level = this.#home.moved(this.#options, after);
    this.#options = after;
    if (this.#adopted > 0) this.#carrier?.setTopic(this.#adopted, topic, followed);
    else if (this.#carrier === undefined) this.#catchUp();
  }

  heartbeat(frame: string): void {
    // A full socket has something on its way that shows the connection is alive.
    if (this.#adopted === 0 && this.#carrier === undefined && !this.#blocked && !this.#closed)
      this.#send(frame, false);
  }

  end(): void {
    if (this.closed) return;
    if (this.#adopted > 0) {
      this.#draining = true;
      this.#carrier?.drain(this.#adopted);
      return;
    }
    if (this.#waiting) this.#keep(); // what was emitted meanwhile belongs to it
    this.drop();
    this.#guarded(() => this.#res.end());
  }

  readonly #onClose = (): void => this.drop();

  readonly #onDrain = (): void => {
    if (!this.#blocked) return;
    this.#blocked = false;
    if (!this.#waiting) this.#catchUp();
  };

  /** Lets go of the response without a word to it. */
  drop(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#adopted > 0) this.#carrier?.release(this.#adopted);
    this.#level.leave(this);
    this.#res.removeListener?.('close', this.#onClose);
    this.#res.removeListener?.('drain', this.#onDrain);
    this.#home.left(this, this.#options);
    this.#guarded(() => this.#options.onClose?.());
  }

  #guarded(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      this.#home.report(error);
    }
  }

  /** Writes; whether the socket takes more. */
  #send(chunk: string | Buffer, counted = true): boolean {
    if (counted) {
      this.#writes += 1;
      this.#bytes += chunk.length;
    }
    try {
      this.#blocked = this.#res.write(chunk) === false && this.#res.on !== undefined;
    } catch (error) {
      // Nothing more will get through; others must not suffer for it.
      this.#home.report(error);
      this.drop();
    }
    return !this.#blocked;
  }

  /** Reads the log until the socket is full or the connection is level with its group. */
  #catchUp(): void {
    while (!this.#closed && !this.#blocked && !this.#reading) {
      if (this.#cursor < raw.keptFrom(this.#log.attachment, this.#level.filter)) {
        if (this.#log.hasLedger && !isDeleted(this.#log, this.#cursor)) {
          void this.#readLedger();
          return;
        }
        this.#skip(expired(this.#log, this.#level.filter, this.#cursor));
        continue;
      }
      const frames = raw.frames(
        this.#log.attachment,
        this.#level.filter,
        this.#cursor,
        CHUNK_BYTES,
        this.#out,
      );
      this.#cursor = this.#out[0] ?? this.#cursor;
      if (frames !== undefined) {
        this.#totals.frames += this.#out[1] ?? 0;
        this.#send(frames);
      } else if (this.#level.settle() === this.#cursor) {
        this.#level.join(this);
        return;
      }
    }
  }

  /** Tells of what is missing and goes on where the option says. */
  #skip({ from, gap }: Start): void {
    this.#cursor = from;
    this.#totals.gaps += 1;
    this.#send(gapFrame(gap));
    if (this.#options.onGap === 'end') this.end();
    if (this.#options.onGap === 'live') this.#cursor = this.#level.settle();
  }

  /** One chunk from disk, off the event loop. */
  async #readLedger(): Promise<void> {
    this.#reading = true;
    try {
      const { attachment } = this.#log;
      const page = await native.hubFramesFromLedger(
        attachment,
        this.#level.filter,
        this.#cursor,
        CHUNK_BYTES,
      );
      this.#reading = false;
      if (this.#closed) return;
      this.#cursor = page.next;
      if (page.count > 0) {
        this.#totals.frames += page.count;
        this.#send(page.frames);
      }
      this.#catchUp();
    } catch {
      // The past cannot be read (its error is the ledger's and told there); ending makes the client try again.
      this.#reading = false;
      this.end();
    }
  }
}

function followsAll(topic: string): HubError {
  const fields = { option: 'topic', expected: 'of a connection that names its topics', actual: topic };
  return new HubError(
    'ERR_HUB_OPTION_INVALID',
    `this connection follows all topics, ${topic} among them`,
    fields,
  );
}
