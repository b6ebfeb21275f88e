/** One kind of schema after the other, against Zod itself. */
import { describe, expect, test } from 'vitest';
import { type AnyZod, expectGenerated, expectSame, nativeOf, VERSIONS } from './same-as-zod.js';

const SCALARS = [
  '', 'a', 'abc', 'abcd', '😀', '😀😀😀', '\ud800', ' a ', 'A\nb', '2024-02-29', '2023-02-29', '2024-02-29T10:00:00Z',
  '2024-02-29T10:00:00.123Z', '2024-02-29T10:00Z', '2024-02-29T10:00:00+02:00', '2024-02-29T10:00:00', '10:20:30', '10:20',
  '24:00:00', 'https://a.b/c?d#e', 'http://', 'HTTPS://EXAMPLE.COM', ' https://a.b', 'mailto:a@b.c', 'a@b.co', 'a..b@c.de',
  '.a@b.co', 'a@b', 'A+b_c@d-e.fg', '3f1a3c1e-8a4b-1c7e-9d5f-0a1b2c3d4e5f', '3F1A3C1E-8A4B-0C7E-1D5F-0A1B2C3D4E5F',
  '00000000-0000-0000-0000-000000000000', '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'ckopqwooh000001la8mbi2im9', 'tz4a98xxat96iws9zmbrgj3a',
  '127.0.0.1', '256.0.0.1', '::1', 'YWJj', 'YWJ', 'V1StGXR8_Z5jdHi6B-myT', 'P1Y2M', '10.0.0.0/8',
  0, -0, 1, -1, 0.5, 1.5, 3, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, Infinity, -Infinity, Number.NaN, 5e-324, 1e-7, 0.1 + 0.2, 19.99,
  true, false, null, undefined, [], {}, 1n, Symbol.iterator,
]; // biome-ignore format: a list

describe.each(VERSIONS)('%s', (_name, z) => {
  const text = z.string();
  test.each([
    ['string', text],
    ['lengths', text.min(2).max(3)],
    ['length', text.length(1)],
    ['pattern', text.regex(/^[a-z]+$/)],
    ['pattern with flags', text.regex(/^A.B$/is)],
    ['global pattern', text.regex(/b/g)],
    ['sticky pattern', text.regex(/b/y)],
    ['unicode pattern', text.regex(/^\p{L}+$/u)],
    ['affixes', text.startsWith('a').endsWith('d').includes('b')],
    ['includes from', text.includes('b', { position: 2 })],
    ['uuid', text.uuid()],
    ['email', text.email()],
    ['url', text.url()],
    ['ulid', text.ulid()],
    ['cuid', text.cuid()],
    ['cuid2', text.cuid2()],
    ['nanoid', text.nanoid()],
    ['emoji', text.emoji()],
    ['base64', text.base64()],
    ['date', text.date()],
    ['time', text.time()],
    ['time with precision', text.time({ precision: 3 })],
    ['duration', text.duration()],
    ['datetime', text.datetime()],
    ['datetime with offset', text.datetime({ offset: true })],
    ['local datetime', text.datetime({ local: true })],
    ['datetime with precision', text.datetime({ precision: 3 })],
    ['datetime without fraction', text.datetime({ precision: 0 })],
    ['number', z.number()],
    ['int', z.number().int()],
    ['bounds', z.number().gt(0).lt(3)],
    ['closed bounds', z.number().min(0).max(3)],
    ['finite', z.number().finite()],
    ['safe', z.number().safe()],
    ['multiple of', z.number().multipleOf(3)],
    ['boolean', z.boolean()],
    ['null', z.null()],
    ['any', z.any()],
    ['unknown', z.unknown()],
    ['never', z.never()],
    ['literal', z.literal('abc')],
    ['literal 0', z.literal(0)],
    ['literal null', z.literal(null)],
    ['enum', z.enum(['a', 'abc'])],
    ['long enum', z.enum(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'abc'])],
    ['native enum', z.nativeEnum({ A: 'a', One: 1, 1: 'One' } as const)],
    ['nullable', text.nullable()],
    ['optional', text.optional()],
    ['nullish', text.nullish()],
    ['union', z.union([text, z.number().int()])],
    ['union that strips', z.union([z.object({ a: text }), z.array(z.number()), z.null()])],
    ['default', z.number().default(3)],
    ['default of an optional', text.optional().default('x')],
    ['optional default', text.default('x').optional()],
    ['nullable default', text.nullable().default(null)],
    ['readonly', z.array(z.number()).readonly()],
    ['branded', text.brand('b')],
    ['lazy', z.lazy(() => text)],
  ])('%s', (_what, schema) => {
    expectGenerated(schema, SCALARS);
    expectGenerated(z.object({ k: schema }), [...SCALARS.map((k) => ({ k, more: 1 })), {}]);
    expectGenerated(z.array(schema), [[], ...SCALARS.map((item) => [item])]);
    expectGenerated(z.object({ first: z.number(), k: schema, last: z.boolean().optional() }).strict(), [
      { first: 1, last: true },
      { last: true, k: 'abc', first: 1 },
      { first: 1, k: undefined, last: undefined },
    ]);
  });

  test('keys that may be missing keep the order of the shape', () => {
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const shape = Object.fromEntries(
      keys.map((key, index) => [key, index % 2 ? z.number() : z.number().optional()]),
    );
    const rows = Array.from({ length: 32 }, (_, bits) =>
      Object.fromEntries(keys.flatMap((key, index) => (bits & (1 << index) ? [[key, index]] : [])).reverse()),
    );
    expectGenerated(z.object(shape), rows);
    expectGenerated(
      z.object(shape).passthrough(),
      rows.map((row) => ({ z: 1, ...row, y: undefined })),
    );
    expectGenerated(z.object(shape).partial(), rows);
  });

  test('tuples', () => {
    const pair = z.tuple([z.string(), z.object({ a: z.number() })]);
    const rows = [
      [],
      ['a'],
      ['a', { a: 1, b: 2 }],
      ['a', { a: 1 }, 3],
      ['a', { a: 1 }, 'x'],
      'no',
      { length: 2 },
    ];
    expectGenerated(pair, rows);
    expectGenerated(pair.rest(z.string()), rows);
  });

  test('discriminated unions', () => {
    const union = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), x: z.string() }),
      z.object({ kind: z.enum(['b', 'c']), y: z.number().default(1) }).strict(),
      z.object({ kind: z.literal(1) }).passthrough(),
    ]);
    expectGenerated(union, [
      { kind: 'a', x: 'x', y: 1 }, { kind: 'b' }, { kind: 'c', y: 2, z: 3 }, { kind: 1, z: 3 }, { kind: '1' }, {}, null, [],
      { kind: 'toString' }, { kind: 'a' },
    ]); // biome-ignore format: a list
  });

  test('defaults that are objects are as fresh as in Zod', () => {
    const schema = z.object({ list: z.array(z.string()).default([]), made: z.number().default(() => 7) });
    expectGenerated(schema, [{}, { list: ['a'] }, { list: undefined, made: 1 }]);
    const isFresh = (parsed: typeof schema) =>
      new Set([parsed.parse({}).list, parsed.parse({}).list]).size === 2;
    expect(isFresh(nativeOf(schema))).toBe(isFresh(schema));
  });

  test('a default that differs from call to call', () => {
    let calls = 0;
    const schema = nativeOf(z.object({ id: z.number().default(() => ++calls) }));
    const [one, two] = [schema.parse({}), schema.parse({})] as { id: number }[];
    expect(two?.id).toBe((one?.id ?? 0) + 1);
  });

  test('recursion, also deeper than the stack and in circles', () => {
    const node: ReturnType<AnyZod['object']> = z.object({
      name: z.string(),
      next: z.lazy(() => node).optional(),
    });
    const list = (length: number): object => {
      let value: object = { name: 'end' };
      for (let i = 0; i < length; i += 1) value = { name: 'n', next: value, extra: i };
      return value;
    };
    expectGenerated(node, [list(0), list(3), { name: 'a', next: { name: 1 } }, { name: 'a', next: null }]);
    expectSame(node, [list(50)]);
    const circle: Record<string, unknown> = { name: 'c' };
    circle.next = circle;
    const [expected, got] = [node, nativeOf(node)].map((schema) => {
      try {
        return schema.safeParse(circle).success;
      } catch (error) {
        return (error as Error).name;
      }
    });
    expect(got).toBe(expected);
  });

  test('the schema is the judge of messages', () => {
    const schema = z.object({
      a: z.string({ message: 'no text' }).min(3, 'too short'),
      b: z.number().int('not whole'),
      c: z.object({ d: z.enum(['x']) }).strict(),
    });
    expectGenerated(schema, [{}, { a: 'x', b: 1.5, c: { d: 'y', e: 1 } }, { a: 'xxx', b: 1, c: { d: 'x' } }]);
  });
});
