/**
 * `npm run power-loss -- --seeds 1000000`: so many simulated lives of a ledger, with power losses, kills and sick disks
 * (see src/ledger/tests/power), longer than the test suite does. `--first N` begins at another seed; a failure prints
 * its own.
 */
import { parseArgs } from 'node:util';
import { run } from './run-command.mjs';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { seeds: { type: 'string', default: '1000000' }, first: { type: 'string', default: '1' } },
});

for (const [name, value] of Object.entries(values)) {
  if (/^[1-9]\d*$/.test(value)) continue;
  process.stderr.write(`--${name} takes a whole number above 0\n`);
  process.exit(2);
}
const begun = Date.now();
const test = ['test', '--release', '--locked', '-p', 'cortex-native-core', '--lib', 'ledger::tests::power'];
const { code } = await run('cargo', [...test, '--', '--nocapture'], {
  env: { POWER_LOSS_SEEDS: values.seeds, POWER_LOSS_FIRST: values.first },
});
console.log(
  `${values.seeds} seeds in ${Math.round((Date.now() - begun) / 1000)} s: ${code === 0 ? 'nothing lost' : 'see above'}`,
);
process.exitCode = code;
