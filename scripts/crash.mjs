/**
 * `npm run crash -- --cycles 1000`: kills that many processes in the middle of emitting and checks what they leave,
 * longer than the test suite does. `--seed N` repeats a run that failed, as far as time lets it.
 */
import { parseArgs } from 'node:util';
import { crash } from '../__test__/support/crash/cycles.mjs';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { cycles: { type: 'string', default: '200' }, seed: { type: 'string' } },
});

const cycles = Number(values.cycles);
if (!(cycles > 0)) {
  process.stderr.write('--cycles takes a number above 0\n');
  process.exit(2);
}
const begun = Date.now();
const { kills, events, reported, acknowledged, recoveredBytes } = await crash({
  cycles,
  ...(values.seed !== undefined && { seed: Number(values.seed) }),
  onCycle: ({ run, kind, threads, hub, ...found }) => {
    const how = `${hub.durability.padEnd(6)} ${kind.padEnd(9)} ${threads} thread(s)`;
    console.log(
      `${run + 1}/${cycles} ${how} ${found.events} events, ${found.recoveredBytes} bytes from the spool`,
    );
  },
});
const seconds = Math.round((Date.now() - begun) / 1000);
console.log(
  `${kills} kills in ${seconds} s: ${reported} emits had returned, ${acknowledged} were acknowledged,`,
);
console.log(`${events} events are there, ${recoveredBytes} bytes of them from the spool; nothing lost`);
