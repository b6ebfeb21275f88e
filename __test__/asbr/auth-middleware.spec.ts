import { readFileSync } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AuthenticatedRequest,
  type AuthOptions,
  createAuthMiddleware,
  flushTokenUsage,
  generateToken,
  getConfigPath,
  initializeXDG,
  isLoopbackAddress,
  isTestLikeEnvironment,
  requireScopes,
  setLogger,
  type TokensConfig,
} from '@cortex-os/native/asbr';
import express from 'express';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();

const local = '127.0.0.1';

beforeEach(() => initializeXDG());

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  setLogger();
});

type Outcome = { status: number; body: unknown } | { auth: AuthenticatedRequest['auth'] };

/** Sends a bare request through the middleware and tells what came of it. */
async function pass(request: Partial<AuthenticatedRequest>, options: AuthOptions = { testBypass: false }) {
  const req: AuthenticatedRequest = { headers: {}, ...request };
  return new Promise<Outcome>((resolve, reject) => {
    const res = { status: (status: number) => ({ json: (body: unknown) => resolve({ status, body }) }) };
    createAuthMiddleware(options)(req, res, () => resolve({ auth: req.auth })).catch(reject);
  });
}

const bearing = (token: string) => ({ authorization: `Bearer ${token}` });

describe('createAuthMiddleware', () => {
  test('admits a live token and says who it is', async () => {
    const { token, id } = await generateToken(['tasks:read']);
    expect(await pass({ ip: local, headers: bearing(token) })).toEqual({
      auth: { tokenId: id, scopes: ['tasks:read'] },
    });
  });

  const unauthorized = (error: string) => ({ status: 401, body: { error, code: 'AUTHENTICATION_ERROR' } });
  const notLocal = { status: 403, body: { error: 'Access denied: loopback only' } };

  test.each([
    ['no header', { ip: local }, unauthorized('Authentication required')],
    [
      'another scheme',
      { ip: local, headers: { authorization: 'Basic x' } },
      unauthorized('Authentication required'),
    ],
    ['an unknown token', { ip: local, headers: bearing('x') }, unauthorized('Invalid token')],
    ['another machine', { ip: '203.0.113.1', headers: bearing('x') }, notLocal],
    ['an unknown address', { headers: bearing('x') }, notLocal],
    [
      'a forwarded address that is not the direct one',
      { ip: local, socket: { remoteAddress: '203.0.113.1' }, headers: bearing('x') },
      notLocal,
    ],
    [
      'a direct address that only stands in for another',
      { ip: '203.0.113.1', socket: { remoteAddress: local }, headers: bearing('x') },
      notLocal,
    ],
  ])('refuses %s', async (_what, request, outcome) => {
    expect(await pass(request)).toEqual(outcome);
  });

  test('takes the address of the socket where the request has none', async () => {
    expect(await pass({ socket: { remoteAddress: '::1' }, headers: bearing('x') })).toEqual(
      unauthorized('Invalid token'),
    );
  });

  test('refuses an expired token by name', async () => {
    const { token } = await generateToken(['a'], -1);
    expect(await pass({ ip: local, headers: bearing(token) })).toEqual(unauthorized('Token expired'));
  });

  test('refuses everyone while the token file is broken', async () => {
    await writeFile(getConfigPath('tokens.json'), '{');
    expect(await pass({ ip: local, headers: bearing('x') })).toMatchObject({
      status: 401,
      body: { error: expect.stringContaining('Unable to load tokens: '), code: 'AUTHENTICATION_ERROR' },
    });
  });
});

describe('the test bypass', () => {
  const everything = { auth: { tokenId: 'test-env', scopes: ['*'] } };
  const stranger = { ip: local, headers: bearing('whatever') };
  const clean = () => {
    vi.stubEnv('NODE_ENV', 'development');
    vi.stubEnv('VITEST_WORKER_ID', undefined);
    vi.stubEnv('ASBR_TEST_FORCE_BYPASS', undefined);
  };

  test.each([
    [{ NODE_ENV: 'test' }, true],
    [{ VITEST_WORKER_ID: '1' }, true],
    [{ NODE_ENV: 'production', VITEST_WORKER_ID: '1', ASBR_TEST_FORCE_BYPASS: '1' }, false],
    [{ NODE_ENV: undefined, ASBR_TEST_FORCE_BYPASS: '1' }, false],
    [{}, false],
  ])('with %j is %s by default', async (environment, bypass) => {
    clean();
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    expect(isTestLikeEnvironment()).toBe(bypass);
    const outcome = await pass(stranger, {});
    expect(outcome).toEqual(bypass ? everything : expect.objectContaining({ status: 401 }));
  });

  test('can be asked for, but not in production', async () => {
    clean();
    expect(await pass(stranger, { testBypass: true })).toEqual(everything);
    vi.stubEnv('NODE_ENV', 'production');
    expect(() => createAuthMiddleware({ testBypass: true })).toThrow(
      expect.objectContaining({ code: 'TEST_BYPASS_REFUSED' }),
    );
  });

  test('still asks for a bearer token', async () => {
    expect(await pass({ ip: local }, { testBypass: true })).toMatchObject({ status: 401 });
  });

  test('does not reach another machine', async () => {
    expect(await pass({ ...stranger, ip: '203.0.113.1' }, { testBypass: true })).toMatchObject({
      status: 403,
    });
  });

  test('keeps who the request already is', async () => {
    const auth = { tokenId: 'mine', scopes: ['a'] };
    expect(await pass({ ...stranger, auth }, { testBypass: true })).toEqual({ auth });
  });
});

describe('requireScopes', () => {
  const ask = (auth: AuthenticatedRequest['auth'], ...scopes: string[]): unknown => {
    let outcome: unknown = 'nothing';
    const res = {
      status: (status: number) => ({
        json: (body: unknown) => {
          outcome = { status, body };
        },
      }),
    };
    requireScopes(...scopes)({ headers: {}, ...(auth && { auth }) }, res, () => {
      outcome = 'admitted';
    });
    return outcome;
  };
  const who = (...scopes: string[]) => ({ tokenId: 't', scopes });

  test.each([
    [who('a', 'b'), ['a', 'b'], 'admitted'],
    [who('*'), ['a'], 'admitted'],
    [who(), [], 'admitted'],
    [
      who('a'),
      ['a', 'b'],
      {
        status: 403,
        body: {
          error: 'Insufficient privileges',
          code: 'AUTHORIZATION_ERROR',
          required: ['a', 'b'],
          available: ['a'],
        },
      },
    ],
    [
      undefined,
      ['a'],
      { status: 401, body: { error: 'Authentication required', code: 'AUTHENTICATION_ERROR' } },
    ],
  ])('%j asked for %j', (auth, scopes, outcome) => {
    expect(ask(auth, ...scopes)).toEqual(outcome);
  });
});

describe('isLoopbackAddress', () => {
  test.each([
    ['127.0.0.1', true],
    ['127.10.20.30', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['::FFFF:127.0.0.1', true],
    ['localhost', true],
    ['203.0.113.1', false],
    ['::ffff:203.0.113.1', false],
    ['2001:db8::1', false],
    ['127.0.0.1.example.test', false],
    ['', false],
  ])('%s: %s', (address, expected) => {
    expect(isLoopbackAddress(address)).toBe(expected);
  });
});

describe('many requests at once', () => {
  const serve = async () => {
    const app = express();
    app.use('/v1', createAuthMiddleware({ testBypass: false }));
    app.get('/v1/thing', requireScopes('read'), (_req, res) => {
      res.json({ ok: true });
    });
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, local, resolve));
    const { port } = server.address() as AddressInfo;
    return { server, url: `http://${local}:${port}/v1/thing` };
  };

  test('all pass, and write the token file once', async () => {
    const { token } = await generateToken(['read']);
    const before = await stat(getConfigPath('tokens.json'), { bigint: true });
    const { server, url } = await serve();
    try {
      const answers = await Promise.all(
        Array.from({ length: 300 }, () => fetch(url, { headers: bearing(token) })),
      );
      await Promise.all(answers.map((answer) => answer.arrayBuffer()));
      expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
      expect((await stat(getConfigPath('tokens.json'), { bigint: true })).mtimeNs).toBe(before.mtimeNs);

      await flushTokenUsage();
      const { tokens } = JSON.parse(readFileSync(getConfigPath('tokens.json'), 'utf8')) as TokensConfig;
      expect(Date.parse(tokens[0]?.lastUsed ?? '')).toBeGreaterThanOrEqual(
        Date.parse(tokens[0]?.createdAt ?? ''),
      );
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test('pass while other tokens come and go', async () => {
    const { token } = await generateToken(['read']);
    const { server, url } = await serve();
    try {
      const writing = Promise.all(Array.from({ length: 20 }, () => generateToken(['other'])));
      const answers = await Promise.all(
        Array.from({ length: 200 }, async () => (await fetch(url, { headers: bearing(token) })).status),
      );
      await writing;
      expect(new Set(answers)).toEqual(new Set([200]));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe('the use of a token', () => {
  const use = async () => {
    const { token, id } = await generateToken(['a']);
    await pass({ ip: local, headers: bearing(token) });
    return { token, id };
  };

  const lastUses = () =>
    (JSON.parse(readFileSync(getConfigPath('tokens.json'), 'utf8')) as TokensConfig).tokens.map(
      (token) => token.lastUsed,
    );

  test('is written five seconds later, by one timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    await use();
    const lastUsed = new Date().toISOString();
    vi.advanceTimersByTime(4_999);
    expect(lastUses()).toEqual([undefined]);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(vi.getTimerCount()).toBe(0);
    // Waits for the write that the timer has begun.
    await flushTokenUsage();
    expect(lastUses()).toEqual([lastUsed]);
  });

  test('does not bring back a token file that has gone', async () => {
    await use();
    const warnings: string[] = [];
    setLogger({ logWarn: (message) => warnings.push(message) });
    await rm(getConfigPath('tokens.json'));
    await flushTokenUsage();
    await expect(stat(getConfigPath('tokens.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(warnings).toEqual([]);
  });
});
