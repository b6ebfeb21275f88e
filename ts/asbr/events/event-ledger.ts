import { type Durability, EventHub } from '../../api/index.js';
import type { Config, Event } from '../types/index.js';
import { getStatePath } from '../xdg/index.js';
import { HEARTBEAT_FRAME } from './sse-stream.js';
import type { EventManagerOptions } from './types.js';

/** Most events that a hub's window takes. */
const MAX_WINDOW_EVENTS = 2 ** 24;
/** Name of the ledger in the state directory. */
const LEDGER_FILE = 'ledger.ndjson';

export interface Appended {
  offset: number;
  /** Why the event is in memory only, when it is. */
  failure?: unknown;
}

/**
 * The hub behind one manager: its ledger file, or memory as long as that cannot be opened.
 *
 * Opened at the first use, since a manager is often made before the state directory is, and shared with the other
 * managers of this process that write the same ledger.
 */
export class EventLedger {
  readonly #config: Config['events'];
  readonly #options: EventManagerOptions;
  readonly #onError: (error: unknown, where: string) => void;
  #hub: EventHub | undefined;
  #openFailure: unknown;

  constructor(
    config: Config['events'],
    options: EventManagerOptions,
    onError: (error: unknown, where: string) => void,
  ) {
    this.#config = config;
    this.#options = options;
    this.#onError = onError;
    if (options.ledgerRequired) this.hub();
  }

  /** The open hub. While it is in memory only, each call tries the ledger once more. */
  hub(): EventHub {
    if (this.#hub && this.#openFailure === undefined) return this.#hub;
    try {
      const hub = this.#open(this.#options.ledgerPath ?? getStatePath(LEDGER_FILE));
      // Its streams end, and their readers come back and are told of the gap.
      void this.#hub?.close();
      this.#openFailure = undefined;
      this.#hub = hub;
    } catch (error) {
      if (this.#options.ledgerRequired) throw error;
      this.#openFailure = error;
      this.#hub ??= this.#open(undefined);
    }
    return this.#hub;
  }

  /** Appends one event. Throws a `CortexError` when the log refuses it. */
  append(event: Event): Appended {
    const offset = this.hub().emit(event);
    return this.#openFailure === undefined ? { offset } : { offset, failure: this.#openFailure };
  }

  /** Resolves when the ledger has every event up to this offset, as durably as the manager was told to. */
  async written(offset: number): Promise<void> {
    if (this.#hub && this.#openFailure === undefined) await this.#hub.durable(offset);
  }

  /** Resolves when a full log takes events again. */
  async drained(): Promise<void> {
    await this.#hub?.drained();
  }

  heartbeat(): void {
    this.#hub?.heartbeat();
  }

  prune(nowMs: number): void {
    this.#hub?.prune(nowMs);
  }

  /** Gives the hub back; the next use opens it anew. */
  async release(): Promise<void> {
    const hub = this.#hub;
    this.#hub = undefined;
    this.#openFailure = undefined;
    await hub?.close();
  }

  #open(path: string | undefined): EventHub {
    const durability: Durability = this.#options.durability ?? 'none';
    return EventHub.openSync({
      ...(path === undefined ? {} : { path, shared: true, durability }),
      topicField: 'taskId',
      typeField: 'type',
      idField: 'id',
      maxEvents: windowSize(this.#config.max_global_events),
      maxTopicEvents: windowSize(this.#config.max_task_events),
      idleMs: Math.ceil(this.#config.idle_timeout_ms),
      // The manager's own timer beats, so that callers' fake timers reach it.
      heartbeatMs: 0,
      heartbeatFrame: HEARTBEAT_FRAME,
      now: () => Date.now(),
      onError: this.#onError,
    });
  }
}

/** The configuration allows fractions and any size. */
function windowSize(events: number): number {
  return Math.min(Math.ceil(events), MAX_WINDOW_EVENTS);
}
