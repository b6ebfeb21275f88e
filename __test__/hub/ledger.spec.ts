/** The ledger on disk: the lines and nothing else, and what stays when it is opened again. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';

const lines = (events: readonly unknown[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

describe('the file', () => {
  test('is JSON.stringify of each event, a line each, and nothing else', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    const events = [{ a: 1 }, [], 'text\n', null, 7, { nested: { deep: ['ü', '😀', '\ud800', '\u2028'] } }];
    for (const event of events) hub.emit(event);
    expect(await hub.flush()).toBe(events.length);
    expect(readFileSync(ledgerPath, 'utf8')).toBe(lines(events));
  });

  test('is so for events of any shape and size, while the ring goes round and round', async ({
    openHub,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath, ringBytes: 64 * 1024, maxLineBytes: 16 * 1024 });
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.string({ unit: 'binary', maxLength: 3000 }),
      fc.nat(16_000).map((length) => 'x'.repeat(length)),
    );
    const fits = (event: unknown) => Buffer.byteLength(JSON.stringify(event)) <= 16 * 1024;
    const events = fc.sample(value, { numRuns: 400, seed: 42 }).filter(fits);
    for (const event of events) {
      if (hub.pressure) await hub.drained();
      hub.emit(event);
    }
    await hub.close();
    expect(readFileSync(ledgerPath, 'utf8')).toBe(lines(events));
  });

  test('and its sidecars can be read by the owner alone', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    await hub.emitDurable({});
    for (const suffix of ['', '.meta', '.spool', '.lock'])
      expect(statSync(ledgerPath + suffix).mode & 0o777, suffix).toBe(0o600);
  });
});

describe('opened again', () => {
  test('a ledger goes on with its offsets and its epoch', async ({ openHub, ledgerPath }) => {
    const epochs = new Set<string>();
    for (let round = 0; round < 5; round += 1) {
      const hub = await openHub({ path: ledgerPath });
      epochs.add(hub.epoch);
      expect(hub.head).toBe(round * 10);
      for (let n = 0; n < 10; n += 1) hub.emit({ n: hub.head });
      await hub.close();
    }
    expect(epochs.size).toBe(1);
    expect(readFileSync(ledgerPath, 'utf8')).toBe(lines([...Array(50).keys()].map((n) => ({ n }))));
  });

  test('may have another ring, another window, another durability', async ({ openHub, ledgerPath }) => {
    const openings = [
      { ringBytes: 1024 * 1024, maxLineBytes: 4096 },
      { ringBytes: 64 * 1024, maxLineBytes: 300, durability: 'always' as const },
      { maxEvents: 3, durability: 'none' as const },
      {},
    ];
    for (const [round, options] of openings.entries()) {
      const hub = await openHub({ path: ledgerPath, ...options });
      expect(hub.head).toBe(round * 20);
      for (let n = 0; n < 20; n += 1) hub.emit({ n: hub.head });
      const records = await hub.read({ after: -1 });
      expect(records.map(({ event }) => event)).toEqual([...Array(hub.head).keys()].map((n) => ({ n })));
      await hub.close();
    }
  });

  test('has its newest events in memory at once', async ({ openHub, ledgerPath }) => {
    const first = await openHub({ path: ledgerPath });
    for (let n = 0; n < 1000; n += 1) first.emit({ id: `id-${n}`, topic: `t${n % 3}`, type: 'x', n });
    await first.close();
    const hub = await openHub({ path: ledgerPath, maxEvents: 100 });
    expect(hub.stats()).toMatchObject({
      head: 1000,
      first: 900,
      windowEvents: 100,
      emitted: 0,
      durable: 1000,
    });
    expect(hub.find('id-950')).toBe(950);
    expect(hub.readWindow({ topic: 't1', limit: 1 })).toMatchObject([{ offset: 999 - 2, type: 'x' }]);
  });
});

describe('a file that was there before', () => {
  test('is taken over: its lines are the first events', async ({ openHub, ledgerPath }) => {
    const old = [{ id: 'a', topic: 't', type: 'x' }, { id: 'b' }, { id: 'c', topic: 't' }];
    writeFileSync(ledgerPath, lines(old));
    const hub = await openHub({ path: ledgerPath });
    expect(hub.head).toBe(3);
    expect((await hub.read({ topic: 't' })).map(({ event }) => event)).toEqual([old[0], old[2]]);
    expect(hub.emit({ id: 'd' })).toBe(3);
    await hub.close();
    expect(readFileSync(ledgerPath, 'utf8')).toBe(lines([...old, { id: 'd' }]));
    expect(existsSync(`${ledgerPath}.meta`)).toBe(true);
  });

  test('may lack the newline of its last line', async ({ openHub, ledgerPath }) => {
    writeFileSync(ledgerPath, '{"n":0}\n{"n":1}');
    const hub = await openHub({ path: ledgerPath });
    hub.emit({ n: 2 });
    await hub.close();
    expect(readFileSync(ledgerPath, 'utf8')).toBe('{"n":0}\n{"n":1}\n{"n":2}\n');
  });

  test('may end in half a line, which is cut off', async ({ openHub, ledgerPath }) => {
    writeFileSync(ledgerPath, '{"n":0}\n{"n":1,"te');
    const hub = await openHub({ path: ledgerPath });
    expect(hub.stats()).toMatchObject({ head: 1, cutBytes: 10 });
    await hub.close();
    expect(readFileSync(ledgerPath, 'utf8')).toBe('{"n":0}\n');
  });

  test('may be empty, and be emptied: the log then begins anew', async ({ openHub, ledgerPath }) => {
    writeFileSync(ledgerPath, '');
    const first = await openHub({ path: ledgerPath });
    for (let n = 0; n < 10; n += 1) first.emit({ n });
    const cursor = first.cursor(3);
    await first.close();
    writeFileSync(ledgerPath, '');
    const hub = await openHub({ path: ledgerPath });
    expect(hub.head).toBe(0);
    expect(hub.epoch).not.toBe(first.epoch);
    expect((await hub.stream({}, { after: cursor }).next()).value).toMatchObject({
      gap: { reason: 'epoch' },
    });
  });

  test('may have grown meanwhile: what others appended are events', async ({ openHub, ledgerPath }) => {
    const first = await openHub({ path: ledgerPath });
    first.emit({ n: 0 });
    await first.close();
    writeFileSync(ledgerPath, '{"n":1}\n', { flag: 'a' });
    const hub = await openHub({ path: ledgerPath });
    expect([hub.head, hub.epoch]).toEqual([2, first.epoch]);
    expect((await hub.read()).map(({ event }) => event)).toEqual([{ n: 0 }, { n: 1 }]);
  });

  test('may have been edited meanwhile: its lines are counted anew, and cursors of before tell', async ({
    openHub,
    ledgerPath,
  }) => {
    const first = await openHub({ path: ledgerPath });
    for (let n = 0; n < 10; n += 1) first.emit({ n });
    await first.close();
    const edited = [...Array(12).keys()].filter((n) => n !== 3).map((n) => ({ n, redacted: 'by hand' }));
    writeFileSync(ledgerPath, lines(edited));
    const hub = await openHub({ path: ledgerPath, maxEvents: 2 });
    expect(hub.head).toBe(11);
    expect(hub.epoch).not.toBe(first.epoch);
    expect((await hub.read({ after: -1 })).map(({ event }) => event)).toEqual(edited);
  });
});
