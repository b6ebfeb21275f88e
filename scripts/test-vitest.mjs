/** Every spec under __test__, against the built package. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provideChromium } from './chromium.mjs';
import { run, tool } from './run-command.mjs';

export async function testVitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'cortex-vitest-'));
  const resultPath = join(folder, 'result.json');
  const chromium = await provideChromium();
  const { code } = await run(
    process.execPath,
    [
      tool('vitest', 'vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${resultPath}`,
      ...args,
    ],
    { env: chromium ? { CORTEX_CHROMIUM: chromium } : {} },
  );
  const part = readResult(resultPath);
  rmSync(folder, { recursive: true, force: true });
  if (code !== 0 && part.failed === 0) part.failed = 1;
  return part;
}

function readResult(path) {
  const part = { name: 'vitest', passed: 0, failed: 0, skipped: [] };
  let result;
  try {
    result = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { ...part, failed: 1 };
  }
  part.passed = result.numPassedTests;
  part.failed = result.numFailedTests;
  // A file that could not be loaded has no tests to count.
  part.failed += result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  for (const file of result.testResults) {
    for (const { status, fullName } of file.assertionResults) {
      if (status !== 'passed' && status !== 'failed') part.skipped.push(fullName);
    }
  }
  return part;
}
