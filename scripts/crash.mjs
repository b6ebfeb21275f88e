/**
 * `npm run crash -- --cycles 1000`: kills that many processes in the middle of emitting and checks what they leave,
 * longer than the test suite does. `--seed N` repeats a run that failed, as far as time lets it; `--quiet` prints the
 * report only. Exits with 1 on the first kill that lost, tore, doubled or disordered anything, and says what.
 */
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { crash } from '../__test__/support/crash/cycles.mjs';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    cycles: { type: 'string', default: '200' },
    seed: { type: 'string' },
    quiet: { type: 'boolean', default: false },
  },
});

const cycles = Number(values.cycles);
const seed = Number(values.seed ?? Date.now() % 1e9);
if (!Number.isSafeInteger(cycles) || cycles < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('--cycles takes a whole number above 0, --seed a whole number\n');
  process.exit(2);
}

const COUNTS = ['kills', 'reported', 'acknowledged', 'events', 'recoveredBytes', 'cutBytes'];
const byMode = new Map();

function note({ run, kind, threads, hub: { durability }, ...found }) {
  const mode = byMode.get(durability) ?? Object.fromEntries(COUNTS.map((name) => [name, 0]));
  byMode.set(durability, mode);
  mode.kills += 1;
  for (const name of COUNTS) if (name !== 'kills') mode[name] += found[name];
  if (values.quiet) return;
  const how = `${durability.padEnd(6)} ${kind.padEnd(9)} ${threads} thread(s)`;
  console.log(
    `${run + 1}/${cycles} ${how} ${found.events} events, ${found.recoveredBytes} bytes from the spool`,
  );
}

const begun = Date.now();
try {
  await crash({ cycles, seed, onCycle: note });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const seconds = Math.round((Date.now() - begun) / 1000);

const group = (number) => number.toLocaleString('en-US');
console.log(`\n${group(cycles)} kills in ${group(seconds)} s, seed ${seed}; Node ${process.version}, `);
console.log(`${process.platform} ${release()}, ${cpus()[0]?.model ?? 'unknown processor'}\n`);
const head = [
  'mode',
  'kills',
  'emits that had returned',
  'acknowledged',
  'events found',
  'bytes that only the spool had',
];
const row = (cells) => `| ${cells.join(' | ')} |`;
console.log(row(head));
console.log(row(head.map((_, index) => (index === 0 ? '---' : '---:'))));
for (const [mode, { kills, reported, acknowledged, events, recoveredBytes }] of byMode) {
  console.log(row([`\`${mode}\``, ...[kills, reported, acknowledged, events, recoveredBytes].map(group)]));
}
const cut = [...byMode.values()].reduce((sum, mode) => sum + mode.cutBytes, 0);
// One that is not 0 would have ended the run: the verifier throws on the first.
console.log(`\nacknowledged missing 0, emitted missing 0, torn ${cut}, duplicates 0`);
process.exitCode = cut === 0 ? 0 : 1;
