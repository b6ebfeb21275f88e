/** The three ways to count decide alike: the original's list, the ring in JavaScript, the ring in the table. */
import { TableLimiter } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { LocalCounters } from '../../ts/api/policy/counters.js';
import { SlidingWindow } from '../../ts/api/policy/window.js';
import { OriginalWindow } from './original-policy.js';

/** Always the same numbers, so that a failure can be repeated. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function* moments(steps: number, limit: number, seed: number): Generator<number> {
  const random = makeRandom(seed);
  let now = 1_700_000_000_000;
  for (let step = 0; step < steps; step += 1) {
    // Whole windows pass rarely enough that the limit is reached in between.
    const kind = random(Math.max(100, 10 * limit));
    if (kind === 0) now += 60_000;
    else if (kind === 1) now += 59_999;
    else if (kind % 2 === 0) now += random(Math.ceil(100_000 / limit) + 1);
    yield now;
  }
}

describe('counting', () => {
  test.each([
    [1, 100_000],
    [7, 300_000],
    [60, 500_000],
    [1000, 60_000],
  ])('decides like the original at %i per minute, %i times', (limit, steps) => {
    const original = new OriginalWindow();
    const ring = new SlidingWindow([{ limit, windowMs: 60_000 }]);
    let now = 0;
    const table = TableLimiter.openSync({ budgets: [{ limit, windowMs: 60_000 }], now: () => now });
    let allowed = 0;
    for (now of moments(steps, limit, limit)) {
      const expected = original.take(limit, 60_000, now);
      if (expected) allowed += 1;
      const decisions = [ring.take(now) > 0, table.tryConsume('key') > 0];
      if (decisions[0] !== expected || decisions[1] !== expected)
        expect({ now, decisions }).toEqual({ now, decisions: [expected, expected] });
    }
    table.close();
    expect(allowed).toBeGreaterThan(steps / 200);
    expect(allowed).toBeLessThan(steps);
  });

  test('a clock that is set back stands still instead of locking everybody out', () => {
    const ring = new SlidingWindow([{ limit: 2, windowMs: 60_000 }]);
    const hour = 3_600_000;
    expect([ring.take(hour * 5), ring.take(hour * 5)]).toEqual([1, 1]);
    expect(ring.take(hour)).toBe(-60_000);
    expect(ring.take(hour + 59_999)).toBe(-1);
    expect(ring.take(hour + 60_000)).toBe(1);
  });

  test('tells how long to wait and what is left', () => {
    const budget = { limit: 3, windowMs: 1000 };
    const ring = new SlidingWindow([budget]);
    for (const now of [100, 200, 300]) expect(ring.take(now)).toBe(1);
    expect(ring.take(400)).toBe(-700);
    expect(ring.left(400, budget)).toEqual({ remaining: 0, resetMs: 900 });
    expect(ring.left(1150, budget)).toEqual({ remaining: 1, resetMs: 150 });
    expect(ring.isIdle(1299)).toBe(false);
    expect(ring.isIdle(1300)).toBe(true);
  });

  test('a limit that is never reached costs no memory for calls that are over', () => {
    const ring = new SlidingWindow([{ limit: 1e12, windowMs: 1000 }]);
    // A ring of 1e12 entries would not fit: it stays as large as what a second holds.
    for (let call = 0; call < 300_000; call += 1) expect(ring.take(call * 10) > 0).toBe(true);
    expect(ring.left(299_999 * 10, { limit: 1e12, windowMs: 1000 }).remaining).toBe(1e12 - 100);
  });

  test('forgets on demand', () => {
    const ring = new SlidingWindow([{ limit: 1, windowMs: 1000 }]);
    expect([ring.take(1), ring.take(2)]).toEqual([1, -999]);
    ring.clear();
    expect(ring.take(3)).toBe(1);
  });

  test('a larger budget of a busy key remembers what was counted, a smaller one holds at once', () => {
    const ring = new SlidingWindow([{ limit: 64, windowMs: 1000 }]);
    for (let call = 0; call < 640; call += 1) ring.take(call * 16);
    const now = 639 * 16;
    ring.setBudgets([{ limit: 300, windowMs: 1000 }]);
    let more = 0;
    while (ring.take(now) > 0) more += 1;
    expect(more).toBe(300 - 63);
    ring.setBudgets([{ limit: 5, windowMs: 1000 }]);
    expect(ring.take(now + 999)).toBeLessThan(0);
    expect(ring.take(now + 1000)).toBe(1);
  });
});

test('whoever holds a counter that was idle shares it with those who come later', () => {
  let now = 0;
  const counters = new LocalCounters(() => now);
  const budgets = [{ limit: 1, windowMs: 1000 }];
  const early = counters.counter('key', budgets);
  expect(early.take()).toBe(1);
  now = 1000;
  // More than are kept without a look at which are idle.
  for (let other = 0; other < 5000; other += 1) counters.counter(`other ${other}`, budgets);
  expect(early.take()).toBe(1);
  expect(counters.counter('key', budgets).take()).toBe(-1000);
});
