/**
 * The SSE connections of one hub in one thread: groups of equal filters, so that a frame is encoded once however many
 * connections want it, and one timer for all heartbeats.
 */
import { HubError } from '../errors.js';
import { AdoptedSockets } from './adopted-sockets.js';
import { descriptorOf } from './adoption.js';
import type { AttachOptions, SseResponse, SseSubscription } from './attach-types.js';
import { topicsOf } from './filters.js';
import type { Followers } from './followers.js';
import { type LogIdentity, resume, type Start } from './resume.js';
import {
  type Carrier,
  type Home,
  type Level,
  Notice,
  SseConnection,
  type SseTotals,
} from './sse-connection.js';
import { Endings } from './sse-endings.js';
import { SseGroup } from './sse-group.js';
import { resumeToken, writeHead } from './sse-response.js';
import type { EventFilter, EventHubOptions } from './types.js';

/** Heartbeats are spread over so many turns of the timer: a thousand connections must not be written to at once. */
const HEARTBEAT_TURNS = 16;

/** What SSE needs of the hub's options. */
export interface SseOptions {
  readonly heartbeatMs: number;
  readonly heartbeatFrame: string;
  readonly retryMs: number;
  /** A socket that takes nothing for this long belongs to a slow consumer. */
  readonly stallMs: number;
  /** Events gather this long before they are written. */
  readonly windowMs: number;
  /** Told what a response, or the `onClose` of its owner, threw. */
  readonly report: (error: unknown) => void;
}

/** What the hub's options say of SSE, with the defaults. */
export function sseOptions(options: EventHubOptions, report: (error: unknown) => void): SseOptions {
  return {
    heartbeatMs: options.heartbeatMs ?? 15_000,
    heartbeatFrame: options.heartbeatFrame ?? ':\n\n',
    retryMs: options.retryMs ?? 2000,
    stallMs: options.stallMs ?? 30_000,
    windowMs: options.windowMs ?? 0,
    report,
  };
}

/** See the module. */
export class SseHub implements Home {
  readonly totals: SseTotals = { frames: 0, gaps: 0 };
  readonly #log: LogIdentity;
  readonly #followers: Followers;
  readonly #options: SseOptions;
  readonly #groups = new Map<string, SseGroup>();
  /** By turn of the heartbeat. */
  readonly #connections = Array.from({ length: HEARTBEAT_TURNS }, () => new Set<SseConnection>());
  readonly #adopted: AdoptedSockets;
  readonly #endings: Endings;
  #onEmpty: (() => void) | undefined;
  #size = 0;
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;

  constructor(log: LogIdentity, followers: Followers, options: SseOptions) {
    this.#log = log;
    this.#followers = followers;
    this.#options = options;
    this.#adopted = new AdoptedSockets(log, options);
    this.#endings = new Endings(options.stallMs);
  }

  /** The native thread had news of adopted connections. */
  hear(): void {
    this.#adopted.hear();
  }

  ended(res: SseResponse): void {
    this.#endings.add(res);
  }

  report(error: unknown): void {
    this.#options.report(error);
  }

  get size(): number {
    return this.#size;
  }

  attach(res: SseResponse, options: AttachOptions): SseSubscription {
    this.#carrierFor(res, options); // refused before the head: the caller can still answer something else
    writeHead(res, options.headers, this.#options.retryMs);
    const carrier = this.#carrierFor(res, options);
    const group = this.#enter(options);
    this.#lastId += 1;
    const connection = new SseConnection(this.#lastId, res, this.#log, group, options, carrier, this);
    this.#turnOf(connection)?.add(connection);
    this.#size += 1;
    this.#startTimer();
    this.#begin(connection, group, resumeToken(res, options));
    return connection;
  }

  #carrierFor(res: SseResponse, options: AttachOptions): Carrier | undefined {
    const transport = options.transport ?? 'auto';
    if (transport === 'stream') return undefined;
    if (descriptorOf(res) !== undefined) return this.#adopted;
    if (transport === 'auto') return undefined;
    const fields = {
      option: 'transport',
      expected: "'auto' or 'stream' for this response",
      actual: transport,
    };
    const message = `option transport must be ${fields.expected}, not '${transport}': its socket cannot be adopted`;
    throw new HubError('ERR_HUB_OPTION_INVALID', message, fields);
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

  /** The group of a filter, with one member more. */
  #enter(filter: EventFilter): SseGroup {
    const key = keyOf(filter);
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new SseGroup(this.#log, this.#followers, filter);
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

  moved(before: EventFilter, after: EventFilter): Level {
    const group = this.#enter(after);
    this.#exit(before);
    return group;
  }

  left(connection: SseConnection, filter: EventFilter): void {
    this.#turnOf(connection)?.delete(connection);
    this.#size -= 1;
    this.#exit(filter);
    if (this.#size > 0) return;
    this.#stopTimer();
    this.#onEmpty?.();
  }

  /** One heartbeat to everybody. */
  heartbeat(): void {
    this.#adopted.heartbeat();
    for (const turn of this.#connections) this.#beat(turn);
  }

  /** Ends every connection; those that do not take their last frames in time are cut, and so are those ended before. */
  async end(patienceMs: number): Promise<void> {
    this.#each((connection) => connection.end());
    if (this.#size + this.#endings.size === 0) return;
    const emptied = new Promise<void>((resolve) => {
      if (this.#size === 0) resolve();
      this.#onEmpty = resolve;
    });
    const timer = setTimeout(() => {
      this.#each((connection) => connection.notice(Notice.slow));
      this.#endings.cut();
    }, patienceMs);
    await emptied;
    await this.#endings.emptied();
    clearTimeout(timer);
  }

  #each(work: (connection: SseConnection) => void): void {
    for (const turn of this.#connections) for (const connection of turn) work(connection);
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

function keyOf(filter: EventFilter): string {
  return JSON.stringify([topicsOf(filter), filter.types]);
}
