/** The smoke suite, from a project that has the packed package installed, on every runtime. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeConsumer } from './consumer.mjs';
import { root } from './root.mjs';
import { run } from './run-command.mjs';
import { installRuntimes, runtimes } from './runtimes.mjs';

const SUITE = ['smoke.mjs', 'smoke-worker.mjs'];
/** A handle left open would keep a runtime from ending. */
const TIMEOUT_MS = 60_000;

export async function testRuntimes(args) {
  const installed = await installRuntimes();
  const part = await smokeTest(runtimes().filter(({ name }) => args.every((arg) => name.includes(arg))));
  return { ...part, failed: part.failed + (installed ? 0 : 1) };
}

/** @param {ReturnType<typeof runtimes>} list */
export async function smokeTest(list) {
  const part = { name: 'runtimes', passed: 0, failed: 0, skipped: [], failures: [] };
  const consumer = makeConsumer();
  try {
    for (const file of SUITE) {
      copyFileSync(join(root, '__test__', 'runtimes', file), join(consumer.directory, file));
    }
    for (const runtime of list) await testRuntime(runtime, consumer.directory, part);
  } finally {
    consumer.remove();
  }
  return part;
}

async function testRuntime({ name, command, args }, directory, part) {
  console.log(`# ${name}`);
  if (!command) {
    part.skipped.push(`${name}: no binary for ${process.platform}-${process.arch}`);
    return;
  }
  const { code, output } = await run(command, [...args, SUITE[0]], {
    cwd: directory,
    capture: true,
    timeoutMs: TIMEOUT_MS,
  });
  const lines = output.split('\n');
  const count = (start) => lines.filter((line) => line.startsWith(start)).length;
  part.passed += count('ok - ');
  part.failed += count('not ok - ');
  for (const line of lines) {
    if (line.startsWith('skip - ')) part.skipped.push(`${name}: ${line.slice(7)}`);
    if (line.startsWith('not ok - ')) part.failures.push(`${name}: ${line.slice(9)}`);
  }
  // A runtime that died before its last line has a failure that no line tells.
  if (count('not ok - ') === 0 && (code !== 0 || !lines.includes('# done'))) part.failed += 1;
}
