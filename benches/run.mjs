/** `npm run bench`: see harness/args.mjs for the command line, docs/benchmarks/ for what the numbers mean. */
import { readdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readArgs, USAGE, UsageError } from './harness/args.mjs';
import { publish } from './harness/docs.mjs';
import { benchesDir, busyWarning } from './harness/env.mjs';
import { rowsJson } from './harness/rows.mjs';
import { runBench } from './harness/run-bench.mjs';
import { plainTable, tables } from './harness/table.mjs';
import { judgeTargets, targetLines } from './harness/targets.mjs';

const SUFFIX = '.bench.mjs';

async function main(args) {
  if (args.help) return print(USAGE);
  const files = benchFiles(args.names);
  const warning = args.quick ? undefined : busyWarning();
  if (warning) process.stderr.write(`warning: ${warning}\n`);
  const results = [];
  for (const file of files) {
    const benchUrl = pathToFileURL(file).href;
    const { default: bench } = await import(benchUrl);
    const log = (text) => process.stderr.write(`${text}\n`);
    const { result, skipped } = await runBench(bench, benchUrl, { ...args, log });
    report(bench, result, skipped, args);
    if (isWhole(args)) publish(bench, result);
    results.push(result);
  }
  if (args.json) writeFileSync(args.json, rowsJson(results.length === 1 ? results[0] : results));
}

/** Only a run of everything, with its full rounds, becomes a document. */
function isWhole({ quick, rounds, cases, contenders }) {
  return !quick && rounds === undefined && cases.length === 0 && contenders.length === 0;
}

function benchFiles(names) {
  const known = readdirSync(benchesDir).filter((file) => file.endsWith(SUFFIX));
  const wanted =
    names.length === 0 ? known : names.map((name) => (name.endsWith(SUFFIX) ? name : name + SUFFIX));
  return wanted.map((file) => {
    if (known.includes(file)) return resolve(benchesDir, file);
    if (/[/\\]/.test(file)) return resolve(file);
    const list = known.map((one) => one.slice(0, -SUFFIX.length)).join(', ');
    throw new UsageError(`no benchmark "${file.slice(0, -SUFFIX.length)}"; there are: ${list}`);
  });
}

function report(bench, result, skipped, { quick }) {
  print(`\n${bench.title} (Node ${result.node}, ${result.cpu}, ${result.commit})\n`);
  for (const table of tables(bench, result.rows)) print(`${plainTable(table)}\n`);
  for (const { contender, reason } of skipped) print(`skipped  ${contender}: ${reason}`);
  if (quick) print('quick run: outputs are proven equal, the numbers mean nothing\n');
  else print(`${targetLines(judgeTargets(bench.targets, result.rows)).join('\n')}\n`);
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

try {
  await main(readArgs(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(
    error instanceof UsageError ? `${error.message}\n\n${USAGE}` : `benchmark failed: ${error.message}\n`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
