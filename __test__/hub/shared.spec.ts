/** One hub held several times by one thread: every holder sees everything and ends for itself. */
import { EventHub } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { codeOf } from '../support/errors.js';
import { test } from '../support/hub-test.js';
import { Watched } from '../support/waiting.js';

describe('a path opened again with shared', () => {
  test('is the same log: one order, one epoch, one handle', async ({ openHub, ledgerPath }) => {
    const one = await openHub({ path: ledgerPath });
    const two = await openHub({ path: ledgerPath, shared: true });
    expect([one.emit({ n: 0 }), two.emit({ n: 1 }), one.emit({ n: 2 })]).toEqual([0, 1, 2]);
    expect(two.handle).toBe(one.handle);
    expect(two.epoch).toBe(one.epoch);
    expect(two.readWindow().map(({ event }) => event)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  });

  test('lets each holder see what the others emit, in one order', async ({ openHub, ledgerPath }) => {
    const holders = [await openHub({ path: ledgerPath, shared: true })];
    holders.push(await openHub({ path: ledgerPath, shared: true }));
    holders.push(EventHub.openSync({ path: ledgerPath, shared: true }));
    const seen = holders.map((hub) => {
      const events = new Watched<unknown[]>([]);
      hub.subscribe({}, (event) => events.change((list) => [...list, event]));
      return events;
    });
    const expected = Array.from({ length: 30 }, (_, n) => ({ n }));
    for (const event of expected) holders[event.n % holders.length]?.emit(event);
    for (const events of seen) expect(await events.until(({ length }) => length >= 30)).toEqual(expected);
    await holders[2]?.close();
  });

  test('is found by another spelling of the path', async ({ openHub, folder, ledgerPath }) => {
    const one = await openHub({ path: ledgerPath });
    const two = await openHub({
      path: `${folder}/./../${folder.split('/').at(-1)}/ledger.ndjson`,
      shared: true,
    });
    expect(two.handle).toBe(one.handle);
  });

  test('goes on for one holder when the other is closed', async ({ openHub, ledgerPath }) => {
    const one = await openHub({ path: ledgerPath });
    const two = await openHub({ path: ledgerPath, shared: true });
    await two.close();
    expect(await codeOf(() => two.emit({}))).toBe('ERR_HUB_CLOSED');
    expect(await one.emitDurable({ n: 0 })).toBe(0);
    await one.close();
    expect(await codeOf(() => one.emit({}))).toBe('ERR_HUB_CLOSED');
  });

  test('gives the ledger back with its last holder', async ({ openHub, ledgerPath }) => {
    const one = await openHub({ path: ledgerPath });
    const two = await openHub({ path: ledgerPath, shared: true });
    one.emit({ n: 0 });
    await one.close();
    expect(await codeOf(() => EventHub.open({ path: ledgerPath }))).toBe('ERR_LEDGER_LOCKED');
    await two.close();
    const again = await openHub({ path: ledgerPath });
    expect(again.epoch).toBe(one.epoch);
  });

  test('is opened once by many that open it at the same time', async ({ openHub, ledgerPath }) => {
    const hubs = await Promise.all(
      Array.from({ length: 16 }, () => openHub({ path: ledgerPath, shared: true })),
    );
    expect(new Set(hubs.map(({ handle }) => handle)).size).toBe(1);
  });
});

describe('fromHandle in the same thread', () => {
  test('sees and is seen, and closes for itself', async ({ openHub }) => {
    const hub = await openHub();
    const twin = EventHub.fromHandle(hub.handle);
    const seen = new Watched(0);
    hub.subscribe({}, () => seen.change((count) => count + 1));
    twin.emit({ from: 'twin' });
    expect(await seen.until((count) => count === 1)).toBe(1);
    await twin.close();
    expect(hub.emit({ from: 'hub' })).toBe(1);
    expect(await codeOf(() => EventHub.fromHandle(hub.handle + 1000))).toBe('ERR_HUB_HANDLE_INVALID');
  });
});
