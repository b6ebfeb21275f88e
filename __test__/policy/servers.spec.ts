/** Limits in front of real servers. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { addressKey, GuardedLimiter, TableLimiter } from '@cortex-os/native';
import { createASBRServer } from '@cortex-os/native/asbr';
import { rateLimit, rateLimitHeaders } from '@cortex-os/native/express';
import { sharedStore } from '@cortex-os/native/fastify';
import express from 'express';
import { describe, expect, test } from 'vitest';
import { makeProject } from './grant-files.js';

const posix = process.platform !== 'win32';

describe.runIf(posix)('@fastify/rate-limit over the shared store', () => {
  test('holds one limit in three processes, and limits of routes apart', async () => {
    const project = makeProject();
    const file = join(project.root, 'http');
    const servers: [ChildProcess, number][] = [];
    for (let index = 0; index < 3; index += 1) {
      const child = fork(join(import.meta.dirname, 'fastify-server.mjs'), [file]);
      servers.push([child, (await once(child, 'message'))[0] as number]);
    }
    const get = async (index: number, path: string) =>
      fetch(`http://127.0.0.1:${servers[index % 3]?.[1]}${path}`);
    const answers = await Promise.all(Array.from({ length: 24 }, (_, index) => get(index, '/')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(20);
    expect(refused?.headers.get('x-ratelimit-remaining')).toBe('0');
    const few: number[] = [];
    for (let index = 0; index < 5; index += 1) few.push((await get(index, '/few')).status);
    expect(few).toEqual([200, 200, 429, 403, 403]);
    for (const [child] of servers) {
      child.send('end');
      await once(child, 'exit');
    }
    project.remove();
  });
});

describe.runIf(posix)('the Express middleware over a shared table', () => {
  test('holds one limit in three processes, and goes on when one is killed', async () => {
    const project = makeProject();
    const file = join(project.root, 'http');
    const servers = await Promise.all(
      Array.from({ length: 3 }, async (): Promise<[ChildProcess, number]> => {
        const child = fork(join(import.meta.dirname, 'express-server.mjs'), [file]);
        return [child, (await once(child, 'message'))[0] as number];
      }),
    );
    const get = (index: number) => fetch(`http://127.0.0.1:${servers[index % 3]?.[1]}/`);
    const first = await Promise.all(Array.from({ length: 6 }, (_, index) => get(index)));
    expect(first.map(({ status }) => status)).toEqual(Array(6).fill(200));
    const [victim] = servers.splice(0, 1)[0] as [ChildProcess, number];
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    const rest = [];
    for (let call = 0; call < 6; call += 1)
      rest.push(await fetch(`http://127.0.0.1:${servers[call % 2]?.[1]}/`));
    expect(rest.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429]);
    expect(rest.map((answer) => answer.headers.get('ratelimit')?.split(';')[1])).toEqual([
      'r=3',
      'r=2',
      'r=1',
      'r=0',
      'r=0',
      'r=0',
    ]);
    expect(Number(rest[5]?.headers.get('retry-after'))).toBeGreaterThan(20);
    for (const [child] of servers) {
      child.send('end');
      await once(child, 'exit');
    }
    project.remove();
  });
});

describe('the fastify store', () => {
  const route = { continueExceeding: false, exponentialBackoff: false, ban: -1 };
  type Answer = { current: number; ttl: number };
  const call = (run: (done: (error: Error | null, answer?: Answer) => void) => void) => {
    let result: Answer | Error | undefined;
    run((error, answer) => {
      result = error ?? answer;
    });
    return result;
  };

  test('counts up to the limit, and reads without counting', () => {
    const store = new (sharedStore())(route);
    const incr = () => call((done) => store.incr('a', done, 60_000, 2));
    const read = () => call((done) => store.read('a', done, 60_000, 2));
    expect(read()).toEqual({ current: 0, ttl: 0 });
    expect([incr(), incr(), incr()]).toMatchObject([{ current: 1 }, { current: 2 }, { current: 3 }]);
    expect(read()).toMatchObject({ current: 2 });
    expect(call((done) => store.incr('b', done, 60_000, 0))).toEqual({ current: 1, ttl: 60_000 });
    const own = store.child({ ...route, routeInfo: { method: 'GET', url: '/x' } });
    expect(call((done) => own.incr('a', done, 60_000, 2))).toMatchObject({ current: 1 });
  });

  test('counts refusals for a ban as far as its keys reach', () => {
    const Small = sharedStore({ maxPerWindow: 3 });
    const store = new Small({ ...route, ban: 2 });
    const currents = Array.from({ length: 5 }, () => call((done) => store.incr('a', done, 60_000, 2)));
    expect(currents).toMatchObject([1, 2, 3, 4, 5].map((current) => ({ current })));
    expect(() => new Small({ ...route, ban: 3 })).toThrow('ban must be less than maxPerWindow, 3');
  });

  test('refuses what it cannot do, and tells a full table from a limit', () => {
    expect(() => new (sharedStore())({ ...route, exponentialBackoff: true })).toThrow('exponentialBackoff');
    const store = new (sharedStore({ maxKeys: 8 }))(route);
    const answers = Array.from({ length: 40 }, (_, index) =>
      call((done) => store.incr(`client ${index}`, done, 60_000, 5)),
    );
    expect(answers.filter((answer) => answer instanceof Error).length).toBeGreaterThan(0);
    expect(answers.find((answer) => answer instanceof Error)).toMatchObject({ statusCode: 503 });
    expect(call((done) => store.incr('x', done, 60_000, 5000))).toBeInstanceOf(Error);
  });
});

describe('headers', () => {
  test('are those of the draft', () => {
    const result = {
      allowed: false,
      outcome: 'limited' as const,
      limit: 100,
      windowMs: 60_000,
      remaining: 0,
      nextMs: 1200,
      resetMs: 30_000,
      retryAfterMs: 1200,
    };
    expect(rateLimitHeaders('per "client"\n', result)).toEqual({
      'RateLimit-Policy': '"per \\"client\\"";q=100;w=60',
      RateLimit: '"per \\"client\\"";r=0;t=2',
      'Retry-After': '2',
    });
    expect(rateLimitHeaders('x', { ...result, retryAfterMs: Infinity })['Retry-After']).toBe('86400');
    expect(Object.keys(rateLimitHeaders('x', { ...result, outcome: 'full' }))).toEqual(['Retry-After']);
  });

  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:1:aaaa:bbbb:cccc:dddd', '2001:db8:0:1::/64'],
    ['2001:db8:0:1::7', '2001:db8:0:1::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('the address %s counts as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe('the Express middleware', () => {
  test('answers 429 with headers when a budget is used up, 503 when nobody can tell', async () => {
    const app = express();
    // A clock that stands: what is left to wait must not depend on how long the requests take.
    const limiter = TableLimiter.openSync({ budgets: [{ limit: 2, windowMs: 60_000 }], now: () => 1000 });
    const fail = () => Promise.reject(new Error('down'));
    const store = { consume: fail, peek: fail, penalty: fail, reward: fail, reset: fail };
    app.get('/limited', rateLimit({ limiter, policy: 'api' }), (_req, res) => void res.send('fine'));
    for (const mode of ['open', 'closed'] as const)
      app.get(`/${mode}`, rateLimit({ limiter: new GuardedLimiter({ store, mode }) }), (_req, res) => {
        res.send('fine');
      });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const get = (path: string) => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    const first = await get('/limited');
    expect([first.status, first.headers.get('ratelimit'), first.headers.get('ratelimit-policy')]).toEqual([
      200,
      '"api";r=1;t=60',
      '"api";q=2;w=60',
    ]);
    await get('/limited');
    const refused = await get('/limited');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await refused.json()).toEqual({ error: 'Rate limit exceeded', code: 'RATE_LIMITED' });
    expect((await get('/open')).status).toBe(200);
    const closed = await get('/closed');
    expect([closed.status, closed.headers.get('ratelimit')]).toEqual([503, null]);
    server.close();
  });
});

describe('the ASBR server', () => {
  const statuses = async (app: express.Application, count: number) => {
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const answers: Response[] = [];
    for (let call = 0; call < count; call += 1)
      answers.push(await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/health`));
    server.close();
    return answers;
  };

  test('limits each client, with the headers of the draft', async () => {
    const rateLimitOptions = { enabled: true, capacity: 2, refillRatePerSec: 0 };
    const { app } = createASBRServer({ rateLimit: rateLimitOptions });
    const answers = await statuses(app, 3);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[0]?.headers.get('ratelimit')).toBe('"default";r=1;t=3600');
    expect(answers[2]?.headers.get('retry-after')).toBe('3600');
    let client = 0;
    const key = () => {
      client += 1;
      return `client ${client}`;
    };
    const apart = createASBRServer({ rateLimit: { ...rateLimitOptions, key } });
    expect((await statuses(apart.app, 4)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  test('counts in a limiter that is given', async () => {
    const limiter = TableLimiter.openSync({ budgets: [{ limit: 1, windowMs: 60_000 }] });
    const { app } = createASBRServer({ rateLimit: { enabled: true, limiter } });
    expect((await statuses(app, 2)).map(({ status }) => status)).toEqual([200, 429]);
  });
});
