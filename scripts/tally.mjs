/** Counts of passed, failed and skipped tests, summed over parts, printed once at the end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What one part reports.
 * @typedef {{name: string, passed: number, failed: number, skipped: string[], failures?: string[],
 *   seconds?: number}} Part
 * `skipped` has one line per test that did not run, naming it and why; `failures` says of what failed which test
 * it was and what it found, as far as its tool tells.
 */

/** With it set, as in CI, a test that is skipped counts as failed. */
export const neverSkip = Boolean(process.env.CORTEX_NEVER_SKIP);

/**
 * Prints the table and what failed, once more and last, where a long output is read first. Where CORTEX_TALLY
 * names a file, the sums go there for the caller, and after them what failed.
 * @param {Part[]} parts
 * @returns {boolean} whether everything passed
 */
export function report(parts) {
  const total = { passed: 0, failed: 0 };
  const failures = parts.flatMap(({ name, failures = [] }) => failures.map((text) => `${name}: ${text}`));
  console.log('');
  for (const { name, passed, failed, skipped, seconds = 0 } of parts) {
    const refused = neverSkip ? skipped.length : 0;
    total.passed += passed;
    total.failed += failed + refused;
    const verdict = failed + refused ? 'FAIL' : 'ok  ';
    console.log(`${verdict} ${name}: ${passed} passed, ${failed} failed (${Math.round(seconds)} s)`);
    for (const line of skipped)
      console.log(`     ${neverSkip ? 'skipped, not allowed here' : 'skipped'}: ${line}`);
  }
  for (const failure of failures) console.log(`\n${failure}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  writeTotal(total, failures);
  return total.failed === 0;
}

function writeTotal(total, failures) {
  const path = process.env.CORTEX_TALLY;
  if (!path) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, [`${total.passed} ${total.failed}`, ...failures, ''].join('\n'));
}

/**
 * Announces a part, runs it and notes how long it took.
 * @param {string} name
 * @param {() => Promise<Part>} body
 */
export async function timed(name, body) {
  console.log(`\n== ${name}`);
  const before = performance.now();
  const part = await body();
  if (part.passed + part.failed + part.skipped.length === 0) {
    console.error(`${name}: no test ran`);
    part.failed = 1;
  }
  return { ...part, seconds: (performance.now() - before) / 1000 };
}

/** A part that either worked or did not. */
export function single(name, ok) {
  return {
    name,
    passed: ok ? 1 : 0,
    failed: ok ? 0 : 1,
    skipped: [],
    failures: ok ? [] : ['see its output above'],
  };
}
