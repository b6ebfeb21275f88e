/**
 * What must compile and what must not: the specs and __test__/types/*.test-d.ts against the built declarations.
 * Each `@ts-expect-error` is a test of its own, since the compiler rejects one that expects nothing.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';
import { run, tool } from './run-command.mjs';

export async function testTypes(args) {
  const { code, output } = await run(
    process.execPath,
    [tool('typescript', 'bin', 'tsc'), '-p', '__test__/tsconfig.json', '--pretty', 'false', ...args],
    { capture: true },
  );
  const errors = [...output.matchAll(/^\S.*\(\d+,\d+\): error TS\d+/gm)].length;
  const failed = code === 0 ? 0 : Math.max(errors, 1);
  return { name: 'types', passed: Math.max(countCases() - failed, 0), failed, skipped: [] };
}

function countCases() {
  const folder = join(root, '__test__', 'types');
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder).filter((name) => name.endsWith('.test-d.ts'));
  return files
    .map(
      (name) =>
        readFileSync(join(folder, name), 'utf8').match(/@ts-expect-error|\bsatisfies\b|: Expect</g)?.length ??
        0,
    )
    .reduce((sum, cases) => sum + cases, files.length);
}
