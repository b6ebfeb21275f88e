/** A ring that fills faster than the disk takes it: pressure first, then refusal, and nothing lost on the way. */
import { readFileSync, symlinkSync } from 'node:fs';
import type { EventHub } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { codeOf, thrown } from '../support/errors.js';
import { test } from '../support/hub-test.js';

const SMALL = { ringBytes: 64 * 1024, maxLineBytes: 4096 } as const;
const pad = 'x'.repeat(1000);

/** Emits until the ring refuses; the number taken. */
function fill(hub: EventHub): number {
  let taken = 0;
  while (hub.tryEmit({ n: hub.head, pad }) >= 0) taken += 1;
  return taken;
}

// /dev/full takes no byte: a disk that stays full, so that the ring fills up for certain.
describe.skipIf(process.platform !== 'linux')('on a disk that is full', () => {
  test('pressure begins at half of the ring, refusal at its end', async ({ openHub, ledgerPath }) => {
    symlinkSync('/dev/full', ledgerPath);
    const hub = await openHub({ path: ledgerPath, ...SMALL });
    expect(hub.pressure).toBe(false);
    let calm = 0;
    while (!hub.pressure) {
      hub.emit({ pad });
      calm += 1;
    }
    const line = JSON.stringify({ pad }).length + 1;
    expect(calm).toBe(Math.floor((32 * 1024) / line) + 1);
    expect(calm + fill(hub)).toBeGreaterThan((64 * 1024) / (line + 20) - 1);

    const before = hub.head;
    const error = thrown(() => hub.emit({ pad }));
    const { pendingBytes, refusedFull } = hub.stats();
    expect(error).toMatchObject({ code: 'ERR_LOG_FULL', fields: { capacityBytes: 64 * 1024, pendingBytes } });
    expect(refusedFull).toBe(2);
    expect(hub.head).toBe(before);
  });

  test('a shorter event may still fit where a longer one does not', async ({ openHub, ledgerPath }) => {
    symlinkSync('/dev/full', ledgerPath);
    const hub = await openHub({ path: ledgerPath, ...SMALL });
    fill(hub);
    expect(hub.tryEmit(7)).toBeGreaterThan(0);
  });

  test('closing says why it cannot, and settles who waits', async ({ openHub, ledgerPath }) => {
    symlinkSync('/dev/full', ledgerPath);
    const hub = await openHub({ path: ledgerPath, ...SMALL });
    fill(hub);
    const waiting = [hub.durable(0), hub.drained(), hub.flush()].map((promise) => codeOf(() => promise));
    const closing = codeOf(() => hub.close());
    expect(await Promise.all([closing, ...waiting])).toEqual(Array(4).fill('ERR_LEDGER_FAILED'));
  });
});

describe('on a disk that is slow', () => {
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
