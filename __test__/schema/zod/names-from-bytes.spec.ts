/** Names in bytes that mean something to JavaScript: what Zod makes of them, in each of its releases. */
import { Schema } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { z as zod40 } from 'zod/v4';
import { z as zod46 } from 'zod4';
import { type AnyZod, VERSIONS } from './same-as-zod.js';

const LIKE_A_CLASS = '{"prototype":{"isPrototypeOf":1}}';
const CONSTRUCTORS = [
  ...['1', '"x"', 'null', 'true', '[]', '{}', '{"prototype":1}', '{"prototype":{}}', '{"prototype":[]}'],
  ...[
    '{"prototype":null}',
    '{"prototype":{"isPrototypeOf":null}}',
    '{"a":1,"prototype":{"b":2,"isPrototypeOf":[]}}',
  ],
  ...[
    LIKE_A_CLASS,
    `{"constructor":${LIKE_A_CLASS},"prototype":{"isPrototypeOf":1}}`,
    `{"constructor":${LIKE_A_CLASS}}`,
  ],
  ...['{"\\u0070rototype":{"isPrototype\\u004ff":1}}', '{"__proto__":{"prototype":{"isPrototypeOf":1}}}'],
];
const PROTOTYPES = ['1', '"x"', 'null', '{"x":1}', '{"constructor":1}', '[1]'];
const TEXTS = [
  ...CONSTRUCTORS.flatMap((value) => [
    `{"constructor":${value}}`,
    `{"a":1,"constructor":${value},"b":2}`,
    `{"\\u0063onstructor":${value}}`,
    `{"a":{"constructor":${value}}}`,
    `[{"constructor":${value}}]`,
  ]),
  ...PROTOTYPES.flatMap((value) => [
    `{"__proto__":${value}}`,
    `{"__proto__":${value},"a":1}`,
    `{"__proto__":${value},"a":"x"}`,
    `{"\\u005f_proto__":${value},"a":1}`,
    `{"a":{"__proto__":${value}}}`,
    `{"__proto__":${value},"constructor":1}`,
  ]),
  '{"prototype":{"isPrototypeOf":1}}',
  '{"toString":1,"valueOf":2}',
];

function expectSameFromBytes(zod: unknown, texts: readonly string[]): void {
  const schema = Schema.compile(zod as ReturnType<AnyZod['any']>, { errors: 'zod' });
  const [kept, lines]: [string[], boolean[]] = [[], []];
  for (const text of texts) {
    const expected = outcome(() => (zod as Parsing).safeParse(JSON.parse(text)));
    if (!expected) continue;
    kept.push(text);
    lines.push(expected.success);
    expect([text, schema.checkBytes(text)]).toEqual([text, expected.success]);
    expect([text, schema.issues(text).length === 0]).toEqual([text, expected.success]);
    const normal = schema.normalise(text)?.toString();
    expect([text, normal && JSON.parse(normal)]).toEqual([
      text,
      expected.success ? plain(expected.data) : undefined,
    ]);
  }
  const told = schema.checkNdjson(Buffer.from(kept.join('\n')));
  expect(kept.map((_, at) => (((told.bitmap[at >> 3] ?? 0) >> (at & 7)) & 1) === 1)).toEqual(lines);
}

interface Parsed {
  success: boolean;
  data?: unknown;
}

interface Parsing {
  safeParse(value: unknown): Parsed;
}

/** Zod 4 of zod 3.25 throws where `constructor` is null, whatever the schema would say. */
function outcome(parse: () => Parsed): Parsed | undefined {
  try {
    return parse();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return undefined;
  }
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(VERSIONS)('%s', (_name, z) => {
  test.each([
    ['record of numbers', z.record(z.string(), z.number())],
    ['record of anything', z.record(z.string(), z.unknown())],
    ['record of optionals', z.record(z.string(), z.number().optional())],
    ['record with names of a pattern', z.record(z.string().regex(/^[a-z_]+$/), z.unknown())],
    ['records inside each other', z.record(z.string(), z.record(z.string(), z.unknown()))],
    ['list of records', z.array(z.record(z.string(), z.any()))],
    [
      'one of several',
      z.union([z.record(z.string(), z.number()), z.object({ a: z.unknown() }).passthrough()]),
    ],
    ['catchall of numbers', z.object({ a: z.unknown() }).catchall(z.number())],
    ['catchall of records', z.object({}).catchall(z.record(z.string(), z.unknown()))],
    ['catchall of strings, nothing named', z.object({}).catchall(z.string())],
    ['passthrough', z.object({ a: z.unknown() }).passthrough()],
    ['strict', z.object({ a: z.unknown() }).strict()],
    ['strip', z.object({ a: z.number() })],
  ])('%s', (_what, schema) => {
    expectSameFromBytes(schema, TEXTS);
  });
});

test.each([
  ['zod 4 of zod 3.25', zod40],
  ['zod 4.6', zod46],
])('%s: any JSON', (_name, z) => {
  expectSameFromBytes(z.json(), TEXTS);
});

test.each([
  [
    'zod 4 of zod 3.25',
    zod40.record(zod40.string(), zod40.number()),
    zod40.object({}).catchall(zod40.number()),
  ],
  ['zod 4.6', zod46.record(zod46.string(), zod46.number()), zod46.object({}).catchall(zod46.number())],
])('%s: records are decided by the core', (_name, record, catchall) => {
  expect([Schema.compile(record).coverage.bytes, Schema.compile(catchall).coverage.bytes]).toEqual([
    'fused',
    'fused',
  ]);
});

test('a constructor of null is none of a record, at which Zod throws', () => {
  const schema = zod40.record(zod40.string(), zod40.unknown());
  expect(() => schema.safeParse({ constructor: null })).toThrow(TypeError);
  const compiled = Schema.compile(schema);
  expect(compiled.checkBytes('{"constructor":null}')).toBe(false);
  expect(compiled.safeParseBytes('{"constructor":null}').success).toBe(false);
});

test('constructors inside each other cost a bounded amount of work', () => {
  const nested = (depth: number) =>
    `${'{"constructor":{"a":'.repeat(depth)}"${'x'.repeat(100_000)}"${',"prototype":{"isPrototypeOf":1}}}'.repeat(depth)}`;
  const schema = Schema.compile(zod40.json());
  expect(schema.checkBytes(nested(2))).toBe(true);
  expect(schema.issues(nested(60))).toMatchObject([{ code: 'limit.work' }]);
});
