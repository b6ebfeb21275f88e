/** Random events, queries, pruning and reopening: readers agree with a plain list of events. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CortexError, EventHub, type EventQuery, type EventRecord } from '@cortex-os/native';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LoggedEvent, LogModel, type PlainQuery, type Retention } from '../support/log-model.js';

/** Large enough for every event of one run, small enough to be made hundreds of times. */
const RING = { ringBytes: 512 * 1024, maxLineBytes: 1024 };
const TOPICS = ['a', 'b', 'c', 'ü"\\'];
const TYPES = ['x', 'y', ''];

type Place = { as: 'number' | 'cursor' | 'id'; at: number };
type Step =
  | { do: 'emit'; topics: string[]; type: string; pad: number }
  | {
      do: 'read' | 'readWindow' | 'stream';
      query: Omit<EventQuery, 'after' | 'before'>;
      after?: Place;
      before?: Place;
    }
  | { do: 'wait'; ms: number }
  | { do: 'reopen' };

const place: fc.Arbitrary<Place> = fc.record({
  as: fc.constantFrom('number', 'cursor', 'id'),
  at: fc.nat(99),
});
const query = fc.record(
  {
    topic: fc.constantFrom(...TOPICS),
    types: fc.uniqueArray(fc.constantFrom(...TYPES), { maxLength: 2 }),
    limit: fc.oneof(fc.nat(8), fc.constant(1000)),
  },
  { requiredKeys: [] },
);
const reading = fc.record(
  { do: fc.constantFrom('read', 'readWindow', 'stream'), query, after: place, before: place },
  { requiredKeys: ['do', 'query'] },
);
const emitting = fc.record({
  do: fc.constant('emit'),
  topics: fc.array(fc.constantFrom(...TOPICS), { minLength: 1, maxLength: 12 }),
  type: fc.constantFrom(...TYPES),
  pad: fc.nat(300),
});
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: emitting },
    { weight: 6, arbitrary: reading },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 10, max: 45 }) }) },
    { weight: 1, arbitrary: fc.constant({ do: 'reopen' }) },
  ) as fc.Arbitrary<Step>,
  { maxLength: 40 },
);
const retention: fc.Arbitrary<Retention> = fc.record({
  maxEvents: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(1000)),
  maxTopicEvents: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(1000)),
  idleMs: fc.oneof(fc.constant(0), fc.constant(40)),
});

/** One hub beside its model. */
class Pair {
  readonly model: LogModel;
  readonly #open: () => EventHub;
  hub: EventHub;
  /** Long ago: what opening reads into memory is of the system's time, and never idle. */
  nowMs = 1_000_000;

  constructor(bounds: Retention, path?: string) {
    this.model = new LogModel(bounds);
    this.#open = () =>
      EventHub.openSync({ ...RING, ...bounds, ...(path !== undefined && { path }), now: () => this.nowMs });
    this.hub = this.#open();
  }

  async run(step: Step): Promise<void> {
    if (step.do === 'emit') this.#emit(step);
    else if (step.do === 'wait') this.#wait(step.ms);
    else if (step.do === 'reopen') await this.#reopen();
    else await this.#read(step);
  }

  #emit({ topics, type, pad }: Step & { do: 'emit' }): void {
    for (const topic of topics) {
      const n = this.model.head;
      const event: LoggedEvent = { id: `id-${n}`, topic, type, n, pad: 'p'.repeat(pad) };
      expect(this.hub.emit(event)).toBe(n);
      this.model.append(event, this.nowMs);
    }
  }

  #wait(ms: number): void {
    this.nowMs += ms;
    this.hub.prune(this.nowMs);
    this.model.prune(this.nowMs);
  }

  async #reopen(): Promise<void> {
    if (!this.hub.hasLedger) return;
    const { epoch } = this.hub;
    await this.hub.close();
    this.hub = this.#open();
    if (this.model.head > 0) expect(this.hub.epoch).toBe(epoch);
    this.model.reopen(Number.POSITIVE_INFINITY);
  }

  async #read(step: Step & { query: object; after?: Place; before?: Place }): Promise<void> {
    const [after, before] = [this.#place(step.after), this.#place(step.before)];
    const given: EventQuery = {
      ...step.query,
      ...(after && { after: after.token }),
      ...(before && { before: before.token }),
    };
    const plain: PlainQuery = { ...step.query, after: after?.offset, before: before?.offset };
    if (step.do === 'read') await this.#compareRead(given, plain);
    else if (step.do === 'readWindow') this.#compareWindow(given, plain, [step.after, step.before]);
    else await this.#compareStream(given, { ...plain, before: undefined, limit: this.model.head });
  }

  /** A place in the log, as a token and as an offset. */
  #place(place: Place | undefined): { token: string | number; offset: number } | undefined {
    if (place === undefined || this.model.head === 0) return undefined;
    const offset = place.at % this.model.head;
    const token = { number: offset, cursor: this.hub.cursor(offset), id: `id-${offset}` }[place.as];
    // An id that memory lost is known to the ledger only.
    if (place.as === 'id' && !this.hub.hasLedger && !this.model.holdsInMemory(offset)) return undefined;
    return { token, offset };
  }

  async #compareRead(given: EventQuery, plain: PlainQuery): Promise<void> {
    const complete = this.model.completeFrom(plain.topic);
    try {
      const records = await this.hub.read(given);
      const expected = this.hub.hasLedger ? this.model.everything(plain) : this.model.inMemory(plain);
      this.#compare(records, expected);
      // Without a ledger: no silent hole after a cursor.
      if (plain.after !== undefined) this.#compare(records, this.model.everything(plain));
    } catch (error) {
      if (!(error instanceof CortexError) || error.code !== 'ERR_LOG_CURSOR_EXPIRED') throw error;
      expect(this.hub.hasLedger).toBe(false);
      expect((plain.after ?? -1) + 1).toBeLessThan(Math.max(complete, this.model.completeFrom()));
    }
  }

  #compareWindow(given: EventQuery, plain: PlainQuery, places: (Place | undefined)[]): void {
    const offsets = [plain.after, plain.before];
    const unknown = places.some((place, index) => {
      const offset = offsets[index];
      return place?.as === 'id' && offset !== undefined && !this.model.holdsInMemory(offset);
    });
    if (unknown) expect(() => this.hub.readWindow(given)).toThrow(/not a cursor/);
    else this.#compare(this.hub.readWindow(given), this.model.inMemory(plain));
  }

  async #compareStream(given: EventQuery, plain: PlainQuery): Promise<void> {
    const { after, topic, types } = given;
    const start = after ?? -1;
    const expected = this.model.everything({ ...plain, after: plain.after ?? -1 });
    const stream = this.hub.stream(
      { ...(topic !== undefined && { topic }), ...(types && { types }) },
      { after: start },
    );
    const records: EventRecord[] = [];
    let from = 0;
    for (let wanted = expected.length; records.length < wanted; ) {
      const { value } = await stream.next();
      if (value !== undefined && !('gap' in value)) records.push(value);
      if (value === undefined || !('gap' in value)) continue;
      expect(this.hub.hasLedger).toBe(false);
      expect(records).toEqual([]);
      from = Number(value.gap.oldest.split('-')[1]);
      expect(from).toBeLessThanOrEqual(Math.max(this.model.completeFrom(topic), this.model.completeFrom()));
      wanted = expected.filter((offset) => offset >= from).length;
    }
    this.#compare(
      records,
      expected.filter((offset) => offset >= from),
    );
    await stream.return?.();
  }

  #compare(records: readonly EventRecord[], offsets: readonly number[]): void {
    expect(records.map(({ offset }) => offset)).toEqual(offsets);
    for (const { offset, cursor, topic, type, event, line } of records) {
      expect(cursor).toBe(this.hub.cursor(offset));
      expect(event).toMatchObject({ n: offset, id: `id-${offset}`, topic, type });
      expect(line).toBe(JSON.stringify(event));
    }
  }
}

async function check(bounds: Retention, list: readonly Step[], path?: string): Promise<void> {
  const pair = new Pair(bounds, path);
  try {
    for (const step of list) await pair.run(step);
  } finally {
    await pair.hub.close();
  }
}

async function checkWithLedger(bounds: Retention, list: readonly Step[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cortex-model-'));
  try {
    await check(bounds, list, join(folder, 'ledger.ndjson'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('reading agrees with a plain list of events', () => {
  test('in memory', async () => {
    await fc.assert(
      fc.asyncProperty(retention, steps, (bounds, list) => check(bounds, list)),
      { numRuns: 1000 },
    );
  });

  test('with a ledger, closed and opened again', async () => {
    await fc.assert(fc.asyncProperty(retention, steps, checkWithLedger), { numRuns: 200 });
  }, 60_000);
});
