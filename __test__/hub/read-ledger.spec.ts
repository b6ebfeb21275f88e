/** Events that left memory are read from the ledger; nobody notices but for the time it takes. */
import { appendFileSync, renameSync, rmSync } from 'node:fs';
import type { EventHub, EventRecord } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { codeOf } from '../support/errors.js';
import { test } from '../support/hub-test.js';

const TOTAL = 10_000;
const numbers = (records: readonly EventRecord[]) => records.map(({ event }) => (event as { n: number }).n);
const range = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);

function emitMany(hub: EventHub): void {
  for (let n = 0; n < TOTAL; n += 1) {
    hub.emit({ id: `id-${n}`, topic: `t${n % 10}`, type: n % 100 === 0 ? 'rare' : 'common', n });
  }
}

describe('a window of 50 over a ledger of 10,000', () => {
  test('hides nothing: by place, topic, type and limit', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 50 });
    emitMany(hub);
    expect(numbers(await hub.read({ after: -1, limit: 5 }))).toEqual([0, 1, 2, 3, 4]);
    expect(numbers(await hub.read({ after: 4999, limit: 3 }))).toEqual([5000, 5001, 5002]);
    expect(numbers(await hub.read({ limit: 3 }))).toEqual([9997, 9998, 9999]);
    expect(numbers(await hub.read({ before: 3, limit: 10 }))).toEqual([0, 1, 2]);
    expect(numbers(await hub.read({ topic: 't3', after: 20, limit: 3 }))).toEqual([23, 33, 43]);
    expect(numbers(await hub.read({ topic: 't3', limit: 20 }))).toEqual(range(9803, TOTAL, 10));
    expect(numbers(await hub.read({ types: ['rare'], limit: 200 }))).toEqual(range(0, TOTAL, 100));
    expect(numbers(await hub.read({ types: ['rare'], topic: 't1' }))).toEqual([]);
    expect(numbers(await hub.read({ after: -1, limit: TOTAL }))).toEqual(range(0, TOTAL));
    expect(hub.readWindow({ limit: TOTAL })).toHaveLength(50);
  });

  test('finds an event by its id, the newest of its kind', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 50 });
    emitMany(hub);
    hub.emit({ id: 'id-77', n: TOTAL });
    for (let n = 0; n < 60; n += 1) hub.emit({ holds: 'id-77', nested: { id: 'id-77' } });
    expect(hub.find('id-77')).toBeUndefined();
    expect(await hub.findInLedger('id-77')).toBe(TOTAL);
    expect(await hub.findInLedger('id-4242')).toBe(4242);
    expect(await hub.findInLedger('never')).toBeUndefined();
    expect(numbers(await hub.read({ after: 'id-4242', limit: 2 }))).toEqual([4243, 4244]);
    expect(await codeOf(() => hub.read({ after: 'never' }))).toBe('ERR_LOG_CURSOR_INVALID');
  });

  test('is read to the last event although the disk has not caught up', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, durability: 'always', maxEvents: 5 });
    for (let n = 0; n < 300; n += 1) hub.emit({ id: `id-${n}`, n });
    const [all, newest, found] = await Promise.all([
      hub.read({ after: -1 }),
      hub.read({ limit: 20 }),
      hub.findInLedger('id-290'),
    ]);
    expect(numbers(all)).toEqual(range(0, 300));
    expect(numbers(newest)).toEqual(range(280, 300));
    expect(found).toBe(290);
  });
});

describe('after the hub was closed and opened again', () => {
  test('cursors, ids, topics and types are what they were', async ({ openHub, ledgerPath }) => {
    const first = await openHub({ path: ledgerPath });
    emitMany(first);
    const cursor = first.cursor(5000);
    await first.close();
    const hub = await openHub({ path: ledgerPath, maxEvents: 100 });
    expect(hub.head).toBe(TOTAL);
    expect(numbers(await hub.read({ after: cursor, topic: 't5', limit: 2 }))).toEqual([5005, 5015]);
    expect(numbers(await hub.read({ types: ['rare'], limit: 2 }))).toEqual([9800, 9900]);
    expect(await hub.findInLedger('id-1')).toBe(1);
    expect(hub.readWindow({ limit: 1 })).toMatchObject([{ offset: 9999, topic: 't9', type: 'common' }]);
    expect(hub.emit({ n: TOTAL })).toBe(TOTAL);
  });

  test('names given beside the event are gone: the ledger has its fields', async ({
    openHub,
    ledgerPath,
  }) => {
    const first = await openHub({ path: ledgerPath });
    first.emit({ topic: 'field', n: 0 }, { topic: 'beside' });
    expect(numbers(await first.read({ topic: 'beside' }))).toEqual([0]);
    await first.close();
    const hub = await openHub({ path: ledgerPath });
    expect(numbers(await hub.read({ topic: 'beside' }))).toEqual([]);
    expect(numbers(await hub.read({ topic: 'field' }))).toEqual([0]);
  });
});

describe('a ledger that others wrote into', () => {
  test('gives its lines as they are, parsed where they can be', async ({ openHub, ledgerPath }) => {
    appendFileSync(ledgerPath, '{"n":0}\nnot json\n\n{"n":3}\n[4]\n');
    const hub = await openHub({ path: ledgerPath });
    expect(hub.head).toBe(5);
    expect((await hub.read()).map(({ line, event }) => [line, event])).toEqual([
      ['{"n":0}', { n: 0 }],
      ['not json', undefined],
      ['', undefined],
      ['{"n":3}', { n: 3 }],
      ['[4]', [4]],
    ]);
  });
});

describe('a ledger that was taken away', () => {
  test('is told by a code, and memory is still read', async ({ openHub, ledgerPath, folder }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 10 });
    emitMany(hub);
    await hub.flush();
    renameSync(ledgerPath, `${folder}/elsewhere`);
    await expect(hub.read({ after: 0 })).rejects.toMatchObject({
      code: 'ERR_LEDGER_READ',
      fields: { path: ledgerPath, operation: 'read', errno: 2 },
    });
    expect(await codeOf(() => hub.findInLedger('id-1'))).toBe('ERR_LEDGER_READ');
    expect(numbers(await hub.read({ limit: 2 }))).toEqual([9998, 9999]);
    rmSync(`${folder}/elsewhere`);
  });
});
