import type { Event } from '../types/index.js';
import type { EventLedger } from './event-ledger.js';
import type { Held } from './event-window.js';

interface Pending {
  readonly held: Held;
  failure?: unknown;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface PublisherHooks {
  /** Hands the event to every reader in this process. What it throws rejects the publication. */
  deliver(event: Event): void;
  /** The event is not in the ledger. */
  lost(event: Event, failure: unknown): void;
}

/**
 * One order for everything: events enter the log in the order of the calls, and are delivered in that order, each after
 * the ledger has it. Events that arrive while others are being written or delivered wait and go together.
 */
export class Publisher {
  readonly #ledger: EventLedger;
  readonly #hooks: PublisherHooks;
  /** In the order of the calls: not delivered yet, and among those the ones not in the log yet. */
  #pending: Pending[] = [];
  #unlogged: Pending[] = [];
  #running: Promise<void> | undefined;
  #active = false;

  constructor(ledger: EventLedger, hooks: PublisherHooks) {
    this.#ledger = ledger;
    this.#hooks = hooks;
  }

  publish(held: Held): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry: Pending = { held, resolve, reject };
      this.#pending.push(entry);
      this.#unlogged.push(entry);
      this.#fillLog();
      if (this.#active) return;
      this.#active = true;
      this.#running = this.#run();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    while (this.#active) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#pending.length > 0) {
      while (this.#unlogged.length > 0) await this.#makeRoom();
      const batch = this.#pending;
      this.#pending = [];
      await this.#written(batch);
      for (const entry of batch) this.#deliver(entry);
    }
    // In the same turn as the last look at the queue: what comes next starts a new run.
    this.#active = false;
  }

  async #makeRoom(): Promise<void> {
    try {
      await this.#ledger.drained();
      this.#fillLog();
    } catch (error) {
      for (const entry of this.#unlogged) entry.failure = error;
      this.#unlogged = [];
    }
  }

  /** Appends what waits, up to the first event for which the log has no room. */
  #fillLog(): void {
    for (let next = this.#unlogged[0]; next; next = this.#unlogged[0]) {
      try {
        const { offset, failure } = this.#ledger.append(next.held.event);
        next.held.offset = offset;
        if (failure !== undefined) next.failure = failure;
      } catch (error) {
        if (isLogFull(error)) return;
        next.failure = error;
      }
      this.#unlogged.shift();
    }
  }

  async #written(batch: readonly Pending[]): Promise<void> {
    const last = batch.findLast((entry) => entry.failure === undefined);
    if (last?.held.offset === undefined) return;
    try {
      await this.#ledger.written(last.held.offset);
    } catch (error) {
      for (const entry of batch) entry.failure ??= error;
    }
  }

  #deliver({ held, failure, resolve, reject }: Pending): void {
    if (failure !== undefined) this.#hooks.lost(held.event, failure);
    try {
      this.#hooks.deliver(held.event);
      resolve();
    } catch (error) {
      reject(error);
    }
  }
}

function isLogFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_LOG_FULL';
}
