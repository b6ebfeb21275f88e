/** The end of a process at any moment: what emit had returned is in the ledger, once, in order. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { emptyReports } from '../support/crash/events.mjs';
import { Verifier } from '../support/crash/verify.mjs';
import { test } from '../support/hub-test.js';
import { runChild } from '../support/run-child.js';

/** Moments of exit-moments.mjs, and how the process ends. */
const MOMENTS: [moment: string, code: number | null][] = [
  ['between two emits', 7],
  ['within a callback', 7],
  ['within a callback of a callback', 7],
  ['within toJSON', 7],
  ['while an acknowledgement is pending', 7],
  ['while the hub is closing', 7],
  ['while the ledger is being read', 7],
  ['after the hub was closed', 7],
  ['in a beforeExit handler', 7],
  ['in an exit handler that emits', 7],
  ['while workers emit', 7],
  ['by an uncaught error', 1],
  ['by an unhandled rejection', 1],
  ['by a signal', null],
];

const RING = { ringBytes: 256 * 1024, maxLineBytes: 4096 };
const OPENINGS = [
  { durability: 'none' },
  { durability: 'group' },
  { durability: 'always' },
  // No time to write at all: the spool has to do.
  { durability: 'always', exitDrainMs: 0 },
] as const;

describe.each(MOMENTS)('a process that ends %s', (moment, code) => {
  test('loses nothing, whatever its durability', { timeout: 60_000 }, async ({ folder, ledgerPath }) => {
    const verifier = new Verifier(folder, ledgerPath);
    const reportPath = join(folder, 'report');
    for (const [run, opening] of OPENINGS.entries()) {
      const threads = moment === 'while workers emit' ? 3 : 1;
      const settings = { moment, run, threads, reportPath, hub: { path: ledgerPath, ...RING, ...opening } };
      writeFileSync(reportPath, emptyReports(threads));
      const ended = await runChild('./exit-moments.mjs', JSON.stringify(settings));
      expect([ended.code, ended.signal], ended.stderr).toEqual([code, code === null ? 'SIGTERM' : null]);
      if (code === 7) expect(ended.stderr).toBe('');
      const { events, reported, cutBytes } = await verifier.check(settings, true);
      // The last emit does not return when its callback leaves.
      expect(reported).toBeGreaterThanOrEqual(199);
      expect(events).toBeGreaterThanOrEqual(reported);
      expect(cutBytes).toBe(0);
    }
  });
});

test('a process that ends by process.exit has written its ledger whole, without a spool to help', async ({
  folder,
  ledgerPath,
}) => {
  const reportPath = join(folder, 'report');
  writeFileSync(reportPath, emptyReports(1));
  const settings = { moment: 'between two emits', run: 0, threads: 1, reportPath, hub: { path: ledgerPath } };
  await runChild('./exit-moments.mjs', JSON.stringify(settings));
  const { recoveredBytes, events } = await new Verifier(folder, ledgerPath).check(settings, true);
  expect([recoveredBytes, events]).toEqual([0, 200]);
});
