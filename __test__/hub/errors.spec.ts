/** Every error reaches JavaScript with its code, class and fields: thrown, rejected, in the main thread and in a worker. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { CortexError, type ErrorCode, HubError, LedgerError, LogError } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { provokeAll } from '../support/provoke.mjs';

const root = join(import.meta.dirname, '..', '..');

const FIELDS: Record<string, string[]> = {
  ERR_LOG_FULL: ['capacityBytes', 'pendingBytes'],
  ERR_LOG_LINE_TOO_LARGE: ['lineBytes', 'maxLineBytes'],
  ERR_LOG_TYPES_FULL: ['maxTypes'],
  ERR_LOG_CURSOR_INVALID: ['cursor', 'epoch'],
  ERR_LOG_CURSOR_EXPIRED: ['cursor', 'oldest'],
  ERR_LEDGER_LOCKED: ['path', 'pid'],
  ERR_LEDGER_OPEN: ['errno', 'operation', 'path', 'reason'],
  ERR_LEDGER_FORMAT: ['path', 'supported', 'version'],
  ERR_LEDGER_READ: ['errno', 'operation', 'path', 'reason'],
  ERR_HUB_CLOSED: [],
  ERR_HUB_HANDLE_INVALID: ['handle'],
  ERR_HUB_OPTION_INVALID: ['actual', 'expected', 'option'],
  ERR_HUB_EVENT_INVALID: ['reason'],
};

/** Codes that only one form can have: reading is a promise, joining is a call. */
const ONE_WAY: Record<string, string[]> = {
  ERR_LOG_CURSOR_EXPIRED: ['promise'],
  ERR_LEDGER_READ: ['promise'],
  ERR_HUB_HANDLE_INVALID: ['sync'],
};

/**
 * A failing disk needs specs of its own (hub/ledger-failure.spec.ts, ledger/segments.spec.ts), a defect cannot be
 * provoked.
 */
const ELSEWHERE = ['ERR_INTERNAL', 'ERR_LEDGER_FAILED', 'ERR_LEDGER_UPKEEP'];

function classOf(code: string): string {
  return code.startsWith('ERR_LOG_')
    ? 'LogError'
    : code.startsWith('ERR_LEDGER_')
      ? 'LedgerError'
      : 'HubError';
}

const expected = Object.fromEntries(
  Object.entries(FIELDS).map(([code, fields]) => {
    const name = classOf(code);
    const outcome = {
      code,
      name,
      classes: ['CortexError', name],
      fields,
      message: expect.any(String),
      stack: 'string',
    };
    const ways = ONE_WAY[code] ?? ['sync', 'promise'];
    return [code, Object.fromEntries(ways.map((way) => [way, outcome]))];
  }),
);

describe('every code', () => {
  test('is provoked here, or known to be elsewhere', () => {
    const union = readFileSync(join(root, 'ts', 'errors.ts'), 'utf8').match(/'ERR_[A-Z_]+'/g) ?? [];
    const codes = [...new Set(union.map((text) => text.slice(1, -1)))].filter(
      // Those of manifests, policy and schemas have specs of their own.
      (code) => !code.endsWith('_') && !/^ERR_(MANIFEST|POLICY|SCHEMA)_/.test(code),
    );
    expect([...Object.keys(FIELDS), ...ELSEWHERE].sort()).toEqual(codes.sort());
  });

  test('arrives thrown and rejected, with class and fields', async () => {
    expect(await provokeAll()).toEqual(expected);
  });

  test('arrives so in a worker, too', async () => {
    const worker = new Worker(new URL('../support/provoke-worker.mjs', import.meta.url));
    const [outcomes] = await once(worker, 'message');
    expect(outcomes).toEqual(expected);
    await worker.terminate();
  });

  test('arrives so in a second worker after a first has ended', async () => {
    for (let round = 0; round < 2; round += 1) {
      const worker = new Worker(new URL('../support/provoke-worker.mjs', import.meta.url));
      const [outcomes] = await once(worker, 'message');
      expect(outcomes.ERR_HUB_CLOSED).toEqual(expected.ERR_HUB_CLOSED);
      await worker.terminate();
    }
  });
});

describe('an error made by hand', () => {
  test('is of its class, with its name, fields and cause', () => {
    const cause = new Error('why');
    const error = new LogError('ERR_LOG_FULL', 'text', { capacityBytes: 1 }, { cause });
    expect(error).toBeInstanceOf(CortexError);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(HubError);
    expect([error.name, error.code, error.message, error.fields, error.cause]).toEqual([
      'LogError',
      'ERR_LOG_FULL' satisfies ErrorCode,
      'text',
      { capacityBytes: 1 },
      cause,
    ]);
    expect(new LedgerError('ERR_LEDGER_OPEN', '').fields).toEqual({});
    expect(String(error)).toBe('LogError: text');
  });
});
