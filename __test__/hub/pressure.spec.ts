/** A ring that fills faster than the disk takes it: pressure first, then refusal, and nothing lost on the way. */
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';

const SMALL = { ringBytes: 64 * 1024, maxLineBytes: 4096 } as const;
const pad = 'x'.repeat(1000);

describe('a disk slower than its producer', () => {
  test('a producer that waits for drained is never refused', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, durability: 'always', ...SMALL });
    let waits = 0;
    for (let n = 0; n < 500; n += 1) {
      if (hub.pressure) {
        waits += 1;
        await hub.drained();
      }
      hub.emit({ n, pad });
    }
    expect(waits).toBeGreaterThan(0);
    expect(await hub.flush()).toBe(500);
    expect(hub.stats().refusedFull).toBe(0);
    expect(hub.pressure).toBe(false);
  });

  test('what was taken between refusals is in the ledger, in order, and nothing else', async ({
    openHub,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath, durability: 'always', ...SMALL });
    const taken: string[] = [];
    let refused = 0;
    for (let n = 0; taken.length < 400; n += 1) {
      const event = { n, pad };
      if (hub.tryEmit(event) >= 0) taken.push(`${JSON.stringify(event)}\n`);
      else {
        refused += 1;
        await hub.drained();
      }
    }
    expect(refused).toBeGreaterThan(0);
    await hub.close();
    expect(readFileSync(ledgerPath, 'utf8')).toBe(taken.join(''));
  });

  test('the window still gives every event once the ledger has it', async ({ openHub, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath, durability: 'always', ...SMALL });
    for (let n = 0; n < 200; n += 1) {
      hub.emit({ n, pad });
      if (hub.pressure) await hub.drained();
    }
    const records = await hub.read({ after: -1, limit: 200 });
    expect(records.map(({ event }) => (event as { n: number }).n)).toEqual([...Array(200).keys()]);
  });
});

describe('without a ledger', () => {
  test('there is no pressure and no refusal', async ({ openHub }) => {
    const hub = await openHub(SMALL);
    for (let n = 0; n < 1000; n += 1) hub.emit({ n, pad });
    expect(hub.pressure).toBe(false);
    expect(hub.head).toBe(1000);
    expect(await hub.flush()).toBe(1000);
    await hub.drained();
  });
});
