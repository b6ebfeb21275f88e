/**
 * In-process callbacks: the original object, in the order of offsets, without a native crossing.
 *
 * Events of other threads reach this one as lines; they are put in where their offsets belong. A callback that emits
 * is not interrupted: its event is delivered after the current one, to everybody.
 */
import { topicsOf } from './filters.js';
import type { EventFilter, EventMeta } from './types.js';

/** Called with the event as it was emitted (parsed from its line when another thread did) and what is known of it. */
export type EventCallback = (event: unknown, meta: EventMeta) => void;

interface Subscriber {
  readonly order: number;
  /** The first offset it gets: events that were emitted before it subscribed may still wait to be delivered. */
  readonly from: number;
  readonly types: ReadonlySet<string> | undefined;
  readonly callback: EventCallback;
}

interface Delivery extends EventMeta {
  readonly event: unknown;
}

/** Where callbacks get what is not theirs to know. */
export interface CallbackSource {
  /** Offset of the next event. */
  head(): number;
  /** Events of the window from `from` to before `to`. */
  read(from: number, to: number): readonly Delivery[];
  /** A callback threw, or events were gone before they could be delivered. */
  report(error: unknown, where: string): void;
  /** The error for events that are gone. */
  expired(from: number, first: number): unknown;
}

/** See the module. */
export class Callbacks {
  readonly #source: CallbackSource;
  // Replaced, never changed: a dispatch goes on with the lists it began with.
  #all: readonly Subscriber[] = [];
  readonly #byTopic = new Map<string, readonly Subscriber[]>();
  #count = 0;
  #order = 0;
  #next = 0;
  #delivering = false;
  #queue: Delivery[] = [];

  constructor(source: CallbackSource) {
    this.#source = source;
  }

  get size(): number {
    return this.#count;
  }

  /** Adds a callback and returns what removes it. */
  add(filter: EventFilter, callback: EventCallback): () => void {
    const from = this.#source.head();
    if (this.#count === 0 && !this.#delivering) this.#next = from;
    const topics = topicsOf(filter);
    const types = filter.types === undefined ? undefined : new Set(filter.types);
    this.#order += 1;
    const subscriber: Subscriber = { order: this.#order, from, types, callback };
    // An event has one topic, so that being in several lists calls nobody twice.
    const lists = topics === undefined ? [undefined] : [...new Set(topics)];
    for (const topic of lists) this.#change(topic, (list) => [...list, subscriber]);
    this.#count += 1;
    let removed = false;
    return () => {
      if (removed) return;
      removed = true;
      this.#count -= 1;
      for (const topic of lists) this.#change(topic, (list) => list.filter((other) => other !== subscriber));
    };
  }

  /** Replaces one list. */
  #change(topic: string | undefined, edit: (list: readonly Subscriber[]) => readonly Subscriber[]): void {
    const before = topic === undefined ? this.#all : (this.#byTopic.get(topic) ?? []);
    const after = edit(before);
    if (topic === undefined) this.#all = after;
    else if (after.length > 0) this.#byTopic.set(topic, after);
    else this.#byTopic.delete(topic);
  }

  /** This thread emitted an event. */
  emitted(event: unknown, offset: number, topic: string, type: string): void {
    if (this.#count === 0) return;
    const delivery = { event, offset, topic, type };
    if (this.#delivering || offset !== this.#next) {
      this.#queue.push(delivery);
      this.#drain(offset);
      return;
    }
    this.#delivering = true;
    this.#next = offset + 1;
    this.#deliver(delivery);
    this.#delivering = false;
    if (this.#queue.length > 0) this.#drain(this.#next);
  }

  /** Other threads may have emitted. */
  catchUp(): void {
    if (this.#count > 0) this.#drain(this.#source.head());
  }

  /** Delivers what is queued here, and before, between and after it what others emitted below `head`. */
  #drain(head: number): void {
    if (this.#delivering) return;
    this.#delivering = true;
    for (;;) {
      const own = this.#queue[0];
      const target = own === undefined ? head : own.offset;
      if (this.#next < target) this.#deliverForeign(target);
      if (own === undefined) break;
      this.#queue.shift();
      this.#next = own.offset + 1;
      this.#deliver(own);
    }
    this.#delivering = false;
  }

  #deliverForeign(target: number): void {
    const from = this.#next;
    const records = this.#source.read(from, target);
    const first = records[0]?.offset ?? target;
    if (first > from) this.#source.report(this.#source.expired(from, first), 'subscribe');
    this.#next = target;
    for (const record of records) this.#deliver(record);
  }

  #deliver(delivery: Delivery): void {
    const some = this.#byTopic.get(delivery.topic);
    const all = this.#all;
    if (some === undefined) {
      for (const subscriber of all) this.#call(subscriber, delivery);
      return;
    }
    // Two lists in order of subscription, taken as one.
    let i = 0;
    let j = 0;
    while (i < all.length || j < some.length) {
      const left = all[i];
      const right = some[j];
      if (right === undefined || (left !== undefined && left.order < right.order)) {
        if (left !== undefined) this.#call(left, delivery);
        i += 1;
      } else {
        this.#call(right, delivery);
        j += 1;
      }
    }
  }

  #call(subscriber: Subscriber, delivery: Delivery): void {
    if (delivery.offset < subscriber.from) return;
    if (subscriber.types !== undefined && !subscriber.types.has(delivery.type)) return;
    try {
      subscriber.callback(delivery.event, delivery);
    } catch (error) {
      this.#source.report(error, 'subscribe');
    }
  }
}
