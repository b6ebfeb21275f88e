/**
 * kill -9 in the middle of emitting: every event whose emit had returned is there, in order, once, none torn, in every
 * durability mode. `CORTEX_CRASH_CYCLES` sets the number of kills; `npm run crash` runs as many as one likes.
 */
import { describe, expect, test } from 'vitest';
import { crash } from '../support/crash/cycles.mjs';

const cycles = Number(process.env.CORTEX_CRASH_CYCLES ?? 50);

describe('kill -9 of a process that emits as fast as it can', () => {
  test(`loses nothing that emit had returned, ${cycles} times over`, {
    timeout: 30_000 + cycles * 5000,
  }, async () => {
    const modes = new Set<string>();
    const totals = await crash({ cycles, onCycle: ({ hub }) => modes.add(hub.durability) });
    expect(totals.kills).toBe(cycles);
    expect(totals.reported).toBeGreaterThan(cycles);
    expect(totals.acknowledged).toBeGreaterThan(cycles);
    expect(totals.events).toBeGreaterThanOrEqual(totals.reported);
    // A kill that leaves the spool nothing to do proves little.
    expect(totals.recoveredBytes).toBeGreaterThan(0);
    expect(totals.cutBytes).toBe(0);
    if (cycles >= 3) expect([...modes].sort()).toEqual(['always', 'group', 'none']);
  });
});
