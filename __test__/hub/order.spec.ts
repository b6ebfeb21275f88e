/** Many emit at once; ledger, callbacks, streams, SSE clients and read tell the same story. */
import { readFileSync } from 'node:fs';
import type { EventHub } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { takeRecords } from '../support/streams.js';
import { nextTurn, Watched } from '../support/waiting.js';
import { test } from '../support/worker-test.js';

const TOTAL = 10_000;
const EMITTERS = 64;
const PER_WORKER = 1000;
const PER_EMITTER = (TOTAL - 2 * PER_WORKER) / EMITTERS;

interface Numbered {
  by: string;
  n: number;
}

/** Emits with pauses of every kind between: none, a microtask, a turn, the disk. */
async function emitter(hub: EventHub, by: string): Promise<void> {
  for (let n = 0; n < PER_EMITTER; n += 1) {
    const event: Numbered = { by, n };
    if (n % 5 === 0) await Promise.resolve();
    if (n % 7 === 0) await nextTurn();
    if (n % 11 === 0) await hub.emitDurable(event, { topic: by });
    else hub.emit(event, { topic: by });
  }
}

/** Each emitter's events in its own order, all of them. */
function expectEach(events: readonly Numbered[]): void {
  const next = new Map<string, number>();
  for (const { by, n } of events) {
    if (n !== (next.get(by) ?? 0)) expect.unreachable(`event ${n} of ${by}`);
    next.set(by, n + 1);
  }
  expect(next.size).toBe(EMITTERS + 2);
  expect(events).toHaveLength(TOTAL);
}

describe('64 emitters and two workers', () => {
  test('have one order, the same for everybody', async ({
    openHub,
    startWorker,
    serve,
    connect,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath });
    const seen = new Watched<Numbered[]>([]);
    const offsets: number[] = [];
    hub.subscribe({}, (event, { offset }) => {
      offsets.push(offset);
      seen.change((list) => {
        list.push(event as Numbered);
        return list;
      });
    });
    const stream = takeRecords(hub.stream(), TOTAL);
    const client = await connect(await serve((_, res) => void hub.attach(res)));
    const workers = [await startWorker(hub.handle), await startWorker(hub.handle)];
    await workers[0]?.call('subscribe');

    await Promise.all([
      ...workers.map((worker, index) => worker.call('emit', `worker ${index}`, PER_WORKER)),
      ...Array.from({ length: EMITTERS }, (_, index) => emitter(hub, `emitter ${index}`)),
    ]);
    expect(await hub.flush()).toBe(TOTAL);

    const lines = readFileSync(ledgerPath, 'utf8').split('\n').slice(0, -1);
    const ledger = lines.map((line) => JSON.parse(line) as Numbered);
    expectEach(ledger);
    expect(await seen.until(({ length }) => length === TOTAL)).toEqual(ledger);
    expect(offsets).toEqual([...Array(TOTAL).keys()]);
    expect((await stream).map(({ event }) => event)).toEqual(ledger);
    await client.untilFrames(TOTAL);
    expect(client.events.map(({ data }) => data)).toEqual(ledger);
    expect(client.events.map(({ id }) => id)).toEqual(offsets.map((offset) => hub.cursor(offset)));
    expect((await hub.read({ after: -1, limit: TOTAL })).map(({ line }) => line)).toEqual(lines);
    const ofWorker = await workers[0]?.call<[number, Numbered][]>('seen', TOTAL);
    expect(ofWorker?.map(([, event]) => event)).toEqual(ledger);
  });
});
