/** A small share of `npm run differential`, with another seed in every run. */
import { describe, expect, test } from 'vitest';
import { CASES_PER_GROUP, runDifferential } from './differential/run.mjs';

const CASES = 6000;
const seed = Math.floor(Math.random() * 2 ** 31);

describe('zod 3, zod 4, generated code, bytes and the jsonschema crate', () => {
  test(`agree (npm run differential -- --cases ${CASES} --seed ${seed})`, { timeout: 120_000 }, () => {
    const { differences, cases } = runDifferential({ cases: CASES, seed, stopAfter: 3 });
    const told = differences.map(
      (one) => `npm run differential -- --cases ${CASES_PER_GROUP} --seed ${one.seed}: ${one.what}`,
    );
    expect(told).toEqual([]);
    expect(cases).toBe(CASES);
  });

  test('would be found out: a schema that decides otherwise is a difference', async () => {
    const { compareObject } = await import('./differential/compare.mjs');
    const { z } = await import('zod');
    const { Schema } = await import('@cortex-os/native');
    const schema = Schema.compile(z.object({ a: z.number().int() }));
    const zod = z.object({ a: z.number() });
    expect(compareObject({ zod, schema }, { a: 1 })).toBeUndefined();
    expect(compareObject({ zod, schema }, { a: 1.5 })).toMatchObject({ what: 'safeParse' });
    expect(compareObject({ zod: zod.strict(), schema }, { a: 1, b: 2 })).toMatchObject({ what: 'safeParse' });
  });
});
