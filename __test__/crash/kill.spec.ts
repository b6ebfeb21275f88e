/** `kill -9` in mid-stream: what `emit` returned is in the ledger, in order, once, whole. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { crashCycles } from './cycles.mjs';

const CYCLES = Number(process.env.CORTEX_CRASH_CYCLES ?? 51);
const directory = mkdtempSync(join(tmpdir(), 'cortex-crash-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe.each(['none', 'group', 'always'])('durability %s', (durability) => {
  test('nothing that was emitted is missing, torn, repeated or out of order', {
    timeout: 30_000 + CYCLES * 2000,
  }, async () => {
    const path = join(directory, `${durability}.ndjson`);
    const told = join(directory, `${durability}.told`);
    const cycles = Math.ceil(CYCLES / 3);
    const report = await crashCycles({ path, told, durability, cycles });
    const { emitted, acknowledged, recoveredBytes, ...losses } = report;
    expect(losses).toEqual({ cycles, emittedMissing: 0, acknowledgedMissing: 0, torn: 0, misplaced: 0 });
    // The run proves something only if there was something to lose.
    expect(emitted).toBeGreaterThan(cycles * 50);
    expect(acknowledged).toBeGreaterThan(0);
    expect(recoveredBytes).toBeGreaterThan(0);
  });
});
