import { Schema } from '@cortex-os/native';
import { native } from '@cortex-os/native/zod';
import { describe, expect, test } from 'vitest';
import { VERSIONS } from './same-as-zod.js';

describe.each(VERSIONS)('%s', (_name, z) => {
  const zod = z.object({ id: z.string(), count: z.number().int().default(0) });
  const schema = native(zod);
  const error = () => zod.safeParse({ id: 1 }).error as Error;

  test('parses as the schema does, and throws its error', async () => {
    const value = { id: 'a', more: true };
    expect(schema.parse(value)).toEqual({ id: 'a', count: 0 });
    expect(schema.safeParse(value)).toEqual({ success: true, data: { id: 'a', count: 0 } });
    expect(await schema.parseAsync(value)).toEqual({ id: 'a', count: 0 });
    expect(await schema.safeParseAsync(value)).toEqual({ success: true, data: { id: 'a', count: 0 } });
    for (const fail of [() => schema.parse({ id: 1 }), () => schema.assert({ id: 1 })]) {
      expect(fail).toThrow(error().constructor as never);
    }
    await expect(schema.parseAsync({ id: 1 })).rejects.toMatchObject({
      issues: (error() as never as { issues: [] }).issues,
    });
    expect((await schema.safeParseAsync({ id: 1 })).success).toBe(false);
    expect([schema.is(value), schema.is({})]).toEqual([true, false]);
  });

  test('is of the class of the schema and has its other methods', () => {
    expect(schema).toBeInstanceOf(zod.constructor);
    expect(Object.keys(schema.shape)).toEqual(['id', 'count']);
    expect(schema.optional().parse(undefined)).toBeUndefined();
    expect(schema.extend({ x: z.boolean() }).parse({ id: 'a', x: true })).toEqual({
      id: 'a',
      count: 0,
      x: true,
    });
  });

  test('can be a part of other schemas, native or not', () => {
    const value = [{ id: 'a', more: 1 }];
    expect(z.array(schema).parse(value)).toEqual([{ id: 'a', count: 0 }]);
    expect(native(z.array(schema)).parse(value)).toEqual([{ id: 'a', count: 0 }]);
    expect(native(z.array(schema)).objectCoverage.objects).toBe('generated');
  });

  test('functions passed on alone still parse', () => {
    const { parse, safeParse } = schema;
    expect([{ id: 'a' }].map((value) => parse(value))).toEqual([{ id: 'a', count: 0 }]);
    expect(safeParse({}).success).toBe(false);
  });

  test('parameters of a failed parse reach the schema', () => {
    const message = 'told by the caller';
    const params = { errorMap: () => ({ message }), error: () => message };
    const result = schema.safeParse({ id: 1 }, params as never);
    expect(result.error?.issues[0]?.message).toBe(message);
  });

  test('is a Standard Schema that validates through the code', async () => {
    const standard = (schema as never as StandardSchema)['~standard'];
    expect(standard).toMatchObject({ version: 1, vendor: 'zod' });
    expect(await standard.validate({ id: 'a', more: 1 })).toEqual({ value: { id: 'a', count: 0 } });
    expect(await standard.validate({ id: 1 })).toMatchObject({ issues: [{ path: ['id'] }] });
  });

  test('validates with functions that give promises, as a compiled schema too', async () => {
    const own = z.object({ id: z.string().refine(async (text) => text !== 'no', 'not so') });
    const compiled: StandardSchema = Schema.compile(own) as never;
    for (const one of [compiled, native(own) as never as StandardSchema]) {
      const { validate } = one['~standard'];
      expect(await validate({ id: 'yes', more: 1 })).toEqual({ value: { id: 'yes' } });
      expect(await validate({ id: 'no' })).toMatchObject({ issues: [{ message: 'not so', path: ['id'] }] });
      expect(await validate({ id: 1 })).toMatchObject({ issues: [{ path: ['id'] }] });
    }
    // Nothing is awaited where nothing has to be.
    expect(Schema.compile(z.string().trim())['~standard'].validate(' a ')).toEqual({ value: 'a' });
    expect(Schema.compile(z.string())['~standard'].validate(1)).toMatchObject({ issues: [{ path: [] }] });
  });

  test.each([
    ['a refinement', z.string().refine((text) => text !== 'no')],
    ['a transformation', z.string().transform((text) => text.length)],
    ['a preprocessor', z.preprocess((value) => String(value), z.string())],
    ['a pipe', z.string().pipe(z.string().min(2))],
    ['coercion', z.coerce.number()],
    ['a catch', z.number().catch(1)],
    ['trimming', z.string().trim()],
    ['lower case', z.string().toLowerCase()],
    ['a custom check', z.custom((value) => value === 1)],
    ['an instance', z.instanceof(Date)],
    ['a date', z.date()],
    ['a big integer', z.bigint()],
    ['a map', z.map(z.string(), z.number())],
    ['a set', z.set(z.string())],
    ['a symbol', z.symbol()],
    ['undefined', z.undefined()],
    ['void', z.void()],
    ['NaN', z.nan()],
    ['a promise', z.promise(z.string())],
    ['an intersection', z.object({ a: z.string() }).and(z.object({ b: z.string() }))],
    ['a literal that JSON does not have', z.literal(undefined)],
    ['a refined part', z.object({ list: z.array(z.string().refine(() => true)) })],
  ])('%s stays with Zod', (_what, inner) => {
    const { objects, reasons } = native(inner).objectCoverage;
    expect(objects).toBe('zod');
    expect(reasons.length).toBeGreaterThan(0);
    for (const value of [
      'no',
      'a',
      ' B ',
      1,
      '1',
      null,
      undefined,
      new Date(0),
      1n,
      new Map(),
      new Set(['a']),
      NaN,
      {},
      { a: 'a', b: 'b', c: 1 },
      { list: ['x'] },
    ]) {
      const [expected, got] = [inner, native(inner)].map((one) => {
        try {
          const { success, data } = one.safeParse(value);
          return { success, data };
        } catch (failure) {
          return String(failure);
        }
      });
      expect(got).toEqual(expected);
    }
  });

  test('what is no schema is refused', () => {
    for (const value of [{}, null, 1, { parse: () => 1 }, JSON]) {
      expect(() => native(value as never)).toThrow(expect.objectContaining({ code: 'ERR_SCHEMA_COMPILE' }));
    }
  });
});

interface StandardSchema {
  '~standard': { version: number; vendor: string; validate(value: unknown): unknown };
}
