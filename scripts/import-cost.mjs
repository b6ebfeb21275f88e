/**
 * What `import '@cortex-os/native'` adds to a bare Node start: milliseconds and megabytes of resident memory.
 *
 * `node scripts/import-cost.mjs [--runs N] [--entry NAME]`; bare and importing starts alternate, so that a busy
 * machine slows both, and the median difference counts.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMain } from './main.mjs';
import { root } from './root.mjs';

const TELL_RSS = 'process.stdout.write(String(process.resourceUsage().maxRSS))';
const KIB_PER_MIB = 1024;

/**
 * @param {{runs?: number, specifier?: string}} [options]
 * @returns {{ms: number, mib: number, bareMs: number, bareMib: number}} medians; the first two over the bare start
 */
export function importCost({ runs = 25, specifier = '@cortex-os/native' } = {}) {
  const bare = [];
  const extra = [];
  // The first start of each kind fills the file cache and counts for nothing.
  start('');
  start(`import '${specifier}';`);
  for (let run = 0; run < runs; run += 1) {
    const without = start('');
    const with_ = start(`import '${specifier}';`);
    bare.push(without);
    extra.push({ ms: with_.ms - without.ms, mib: with_.mib - without.mib });
  }
  const of = (list, key) => median(list.map((sample) => sample[key]));
  return { ms: of(extra, 'ms'), mib: of(extra, 'mib'), bareMs: of(bare, 'ms'), bareMib: of(bare, 'mib') };
}

function start(code) {
  const before = process.hrtime.bigint();
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', `${code}${TELL_RSS}`], {
    cwd: root,
    encoding: 'utf8',
  });
  const ms = Number(process.hrtime.bigint() - before) / 1e6;
  if (child.status !== 0) throw new Error(child.stderr);
  return { ms, mib: Number(child.stdout) / KIB_PER_MIB };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({ options: { runs: { type: 'string' }, entry: { type: 'string' } } });
  const specifier = join('@cortex-os/native', values.entry ?? '').replaceAll('\\', '/');
  const cost = importCost({ runs: Number(values.runs ?? 25), specifier });
  console.log(`bare node     ${cost.bareMs.toFixed(1)} ms  ${cost.bareMib.toFixed(1)} MiB`);
  console.log(`${specifier}  +${cost.ms.toFixed(1)} ms  +${cost.mib.toFixed(1)} MiB`);
}
