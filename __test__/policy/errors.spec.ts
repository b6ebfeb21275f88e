/** Every error of policy reaches JavaScript with its code, class and fields: thrown, rejected, and in a worker. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { provokePolicy } from './provoke.mjs';

const BOTH = ['sync', 'promise'];

/** Fields, then the ways: judging and counting are calls only. */
const CODES: Record<string, [fields: string[], ways: string[]]> = {
  ERR_POLICY_ACTION_DENIED: [['action', 'tool'], ['sync']],
  ERR_POLICY_PATH_DENIED: [['argument', 'reason'], BOTH],
  ERR_POLICY_RATE_LIMITED: [['limit', 'retryAfterMs'], ['sync']],
  ERR_POLICY_UNAVAILABLE: [['reason'], ['sync']],
  ERR_POLICY_TABLE_FULL: [['maxKeys'], BOTH],
  ERR_POLICY_GRANT_ID_INVALID: [['id'], BOTH],
  ERR_POLICY_GRANT_MISSING: [['id'], BOTH],
  ERR_POLICY_GRANT_INVALID: [['field', 'id', 'reason'], BOTH],
  ERR_POLICY_GRANT_UNSAFE: [['id', 'reason'], BOTH],
  ERR_POLICY_GRANT_UNREADABLE: [['cause', 'id'], BOTH],
  ERR_POLICY_SCOPE_INVALID: [['reason', 'scope'], BOTH],
  ERR_POLICY_OPEN_FAILED: [['cause', 'errno', 'path'], BOTH],
  ERR_POLICY_TABLE_OPEN: [['cause', 'path'], BOTH],
  ERR_POLICY_TABLE_UNSAFE: [['path', 'reason'], BOTH],
  ERR_POLICY_TABLE_FORMAT: [['path', 'reason'], BOTH],
  ERR_POLICY_TABLE_MISMATCH: [['path'], BOTH],
  ERR_POLICY_OPTION_INVALID: [['actual', 'expected', 'option'], BOTH],
  ERR_POLICY_HANDLE_INVALID: [['handle'], ['sync']],
};

/** What other systems cannot do. */
const ELSEWHERE = ['ERR_POLICY_UNSUPPORTED'];

const expected = Object.fromEntries(
  Object.entries(CODES).map(([code, [fields, ways]]) => {
    const outcome = {
      code,
      name: 'PolicyError',
      classes: ['CortexError', 'PolicyError'],
      fields,
      message: expect.any(String),
      stack: 'string',
    };
    return [code, Object.fromEntries(ways.map((way) => [way, outcome]))];
  }),
);

describe.skipIf(process.platform === 'win32')('every code of policy', () => {
  test('is provoked here, or known to be elsewhere', () => {
    const text = readFileSync(join(import.meta.dirname, '..', '..', 'ts', 'errors.ts'), 'utf8');
    const codes = new Set([...text.matchAll(/'(ERR_POLICY_\w*[A-Z])'/g)].map((match) => match[1]));
    expect([...Object.keys(CODES), ...ELSEWHERE].sort()).toEqual([...codes].sort());
  });

  test('arrives thrown and rejected, with class and fields', async () => {
    expect(await provokePolicy()).toEqual(expected);
  });

  test('arrives so in a worker, too', async () => {
    const worker = new Worker(new URL('./provoke-worker.mjs', import.meta.url));
    const [outcomes] = await once(worker, 'message');
    expect(outcomes).toEqual(expected);
    await worker.terminate();
  });
});
