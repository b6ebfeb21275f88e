/**
 * One SSE connection over `res.write`: a cursor and at most one chunk on its way.
 *
 * While it is level with its group it gets the group's chunk, encoded once for all. When its socket is full, or it
 * has a past to catch up with, it reads the log by itself until it is level again. So a client that does not read
 * costs one chunk of memory, and delays nobody.
 */
import { native, raw } from '../native.js';
import type { AttachOptions, SseResponse, SseSubscription, SseSubscriptionStats } from './attach-types.js';
import { expired, type LogIdentity, type Start } from './resume.js';
import { gapFrame } from './sse-response.js';

/** Frames per write: large enough to be cheap, small enough not to keep a slow socket's memory. */
export const CHUNK_BYTES = 256 * 1024;

/** What a connection needs of the group it belongs to. */
export interface Level {
  readonly filter: number;
  /** Brings the group up to the head of the log and returns its offset. */
  settle(): number;
  join(connection: SseConnection): void;
  leave(connection: SseConnection): void;
}

/** Counts that a hub keeps over all its connections. */
export interface SseTotals {
  frames: number;
  gaps: number;
}

/** What a connection tells its hub. */
export interface SseOwner {
  readonly totals: SseTotals;
  /** The connection has ended, for whatever reason. */
  ended(connection: SseConnection): void;
  /** The response, or its owner's callback, threw. */
  report(error: unknown): void;
}

/** See the module. */
export class SseConnection implements SseSubscription {
  readonly id: number;
  readonly #res: SseResponse;
  readonly #log: LogIdentity;
  readonly #level: Level;
  readonly #owner: SseOwner;
  readonly #totals: SseTotals;
  readonly #options: AttachOptions;
  readonly #out = new Float64Array(2);
  #cursor = 0;
  #blocked = false;
  #reading = false;
  #closed = false;
  #writes = 0;
  #bytes = 0;

  constructor(
    id: number,
    res: SseResponse,
    log: LogIdentity,
    level: Level,
    owner: SseOwner,
    options: AttachOptions,
  ) {
    this.id = id;
    this.#res = res;
    this.#log = log;
    this.#level = level;
    this.#owner = owner;
    this.#totals = owner.totals;
    this.#options = options;
    res.on?.('close', this.#onClose);
    res.on?.('error', this.#onClose);
    res.on?.('drain', this.#onDrain);
  }

  get closed(): boolean {
    return this.#closed;
  }

  stats(): SseSubscriptionStats {
    return { writes: this.#writes, bytes: this.#bytes, transport: 'stream' };
  }

  /** Begins to read at `start`. */
  begin(start: Start): void {
    if (this.#closed) return;
    if (this.#res.destroyed === true) {
      this.drop(); // gone before we listened: no 'close' will come
      return;
    }
    this.#cursor = start.from;
    if (start.gap !== undefined) this.#skip(start);
    this.#catchUp();
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

  heartbeat(frame: string): void {
    // A full socket has something on its way that shows the connection is alive.
    if (!this.#blocked && !this.#closed) this.#send(frame, false);
  }

  end(): void {
    if (this.#closed) return;
    this.drop();
    this.#guarded(() => this.#res.end());
  }

  /** Lets go of the response without a word to it. */
  drop(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#level.leave(this);
    this.#res.removeListener?.('close', this.#onClose);
    this.#res.removeListener?.('drain', this.#onDrain);
    this.#owner.ended(this);
    this.#guarded(() => this.#options.onClose?.());
  }

  readonly #onClose = (): void => this.drop();

  readonly #onDrain = (): void => {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#catchUp();
  };

  #guarded(work: () => unknown): void {
    try {
      work();
    } catch (error) {
      this.#owner.report(error);
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
      this.#owner.report(error);
      this.drop();
    }
    return !this.#blocked;
  }

  /** Reads the log until the socket is full or the connection is level with its group. */
  #catchUp(): void {
    while (!this.#closed && !this.#blocked && !this.#reading) {
      if (this.#cursor < raw.keptFrom(this.#log.attachment, this.#level.filter)) {
        if (this.#log.hasLedger) {
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
