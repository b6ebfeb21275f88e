/** Schemas of every version of zod, and what it means to give the same. */
import { native } from '@cortex-os/native/zod';
import { expect } from 'vitest';
import { z as zod3 } from 'zod';
import { z as zod40 } from 'zod/v4';
import { z as zod46 } from 'zod4';

/** What the tests use of either version. */
export type AnyZod = typeof zod3;

/** By name; Zod 4 is taken for Zod 3 where both have what a test needs. */
export const VERSIONS: readonly (readonly [string, AnyZod])[] = [
  ['zod 3', zod3],
  ['zod 4 of zod 3.25', zod40 as unknown as AnyZod],
  ['zod 4.6', zod46 as unknown as AnyZod],
];

interface Parsing {
  safeParse(
    value: unknown,
  ): { success: true; data: unknown } | { success: false; error: Error & { issues: unknown[] } };
}

/** Runs both; the values, the order of their keys and the issues must be the same, and `is` must agree. */
export function expectSame(zod: Parsing, values: readonly unknown[]): void {
  const schema = native(zod as never) as unknown as Parsing & { is(value: unknown): boolean };
  for (const value of values) {
    const expected = outcome(() => zod.safeParse(value));
    const got = outcome(() => schema.safeParse(value));
    expect(got).toStrictEqual(expected);
    expect(shape(got)).toEqual(shape(expected));
    if (!('thrown' in expected)) expect(schema.is(value)).toBe(expected.success);
  }
}

/** The same, for a schema that must be generated code. */
export function expectGenerated(zod: Parsing, values: readonly unknown[]): void {
  const { objectCoverage } = native(zod as never) as { objectCoverage: unknown };
  expect(objectCoverage).toEqual({ objects: 'generated', reasons: [] });
  expectSame(zod, values);
}

function outcome(parse: () => ReturnType<Parsing['safeParse']>) {
  try {
    const result = parse();
    if (result.success) return { success: true, data: result.data };
    const { issues, name } = result.error;
    return { success: false, issues: plain(issues), name, class: result.error.constructor };
  } catch (error) {
    return { thrown: String(error) };
  }
}

/** The errors of a union's options hold functions of their own: their issues stand for them. */
function plain(value: unknown): unknown {
  if (value instanceof Error) return plain((value as Error & { issues?: unknown }).issues);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Keys in their order, prototypes and whether frozen, which equality of values does not see. */
function shape(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : typeof value;
  const keys = Reflect.ownKeys(value);
  return [
    Object.getPrototypeOf(value) === Object.prototype,
    Object.isFrozen(value),
    keys,
    keys.map((key) => shape((value as Record<PropertyKey, unknown>)[key])),
  ];
}

/** A schema made native, as its own type. */
export function nativeOf<T>(schema: T): T {
  return native(schema as never) as T;
}
