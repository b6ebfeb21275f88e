/**
 * The SSE connections of one hub in one thread: groups of equal filters, so that a frame is encoded once however many
 * connections want it, and one timer for all heartbeats.
 */
import { native, raw } from '../native.js';
import type { AttachOptions, SseResponse, SseSubscription } from './attach-types.js';
import type { Follower, Followers } from './followers.js';
import { type LogIdentity, resume, type Start } from './resume.js';
import { CHUNK_BYTES, type Level, SseConnection, type SseTotals } from './sse-connection.js';
import { resumeToken, writeHead } from './sse-response.js';

/** Heartbeats are spread over so many turns of the timer: a thousand connections must not be written to at once. */
const HEARTBEAT_TURNS = 16;

/** What SSE needs of the hub's options. */
export interface SseOptions {
  readonly heartbeatMs: number;
  readonly heartbeatFrame: string;
  readonly retryMs: number;
  /** Told what a response, or the `onClose` of its owner, threw. */
  readonly report: (error: unknown) => void;
}

/** Connections with one filter. */
class SseGroup implements Level, Follower {
  readonly topic: string | undefined;
  readonly filter: number;
  readonly #log: LogIdentity;
  /** Level with the group: everything before `#next` is written to them. */
  readonly #level = new Set<SseConnection>();
  readonly #out = new Float64Array(2);
  #next: number;
  /** Connections that have this filter, level or not. */
  members = 0;

  constructor(log: LogIdentity, topic: string | undefined, types: readonly string[] | undefined) {
    this.topic = topic;
    this.#log = log;
    this.filter = native.hubFilter(log.attachment, topic, types && [...types]);
    this.#next = raw.head(log.attachment);
  }

  join(connection: SseConnection): void {
    this.#level.add(connection);
  }

  leave(connection: SseConnection): void {
    this.#level.delete(connection);
  }

  settle(): number {
    this.pump();
    return this.#next;
  }

  pump(): void {
    if (this.#level.size === 0) {
      this.#next = raw.head(this.#log.attachment);
      return;
    }
    if (this.#next < raw.keptFrom(this.#log.attachment, this.filter)) {
      this.#scatter();
      return;
    }
    for (;;) {
      const frames = raw.frames(this.#log.attachment, this.filter, this.#next, CHUNK_BYTES, this.#out);
      this.#next = this.#out[0] ?? this.#next;
      if (frames === undefined) return;
      const count = this.#out[1] ?? 0;
      for (const connection of this.#level) connection.take(frames, this.#next, count);
    }
  }

  /** More came at once than the window holds: everybody reads the rest at their own pace. */
  #scatter(): void {
    const from = this.#next;
    const behind = [...this.#level];
    this.#level.clear();
    this.#next = raw.head(this.#log.attachment);
    for (const connection of behind) connection.fallBehind(from);
  }
}

/** See the module. */
export class SseHub {
  readonly totals: SseTotals = { frames: 0, gaps: 0 };
  readonly #log: LogIdentity;
  readonly #followers: Followers;
  readonly #options: SseOptions;
  readonly #groups = new Map<string, SseGroup>();
  /** By turn of the heartbeat. */
  readonly #connections = Array.from({ length: HEARTBEAT_TURNS }, () => new Set<SseConnection>());
  #size = 0;
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;

  constructor(log: LogIdentity, followers: Followers, options: SseOptions) {
    this.#log = log;
    this.#followers = followers;
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  attach(res: SseResponse, options: AttachOptions): SseSubscription {
    const key = JSON.stringify([options.topic, options.types]);
    const group = this.#group(key, options);
    this.#lastId += 1;
    const connection = new SseConnection(
      this.#lastId,
      res,
      this.#log,
      group,
      {
        totals: this.totals,
        ended: (ended) => this.#ended(ended, key, group),
        report: this.#options.report,
      },
      options,
    );
    this.#turnOf(connection)?.add(connection);
    this.#size += 1;
    this.#startTimer();
    try {
      writeHead(res, options.headers, this.#options.retryMs);
    } catch (error) {
      connection.drop();
      throw error;
    }
    this.#begin(connection, group, resumeToken(res, options));
    return connection;
  }

  #begin(connection: SseConnection, group: SseGroup, token: string | number | undefined): void {
    const start: Start | Promise<Start> =
      token === undefined ? { from: group.settle() } : resume(this.#log, group.filter, token);
    if (start instanceof Promise) {
      start.then(
        (found) => connection.begin(found),
        () => connection.end(), // the ledger could not be asked: the client tries again
      );
    } else {
      connection.begin(start);
    }
  }

  #group(key: string, options: AttachOptions): SseGroup {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new SseGroup(this.#log, options.topic, options.types);
      this.#groups.set(key, group);
      this.#followers.add(group);
    }
    group.members += 1;
    return group;
  }

  #ended(connection: SseConnection, key: string, group: SseGroup): void {
    this.#turnOf(connection)?.delete(connection);
    this.#size -= 1;
    group.members -= 1;
    if (group.members === 0) {
      this.#groups.delete(key);
      this.#followers.delete(group);
      native.hubFilterClose(this.#log.attachment, group.filter);
    }
    if (this.#size === 0) this.#stopTimer();
  }

  /** One heartbeat to everybody. */
  heartbeat(): void {
    for (const turn of this.#connections) this.#beat(turn);
  }

  /** Ends every connection. */
  end(): void {
    for (const turn of this.#connections) for (const connection of turn) connection.end();
  }

  #turnOf(connection: SseConnection): Set<SseConnection> | undefined {
    return this.#connections[connection.id % HEARTBEAT_TURNS];
  }

  #beat(turn: ReadonlySet<SseConnection> | undefined): void {
    for (const connection of turn ?? []) connection.heartbeat(this.#options.heartbeatFrame);
  }

  #startTimer(): void {
    if (this.#timer !== undefined || this.#options.heartbeatMs === 0) return;
    this.#timer = setInterval(() => {
      this.#turn = (this.#turn + 1) % HEARTBEAT_TURNS;
      this.#beat(this.#connections[this.#turn]);
    }, this.#options.heartbeatMs / HEARTBEAT_TURNS);
    this.#timer.unref();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
