/**
 * `npm run differential -- --cases N [--seed S]`: random schemas and values, checked by zod 3, zod 4, generated
 * JavaScript, the pass over bytes and the `jsonschema` crate. Prints every difference with the seed that makes it
 * again, and fails if there is one.
 */
import { inspect, parseArgs } from 'node:util';
import { CASES_PER_GROUP, runDifferential } from '../__test__/schema/differential/run.mjs';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '20000' }, seed: { type: 'string' } },
});
const cases = count(values.cases, '--cases');
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : count(values.seed, '--seed');

console.log(`seed ${seed}`);
const before = performance.now();
const {
  groups,
  differences,
  cases: done,
} = runDifferential({
  cases,
  seed,
  progress: (count) => process.stderr.write(`${count} of ${cases}\r`),
});
for (const { seed: groupSeed, schema, value, what, expected, got } of differences) {
  console.log(`\n${what}: npm run differential -- --cases ${CASES_PER_GROUP} --seed ${groupSeed}`);
  console.log(`schema   ${schema}`);
  for (const [name, one] of Object.entries({ value, expected, got })) {
    console.log(`${name.padEnd(8)} ${inspect(one, { depth: 12, breakLength: 160 })}`);
  }
}
const seconds = Math.round((performance.now() - before) / 1000);
console.log(`${done} cases of ${groups} schemas, ${differences.length} differences, ${seconds} s`);
process.exitCode = differences.length === 0 ? 0 : 1;

function count(text, name) {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`${name} wants a whole number, not ${text}`);
}
