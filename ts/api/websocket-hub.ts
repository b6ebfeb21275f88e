/** The WebSocket connections of one hub in one thread: groups of equal filters, one timer for pings, one for full sockets. */
import { raw } from '../native.js';
import type { KeyOf } from './coalescing-keys.js';
import { topicsOf } from './filters.js';
import type { Followers } from './followers.js';
import type { LogIdentity } from './resume.js';
import type { EventFilter, EventHubOptions } from './types.js';
import { SocketConnection, type SocketHome } from './websocket-connection.js';
import { SocketGroup } from './websocket-group.js';
import { SocketLink } from './websocket-link.js';
import type { EventSocketLike, SocketOptions, SocketStats, SocketSubscription } from './websocket-types.js';

/** Pings are spread over so many turns of the timer. */
const PING_TURNS = 16;
/** Sockets tell nobody when they have room again, those of `ws` excepted: the others are looked at this often. */
const LOOK_MS = 20;
/** A timer that is later than this is one of a busy thread. */
const LATE_MS = 50;
/** RFC 6455: the endpoint is going away. */
const GOING_AWAY = 1001;

/** What WebSockets need of the hub's options. */
interface SocketHubOptions {
  readonly heartbeatMs: number;
  /** A socket that takes nothing for this long belongs to a slow consumer. */
  readonly stallMs: number;
  /** A peer that leaves a ping without an answer for this long is gone, 0 for never. */
  readonly pongMs: number;
  readonly coalesceKey: KeyOf | undefined;
}

/** What the hub's options say of WebSockets, with the defaults. */
export function socketOptions(options: EventHubOptions, coalesceKey: KeyOf | undefined): SocketHubOptions {
  return {
    heartbeatMs: options.heartbeatMs ?? 15_000,
    stallMs: options.stallMs ?? 30_000,
    pongMs: options.pongMs ?? 15_000,
    coalesceKey,
  };
}

/** See the module. */
export class SocketHub implements SocketHome {
  readonly log: LogIdentity;
  readonly totals = { messages: 0, bytes: 0, gaps: 0, slow: 0, gone: 0 };
  readonly stallMs: number;
  readonly pongMs: number;
  readonly coalesceKey: KeyOf | undefined;
  readonly #followers: Followers;
  readonly #heartbeatMs: number;
  readonly #foreignBefore: number;
  readonly #groups = new Map<string, SocketGroup>();
  readonly #connections = new Set<SocketConnection>();
  readonly #full = new Set<SocketConnection>();
  #lastId = 0;
  #turn = 0;
  #turnedMs = 0;
  #pings: NodeJS.Timeout | undefined;
  #looks: NodeJS.Timeout | undefined;
  #lookedMs = 0;
  #onEmpty: (() => void) | undefined;

  constructor(log: LogIdentity, followers: Followers, options: SocketHubOptions) {
    this.log = log;
    this.stallMs = options.stallMs;
    this.pongMs = options.pongMs;
    this.coalesceKey = options.coalesceKey;
    this.#followers = followers;
    this.#heartbeatMs = options.heartbeatMs;
    this.#foreignBefore = raw.head(log.attachment);
  }

  attach(socket: EventSocketLike, filter: EventFilter, options: SocketOptions): SocketSubscription {
    this.#lastId += 1;
    const group = this.#enter(filter);
    const link = new SocketLink(socket);
    const connection = new SocketConnection(this.#lastId, link, this, group, filter, options);
    this.#connections.add(connection);
    this.#startPings();
    connection.start();
    return connection;
  }

  stats(): SocketStats {
    return { connections: this.#connections.size, ...this.totals };
  }

  /** One ping to every socket that has them. */
  heartbeat(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) {
      connection.expectPong(nowMs);
      connection.ping();
    }
  }

  /** Closes every socket; those that have not closed in time are cut. */
  async end(patienceMs: number): Promise<void> {
    for (const connection of this.#connections) connection.end(GOING_AWAY, 'going away');
    if (this.#connections.size === 0) return;
    const emptied = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    const timer = setTimeout(() => {
      for (const connection of this.#connections) {
        connection.cut();
        connection.finish(); // a socket that cannot be cut may tell of its end much later
      }
    }, patienceMs);
    await emptied;
    clearTimeout(timer);
  }

  moved(before: EventFilter, after: EventFilter): SocketGroup {
    const group = this.#enter(after);
    this.#exit(before);
    return group;
  }

  watch(connection: SocketConnection): void {
    this.#full.add(connection);
    if (this.#looks !== undefined) return;
    this.#lookedMs = performance.now();
    this.#looks = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  unwatch(connection: SocketConnection): void {
    if (!this.#full.delete(connection) || this.#full.size > 0) return;
    clearInterval(this.#looks);
    this.#looks = undefined;
  }

  left(connection: SocketConnection, filter: EventFilter): void {
    this.#connections.delete(connection);
    this.#exit(filter);
    if (this.#connections.size > 0) return;
    clearInterval(this.#pings);
    this.#pings = undefined;
    this.#onEmpty?.();
  }

  #enter(filter: EventFilter): SocketGroup {
    const key = keyOf(filter);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new SocketGroup(this.log, this.#followers, filter, this.#foreignBefore);
      this.#groups.set(key, group);
    }
    group.members += 1;
    return group;
  }

  #exit(filter: EventFilter): void {
    const key = keyOf(filter);
    const group = this.#groups.get(key);
    if (group === undefined) return;
    group.members -= 1;
    if (group.members > 0) return;
    this.#groups.delete(key);
    group.close();
  }

  #look(): void {
    const nowMs = performance.now();
    // While this thread was busy nothing could leave it: that time is nobody's stall.
    const lateMs = nowMs - this.#lookedMs - LOOK_MS;
    this.#lookedMs = nowMs;
    for (const connection of this.#full) connection.look(nowMs, lateMs > LATE_MS ? lateMs : 0);
  }

  #startPings(): void {
    if (this.#heartbeatMs === 0) return;
    if (this.#pings !== undefined) return;
    this.#turnedMs = performance.now();
    this.#pings = setInterval(() => this.#pingSome(), this.#heartbeatMs / PING_TURNS).unref();
  }

  #pingSome(): void {
    this.#turn = (this.#turn + 1) % PING_TURNS;
    const nowMs = performance.now();
    // After a turn that comes late, answers may have come that this thread was too busy to read: the next one judges.
    const punctual = nowMs - this.#turnedMs < (2 * this.#heartbeatMs) / PING_TURNS + LATE_MS;
    this.#turnedMs = nowMs;
    for (const connection of this.#connections) {
      if (punctual) connection.expectPong(nowMs);
      if (connection.id % PING_TURNS === this.#turn) connection.ping();
    }
  }
}

function keyOf(filter: EventFilter): string {
  return JSON.stringify([topicsOf(filter), filter.types]);
}
