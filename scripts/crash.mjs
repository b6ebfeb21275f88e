/** `npm run crash -- --cycles N`: kill -9 in mid-stream with a verifying reopen, N times, over all durability modes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crashCycles } from '../__test__/crash/cycles.mjs';

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '300' } } });
const cycles = Math.ceil(Number(values.cycles) / 3);
if (!(cycles > 0)) {
  process.stderr.write('--cycles takes a number above 0\n');
  process.exit(2);
}
const directory = mkdtempSync(join(tmpdir(), 'cortex-crash-'));
let lost = 0;
try {
  for (const durability of ['none', 'group', 'always']) {
    const path = join(directory, `${durability}.ndjson`);
    const report = await crashCycles({ path, told: join(directory, 'told'), durability, cycles });
    lost += report.emittedMissing + report.acknowledgedMissing + report.torn + report.misplaced;
    process.stdout.write(`${durability.padEnd(7)} ${JSON.stringify(report)}\n`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
process.stdout.write(lost === 0 ? 'nothing lost\n' : `LOST: ${lost}\n`);
process.exitCode = lost === 0 ? 0 : 1;
