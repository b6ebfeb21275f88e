import { execFileSync } from 'node:child_process';
import {
  createIdempotencyKey,
  createTask,
  createTaskInput,
  type IdempotencyEntry,
  resolveIdempotency,
  type Task,
  type TaskInput,
  ValidationError,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const base: TaskInput = {
  title: 'T',
  brief: 'B',
  inputs: [],
  scopes: ['tasks:create'],
  schema: 'cortex.task.input@1',
};
const profileId = '3f1a3c1e-8a4b-4c7e-9d5f-0a1b2c3d4e5f';
const later = '2025-10-14T00:00:00.000Z';

const cache = new Map<string, IdempotencyEntry>();
const tasks = new Map<string, Task>();
const resolve = (input: TaskInput, key?: string) => resolveIdempotency(input, key, cache, tasks);

beforeEach(() => {
  cache.clear();
  tasks.clear();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Stores a task under a key, as a server does. */
function remember(key: string, entry: Partial<IdempotencyEntry> = {}): Task {
  const task = createTask();
  tasks.set(task.id, task);
  cache.set(key, { taskId: task.id, expiry: Date.now() + 1000, ...entry });
  return task;
}

describe('idempotency keys', () => {
  test.each([
    [base, '35a0de188239adeb9da27f78b28d92fa'],
    [createTaskInput('T', 'B'), '35a0de188239adeb9da27f78b28d92fa'],
    [
      { ...base, inputs: [{ kind: 'text' as const, value: 'é' }], scopes: ['b', 'a', 'B'] },
      'd7fdf0e1283c84ad72f662095d17547a',
    ],
  ])('of %j are the known ones', (input, key) => {
    expect(createIdempotencyKey(input)).toBe(key);
    expect(resolve(input).key).toBe(key.slice(0, 16));
  });

  test.each([
    ['deadlines', { deadlines: { hard: later } }],
    ['preferences', { preferences: { risk: 'low' as const } }],
    ['the accessibility profile', { a11yProfileId: profileId }],
    ['the title', { title: 'U' }],
    ['the inputs', { inputs: [{ kind: 'repo' as const, path: '.' }] }],
  ])('differ by %s', (_what, change) => {
    const changed = { ...base, ...change };
    expect(createIdempotencyKey(changed)).not.toBe(createIdempotencyKey(base));
    expect(resolve(changed).key).toBe(createIdempotencyKey(changed).slice(0, 16));
  });

  test('do not differ by empty wishes, by the order of scopes, or by the order of keys', () => {
    const reordered = { path: '.', kind: 'repo' } as const;
    const input = { ...base, scopes: ['x', 'y'], inputs: [{ kind: 'repo' as const, path: '.' }] };
    expect(
      createIdempotencyKey({
        ...input,
        scopes: ['y', 'x'],
        inputs: [reordered],
        deadlines: {},
        preferences: {},
      }),
    ).toBe(createIdempotencyKey(input));
    expect(createIdempotencyKey({ ...input, preferences: { motion: 'full', risk: 'low' } })).toBe(
      createIdempotencyKey({ ...input, preferences: { risk: 'low', motion: 'full' } }),
    );
  });

  test('are the same in every locale', () => {
    // Swedish sorts ä behind z, English behind a.
    const program = `
      const { createIdempotencyKey, createTaskInput } = require('@cortex-os/native/asbr');
      process.stdout.write(createIdempotencyKey(createTaskInput('T', 'B', { scopes: ['z', '\u00e4'] })));`;
    const [swedish, english] = ['sv_SE.UTF-8', 'en_US.UTF-8'].map((locale) =>
      execFileSync(process.execPath, ['-e', program], {
        cwd: import.meta.dirname,
        env: { ...process.env, LC_ALL: locale },
        encoding: 'utf8',
      }),
    );
    expect(swedish).toMatch(/^[0-9a-f]{32}$/);
    expect(swedish).toBe(english);
  });

  test('do not depend on the order of scopes a dictionary holds for equal', () => {
    const composed = '\u00e9';
    const decomposed = 'e\u0301';
    expect(createIdempotencyKey({ ...base, scopes: [composed, decomposed] })).toBe(
      createIdempotencyKey({ ...base, scopes: [decomposed, composed] }),
    );
  });

  test('leave the scopes of the caller in their order', () => {
    const scopes = ['b', 'a'];
    createIdempotencyKey({ ...base, scopes });
    expect(scopes).toEqual(['b', 'a']);
  });
});

describe('resolveIdempotency', () => {
  test('finds the task of an equal request', () => {
    const { key } = resolve(base);
    const task = remember(key);
    expect(resolve(base).existingTask).toBe(task);
    expect(resolve({ ...base, brief: 'other' }).existingTask).toBeUndefined();
  });

  test('finds the task of a provided key', () => {
    const task = remember('my-key');
    expect(resolve(base, 'my-key')).toMatchObject({ key: 'my-key', existingTask: task });
  });

  test('makes a key when the provided one is empty', () => {
    expect(resolve(base, '').key).toBe('35a0de188239adeb');
  });

  test('forgets an entry at the moment it expires', () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const task = remember('k', { expiry: 1_000_500 });
    vi.setSystemTime(1_000_499);
    expect(resolve(base, 'k').existingTask).toBe(task);
    vi.setSystemTime(1_000_500);
    expect(resolve(base, 'k').existingTask).toBeUndefined();
  });

  test('finds nothing when the task is gone', () => {
    remember('k');
    tasks.clear();
    expect(resolve(base, 'k').existingTask).toBeUndefined();
  });

  test('writes nothing', () => {
    resolve(base);
    expect(cache.size).toBe(0);
  });

  test('refuses a provided key that belongs to another request', () => {
    remember('k', { fingerprint: resolve(base).fingerprint });
    expect(() => resolve({ ...base, title: 'other' }, 'k')).toThrow(
      expect.objectContaining({
        name: 'ASBRError',
        code: 'IDEMPOTENCY_CONFLICT',
        statusCode: 409,
        details: { key: 'k' },
      }),
    );
  });

  test('takes a retry with new deadlines or wishes for the same request', () => {
    const task = remember('k', { fingerprint: resolve({ ...base, deadlines: { soft: later } }).fingerprint });
    const retry = {
      ...base,
      deadlines: { soft: '2025-10-15T00:00:00.000Z' },
      preferences: { risk: 'low' as const },
    };
    expect(resolve(retry, 'k').existingTask).toBe(task);
  });

  test('sees no conflict in an entry that expired or has no fingerprint', () => {
    remember('old', { fingerprint: 'another', expiry: Date.now() - 1 });
    expect(resolve(base, 'old').existingTask).toBeUndefined();
    const task = remember('plain');
    expect(resolve({ ...base, title: 'other' }, 'plain').existingTask).toBe(task);
  });

  test.each([[42], [true], [{}], [['k']]])('refuses the key %j, which is no text', (key) => {
    expect(() => resolve(base, key as unknown as string)).toThrow(ValidationError);
  });
});
