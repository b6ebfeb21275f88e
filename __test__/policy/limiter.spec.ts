/** The limiter's own face: results, leases, outages, the shape of rate-limiter-flexible. The core tests the counting. */
import { join } from 'node:path';
import { GuardedLimiter, type Limiter, TableLimiter } from '@cortex-os/native';
import { RateLimiterRes, RateLimiterTable } from '@cortex-os/native/rate-limiter';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { describe, expect, test } from 'vitest';
import { makeProject } from './grant-files.js';

describe('a table limiter', () => {
  test('tells what is left of the scarcest budget', () => {
    let now = 1000;
    const budgets = [
      { limit: 2, windowMs: 1000 },
      { limit: 3, windowMs: 60_000 },
    ];
    const limiter = TableLimiter.openSync({ budgets, now: () => now });
    expect(limiter.consume('a')).toMatchObject({ allowed: true, limit: 2, remaining: 1, retryAfterMs: 0 });
    expect(limiter.consume('a')).toMatchObject({ allowed: true, limit: 2, remaining: 0, nextMs: 1000 });
    expect(limiter.consume('a')).toMatchObject({
      allowed: false,
      outcome: 'limited',
      limit: 2,
      retryAfterMs: 1000,
    });
    now += 1000;
    expect(limiter.consume('a')).toMatchObject({ allowed: true, limit: 3, remaining: 0 });
    expect(limiter.peek('a')).toMatchObject({ allowed: false, limit: 3, retryAfterMs: 59_000 });
    expect(limiter.consume('b', 5)).toMatchObject({ allowed: false, retryAfterMs: Infinity });
    expect(limiter.reward('a')).toMatchObject({ limit: 3, remaining: 1 });
    expect(limiter.penalty('a', 2)).toMatchObject({ remaining: 0 });
    limiter.reset('a');
    expect(limiter.peek('a')).toMatchObject({ allowed: true, remaining: 2 });
    expect(limiter.stats()).toMatchObject({ allowed: 3, limited: 2, full: 0 });
    limiter.close();
    expect(() => limiter.consume('a')).toThrow(
      expect.objectContaining({ code: 'ERR_POLICY_HANDLE_INVALID' }),
    );
  });

  test('gives leases that end by themselves', () => {
    let now = 1000;
    const limiter = TableLimiter.openSync({ concurrent: { limit: 2, leaseMs: 500 }, now: () => now });
    const [first, second] = [limiter.acquire('gpu').lease, limiter.acquire('gpu').lease];
    expect(limiter.acquire('gpu')).toMatchObject({ allowed: false, lease: undefined, retryAfterMs: 500 });
    expect([first?.release(), first?.release()]).toEqual([true, false]);
    expect(limiter.acquire('gpu').lease?.endsMs).toBe(500);
    now += 400;
    expect(second?.renew()).toBe(true);
    now += 400;
    expect(limiter.peek('gpu')).toMatchObject({ remaining: 1 });
    now += 200;
    expect([second?.renew(), second?.release()]).toEqual([false, true]);
  });

  test('takes options, keys and weights at their word', () => {
    const refused = { code: 'ERR_POLICY_OPTION_INVALID' };
    for (const options of [
      {},
      { budgets: [{ limit: 0, windowMs: 1 }] },
      { budgets: [{ limit: 1.5, windowMs: 1 }] },
      { budgets: [{ limit: 1, windowMs: 1 }], maxKeys: 0 },
      { budgets: [{ limit: 1, windowMs: 1 }], shared: '/x', now: () => 0 },
    ])
      expect(() => TableLimiter.openSync(options), JSON.stringify(options)).toThrow(
        expect.objectContaining(refused),
      );
    const limiter = TableLimiter.openSync({ budgets: [{ limit: 5, windowMs: 1000 }] });
    expect(() => limiter.consume('x'.repeat(1025))).toThrow(expect.objectContaining(refused));
    expect(() => limiter.consume(7 as unknown as string)).toThrow(expect.objectContaining(refused));
    for (const weight of [0, -1, 1.5, Number.NaN]) expect(limiter.consume('a', weight).allowed).toBe(false);
    expect(limiter.peek('a').remaining).toBe(5);
  });

  test.skipIf(process.platform === 'win32')(
    'opens a file without blocking, and says what is wrong with it',
    async () => {
      const project = makeProject();
      const budgets = [{ limit: 5, windowMs: 60_000 }];
      const shared = join(project.root, 'limits');
      const first = await TableLimiter.open({ budgets, shared });
      const second = await TableLimiter.open({ budgets, shared, algorithm: 'exact' });
      expect([first.tryConsume('a'), second.peek('a').remaining]).toEqual([1, 4]);
      const open = (options: object) => TableLimiter.open({ budgets, shared, ...options });
      await expect(open({ algorithm: 'gcra' })).rejects.toMatchObject({ code: 'ERR_POLICY_TABLE_MISMATCH' });
      const foreign = project.write('foreign', 'precious', 0o600);
      await expect(open({ shared: foreign })).rejects.toMatchObject({ code: 'ERR_POLICY_TABLE_FORMAT' });
      project.write('readable', '', 0o644);
      await expect(open({ shared: join(project.root, 'readable') })).rejects.toMatchObject({
        code: 'ERR_POLICY_TABLE_UNSAFE',
      });
      await expect(open({ shared: '/none/such' })).rejects.toMatchObject({ code: 'ERR_POLICY_TABLE_OPEN' });
      first.close();
      second.close();
      project.remove();
    },
  );
});

describe('a guarded limiter', () => {
  const outage = (): Limiter => {
    const fail = () => Promise.reject(new Error('connection refused'));
    return { consume: fail, peek: fail, penalty: fail, reward: fail, reset: fail };
  };
  const local = () => TableLimiter.openSync({ budgets: [{ limit: 1, windowMs: 60_000 }] });

  test('decides by its mode while the store is out of reach, and never calls that a limit', async () => {
    const open = new GuardedLimiter({ store: outage(), mode: 'open' });
    expect(await open.consume('a')).toMatchObject({ allowed: true, outcome: 'unavailable', retryAfterMs: 0 });
    const closed = new GuardedLimiter({ store: outage(), mode: 'closed' });
    expect(await closed.consume('a')).toMatchObject({
      allowed: false,
      outcome: 'unavailable',
      retryAfterMs: 1000,
    });
    const reduced = new GuardedLimiter({ store: outage(), mode: 'reduced', fallback: local() });
    const answers = [await reduced.consume('a'), await reduced.consume('a')];
    expect(answers.map(({ allowed, outcome }) => [allowed, outcome])).toEqual([
      [true, 'unavailable'],
      [false, 'unavailable'],
    ]);
    expect(() => new GuardedLimiter({ store: outage(), mode: 'reduced' })).toThrow(TypeError);
    await expect(closed.reset('a')).resolves.toBeUndefined();
    for (const ask of ['peek', 'penalty', 'reward'] as const)
      expect((await closed[ask]('a')).allowed).toBe(false);
  });

  test('leaves a failing or silent store alone for a while, then asks again', async () => {
    let now = 0;
    let calls = 0;
    let broken: 'throws' | 'hangs' | false = 'throws';
    const inner = local();
    const consume = (key: string) => {
      calls += 1;
      if (broken === 'throws') throw new Error('down');
      return broken === 'hangs' ? new Promise<never>(() => undefined) : inner.consume(key);
    };
    const store: Limiter = Object.assign(Object.create(inner) as Limiter, { consume });
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const limiter = new GuardedLimiter({ store, mode: 'open', timeoutMs: 5, now: () => now, onError });
    for (let call = 0; call < 3; call += 1) await limiter.consume('a');
    expect([calls, limiter.failures, errors.length]).toEqual([1, 3, 1]);
    now += 1000;
    broken = 'hangs';
    expect((await limiter.consume('a')).outcome).toBe('unavailable');
    now += 1000;
    broken = false;
    expect((await limiter.consume('a')).outcome).toBe('allowed');
    expect((await limiter.consume('a')).outcome).toBe('limited');
  });
});

describe('the shape of rate-limiter-flexible', () => {
  test.each([
    ['that package', () => new RateLimiterMemory({ points: 3, duration: 60 })],
    ['this one', () => new RateLimiterTable({ points: 3, duration: 60 })],
  ])('a session with %s', async (_name, make) => {
    const limiter = make();
    expect(await limiter.get('ip')).toBeNull();
    expect(await limiter.consume('ip')).toMatchObject({
      remainingPoints: 2,
      consumedPoints: 1,
      isFirstInDuration: true,
    });
    expect(await limiter.penalty('ip')).toMatchObject({ remainingPoints: 1, consumedPoints: 2 });
    expect(await limiter.reward('ip')).toMatchObject({ remainingPoints: 2, consumedPoints: 1 });
    expect(await limiter.consume('ip', 2)).toMatchObject({ remainingPoints: 0, consumedPoints: 3 });
    const refusal = await limiter.consume('ip').catch((error: unknown) => error as RateLimiterRes);
    expect(refusal).toMatchObject({ remainingPoints: 0, consumedPoints: 4, isFirstInDuration: false });
    expect(refusal.msBeforeNext).toBeGreaterThan(30_000);
    expect(await limiter.get('ip')).toMatchObject({ remainingPoints: 0 });
    expect(await limiter.delete('ip')).toBe(true);
    expect(await limiter.consume('ip', 3)).toMatchObject({ remainingPoints: 0 });
    await limiter.block('other', 30);
    await expect(limiter.consume('other')).rejects.toMatchObject({ remainingPoints: 0 });
  });

  test('a refused key stays out for the block', async () => {
    const limiter = new RateLimiterTable({ points: 1, duration: 1, blockDuration: 100 });
    await limiter.consume(7);
    const refusal = await limiter.consume(7).catch((error: unknown) => error as RateLimiterRes);
    expect(refusal).toBeInstanceOf(RateLimiterRes);
    expect(refusal.msBeforeNext).toBeGreaterThan(60_000);
    expect(String(refusal)).toBe(JSON.stringify(refusal));
  });
});
