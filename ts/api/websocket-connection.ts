/**
 * One WebSocket connection: a cursor, and at most `maxBufferedBytes` and one read on their way.
 *
 * While it is level with its group it gets the group's messages, encoded once for all. When its socket has enough to
 * send, or it has a past to catch up with, it reads the log by itself until it is level again.
 */
import { raw } from '../native.js';
import { withTopic } from './filters.js';
import { expired, isDeleted, type LogIdentity, resume, type Start } from './resume.js';
import type { EventFilter } from './types.js';
import type { Member, SocketGroup } from './websocket-group.js';
import type { SocketLink } from './websocket-link.js';
import { type Batch, coalesced, gapMessage } from './websocket-message.js';
import { type Opened, Opening } from './websocket-opening.js';
import type {
  SocketGapMessage,
  SocketOptions,
  SocketSubscription,
  SocketSubscriptionStats,
} from './websocket-types.js';

const DEFAULT_BUFFERED_BYTES = 256 * 1024;
/** What a socket that catches up may take of one turn of the event loop. */
const TURN_BYTES = 512 * 1024;

/** Closing codes of RFC 6455. */
const NORMAL = 1000;
const INTERNAL_ERROR = 1011;

/** Where a connection lives: what it needs of its hub. */
export interface SocketHome {
  readonly log: LogIdentity;
  readonly totals: { messages: number; bytes: number; gaps: number; slow: number; gone: number };
  readonly stallMs: number;
  readonly pongMs: number;
  readonly coalesceKey: ((event: unknown) => string | undefined) | undefined;
  /** The group of another filter. */
  moved(before: EventFilter, after: EventFilter): SocketGroup;
  /** Calls `look` again and again, until told otherwise. */
  watch(connection: SocketConnection): void;
  unwatch(connection: SocketConnection): void;
  left(connection: SocketConnection, filter: EventFilter): void;
}

/** See the module. */
export class SocketConnection implements SocketSubscription, Member, Opened {
  readonly id: number;
  readonly #link: SocketLink;
  readonly #home: SocketHome;
  readonly #options: SocketOptions;
  readonly #maxBuffered: number;
  readonly #opening: Opening;
  #filter: EventFilter;
  #group: SocketGroup;
  #cursor = 0;
  /** Where it began, once it has. */
  #began: number | undefined;
  #level = false;
  #blocked = false;
  /** A read is under way, or the rest is for the next turn. */
  #busy = false;
  #closed = false;
  #gone = false;
  #messages = 0;
  #bytes = 0;
  #progress = new Progress(0);
  /** When it was pinged, until it answers. */
  #pingedMs: number | undefined;

  constructor(
    id: number,
    link: SocketLink,
    home: SocketHome,
    group: SocketGroup,
    filter: EventFilter,
    options: SocketOptions,
  ) {
    this.id = id;
    this.#link = link;
    this.#home = home;
    this.#group = group;
    this.#filter = filter;
    this.#options = options;
    this.#opening = new Opening(this, options);
    this.#maxBuffered = options.maxBufferedBytes ?? DEFAULT_BUFFERED_BYTES;
  }

  get closed(): boolean {
    return this.#closed;
  }

  stats(): SocketSubscriptionStats {
    return { messages: this.#messages, bytes: this.#bytes, lagging: !this.#level };
  }

  /** Listens to the socket, and begins once it is open. */
  start(): void {
    this.#cursor = this.#group.settle();
    this.#link.listen({
      open: () => this.#opening.open(),
      close: () => this.finish(),
      pong: () => {
        this.#pingedMs = undefined;
      },
      message: this.#options.after === undefined ? (data) => this.#opening.message(data) : undefined,
    });
  }

  get attachedAt(): number {
    return this.#cursor;
  }

  locate(token: string | number): Start | Promise<Start> {
    return resume(this.#home.log, this.#group.filter, token);
  }

  begin({ from, gap }: Start): void {
    if (this.#closed) return;
    this.#cursor = Math.min(from, raw.head(this.#home.log.attachment));
    this.#began = this.#cursor;
    if (gap !== undefined) this.#tellGap(gap);
    this.#catchUp();
  }

  /** Too late to begin elsewhere once something was sent: a client must not take that for all there was. */
  resumeLate(token: string, start: Start): void {
    const began = this.#began ?? 0;
    if (start.gap === undefined && start.from >= began) return;
    if (this.#messages === 0) {
      this.#stepOut();
      this.begin(start);
    } else {
      this.#tellGap({ requested: token, oldest: `${this.#home.log.epoch}-${began}`, reason: 'late' });
    }
  }

  /** The past cannot be read; its error is the ledger's and told there. */
  fail(): void {
    this.end(INTERNAL_ERROR, 'the ledger cannot be read');
  }

  take(batch: Batch): void {
    this.#cursor = batch.next;
    this.#send(batch);
    if (this.#blocked) this.#stepOut();
  }

  fallBehind(cursor: number): void {
    this.#level = false;
    this.#cursor = cursor;
    this.#catchUp();
  }

  setTopic(topic: string, followed: boolean): void {
    const after = withTopic(this.#filter, topic, followed);
    if (this.#closed || after === undefined) return;
    // A level group has moved past events that nobody in it wanted; they are no news of the new topic either.
    if (this.#level) this.#cursor = this.#group.settle();
    if (this.#closed) return; // what was just sent found it gone
    this.#stepOut();
    this.#group = this.#home.moved(this.#filter, after);
    this.#filter = after;
    if (this.#began !== undefined) this.#catchUp();
  }

  end(code = NORMAL, reason = ''): void {
    if (this.#closed) return;
    this.#retire();
    this.#link.close(code, reason);
  }

  ping(): void {
    if (this.#closed || this.#blocked) return;
    if (this.#link.ping()) this.#pingedMs ??= performance.now();
  }

  /** Cuts it if its peer has left a ping without an answer for too long. One that is full is judged by `look`. */
  expectPong(nowMs: number): void {
    const { pongMs, totals } = this.#home;
    if (this.#closed || this.#blocked || this.#pingedMs === undefined || pongMs === 0) return;
    if (nowMs - this.#pingedMs < pongMs) return;
    totals.gone += 1;
    this.cut();
  }

  /** Ends it without waiting for the peer. */
  cut(): void {
    this.#retire();
    this.#link.cut();
  }

  /** The socket is closed, or given up. */
  finish(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#retire();
    this.#link.unlisten();
    this.#home.left(this, this.#filter);
    this.#options.onClose?.();
  }

  /** A blocked socket: goes on if there is room, is dealt with if it has made no progress for too long. */
  look(nowMs: number, busyMs: number): void {
    if (this.#goOn()) return;
    this.#progress.excuse(busyMs);
    const { stallMs } = this.#home;
    const stalled = this.#progress.noneForMs(this.#link.pending, nowMs) >= stallMs && stallMs > 0;
    if (!stalled || (this.#options.onSlow ?? 'disconnect') !== 'disconnect') return;
    this.#home.totals.slow += 1;
    this.cut();
  }

  readonly #onSent = (): void => {
    if (this.#blocked) this.#goOn();
  };

  #goOn(): boolean {
    if (this.#closed || this.#link.bufferedBytes > this.#maxBuffered / 2) return false;
    this.#blocked = false;
    this.#home.unwatch(this);
    this.#catchUp();
    return true;
  }

  /** Sends nothing more. */
  #retire(): void {
    this.#closed = true;
    this.#opening.cancel();
    this.#stepOut();
    this.#home.unwatch(this);
  }

  #stepOut(): void {
    this.#level = false;
    this.#group.leave(this);
  }

  #send({ messages, bytes }: Batch): void {
    if (!this.#link.send(messages, this.#onSent)) {
      this.cut();
      return;
    }
    this.#messages += messages.length;
    this.#bytes += bytes;
    this.#home.totals.messages += messages.length;
    this.#home.totals.bytes += bytes;
    if (this.#link.bufferedBytes <= this.#maxBuffered) return;
    this.#blocked = true;
    this.#progress = new Progress(this.#link.pending);
    this.#pingedMs = undefined; // the question waits behind what it has to take
    this.#home.watch(this);
  }

  /** Reads the log until the socket has enough or the connection is level with its group. */
  #catchUp(): void {
    let sent = 0;
    while (!this.#closed && !this.#blocked && !this.#busy) {
      if (this.#cursor < this.#group.keptFrom()) {
        if (this.#home.log.hasLedger && !isDeleted(this.#home.log, this.#cursor)) {
          void this.#readLedger();
          return;
        }
        this.#skip();
        continue;
      }
      const batch = this.#group.read(this.#cursor);
      this.#sendOwn(batch);
      sent += batch.bytes;
      if (batch.messages.length === 0 && this.#group.settle() === this.#cursor) {
        this.#level = true;
        this.#group.join(this);
        return;
      }
      if (sent > TURN_BYTES) this.#later();
    }
  }

  #sendOwn(batch: Batch): void {
    this.#cursor = batch.next;
    if (batch.messages.length === 0) return;
    const { coalesceKey } = this.#home;
    this.#send(
      this.#options.onSlow === 'coalesce' && coalesceKey !== undefined
        ? coalesced(batch, coalesceKey)
        : batch,
    );
  }

  #later(): void {
    this.#busy = true;
    setImmediate(() => {
      this.#busy = false;
      this.#catchUp();
    });
  }

  /** One page from disk, off the event loop. */
  async #readLedger(): Promise<void> {
    this.#busy = true;
    const group = this.#group;
    try {
      const batch = await group.readLedger(this.#cursor);
      this.#busy = false;
      if (this.#closed) return;
      // Read for topics that it does not follow any more: read again.
      if (group === this.#group) this.#sendOwn(batch);
      this.#catchUp();
    } catch {
      this.#busy = false;
      this.fail();
    }
  }

  #skip(): void {
    const { from, gap } = expired(this.#home.log, this.#group.filter, this.#cursor);
    this.#cursor = from;
    if (gap !== undefined) this.#tellGap(gap);
  }

  #tellGap(gap: SocketGapMessage['gap']): void {
    this.#home.totals.gaps += 1;
    this.#link.tell(gapMessage(gap));
    if (this.#options.onGap === 'end') this.end(NORMAL, 'gap');
    else if (this.#options.onGap === 'live') this.#cursor = raw.head(this.#home.log.attachment);
  }
}

/** When bytes on their way last became fewer. */
class Progress {
  #least: number;
  #sinceMs = performance.now();

  constructor(pending: number) {
    this.#least = pending;
  }

  /** So much time does not count. */
  excuse(ms: number): void {
    this.#sinceMs += ms;
  }

  /** For how long they have not, as of `nowMs`. */
  noneForMs(pending: number, nowMs: number): number {
    if (pending < this.#least) {
      this.#least = pending;
      this.#sinceMs = nowMs;
    }
    return nowMs - this.#sinceMs;
  }
}
