/** Reading a ledger by offset, topic, type and time; following it; from this process and from none. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { EventHub, Ledger } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';
import { nextTurn } from '../support/waiting.js';
import { BASE_MS, collect, emitMany, eventOf } from './ledger-test.js';

const offsets = (records: { offset: number }[]) => records.map(({ offset }) => offset);

describe('reading a ledger', () => {
  test('gives what was asked for, as a model has it', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, rotate: { maxBytes: 16_384 } });
    await emitMany(hub, 0, 500);
    const ledger = await hub.ledger();
    const all = Array.from({ length: 500 }, (_, n) => n);
    const at = (n: number) => BASE_MS + n * 1000;
    const cases: [Parameters<Ledger['read']>[0], (n: number) => boolean][] = [
      [{}, () => true],
      [{ after: 17 }, (n) => n > 17],
      [{ after: hub.cursor(17), before: 'id-30' }, (n) => n > 17 && n < 30],
      [{ topic: 't1' }, (n) => n % 3 === 1],
      [{ topics: ['t0', 't2'], types: ['k1'] }, (n) => n % 3 !== 1 && n % 2 === 1],
      [{ types: [] }, () => false],
      [{ since: new Date(at(100)), until: at(103) }, (n) => n >= 100 && n < 103],
      [{ since: at(490), topic: 't1' }, (n) => n >= 490 && n % 3 === 1],
      [{ until: at(0) }, () => false],
      [{ topic: 'never' }, () => false],
    ];
    for (const [query, wanted] of cases) {
      const found = await collect(ledger.read(query));
      expect(offsets(found), JSON.stringify(query)).toEqual(all.filter(wanted));
    }
    expect(offsets(await collect(ledger.read({ topic: 't1', limit: 3 })))).toEqual([1, 4, 7]);
    const [record] = await collect(ledger.read({ after: 41, limit: 1 }));
    expect(record).toEqual({
      offset: 42,
      cursor: hub.cursor(42),
      topic: 't0',
      type: 'k0',
      event: eventOf(42),
      line: JSON.stringify(eventOf(42)),
    });
    await expect(collect(ledger.read({ after: 'nobody' }))).rejects.toMatchObject({
      code: 'ERR_LOG_CURSOR_INVALID',
    });
  });

  test('needs no hub, and does not keep one from opening', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    await emitMany(hub, 0, 100);
    const ledger = await Ledger.open(ledgerPath);
    expect(offsets(await collect(ledger.read())).length).toBe(100);
    await emitMany(hub, 100, 120);
    expect(offsets(await collect(ledger.read({ after: 99 }))).length).toBe(20);
    expect(await ledger.find('id-110')).toBe(110);
    expect(await ledger.find('nobody')).toBeUndefined();
    expect(ledger.epoch).toBe(hub.epoch);
    await hub.close();
    const again = await openHub({ path: ledgerPath });
    expect(again.head).toBe(120);
    expect(await ledger.stats()).toMatchObject({ events: 120, head: 120, oldest: 0, epoch: again.epoch });
  });

  test('follows a ledger through rotations until it is told to end', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, rotate: { maxBytes: 4096 } });
    await emitMany(hub, 0, 10);
    const ending = new AbortController();
    const ledger = await Ledger.open(ledgerPath);
    const seen: number[] = [];
    const following = (async () => {
      for await (const { offset } of ledger.tail({ after: 4, signal: ending.signal })) {
        seen.push(offset);
        if (seen.length === 300) ending.abort();
      }
    })();
    await emitMany(hub, 10, 305);
    await following;
    expect(seen).toEqual(Array.from({ length: 300 }, (_, n) => 5 + n));
    const fresh = ledger.tail({ limit: 1 });
    const next = fresh.next();
    await ledger.stats(); // by now it has begun to wait
    hub.emit(eventOf(305));
    expect((await next).value).toMatchObject({ offset: 305 });
    expect((await fresh.next()).done).toBe(true);
  });

  test('stops following while it waits, and leaves nothing behind', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    await emitMany(hub, 0, 3);
    const ending = new AbortController();
    const ledger = await Ledger.open(ledgerPath);
    const tail = ledger.tail({ after: 2, signal: ending.signal });
    const waiting = tail.next();
    await ledger.stats(); // by now it waits
    ending.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await ledger.tail({ signal: ending.signal }).next()).toEqual({ done: true, value: undefined });
    // Whoever only breaks off is done as well.
    for await (const { offset } of ledger.tail({ after: 1 })) {
      expect(offset).toBe(2);
      break;
    }
  });

  test('is done beside the event loop, a page at a time', async ({ openHub, ledgerPath }) => {
    const pad = 'x'.repeat(1000);
    const lines = Array.from({ length: 40_000 }, (_, n) => `{"n":${n},"topic":"t${n % 2}","pad":"${pad}"}\n`);
    writeFileSync(ledgerPath, lines.join(''));
    const hub = await openHub({ path: ledgerPath, ringBytes: 1 << 20, maxEvents: 10 });
    const ledger = await hub.ledger();
    let turns = 0;
    let found = false;
    const nothing = ledger
      .read({ topic: 'never' })
      .next()
      .then(({ done }) => {
        found = true;
        return done;
      });
    while (!found) {
      await nextTurn();
      turns += 1;
    }
    expect([await nothing, turns > 10]).toEqual([true, true]);
    // Forty megabytes go through what an iterator holds, which is a page of one.
    let held = 0;
    const before = process.memoryUsage();
    let count = 0;
    for await (const { line } of ledger.read()) {
      count += line.length > 1000 ? 1 : 0;
      if (count % 5000 === 0) {
        const { external, arrayBuffers } = process.memoryUsage();
        held = Math.max(held, external + arrayBuffers - before.external - before.arrayBuffers);
      }
    }
    expect(count).toBe(40_000);
    expect(held).toBeLessThan(24 * 2 ** 20);
  });

  test('tells a line that is no JSON, or leaves it out', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    await emitMany(hub, 0, 3);
    await hub.close();
    appendFileSync(ledgerPath, 'no json\n{"n":4}\n');
    const ledger = await Ledger.open(ledgerPath);
    const found = await collect(ledger.read({ after: 2 }));
    expect(found.map(({ offset, event, line }) => [offset, event, line])).toEqual([
      [3, undefined, 'no json'],
      [4, { n: 4 }, '{"n":4}'],
    ]);
    expect(offsets(await collect(ledger.read({ after: 2, skipCorrupt: true })))).toEqual([4]);
  });

  test('has no ledger where there is none', async () => {
    const hub = await EventHub.open();
    expect(() => hub.ledger()).toThrow(expect.objectContaining({ code: 'ERR_HUB_OPTION_INVALID' }));
    await hub.close();
    expect(() => hub.ledger()).toThrow(expect.objectContaining({ code: 'ERR_HUB_CLOSED' }));
  });
});
