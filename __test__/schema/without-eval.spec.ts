import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('a process that makes no code from text validates by Zod and by the core', () => {
  const script = join(import.meta.dirname, 'fixtures', 'without-eval.mjs');
  const out = execFileSync(process.execPath, ['--disallow-code-generation-from-strings', script], {
    encoding: 'utf8',
  });
  expect(JSON.parse(out)).toEqual({
    zod: ['zod', [true, false, false], { id: 'a' }],
    json: ['bytes', [true, false, false], [true, false, false]],
  });
});
