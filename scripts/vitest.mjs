/** One run of vitest, with its counts read from its own report. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root } from './root.mjs';
import { run, tool } from './run-command.mjs';

/**
 * @param {string} name of the part in the tally
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<import('./tally.mjs').Part>}
 */
export async function runVitest(name, args, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'cortex-vitest-'));
  const resultPath = join(folder, 'result.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultPath}`];
  const command = [tool('vitest', 'vitest.mjs'), 'run', ...reporters, ...args];
  const { code } = await run(process.execPath, command, { env });
  const part = readResult(name, resultPath);
  rmSync(folder, { recursive: true, force: true });
  if (code !== 0 && part.failed === 0) part.failed = 1;
  return part;
}

function readResult(name, path) {
  const part = { name, passed: 0, failed: 0, skipped: [], failures: [] };
  let result;
  try {
    result = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { ...part, failed: 1 };
  }
  part.passed = result.numPassedTests;
  part.failed = result.numFailedTests;
  for (const { name: file, status, message, assertionResults } of result.testResults) {
    // A file that could not be loaded has no tests to count.
    if (status === 'failed' && assertionResults.length === 0) {
      part.failed += 1;
      part.failures.push(`${relative(root, file)}\n${message}`);
    }
    for (const test of assertionResults) {
      if (test.status === 'failed') part.failures.push(describe(file, test));
      else if (test.status !== 'passed') part.skipped.push(test.fullName);
    }
  }
  return part;
}

/** The frames inside vitest itself tell nobody anything. */
function describe(file, { fullName, failureMessages }) {
  const lines = failureMessages.join('\n').split('\n');
  const told = lines.filter((line) => !/^\s+at .*node_modules/.test(line));
  return [`${relative(root, file)}: ${fullName}`, ...told].join('\n');
}
