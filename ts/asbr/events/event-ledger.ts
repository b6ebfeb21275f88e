import { type Durability, EventHub } from '../../api/index.js';
import { CortexError } from '../../errors.js';
import type { Config, Event } from '../types/index.js';
import { getStatePath } from '../xdg/index.js';
import { HEARTBEAT_FRAME } from './sse-stream.js';
import type { EventManagerOptions } from './types.js';

/** Name of the ledger in the state directory. */
const LEDGER_FILE = 'ledger.ndjson';
/** Most events that a hub's window takes. */
const MAX_WINDOW_EVENTS = 2 ** 24;
/** A disk that failed is left alone for this long. */
const RETRY_FAILED_AFTER_MS = 5_000;

export interface Appended {
  offset: number;
  /** Why the event is in memory only, when it is. */
  failure?: unknown;
}

/**
 * The hub behind one manager: its ledger file, or memory as long as that cannot be had.
 *
 * Opened at the first use, since a manager is often made before the state directory is, and shared with the other
 * managers of this process that write the same ledger. Changing from one to the other ends the streams; their readers
 * come back and are told of the gap.
 */
export class EventLedger {
  readonly #config: Config['events'];
  readonly #options: EventManagerOptions;
  readonly #onError: (error: unknown, where: string) => void;
  #hub: EventHub | undefined;
  /** Why the hub is in memory only; undefined when it is not. */
  #failure: unknown;
  #retryAtMs = 0;

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
    const { ledgerPath, ledgerRequired } = this.#options;
    if (this.#hub && (this.#failure === undefined || Date.now() < this.#retryAtMs)) return this.#hub;
    try {
      const hub = this.#open(ledgerPath ?? getStatePath(LEDGER_FILE));
      this.#closeHub();
      this.#failure = undefined;
      this.#hub = hub;
    } catch (error) {
      if (ledgerRequired && !this.#hub) throw error;
      this.#failure = error;
      this.#hub ??= this.#open(undefined);
    }
    return this.#hub;
  }

  /** Appends one event. Throws a `CortexError` when the log refuses it. */
  append(event: Event): Appended {
    try {
      return this.#append(event);
    } catch (error) {
      if (!isLedgerFailure(error)) throw error;
      this.#goOnInMemory(error);
      return this.#append(event);
    }
  }

  /** Resolves when the ledger has every event up to this offset, as durably as the manager was told to. */
  async written(offset: number): Promise<void> {
    if (this.#hub && this.#failure === undefined) await this.#hub.durable(offset);
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
    this.#failure = undefined;
    await hub?.close();
  }

  #append(event: Event): Appended {
    const offset = this.hub().emit(event);
    return this.#failure === undefined ? { offset } : { offset, failure: this.#failure };
  }

  #goOnInMemory(failure: unknown): void {
    this.#closeHub();
    this.#failure = failure;
    this.#retryAtMs = Date.now() + RETRY_FAILED_AFTER_MS;
    this.#hub = this.#open(undefined);
  }

  /** A failed ledger fails to close as well, and has said so already. */
  #closeHub(): void {
    this.#hub?.close().catch((error: unknown) => {
      if (!isLedgerFailure(error)) this.#onError(error, 'close');
    });
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

function isLedgerFailure(error: unknown): boolean {
  return error instanceof CortexError && error.code === 'ERR_LEDGER_FAILED';
}

/** The configuration allows fractions and any size. */
function windowSize(events: number): number {
  return Math.min(Math.ceil(events), MAX_WINDOW_EVENTS);
}
