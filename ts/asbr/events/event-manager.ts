import { EventEmitter } from 'node:events';
import type { SseResponse } from '../../api/index.js';
import { logError } from '../lib/logger.js';
import { type Config, EVENT_TYPES, type Event } from '../types/index.js';
import { EventLedger } from './event-ledger.js';
import { EventWindow } from './event-window.js';
import { IntervalTimer } from './interval-timer.js';
import { Publisher } from './publisher.js';
import { serveSockets } from './socket-transport.js';
import type { SocketServer } from './socket-types.js';
import { endStream, openSseStream } from './sse-stream.js';
import { type SubscriptionKind, Subscriptions, subscriptionId } from './subscriptions.js';
import type {
  AttachIOOptions,
  EventManager,
  EventManagerOptions,
  EventManagerStats,
  EventStreamOptions,
  EventSubscription,
  SseStreamOptions,
} from './types.js';

const CLEANUP_EVERY_MS = 60_000;
const MIN_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 30_000;

/**
 * Makes a manager with nothing in it. It holds one timer, for heartbeats and cleanup, until `stop()`.
 *
 * @param config only `config.events` is read
 * @throws with `ledgerRequired` a `CortexError` (`ERR_LEDGER_OPEN`, `ERR_LEDGER_LOCKED`, `ERR_LEDGER_FORMAT`)
 * @example
 * const manager = createEventManager(await loadConfig());
 * manager.subscribe({ taskId }, (event) => console.log(event.type));
 * await manager.emitEvent(event);
 */
export function createEventManager(config: Config, options: EventManagerOptions = {}): EventManager {
  return new LedgerEventManager(config, options);
}

class LedgerEventManager extends EventEmitter implements EventManager {
  readonly #config: Config['events'];
  readonly #window: EventWindow;
  readonly #subscriptions: Subscriptions;
  readonly #ledger: EventLedger;
  readonly #publisher: Publisher;
  readonly #timer: IntervalTimer;
  #released = Promise.resolve();

  constructor({ events }: Config, options: EventManagerOptions) {
    super();
    this.#config = events;
    this.#window = new EventWindow({
      maxTaskEvents: events.max_task_events,
      maxGlobalEvents: events.max_global_events,
    });
    this.#subscriptions = new Subscriptions((error, { id }) => {
      logError('Error in event callback', { error, subscriptionId: id });
    });
    this.#ledger = new EventLedger(events, options, (error, where) => {
      logError('Event log failed', { error, where });
    });
    this.#publisher = new Publisher(this.#ledger, {
      deliver: (event) => this.#deliver(event),
      lost: ({ id, taskId }, failure) => {
        logError('Failed to persist event', { error: failure, eventId: id, taskId });
      },
    });
    this.#timer = new IntervalTimer([
      { everyMs: events.heartbeat_ms, run: () => this.#ledger.heartbeat() },
      { everyMs: CLEANUP_EVERY_MS, run: () => this.#cleanUp() },
    ]);
  }

  emitEvent(event: Event): Promise<void> {
    return this.#publisher.publish(this.#window.push(event, Date.now()));
  }

  subscribe(options: EventStreamOptions, callback: (event: Event) => void): string {
    return this.#subscribe(options, callback, 'idle');
  }

  unsubscribe(id: string): void {
    this.#subscriptions.remove(id);
  }

  getEvents(options: EventStreamOptions): Event[] {
    return this.#window.list(options);
  }

  createSSEStream(res: SseResponse, options: SseStreamOptions): string {
    const subscription = this.#describeSubscription({ ...options, transport: 'sse' }, () => {});
    const onClose = () => this.#subscriptions.remove(subscription.id);
    const stream = openSseStream(this.#ledger.hub(), this.#window, res, { ...options, onClose });
    if (!stream.closed) this.#subscriptions.add(subscription, { end: () => endStream(stream) });
    return subscription.id;
  }

  async pollEvents(
    options: EventStreamOptions,
    attempt = 0,
  ): Promise<{ events: Event[]; backoffMs?: number }> {
    const events = this.getEvents(options);
    if (events.length > 0 || attempt <= 0) return { events };
    return { events, backoffMs: Math.min(MIN_BACKOFF_MS * 2 ** (attempt - 1), MAX_BACKOFF_MS) };
  }

  getStats(): EventManagerStats {
    return {
      totalEvents: this.#window.size,
      activeSubscriptions: this.#subscriptions.size,
      bufferSizes: this.#window.sizes(),
    };
  }

  attachIO(io: SocketServer, options: AttachIOOptions = {}): void {
    const subscribe = (wanted: EventStreamOptions, callback: (event: Event) => void) =>
      this.#subscribe({ ...wanted, transport: 'socket' }, callback, 'pinned');
    serveSockets({ subscribe, unsubscribe: (id) => this.unsubscribe(id) }, io, options);
  }

  stop(): void {
    this.#timer.stop();
    this.#subscriptions.endStreams();
    this.#released = this.#released
      .then(() => this.#publisher.idle())
      .then(() => this.#ledger.release())
      .catch((error: unknown) => logError('Failed to close the event ledger', { error }));
  }

  async close(): Promise<void> {
    this.stop();
    await this.#released;
  }

  #subscribe(options: EventStreamOptions, callback: (event: Event) => void, kind: SubscriptionKind): string {
    const subscription = this.#describeSubscription(options, callback);
    this.#subscriptions.add(subscription, kind);
    for (const event of this.#missed(subscription)) this.#subscriptions.call(subscription, event);
    return subscription.id;
  }

  /** What a resuming reader has not seen. An id that is not held says nothing about that, so nothing is repeated. */
  #missed({ taskId, eventTypes, lastEventId }: EventSubscription): Event[] {
    if (!lastEventId || eventTypes.length === 0 || !this.#window.holds(taskId, lastEventId)) return [];
    return this.#window.list({ taskId, eventTypes, lastEventId });
  }

  #describeSubscription(options: EventStreamOptions, callback: (event: Event) => void): EventSubscription {
    return {
      id: subscriptionId(),
      taskId: options.taskId,
      eventTypes: options.eventTypes ?? [...EVENT_TYPES],
      callback,
      transport: options.transport ?? this.#config.transport,
      lastEventId: options.lastEventId,
      createdAt: Date.now(),
    };
  }

  #deliver(event: Event): void {
    this.#subscriptions.notify(event, Date.now());
    this.emit('event', event);
    this.emit(`event:${event.type}`, event);
    this.emit(`task:${event.taskId}`, event);
  }

  #cleanUp(): void {
    const nowMs = Date.now();
    this.#subscriptions.expire(this.#config.idle_timeout_ms, nowMs);
    this.#window.expireTasks(this.#config.idle_timeout_ms, nowMs);
    this.#ledger.prune(nowMs);
  }
}
