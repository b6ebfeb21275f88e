/** What a log is, in the plainest JavaScript: every event in a list, and which of them memory still holds. */

export interface LoggedEvent {
  id: string;
  topic: string;
  type: string;
  n: number;
  pad: string;
}

/** A query whose places are offsets. */
export interface PlainQuery {
  after?: number | undefined;
  before?: number | undefined;
  topic?: string | undefined;
  types?: readonly string[] | undefined;
  limit?: number | undefined;
}

interface Entry {
  readonly offset: number;
  readonly event: LoggedEvent;
  ms: number;
  /** Gone with its idle topic. */
  dropped: boolean;
}

export interface Retention {
  maxEvents: number;
  maxTopicEvents: number;
  idleMs: number;
}

export class LogModel {
  readonly #retention: Retention;
  readonly #all: Entry[] = [];
  #first = 0;

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  get head(): number {
    return this.#all.length;
  }

  append(event: LoggedEvent, ms: number): void {
    this.#all.push({ offset: this.head, event, ms, dropped: false });
    this.#evict();
  }

  prune(nowMs: number): void {
    const { idleMs } = this.#retention;
    if (idleMs === 0) return;
    const newest = new Map(this.#window().map(({ event, ms }) => [event.topic, ms]));
    for (const entry of this.#window()) {
      if ((newest.get(entry.event.topic) ?? 0) < nowMs - idleMs) entry.dropped = true;
    }
    this.#evict();
  }

  /** The log after its ledger was closed and opened again: memory is filled from its end. */
  reopen(ms: number): void {
    this.#first = 0;
    for (const entry of this.#all) {
      entry.dropped = false;
      entry.ms = ms;
    }
    this.#evict();
  }

  offsetOfId(id: string): number {
    return this.#all.findLastIndex(({ event }) => event.id === id);
  }

  /** What a query finds when nothing is ever forgotten. */
  everything(query: PlainQuery): number[] {
    return select(this.#all, query);
  }

  /** What a query finds in memory. */
  inMemory(query: PlainQuery): number[] {
    return select(this.#visible(query.topic), query);
  }

  holdsInMemory(offset: number): boolean {
    return this.#visible().some((entry) => entry.offset === offset);
  }

  /** Everything at or above this offset is in memory, for a reader of `topic` or of all topics. */
  completeFrom(topic?: string): number {
    const visible = new Set(this.#visible(topic).map(({ offset }) => offset));
    const wanted = topic === undefined ? this.#all : this.#all.filter(({ event }) => event.topic === topic);
    return (wanted.findLast(({ offset }) => !visible.has(offset))?.offset ?? -1) + 1;
  }

  #window(): Entry[] {
    return this.#all.slice(this.#first);
  }

  #visible(topic?: string): Entry[] {
    const kept = this.#window().filter(({ dropped }) => !dropped);
    if (topic === undefined) return kept;
    return kept.filter(({ event }) => event.topic === topic).slice(-this.#retention.maxTopicEvents);
  }

  #evict(): void {
    this.#first = Math.max(this.#first, this.head - this.#retention.maxEvents);
    while (this.#all[this.#first]?.dropped) this.#first += 1;
  }
}

function select(entries: readonly Entry[], query: PlainQuery): number[] {
  const { after, before, topic, types, limit = 1000 } = query;
  const wanted = entries.filter(
    ({ offset, event }) =>
      offset > (after ?? -1) &&
      offset < (before ?? Number.POSITIVE_INFINITY) &&
      (topic === undefined || event.topic === topic) &&
      (types === undefined || types.includes(event.type)),
  );
  const bounded =
    after === undefined ? wanted.slice(Math.max(0, wanted.length - limit)) : wanted.slice(0, limit);
  return bounded.map(({ offset }) => offset);
}
