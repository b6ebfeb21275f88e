/** What importing the drop-in loads: every start of every process pays for it. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const LOADED = `
  require('@cortex-os/native/asbr');
  const names = Object.keys(require.cache).map((path) => /node_modules[\\\\/]((?:@[^\\\\/]+[\\\\/])?[^\\\\/]+)/.exec(path)?.[1]);
  process.stdout.write(JSON.stringify([...new Set(names)].filter(Boolean)));
`;

test('zod is the only package that it loads; yaml, express and socket.io wait for their first use', () => {
  const loaded = execFileSync(process.execPath, ['--eval', LOADED], { encoding: 'utf8' });
  expect(JSON.parse(loaded)).toEqual(['zod']);
});
