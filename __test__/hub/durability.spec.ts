/** Acknowledgements: when they come, and for what. */
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';
import { nextTurn } from '../support/waiting.js';

const MODES = ['none', 'group', 'always'] as const;

describe('emitDurable', () => {
  test.for(MODES)(
    'resolves once the event is in the file: %s',
    async (durability, { openHub, ledgerPath }) => {
      const hub = await openHub({ path: ledgerPath, durability });
      for (let n = 0; n < 50; n += 1) {
        expect(await hub.emitDurable({ n })).toBe(n);
        expect(hub.stats().durable).toBe(n + 1);
        expect(readFileSync(ledgerPath, 'utf8').split('\n').at(-2)).toBe(JSON.stringify({ n }));
      }
    },
  );

  test('gives one promise per turn, for the highest offset of it', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    const first = [hub.emitDurable({}), hub.emitDurable({}), hub.emitDurable({})];
    expect(new Set(first).size).toBe(1);
    expect(hub.durable(0)).toBe(first[0]);
    await nextTurn();
    const second = hub.emitDurable({});
    expect(second).not.toBe(first[0]);
    expect(await Promise.all([...first, second])).toEqual([2, 2, 2, 3]);
  });

  test('gives more than one for a turn with many, so that the disk does not wait for the last', async ({
    openHub,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath });
    const promises = Array.from({ length: 130 }, (_, n) => hub.emitDurable({ n }));
    expect(new Set(promises.slice(0, 64)).size).toBe(1);
    expect(new Set(promises.slice(64, 128)).size).toBe(1);
    expect(new Set(promises).size).toBe(3);
    expect(await Promise.all([0, 63, 64, 127, 128, 129].map((n) => promises[n]))).toEqual([
      63, 63, 127, 127, 129, 129,
    ]);
    expect(await hub.emitDurable({})).toBe(130);
  });

  test('works in memory, where there is nothing to wait for', async ({ openHub }) => {
    const hub = await openHub();
    expect(await hub.emitDurable({})).toBe(0);
    expect(await hub.durable(0)).toBe(0);
    expect(hub.stats()).toMatchObject({ durable: 1, commits: 0 });
  });

  test('settles thousands in their order', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    const settled: number[] = [];
    const emitter = async (count: number) => {
      for (let n = 0; n < count; n += 1) settled.push(await hub.emitDurable({ n }));
    };
    await Promise.all(Array.from({ length: 64 }, () => emitter(50)));
    expect(settled).toHaveLength(3200);
    expect(settled).toEqual(settled.toSorted((a, b) => a - b));
    expect(hub.stats()).toMatchObject({ durable: 3200, emitted: 3200 });
    expect(hub.stats().commits).toBeLessThan(3200);
  });
});

describe('durable and flush', () => {
  test('wait for what was emitted, and no longer', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, durability: 'always' });
    expect(await hub.flush()).toBe(0);
    for (let n = 0; n < 100; n += 1) hub.emit({ n });
    await hub.durable(10);
    expect(hub.stats().durable).toBeGreaterThan(10);
    expect(await hub.flush()).toBe(100);
    expect(hub.stats().durable).toBe(100);
    // What is yet to be emitted is not waited for.
    await hub.durable(5000);
    expect(await hub.flush()).toBe(100);
  });

  test('for an early event do not wait behind those for a later one', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, durability: 'always' });
    const count = 3000; // as many syncs: this thread may be kept from the processor for a hundred of them
    for (let n = 0; n < count; n += 1) hub.emit({ n });
    const all = hub.flush();
    await nextTurn();
    expect(await hub.durable(0)).toBe(0);
    expect(hub.stats().durable).toBeLessThan(count);
    expect(await all).toBe(count);
  });

  test('are settled, not left behind, when the hub is closed meanwhile', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, durability: 'always' });
    const early = hub.emitDurable({ n: 0 });
    await nextTurn();
    for (let n = 1; n < 100; n += 1) hub.emit({ n });
    const late = hub.durable(99);
    const flushed = hub.flush();
    const closed = hub.close();
    expect(await Promise.all([early, late, flushed, closed])).toEqual([0, 99, 100, undefined]);
  });
});

describe('how often the ledger commits', () => {
  test('is once per event with always', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, durability: 'always' });
    for (let n = 0; n < 200; n += 1) hub.emit({ n });
    await hub.flush();
    expect(hub.stats().commits).toBe(200);
  });

  test.for(['none', 'group'] as const)(
    'is once per batch with %s',
    async (durability, { openHub, ledgerPath }) => {
      const hub = await openHub({ path: ledgerPath, durability });
      for (let n = 0; n < 5000; n += 1) hub.emit({ n });
      await hub.flush();
      const { commits, writtenBytes } = hub.stats();
      expect(commits).toBeLessThan(500);
      expect(writtenBytes).toBe(readFileSync(ledgerPath).length);
    },
  );

  test('does not depend on anybody asking', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    hub.emit({ n: 0 });
    while (hub.stats().durable === 0) await nextTurn();
    expect(readFileSync(ledgerPath, 'utf8')).toBe('{"n":0}\n');
  });
});
