/**
 * kill -9 in the middle of emitting: every event whose emit had returned is there, in order, once, none torn, in every
 * durability mode. `CORTEX_CRASH_CYCLES` sets the number of kills; `npm run crash` runs as many as one likes.
 */
import { describe, expect, test } from 'vitest';
import { crash } from '../support/crash/cycles.mjs';

const cycles = Number(process.env.CORTEX_CRASH_CYCLES ?? 200);
/** Runs side by side: a cycle mostly waits. */
const LANES = 3;

describe('kill -9 of a process that emits as fast as it can', () => {
  test(`loses nothing that emit had returned, ${cycles} times over`, {
    timeout: 30_000 + cycles * 5000,
  }, async () => {
    const modes = new Set<string>();
    const lane = (index: number) => Math.floor((cycles + index) / LANES);
    const seed = Date.now() % 1e9;
    const runs = await Promise.all(
      Array.from({ length: LANES }, (_, index) =>
        crash({
          cycles: lane(index),
          seed: seed + index,
          onCycle: ({ hub }) => modes.add(hub.durability),
        }),
      ),
    );
    const sum = (name: keyof (typeof runs)[number]) => runs.reduce((total, run) => total + run[name], 0);
    expect(sum('kills')).toBe(cycles);
    expect(sum('reported')).toBeGreaterThan(cycles);
    expect(sum('acknowledged')).toBeGreaterThan(cycles);
    expect(sum('events')).toBeGreaterThanOrEqual(sum('reported'));
    // A kill that leaves the spool nothing to do proves little.
    expect(sum('recoveredBytes')).toBeGreaterThan(0);
    expect(sum('cutBytes')).toBe(0);
    if (cycles >= 9) expect([...modes].sort()).toEqual(['always', 'group', 'none']);
  });
});
