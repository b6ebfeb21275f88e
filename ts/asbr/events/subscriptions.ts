import { randomBytes } from 'node:crypto';
import type { Event } from '../types/index.js';
import type { EventSubscription } from './types.js';

interface Entry {
  readonly subscription: EventSubscription;
  /** Rises with every subscription: an event is not shown to readers that came during its delivery. */
  readonly sequence: number;
  lastActivityMs: number;
  readonly kind: SubscriptionKind;
}

/**
 * How a subscription lives: `idle` ones are dropped after a time without events; `pinned` ones have a connection that
 * says when they end; `end` belongs to a stream, which gets its events from the log and not from here.
 */
export type SubscriptionKind = 'idle' | 'pinned' | { end: () => void };

/** The readers of one manager, in the order they came. */
export class Subscriptions {
  readonly #entries = new Map<string, Entry>();
  readonly #onThrow: (error: unknown, subscription: EventSubscription) => void;
  #nextSequence = 0;

  constructor(onThrow: (error: unknown, subscription: EventSubscription) => void) {
    this.#onThrow = onThrow;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(subscription: EventSubscription, kind: SubscriptionKind): void {
    const sequence = this.#nextSequence++;
    this.#entries.set(subscription.id, {
      subscription,
      sequence,
      kind,
      lastActivityMs: subscription.createdAt,
    });
  }

  /** Forgets a subscription, and ends its stream if it has one. */
  remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    if (typeof entry.kind === 'object') entry.kind.end();
  }

  notify(event: Event, nowMs: number): void {
    const newcomers = this.#nextSequence;
    for (const entry of this.#entries.values()) {
      if (entry.sequence >= newcomers) return;
      if (typeof entry.kind === 'object' || !matches(entry.subscription, event)) continue;
      entry.lastActivityMs = nowMs;
      this.call(entry.subscription, event);
    }
  }

  /** Calls one reader; what it throws is reported and goes no further. */
  call(subscription: EventSubscription, event: Event): void {
    try {
      subscription.callback(event);
    } catch (error) {
      this.#onThrow(error, subscription);
    }
  }

  /** Drops the readers without a connection that have been shown nothing for longer than `idleMs`. */
  expire(idleMs: number, nowMs: number): void {
    for (const [id, entry] of this.#entries) {
      if (entry.kind === 'idle' && nowMs - entry.lastActivityMs > idleMs) this.#entries.delete(id);
    }
  }

  /** Ends every stream; callbacks stay. */
  endStreams(): void {
    for (const [id, entry] of this.#entries) {
      if (typeof entry.kind === 'object') this.remove(id);
    }
  }
}

export function subscriptionId(): string {
  return `sub_${Date.now()}-${randomBytes(16).toString('hex')}`;
}

function matches({ taskId, eventTypes }: EventSubscription, event: Event): boolean {
  return (!taskId || taskId === event.taskId) && eventTypes.includes(event.type);
}
