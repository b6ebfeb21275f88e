import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import {
  cleanupExpiredTokens,
  flushTokenUsage,
  generateToken,
  getConfigPath,
  initializeAuth,
  initializeXDG,
  revokeToken,
  setLogger,
  type TokensConfig,
  ValidationError,
  validateToken,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();

const path = () => getConfigPath('tokens.json');
const onDisk = () => JSON.parse(readFileSync(path(), 'utf8')) as TokensConfig;

beforeEach(() => initializeXDG());

afterEach(() => {
  vi.useRealTimers();
  setLogger();
});

describe('generateToken', () => {
  test('stores the hash and never the token', async () => {
    vi.useFakeTimers({ now: Date.parse('2025-10-13T12:00:00.000Z'), toFake: ['Date'] });
    const { token, ...info } = await generateToken(['tasks:read'], 2);
    const tokenHash = createHash('sha256').update(token).digest('hex');
    expect(info).toEqual({
      id: tokenHash.slice(0, 16),
      tokenHash,
      scopes: ['tasks:read'],
      expiresAt: '2025-10-13T14:00:00.000Z',
      createdAt: '2025-10-13T12:00:00.000Z',
    });
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(onDisk()).toEqual({ tokens: [info], version: '1.0.0' });
    expect(readFileSync(path(), 'utf8')).not.toContain(token);
  });

  test('lasts a day by default', async () => {
    const { createdAt, expiresAt } = await generateToken([]);
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(24 * 60 * 60 * 1000);
  });

  test('leaves a file that only its owner can read, and nothing beside it', async () => {
    await generateToken(['a']);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect((await readdir(getConfigPath(''))).sort()).toEqual(['policies', 'tokens.json']);
  });

  test('loses none of many made at once', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, (_, index) => generateToken([`s${index}`])));
    expect(onDisk().tokens.map(({ id }) => id)).toEqual(made.map(({ id }) => id));
  });

  test('refuses a lifetime that is no number', async () => {
    await expect(generateToken([], Number.NaN)).rejects.toBeInstanceOf(ValidationError);
  });

  test('says why it cannot save', async () => {
    await rm(getConfigPath(''), { recursive: true });
    await expect(generateToken([])).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('Failed to save tokens: ENOENT'),
    });
  });

  test('does not overwrite a broken file', async () => {
    await writeFile(path(), '{ broken');
    await expect(generateToken([])).rejects.toThrow(/^Failed to save token: Failed to load tokens: /);
    expect(readFileSync(path(), 'utf8')).toBe('{ broken');
  });
});

describe('validateToken', () => {
  test('finds a token by its text', async () => {
    const { token: first, ...info } = await generateToken(['a']);
    const { token: second } = await generateToken(['b']);
    expect(await validateToken(first)).toEqual(info);
    expect((await validateToken(second)).scopes).toEqual(['b']);
  });

  test('gives a copy: its changes do not raise the rights of the token', async () => {
    const { token } = await generateToken(['a']);
    (await validateToken(token)).scopes.push('*');
    expect((await validateToken(token)).scopes).toEqual(['a']);
  });

  test.each(['', 'unknown', 'x'.repeat(43)])('refuses %j', async (token) => {
    await generateToken(['a']);
    await expect(validateToken(token)).rejects.toMatchObject({
      name: 'AuthenticationError',
      code: 'AUTHENTICATION_ERROR',
      message: 'Invalid token',
    });
  });

  test('refuses everything when there is no file', async () => {
    await expect(validateToken('x')).rejects.toThrow('Invalid token');
  });

  test('removes a token that has expired', async () => {
    const { token } = await generateToken(['a'], -1);
    await expect(validateToken(token)).rejects.toMatchObject({
      name: 'AuthenticationError',
      message: 'Token expired',
    });
    expect(onDisk().tokens).toEqual([]);
    await expect(validateToken(token)).rejects.toThrow('Invalid token');
  });

  test('holds a token for expired when its date cannot be read', async () => {
    const { token } = await generateToken(['a']);
    const [info] = onDisk().tokens;
    writeFileSync(path(), JSON.stringify({ tokens: [{ ...info, expiresAt: 'some day' }], version: '1.0.0' }));
    await expect(validateToken(token)).rejects.toThrow('Token expired');
  });

  test.each([
    ['no JSON', '{ broken'],
    ['no list', '{"tokens":{}}'],
  ])('refuses everything while the file is %s, and goes on when it is mended', async (_what, text) => {
    const { token } = await generateToken(['a']);
    const good = readFileSync(path(), 'utf8');
    await writeFile(path(), text);
    await expect(validateToken(token)).rejects.toMatchObject({
      name: 'AuthenticationError',
      message: expect.stringMatching(/^Unable to load tokens: Failed to load tokens: /),
    });
    await writeFile(path(), good);
    expect((await validateToken(token)).scopes).toEqual(['a']);
  });

  test('passes over entries that are no tokens', async () => {
    const { token } = await generateToken(['a']);
    const odd = [null, 'text', {}, { tokenHash: 'short', scopes: ['*'] }, { tokenHash: 5 }];
    writeFileSync(path(), JSON.stringify({ tokens: [...odd, ...onDisk().tokens] }));
    expect((await validateToken(token)).scopes).toEqual(['a']);
    await expect(validateToken('')).rejects.toThrow('Invalid token');
  });

  test('notices what another process has changed', async () => {
    const { token, id } = await generateToken(['a']);
    expect((await validateToken(token)).id).toBe(id);
    await writeFile(path(), JSON.stringify({ tokens: [], version: '1.0.0' }));
    await expect(validateToken(token)).rejects.toThrow('Invalid token');
  });
});

describe('revokeToken, cleanupExpiredTokens, initializeAuth', () => {
  test('revokeToken removes one token and does not mind an unknown id', async () => {
    const { id, token } = await generateToken(['a']);
    const { token: other } = await generateToken(['b']);
    await revokeToken('unknown');
    await revokeToken(id);
    await expect(validateToken(token)).rejects.toThrow('Invalid token');
    expect((await validateToken(other)).scopes).toEqual(['b']);
  });

  test('cleanupExpiredTokens removes the expired ones and counts them', async () => {
    await generateToken(['a'], -1);
    await generateToken(['b'], -1);
    const { id } = await generateToken(['c']);
    expect(await cleanupExpiredTokens()).toBe(2);
    expect(await cleanupExpiredTokens()).toBe(0);
    expect(onDisk().tokens.map((token) => token.id)).toEqual([id]);
  });

  test('initializeAuth voids the tokens for everything and keeps the others', async () => {
    const first = await initializeAuth();
    const { token: scoped } = await generateToken(['a']);
    const second = await initializeAuth();
    await expect(validateToken(first.token)).rejects.toThrow('Invalid token');
    expect(await validateToken(second.token)).toMatchObject({ scopes: ['*'] });
    expect(await validateToken(scoped)).toMatchObject({ scopes: ['a'] });
    expect(Date.parse(second.expiresAt) - Date.parse(second.createdAt)).toBe(30 * 24 * 60 * 60 * 1000);
  });

  test.each([
    [() => revokeToken('x'), 'Failed to revoke token: Failed to load tokens: '],
    [() => cleanupExpiredTokens(), 'Failed to cleanup tokens: Failed to load tokens: '],
    [() => initializeAuth(), 'Failed to initialize authentication: Failed to load tokens: '],
  ])('%o on a broken file says what failed', async (action, message) => {
    await writeFile(path(), '{ broken');
    const error = await action().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as Error).message.startsWith(message)).toBe(true);
  });
});

describe('lastUsed', () => {
  test('of nobody who did not pass a request is written', async () => {
    const { token } = await generateToken(['a']);
    await validateToken(token);
    await flushTokenUsage();
    expect(onDisk().tokens[0]?.lastUsed).toBeUndefined();
  });
});

describe('several processes', () => {
  test('wait for a lock and remove it when its owner has died', async () => {
    writeFileSync(`${path()}.lock`, '');
    const { token } = await generateToken(['a']);
    expect((await validateToken(token)).scopes).toEqual(['a']);
    expect(await readdir(getConfigPath(''))).not.toContain('tokens.json.lock');
  });

  test('take turns: no change of another one is lost', async () => {
    const program = `
      const { generateToken } = require('@cortex-os/native/asbr');
      (async () => { for (let i = 0; i < 10; i++) await generateToken([process.argv[1]]); })();`;
    const runs = ['one', 'two', 'three'].map(
      (name) =>
        new Promise((resolve) => {
          spawn(process.execPath, ['-e', program, name], { cwd: import.meta.dirname, stdio: 'inherit' }).on(
            'exit',
            resolve,
          );
        }),
    );
    expect(await Promise.all(runs)).toEqual([0, 0, 0]);
    const scopes = onDisk().tokens.flatMap((token) => token.scopes);
    expect(scopes.sort()).toEqual([
      ...Array(10).fill('one'),
      ...Array(10).fill('three'),
      ...Array(10).fill('two'),
    ]);
  });
});
