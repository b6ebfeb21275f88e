/** The crash runs are worth what their verifier notices: each kind of damage, done by hand. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { emptyReports, eventOf, Reporter } from '../support/crash/events.mjs';
import { Verifier } from '../support/crash/verify.mjs';
import { test } from '../support/hub-test.js';

const COUNT = 50;

/** What `damage` makes of a ledger's lines, and of its report, must be noticed with these words. */
const DAMAGES: [name: string, notice: RegExp, damage: (lines: string[]) => string[], reported?: number][] = [
  ['a line that is missing', /line 20/, (lines) => lines.toSpliced(20, 1)],
  ['the last line missing', /50 emits had returned, 49 are there/, (lines) => lines.slice(0, -1)],
  ['a line that is there twice', /line 21/, (lines) => lines.toSpliced(20, 0, lines[20] ?? '')],
  [
    'two lines that changed places',
    /line 20/,
    (lines) => lines.with(20, lines[21] ?? '').with(21, lines[20] ?? ''),
  ],
  ['a line that is torn', /JSON/, (lines) => lines.with(20, lines[20]?.slice(0, 30) ?? '')],
  ['a line of another run', /line 20/, (lines) => lines.with(20, JSON.stringify(eventOf(8, 0, 20)))],
  [
    'a line that is spaced otherwise',
    /line 20/,
    (lines) => lines.with(20, lines[20]?.replace(':', ': ') ?? ''),
  ],
  ['more emits than events', /60 emits had returned/, (lines) => lines, 60],
];

describe('the verifier of the crash runs', () => {
  const cases: typeof DAMAGES = [['nothing', /^$/, (lines) => lines], ...DAMAGES];

  test.for(cases)(
    'notices %s',
    async ([name, notice, damage, reported = COUNT], { openHub, ledgerPath, folder }) => {
      const hub = await openHub({ path: ledgerPath });
      for (let n = 0; n < COUNT; n += 1) hub.emit(eventOf(7, 0, n));
      await hub.close();
      const lines = readFileSync(ledgerPath, 'utf8').split('\n').slice(0, -1);
      writeFileSync(ledgerPath, `${damage(lines).join('\n')}\n`);
      for (const suffix of ['.spool', '.meta']) rmSync(ledgerPath + suffix);

      const reportPath = join(folder, 'report');
      const bytes = emptyReports(1);
      new Reporter((written: Buffer, at: number) => written.copy(bytes, at), 0).returned(reported, COUNT - 1);
      writeFileSync(reportPath, bytes);
      const settings = { run: 7, threads: 1, reportPath, hub: {} };
      const checking = new Verifier(folder, ledgerPath).check(settings, true);
      if (name === 'nothing') expect(await checking).toMatchObject({ events: COUNT, reported: COUNT });
      else await expect(checking).rejects.toThrow(notice);
    },
  );
});
