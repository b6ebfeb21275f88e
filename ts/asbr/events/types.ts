import type { EventEmitter } from 'node:events';
import type { Durability, SseResponse } from '../../api/index.js';
import type { Event, EventType } from '../types/index.js';
import type { SocketAuthorizer, SocketServer } from './socket-types.js';

/** How the events of a subscription reach their reader. */
export type EventTransport = 'socket' | 'sse';

/** What a reader wants to see. An absent field does not filter. */
export interface EventStreamOptions {
  /** Only the events of this task. Absent or empty: all tasks. */
  taskId?: string | undefined;
  /**
   * Only these types; default: the seven of the ASBR. An empty array subscribes to nothing, while `getEvents`
   * reads it as "no filter": both as in the package this one replaces.
   */
  eventTypes?: EventType[] | undefined;
  /** Default: `config.events.transport`. Information only: it does not change what is delivered. */
  transport?: EventTransport | undefined;
  /** Resume after this event: an event's `id`, or (streams) the `id:` of an SSE frame. */
  lastEventId?: string | undefined;
}

/** Settings of one SSE response, beside what it shows. */
export interface SseStreamOptions extends EventStreamOptions {
  /**
   * Without a resume point: `'live'` (default) starts with the next event, `'window'` first sends what the manager
   * still holds for the task (or all tasks), a number looks back that many events in the log, past restarts.
   */
  backlog?: 'live' | 'window' | number | undefined;
  /**
   * After the `gap` event that says that the resume point is gone: `'continue'` (default) with the oldest event still
   * held, go on `'live'`, or `'end'` the response.
   */
  onGap?: 'continue' | 'live' | 'end' | undefined;
  /** Value of `Access-Control-Allow-Origin`; default `'*'`. `false` leaves the header out. */
  allowOrigin?: string | false | undefined;
}

/** One reader of a manager. */
export interface EventSubscription {
  /** `sub_<milliseconds>-<32 hex digits>` */
  id: string;
  taskId?: string | undefined;
  eventTypes: EventType[];
  callback: (event: Event) => void;
  transport: EventTransport;
  lastEventId?: string | undefined;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** Counts of one manager. */
export interface EventManagerStats {
  /** Events the manager holds in memory, over all tasks. */
  totalEvents: number;
  activeSubscriptions: number;
  /** Events held per task. */
  bufferSizes: Record<string, number>;
}

/** Where a manager keeps its ledger; everything has a default. */
export interface EventManagerOptions {
  /** Ledger file, one JSON event per line. Default: `ledger.ndjson` in the XDG state directory. */
  ledgerPath?: string | undefined;
  /** What a resolved `emitEvent` promises; default `'none'`: the line was handed to the operating system. */
  durability?: Durability | undefined;
  /**
   * `true`: opens the ledger at once and throws when that fails. Default `false`: opens it at the first event, and
   * goes on in memory when that fails, logging `Failed to persist event` for each event, until it can be opened.
   */
  ledgerRequired?: boolean | undefined;
}

export interface AttachIOOptions {
  /**
   * Decides who may connect; called once per socket, before it can subscribe. A refusal, or a throw, reaches the
   * client as `connect_error` with the message `Authentication required`. Default: everyone may.
   */
  authorize?: SocketAuthorizer | undefined;
}

/**
 * Takes events in, keeps the recent ones, writes each to the ledger and hands it to callbacks, sockets and SSE streams.
 *
 * Also an `EventEmitter`: after the callbacks, each event is emitted as `event`, `event:<type>` and `task:<taskId>`.
 */
export interface EventManager extends EventEmitter {
  /**
   * Takes one event. It is in `getEvents` when the call returns; the promise resolves when it is in the ledger and
   * every callback has seen it. All readers, and the ledger, see events in the order of the calls.
   *
   * A ledger that cannot be written is logged (`Failed to persist event`), not thrown: the event is delivered all the
   * same. An `EventEmitter` listener that throws rejects the promise.
   */
  emitEvent(event: Event): Promise<void>;
  /**
   * Calls `callback` with each matching event to come; with `lastEventId`, first with those the manager holds after it.
   * An id it does not hold replays nothing. Idle subscriptions (nothing delivered for `idle_timeout_ms`) are dropped.
   * @returns the subscription's id, for `unsubscribe`
   */
  subscribe(options: EventStreamOptions, callback: (event: Event) => void): string;
  /** Ends a subscription; for an SSE stream also its response. An unknown id is no error. */
  unsubscribe(subscriptionId: string): void;
  /** A copy of the events held, oldest first; with `lastEventId`, those after it, or all when it is not held. */
  getEvents(options: EventStreamOptions): Event[];
  /**
   * Turns a response into an event stream: headers, one heartbeat, then frames with `id`, `event` and `data`.
   * Resumes after `lastEventId` (or the request's `Last-Event-ID`); when that is gone, says so in a `gap` event.
   * @returns the subscription's id
   */
  createSSEStream(res: SseResponse, options: SseStreamOptions): string;
  /** `getEvents` for a polling client: when empty and `attempt` > 0, also the milliseconds to wait, 1000 to 30000. */
  pollEvents(options: EventStreamOptions, attempt?: number): Promise<{ events: Event[]; backoffMs?: number }>;
  getStats(): EventManagerStats;
  /** Serves socket.io clients: `subscribe` and `unsubscribe` with acknowledgement, one subscription per socket. */
  attachIO(io: SocketServer, options?: AttachIOOptions): void;
  /** Stops the timer and gives the ledger back. What the manager holds stays readable. */
  stop(): void;
  /** `stop`, and waits until the ledger is written and closed. */
  close(): Promise<void>;
}
