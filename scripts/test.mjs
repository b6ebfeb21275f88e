/**
 * `npm test`: builds what is out of date, then runs every kind of test and prints one tally.
 *
 * `npm test -- vitest hub` runs one part, with the rest of the line as that tool's own arguments.
 */
import { buildNative } from './build-native.mjs';
import { buildTs } from './build-ts.mjs';
import { addonIsCurrent } from './fingerprint.mjs';
import { report, single, timed } from './tally.mjs';
import { testCargo } from './test-cargo.mjs';
import { testRuntimes } from './test-runtimes.mjs';
import { testTypes } from './test-types.mjs';
import { testVitest } from './test-vitest.mjs';

const PARTS = { cargo: testCargo, types: testTypes, vitest: testVitest, runtimes: testRuntimes };

const [only, ...args] = process.argv.slice(2);
if (only && !PARTS[only]) {
  console.error(`no test part named ${only}; there are: ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}

const build = async () => single('build', (addonIsCurrent() || (await buildNative())) && (await buildTs()));

const parts = [];
if (only !== 'cargo') parts.push(await timed('build', build));
for (const [name, part] of Object.entries(PARTS)) {
  if (!only || only === name) parts.push(await timed(name, () => part(only ? args : [])));
}
process.exitCode = report(parts) ? 0 : 1;
