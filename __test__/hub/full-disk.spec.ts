/** A full disk is no failure: the writer waits for room, producers feel the pressure, nothing is lost. */
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHub } from '@cortex-os/native';
import { afterAll, beforeEach, describe, expect, vi } from 'vitest';
import { codeOf, thrown } from '../support/errors.js';
import { mountSmallDisk } from '../support/failing-disk.js';
import { test } from '../support/hub-test.js';
import { nextTurn } from '../support/waiting.js';

const SMALL = { ringBytes: 64 * 1024, maxLineBytes: 4096 } as const;
const MODES = ['none', 'group', 'always'] as const;
const pad = 'x'.repeat(1000);
const disk = mkdtempSync(join(tmpdir(), 'cortex-small-disk-'));
const unmount = mountSmallDisk(disk, 1024);
const path = join(disk, 'ledger.ndjson');
const filler = join(disk, 'filler');

/** Leaves no room on the disk. */
function fillDisk(): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(bavail * bsize));
}

/** Emits until the ring refuses; the number taken. */
function fillRing(hub: EventHub): number {
  let taken = 0;
  while (hub.tryEmit({ n: hub.head, pad }) >= 0) taken += 1;
  return taken;
}

describe.skipIf(unmount === undefined)('on a disk without room', () => {
  beforeEach(() => {
    for (const name of ['ledger.ndjson', 'ledger.ndjson.spool', 'ledger.ndjson.meta', 'filler'])
      rmSync(join(disk, name), { force: true });
  });
  afterAll(() => {
    unmount?.();
    rmSync(disk, { recursive: true });
  });

  test('a hub does not open, and says why', async () => {
    fillDisk();
    const error = thrown(() => EventHub.openSync({ path, ...SMALL }));
    expect(error).toMatchObject({ code: 'ERR_LEDGER_OPEN', fields: { errno: 28 } });
    rmSync(filler);
    await (await EventHub.open({ path, ...SMALL })).close();
  });

  test.for(MODES)(
    'pressure begins at half of the ring, refusal at its end: %s',
    async (durability, { openHub }) => {
      const hub = await openHub({ path, ...SMALL, durability, onError: vi.fn() });
      fillDisk();
      expect(hub.pressure).toBe(false);
      const taken = fillRing(hub);
      const { pendingBytes, refusedFull, head, durable } = hub.stats();
      expect(hub.pressure).toBe(true);
      expect(pendingBytes).toBeGreaterThan(62 * 1024);
      expect(thrown(() => hub.emit({ pad }))).toMatchObject({
        code: 'ERR_LOG_FULL',
        fields: { capacityBytes: 64 * 1024, pendingBytes },
      });
      expect([refusedFull, head, durable < taken]).toEqual([1, taken, true]);
      // A shorter one may still fit.
      expect(hub.tryEmit(7)).toBe(taken);
    },
  );

  test('pressure is told from the first event that finds no room', async ({ openHub }) => {
    const hub = await openHub({ path, ringBytes: 256 * 1024, maxLineBytes: 4096 });
    fillDisk();
    let emitted = 0;
    while (!hub.stats().stalled) {
      // What is left of the last block is used up first.
      if (hub.stats().pendingBytes === 0) emitted = hub.emit({ n: emitted, pad }) + 1;
      await nextTurn();
    }
    const { pendingBytes, ringBytes } = hub.stats();
    expect([hub.pressure, pendingBytes < ringBytes / 4]).toEqual([true, true]);
    rmSync(filler);
    await hub.drained();
    expect(hub.stats()).toMatchObject({ stalled: false, durable: emitted });
  });

  test.for(MODES)('everything goes on when there is room again: %s', async (durability, { openHub }) => {
    const hub = await openHub({ path, ...SMALL, durability });
    fillDisk();
    const taken = fillRing(hub);
    const drained = hub.drained();
    const durable = hub.durable(taken - 1);
    rmSync(filler);
    await drained;
    expect(hub.pressure).toBe(false);
    expect(await durable).toBe(taken - 1);
    expect(hub.emit({ n: taken, pad })).toBe(taken);
    await hub.close();
    const lines = Array.from({ length: taken + 1 }, (_, n) => `${JSON.stringify({ n, pad })}\n`);
    expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
  });

  test('closing says why it cannot, settles who waits, and loses nothing', async ({ openHub }) => {
    const hub = await openHub({ path, ...SMALL, onError: vi.fn() });
    fillDisk();
    const taken = fillRing(hub);
    const waiting = [hub.durable(taken - 1), hub.drained(), hub.flush()].map((promise) =>
      codeOf(() => promise),
    );
    const closing = codeOf(() => hub.close());
    expect(await Promise.all([closing, ...waiting])).toEqual(Array(4).fill('ERR_LEDGER_FAILED'));
    rmSync(filler);
    const again = await openHub({ path, ...SMALL });
    expect([again.head, again.epoch]).toEqual([taken, hub.epoch]);
  });
});
