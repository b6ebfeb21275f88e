/** From replay to live while another loop emits as fast as it can: no event missing, none twice. */
import type { EventHub, EventRecord } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';
import { nextTurn } from '../support/waiting.js';

/** Emits until told to stop, in bursts of one turn of the event loop each. */
function emitAtFullSpeed(hub: EventHub): { stop: () => Promise<number> } {
  let running = true;
  const done = (async () => {
    let n = hub.head;
    while (running) {
      for (let burst = 0; burst < 200 && !hub.pressure; burst += 1) hub.emit({ topic: `t${n % 3}`, n: n++ });
      await (hub.pressure ? hub.drained() : nextTurn());
    }
    return n;
  })();
  return {
    stop: () => {
      running = false;
      return done;
    },
  };
}

/** Reads until `count` events; every one must follow the one before. */
async function follow(hub: EventHub, after: number, count: number, topic?: string): Promise<EventRecord[]> {
  const records: EventRecord[] = [];
  for await (const item of hub.stream(topic === undefined ? {} : { topic }, { after })) {
    if ('gap' in item) throw new Error(`a gap: ${JSON.stringify(item)}`);
    records.push(item);
    if (records.length === count) break;
  }
  return records;
}

function expectConsecutive(records: readonly EventRecord[], from: number, step = 1): void {
  const wrong = records.findIndex(({ offset }, index) => offset !== from + index * step);
  expect(wrong, `event ${wrong} of ${records.length}`).toBe(-1);
  for (const { offset, event } of records) if ((event as { n: number }).n !== offset) expect.unreachable();
}

describe('a stream that begins in the past of a busy hub', () => {
  test('hands over from memory to live', async ({ openHub }) => {
    const hub = await openHub();
    for (let n = 0; n < 20_000; n += 1) hub.emit({ topic: `t${n % 3}`, n });
    const busy = emitAtFullSpeed(hub);
    const [all, some] = await Promise.all([follow(hub, 0, 60_000), follow(hub, -1, 15_000, 't0')]);
    await busy.stop();
    expectConsecutive(all, 1);
    expectConsecutive(some, 0, 3);
  });

  test('hands over from the ledger to memory to live', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 2000 });
    for (let n = 0; n < 20_000; n += 1) hub.emit({ topic: `t${n % 3}`, n });
    const busy = emitAtFullSpeed(hub);
    const readers = [follow(hub, 0, 60_000), follow(hub, -1, 15_000, 't0'), follow(hub, 15_000, 40_000)];
    const [all, some, late] = await Promise.all(readers);
    await busy.stop();
    expectConsecutive(all ?? [], 1);
    expectConsecutive(some ?? [], 0, 3);
    expectConsecutive(late ?? [], 15_001);
  });

  test('hands over with a window so small that it always reads the ledger', async ({
    openHub,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 10 });
    for (let n = 0; n < 5000; n += 1) hub.emit({ topic: `t${n % 3}`, n });
    const busy = emitAtFullSpeed(hub);
    const all = await follow(hub, -1, 20_000);
    await busy.stop();
    expectConsecutive(all, 0);
  });
});

describe('a stream that is not read', () => {
  test('reads ahead no more than it was allowed', async ({ openHub }) => {
    const hub = await openHub({ maxEvents: 100 });
    const stream = hub.stream({}, { maxBuffered: 5 });
    for (let n = 0; n < 50; n += 1) hub.emit({ n });
    expect((await stream.next()).value).toMatchObject({ offset: 0 });
    // Five were read ahead; the rest is in the log still, and goes with it.
    for (let n = 50; n < 1000; n += 1) hub.emit({ n });
    const offsets: unknown[] = [];
    for (let count = 0; count < 5; count += 1) {
      const { value } = await stream.next();
      offsets.push(value && 'gap' in value ? value.gap.reason : value?.offset);
    }
    expect(offsets).toEqual([1, 2, 3, 4, 'expired']);
  });
});
