/** The event loop is not kept waiting: not by the disk, not by a reader of the past, not by many who wait. */
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';
import { nextTurn } from '../support/waiting.js';

describe('emit', () => {
  test('returns before its event is on the disk', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, durability: 'always' });
    for (let n = 0; n < 1000; n += 1) hub.emit({ n });
    // A thousand events take a thousand syncs; no loop that waited for them would be here yet.
    expect(hub.stats().durable).toBeLessThan(1000);
    expect(hub.head).toBe(1000);
    expect(await hub.flush()).toBe(1000);
  });

  test('of one turn reaches streams and SSE once, after that turn', async ({ openHub }) => {
    const hub = await openHub();
    let writes = 0;
    hub.attach({
      write: () => {
        writes += 1;
        return true;
      },
      end() {},
    });
    const before = writes;
    for (let n = 0; n < 1000; n += 1) hub.emit({ n });
    expect(writes).toBe(before);
    await nextTurn();
    expect(writes).toBe(before + 1);
    expect(hub.stats().frames).toBe(1000);
  });
});

describe('while the past is read from the ledger', () => {
  test('turns of the event loop go on, and so do emits', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, maxEvents: 1 });
    for (let n = 0; n < 50_000; n += 1) hub.emit({ n });
    await hub.flush();
    let done = false;
    const reading = hub.read({ types: ['never'], after: -1 }).finally(() => {
      done = true;
    });
    let turns = 0;
    while (!done) {
      hub.emit({ turn: turns });
      turns += 1;
      await nextTurn();
    }
    expect(await reading).toEqual([]);
    expect(turns).toBeGreaterThan(1);
  });

  test('a ledger opens off the event loop', async ({ openHub, ledgerPath }) => {
    const first = await openHub({ path: ledgerPath });
    for (let n = 0; n < 1000; n += 1) first.emit({ n });
    await first.close();
    let open = false;
    const opening = openHub({ path: ledgerPath }).then((hub) => {
      open = true;
      return hub;
    });
    await Promise.resolve();
    expect(open).toBe(false);
    let turns = 0;
    while (!open) {
      turns += 1;
      await nextTurn();
    }
    expect(turns).toBeGreaterThan(0);
    expect((await opening).head).toBe(1000);
  });
});

describe('an event loop that is blocked', () => {
  test('does not keep the ledger from being written', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    for (let n = 0; n < 1000; n += 1) hub.emit({ n });
    // Without a turn of the event loop, and without asking.
    while (hub.stats().durable < 1000);
    expect(hub.stats().pendingBytes).toBe(0);
  });
});
