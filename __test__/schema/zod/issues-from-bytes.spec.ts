/** Issues that are made from what the core found in bytes are the issues that Zod makes of the value. */
import { createRequire } from 'node:module';
import { Schema, type SchemaIssue } from '@cortex-os/native';
import { describe, expect, test, vi } from 'vitest';
import { z as zod3 } from 'zod';
import { VERSIONS } from './same-as-zod.js';

const placeOfLine = (issue: object) => {
  const { byteOffset, line, column, lineIndex } = issue as SchemaIssue & { lineIndex: number };
  return { byteOffset, line, column, lineIndex };
};

const good = {
  id: 'abc',
  count: 1,
  tags: ['xx'],
  at: '2024-02-29T10:00:00Z',
  kind: 'a',
  inner: { 'k/~é': { '0': true } },
  one: 1,
};

/** Each breaks one rule. */
const bad: [string, object][] = [
  ['a wrong type', { ...good, id: 7 }],
  ['an array for a text', { ...good, id: [1] }],
  ['an object for a text', { ...good, id: { a: 1 } }],
  ['null for a number', { ...good, count: null }],
  ['true for a number', { ...good, count: true }],
  ['a missing key', { ...good, id: undefined }],
  ['a missing constant', { ...good, kind: undefined }],
  ['too short', { ...good, id: '' }],
  ['too long', { ...good, id: 'x'.repeat(99) }],
  ['not the pattern', { ...good, id: 'ABC' }],
  ['a fraction', { ...good, count: 1.5 }],
  ['too small', { ...good, count: -1 }],
  ['too big', { ...good, count: 1e9 }],
  ['an item', { ...good, tags: ['xx', 'y'] }],
  ['too many items', { ...good, tags: ['xx', 'yy', 'zz'] }],
  ['a format', { ...good, at: '2023-02-29T10:00:00Z' }],
  ['none of the values', { ...good, kind: 'z' }],
  ['none of the values, with escapes', { ...good, kind: 'z"\\é' }],
  ['a number for a value', { ...good, kind: 5 }],
  ['another constant', { ...good, one: 2 }],
  ['a text for a constant', { ...good, one: '1' }],
  ['deep, under keys to be escaped', { ...good, inner: { 'k/~é': { '0': 'x' } } }],
  ['a key that looks like an index', { ...good, inner: { '0': { '1': 2 } } }],
  ['a key too many', { ...good, more: 1 }],
  ['two issues', { ...good, id: 1, count: 'x' }],
  ['no object', []],
];

describe.each(VERSIONS)('%s', (_name, z) => {
  const zod = z
    .object({
      id: z
        .string()
        .min(1)
        .max(20)
        .regex(/^[a-z]*$/),
      count: z.number().int('not whole').min(0).max(100),
      tags: z.array(z.string().min(2, 'too short')).max(2),
      at: z.string().datetime(),
      kind: z.enum(['a', 'b']),
      inner: z.record(z.string(), z.record(z.string(), z.boolean())),
      one: z.literal(1).optional(),
    })
    .strict();
  const schema = Schema.compile(zod);

  test.each(bad)('%s', (_what, value) => {
    for (const indent of [0, 2]) {
      const bytes = Buffer.from(JSON.stringify(value, null, indent));
      const expected = zod.safeParse(JSON.parse(bytes.toString())).error;
      // Twice: what Zod says is learned the first time.
      for (let round = 0; round < 2; round += 1) {
        const { success, error } = schema.safeParseBytes(bytes);
        expect(success).toBe(false);
        expect(error?.issues).toEqual(expected?.issues);
        expect(error?.constructor).toBe(expected?.constructor);
        expect(error?.message).toBe(expected?.message);
      }
      expect(schema.checkBytes(bytes)).toBe(false);
      expect(() => schema.parseBytes(bytes)).toThrow(expected?.constructor as never);
    }
  });

  test('what was learned of one value does not stand for another', () => {
    for (const kind of ['x', 'yy', 'x']) {
      const bytes = Buffer.from(JSON.stringify({ ...good, kind }));
      expect(schema.safeParseBytes(bytes).error?.issues).toEqual(
        zod.safeParse({ ...good, kind }).error?.issues,
      );
    }
  });

  test('an exact length is missed on either side', () => {
    const own = z.object({ id: z.string().length(3) });
    const compiled = Schema.compile(own);
    for (const id of ['xxxx', 'x', 'xxxx']) {
      expect(compiled.safeParseBytes(JSON.stringify({ id })).error?.issues).toEqual(
        own.safeParse({ id }).error?.issues,
      );
    }
  });

  test('messages made by functions of the user', () => {
    const own = z.object({
      id: z.string({
        errorMap: () => ({ message: `at ${Math.floor(1)}` }),
        error: (issue: unknown) => `of ${typeof issue}`,
      } as never),
    });
    const bytes = Buffer.from('{"id":1}');
    expect(Schema.compile(own).safeParseBytes(bytes).error?.issues).toEqual(
      own.safeParse({ id: 1 }).error?.issues,
    );
  });

  test('keys that begin alike are told apart', () => {
    const own = z.record(z.string(), z.number());
    const compiled = Schema.compile(own);
    for (const key of ['count', 'counter', 'coun', 'count', 'cou', '', 'co', 'counter', 'x'.repeat(200)]) {
      expect(compiled.safeParseBytes(JSON.stringify({ [key]: 'a' })).error?.issues).toEqual(
        own.safeParse({ [key]: 'a' }).error?.issues,
      );
    }
  });

  test('bytes that match give the result of Zod', () => {
    expect(schema.parseBytes(Buffer.from(JSON.stringify(good)))).toEqual(zod.parse(good));
    expect(schema.checkBytes(JSON.stringify(good))).toBe(true);
  });

  test.each([
    ['', 'syntax.empty'],
    ['{"id":', 'syntax.end'],
    ['{} x', 'syntax.trailing'],
    ['{"id":"a","id":"b"}', 'syntax.duplicate'],
    ['{"count":1e400}', 'syntax.range'],
  ])('%j is an issue of the text: %s', (text, code) => {
    const { success, error } = schema.safeParseBytes(Buffer.from(text));
    expect(success).toBe(false);
    expect(error?.issues).toEqual([
      expect.objectContaining({ code: 'custom', path: [], params: expect.objectContaining({ code }) }),
    ]);
    expect(error?.constructor).toBe(zod.safeParse(0).error?.constructor);
  });

  const user = z.object({ role: z.enum(['user', 'admin']), more: z.unknown() });
  const kinds = z.discriminatedUnion('t', [
    z.object({ t: z.literal('a'), v: z.number() }),
    z.object({ t: z.literal('b'), v: z.string() }),
  ]);
  test.each<[string, zod3.ZodTypeAny, string, string]>([
    ['a key twice, wrong at first', user, '{"role":1,"role":"admin","more":1}', 'syntax.duplicate'],
    ['inside', z.object({ user }), '{"user":{"role":1,"more":1,"role":"admin"}}', 'syntax.duplicate'],
    ['in a key that nobody asked for', user, '{"role":1,"x":{"y":1,"y":1}}', 'syntax.duplicate'],
    [
      'in one of a union',
      z.union([user, z.string()]),
      '{"role":1,"role":"user","more":1}',
      'syntax.duplicate',
    ],
    ['in one of a union with tags', kinds, '{"t":"a","v":"x","v":1}', 'syntax.duplicate'],
    ['in an item', z.array(user), '[{"role":1},{"role":1,"role":"user"}]', 'syntax.duplicate'],
    ['another thing that JSON.parse takes', user, '{"role":1,"more":1e400}', 'syntax.range'],
  ])('what breaks a rule hides no issue of the text: %s', (_what, own, text, code) => {
    const compiled = Schema.compile(own);
    expect(compiled.checkBytes(text)).toBe(false);
    expect(compiled.safeParseBytes(text).error?.issues).toEqual([
      expect.objectContaining({ code: 'custom', path: [], params: expect.objectContaining({ code }) }),
    ]);
    expect(() => compiled.parseBytes(text)).toThrow(code === 'syntax.range' ? 'out of range' : 'a key twice');
    if (code !== 'syntax.duplicate') return;
    const lenient = Schema.compile(own, { duplicateKeys: 'last' });
    expect(lenient.safeParseBytes(text).success).toBe(own.safeParse(JSON.parse(text)).success);
  });

  test('schemas that need JavaScript take bytes as well', () => {
    const own = Schema.compile(z.object({ id: z.string().transform((text) => text.length) }));
    expect(own.coverage).toMatchObject({ objects: 'zod', bytes: 'javascript' });
    expect(own.parseBytes('{"id":"abc"}')).toEqual({ id: 3 });
    expect([own.checkBytes('{"id":"abc"}'), own.checkBytes('{"id":1}'), own.checkBytes('{"id":')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(own.safeParseBytes('{"id":1}').error?.issues).toHaveLength(1);
    expect(own.issues('{"id":1}')).toMatchObject([{ code: 'keyword', path: ['id'], byteOffset: 6 }]);
    expect(own.normalise('{"id":"abc"}')?.toString()).toBe('{"id":3}');
    const lines = own.checkNdjson(Buffer.from('{"id":"a"}\n{"id":2}\n\n{"id":"b"}'));
    expect([
      lines.lines,
      lines.valid,
      [...lines.bitmap],
      lines.issues.map((issue) => issue.lineIndex),
    ]).toEqual([4, 2, [0b1001], [1, 2]]);
    expect(() => own.handle).toThrow(expect.objectContaining({ code: 'ERR_SCHEMA_COMPILE' }));
  });

  test('issues of schemas that need JavaScript have the places that the core tells', () => {
    const shape = {
      'k"é': z.object({ list: z.array(z.object({ n: z.number() })), s: z.string() }),
      last: z.number(),
    };
    const [fused, javascript] = [z.object(shape), z.object({ ...shape, x: z.any().refine(() => true) })].map(
      (own) => Schema.compile(own, { errors: 'issues' }),
    );
    expect([fused?.coverage.bytes, javascript?.coverage.bytes]).toEqual(['fused', 'javascript']);
    const good = {
      x: [{ a: '}]"\\' }, -1.5e3, true, null],
      'k"é': { list: [{ n: 1 }, { n: 2 }], s: 'é' },
      last: 1,
    };
    const inner = good['k"é'];
    const values = [
      { ...good, last: 'x' },
      { ...good, last: undefined },
      { ...good, 'k"é': { ...inner, s: 1 } },
      { ...good, 'k"é': { ...inner, list: [{ n: 1 }, { n: 'x' }] } },
      { ...good, 'k"é': { ...inner, list: [{ n: 1 }, 7] } },
      { ...good, 'k"é': { ...inner, list: [[], { n: 1 }] } },
      { ...good, 'k"é': [] },
      [1],
      5,
    ];
    const placed = (schema: Schema | undefined, text: string) =>
      schema?.issues(text).map((issue) => {
        const { byteOffset, line, column } = issue as SchemaIssue;
        return { byteOffset, line, column };
      });
    for (const value of values) {
      for (const indent of [0, 2, '\t']) {
        const text = JSON.stringify(value, null, indent).replace('k\\"', '\\u006b\\"');
        expect(placed(javascript, text)).toEqual(placed(fused, text));
        expect(placed(javascript, text)).toHaveLength(1);
      }
    }
    const lines = values.map((value) => JSON.stringify(value)).join('\n');
    expect(javascript?.checkNdjson(Buffer.from(lines)).issues.map(placeOfLine)).toEqual(
      fused?.checkNdjson(Buffer.from(lines)).issues.map(placeOfLine),
    );
  });

  test('lines that need JavaScript are checked in turns with everything else', async () => {
    let checked = 0;
    const count = 5000;
    const own = z.object({
      id: z.string().refine(() => {
        checked += 1;
        return true;
      }),
    });
    const schema = Schema.compile(own);
    const line = JSON.stringify({ id: 'x'.repeat(100) });
    const bytes = Buffer.from(`${line}\n`.repeat(count));
    const done = schema.checkNdjson(bytes, { threads: 2 });
    const begun = checked;
    expect(begun).toBeLessThan(count / 10);
    // The text is a copy: it may be used for something else.
    bytes.fill(0);
    let turns = 0;
    let most = 0;
    let ended = false;
    void done.then(() => {
      ended = true;
    });
    while (!ended) {
      const before = checked;
      await new Promise((resolve) => void setImmediate(resolve));
      turns += 1;
      most = Math.max(most, checked - before);
    }
    expect(await done).toMatchObject({ lines: count, valid: count, issues: [] });
    expect(turns).toBeGreaterThan(10);
    expect(most).toBeLessThan(count / 10);
  });

  test('other forms of errors', () => {
    const bytes = Buffer.from('{"id":1}');
    const small = z.object({ id: z.string() });
    const [own, ajv] = (['issues', 'ajv'] as const).map((errors) => Schema.compile(small, { errors }));
    expect(own?.safeParseBytes(bytes).error).toMatchObject({
      code: 'ERR_SCHEMA_MISMATCH',
      issues: [{ code: 'type', path: ['id'], pointer: '/id', byteOffset: 6, line: 1, column: 7 }],
    });
    expect(ajv?.safeParseBytes(bytes).error?.issues).toMatchObject([
      {
        instancePath: '/id',
        keyword: 'type',
        params: { type: 'string' },
        schemaPath: '#/properties/id/type',
      },
    ]);
    expect(own?.safeParse({ id: 1 }).error).toMatchObject({
      code: 'ERR_SCHEMA_MISMATCH',
      issues: [{ path: ['id'] }],
    });
  });

  test('an error that is thrown says where, and the limit of frames stays what it was', () => {
    const own = Schema.compile(z.object({ id: z.string() }));
    const limit = Error.stackTraceLimit;
    const { error } = own.safeParseBytes('{"id":1}');
    expect(error).toBeInstanceOf(z.ZodError);
    expect(Error.stackTraceLimit).toBe(limit);
    const thrown = (() => {
      try {
        return own.parseBytes('{"id":1}');
      } catch (caught) {
        return caught;
      }
    })() as Error;
    expect(thrown).toBeInstanceOf(z.ZodError);
    expect(thrown.stack).toContain('issues-from-bytes.spec');
  });
});

describe('messages made by a function for all schemas', () => {
  /** Tells where, what was said before, and the value. */
  const told = (path: readonly PropertyKey[], before: string, value: unknown) =>
    `at ${path.join('.')}: ${before} (${JSON.stringify(value)})`;
  const values = [
    { p: { q: 5 } },
    { p: { q: 7 } },
    { p: { q: 'ab' } },
    { p: { q: 'a' } },
    { p: { q: 'abcd' } },
    { p: { q: [1] } },
    { p: { q: null } },
    { p: {} },
    {},
    { p: { q: 'abc' }, r: { q: 5 } },
    { p: { q: 'abc' }, kind: 'z' },
    { p: { q: 'abc' }, kind: 'y' },
    { p: { q: 'abc' }, count: 1.5 },
    { p: { q: 'abc' }, count: -2 },
  ];

  /** One shape in two places, so that one rule has two paths. */
  const shapeOf = (z: typeof zod3) => {
    const part = z.object({ q: z.string().min(3).max(3) });
    return z.object({
      p: part,
      r: part.optional(),
      kind: z.enum(['a', 'b']).optional(),
      count: z.number().int().min(0).optional(),
    });
  };

  const expectZods = (zod: zod3.ZodTypeAny, schema: Schema) => {
    for (const value of [...values, ...values.toReversed()]) {
      const got = schema.safeParseBytes(JSON.stringify(value)).error?.issues;
      expect(got).toEqual(zod.safeParse(value).error?.issues);
    }
  };

  test('z.setErrorMap of zod 3: at once, with the value and the path', () => {
    const zod = shapeOf(zod3);
    const schema = Schema.compile(zod);
    expectZods(zod, schema);
    zod3.setErrorMap(({ path }, { defaultError, data }) => ({ message: told(path, defaultError, data) }));
    try {
      expectZods(zod, schema);
      expect(schema.safeParseBytes('{"p":{"q":7}}').error?.issues[0]?.message).toBe(
        'at p.q: Expected string, received number (7)',
      );
    } finally {
      zod3.setErrorMap(zod3.defaultErrorMap);
    }
    expectZods(zod, schema);
  });

  test.each([
    ['an ES module', zod3],
    ['a CommonJS module', createRequire(import.meta.url)('zod') as typeof zod3],
  ])('zod 3 as %s is not asked twice, but for words that are not its own', async (_name, zod) => {
    const text = zod.string();
    const asked = vi.spyOn(text, '_parseSync');
    const schema = Schema.compile(zod.object({ q: text }));
    const told = () => schema.safeParseBytes('{"q":7}').error?.issues[0]?.message;
    const own = 'Expected string, received number';
    // The ES module is found a few turns after it was first looked for.
    await vi.waitUntil(() => {
      asked.mockClear();
      return told() === own && asked.mock.calls.length === 0;
    });
    zod.setErrorMap((_issue, { data }) => ({ message: `not ${data}` }));
    try {
      expect([told(), schema.safeParseBytes('{"q":8}').error?.issues[0]?.message]).toEqual([
        'not 7',
        'not 8',
      ]);
      expect(asked).toHaveBeenCalledTimes(2);
    } finally {
      zod.setErrorMap(zod.defaultErrorMap);
    }
    expect([told(), asked.mock.calls.length]).toEqual([own, 2]);
  });

  test.each(VERSIONS.slice(1))('customError and localeError of %s', (_name, z) => {
    const { config } = z as unknown as typeof import('zod4').z;
    const before = { ...config() };
    const zod = shapeOf(z);
    const schema = Schema.compile(zod);
    for (const name of ['customError', 'localeError'] as const) {
      expectZods(zod, schema);
      config({ [name]: ({ code, path, input }: never) => told(path ?? [], code, input) });
      try {
        expectZods(zod, schema);
        expect(schema.safeParseBytes('{"p":{"q":7}}').error?.issues[0]?.message).toBe(
          'at p.q: invalid_type (7)',
        );
      } finally {
        config({ customError: undefined, localeError: undefined, ...before } as never);
      }
    }
  });

  test('of one part of a schema of zod 3', () => {
    const zod = zod3.object({
      p: zod3.object({
        q: zod3
          .string({
            errorMap: ({ path }, { data, defaultError }) => ({ message: told(path, defaultError, data) }),
          })
          .min(3),
      }),
    });
    expectZods(zod, Schema.compile(zod));
  });
});
