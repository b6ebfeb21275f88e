/** Input that is made to hurt: it costs a bounded amount of work and ends in a typed error. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Schema, SchemaError, SchemaMismatchError } from '@cortex-os/native';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { z, type z as zod3 } from 'zod';
import { VERSIONS } from './zod/same-as-zod.js';

const MIB = 1024 * 1024;
const anything = Schema.compile(true);
const tree = Schema.compile({
  $defs: {
    node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false },
  },
  $ref: '#/$defs/node',
});

/** The first issue as [code, byte offset]. */
function firstIssue(schema: Schema, bytes: Uint8Array | string) {
  const [issue] = schema.issues(bytes);
  return issue !== undefined && 'code' in issue ? [issue.code, issue.byteOffset] : undefined;
}

/** What a call throws, as a typed error. */
function schemaErrorOf(call: () => unknown): SchemaError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(SchemaError);
    return error as SchemaError;
  }
  throw new Error('nothing was thrown');
}

const nested = (depth: number) => `${'[1,'.repeat(depth)}1${']'.repeat(depth)}`;

describe('bytes', () => {
  test('10 MiB of [ are given up at the bound of depth', () => {
    const bytes = Buffer.alloc(10 * MIB, '[');
    expect(anything.checkBytes(bytes)).toBe(false);
    expect(firstIssue(anything, bytes)).toEqual(['limit.depth', 128]);
    expect(schemaErrorOf(() => anything.parseBytes(bytes))).toMatchObject({
      code: 'ERR_SCHEMA_MISMATCH',
      fields: { issue: 'limit.depth', byteOffset: 128 },
    });
  });

  test('as deep as allowed is read, one deeper is not', () => {
    expect(anything.checkBytes(nested(128))).toBe(true);
    expect(anything.checkBytes(nested(129))).toBe(false);
    const deep = Schema.compile(true, { limits: { depth: 256 } });
    expect(deep.checkBytes(nested(256))).toBe(true);
    expect(deep.checkBytes(nested(257))).toBe(false);
    expect(schemaErrorOf(() => Schema.compile(true, { limits: { depth: 100_000 } })).code).toBe(
      'ERR_SCHEMA_OPTION_INVALID',
    );
  });

  test('an object of a million keys is given up at the bound of properties', () => {
    const bytes = Buffer.from(`{${Array.from({ length: 1_000_000 }, (_, i) => `"key${i}":${i}`).join(',')}}`);
    expect(anything.checkBytes(bytes)).toBe(false);
    expect(firstIssue(anything, bytes)?.[0]).toBe('limit.properties');
    const wide = Schema.compile(true, { limits: { properties: 1_000_000 } });
    expect(wide.checkBytes(bytes)).toBe(true);
    // One key comes again at the very end: duplicates are found without comparing everything with everything.
    const doubled = Buffer.concat([bytes.subarray(0, -1), Buffer.from(',"key1":0}')]);
    expect(firstIssue(Schema.compile(true, { limits: { properties: 2_000_000 } }), doubled)?.[0]).toBe(
      'syntax.duplicate',
    );
  });

  test.each([
    ['bytes', 'limit.bytes', { bytes: 10 }, '"0123456789"'],
    ['items', 'limit.items', { items: 3 }, '[1,2,3,4]'],
    ['stringLength', 'limit.string', { stringLength: 16 }, '["12345678901234567"]'],
    ['properties', 'limit.properties', { properties: 1 }, '{"a":1,"b":2}'],
  ])('the bound of %s holds', (_name, code, limits, text) => {
    expect(firstIssue(Schema.compile(true, { limits }), text)?.[0]).toBe(code);
    expect(anything.checkBytes(text)).toBe(true);
  });

  test.each([
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'syntax.utf8'],
    ['cut UTF-8', Buffer.from([0x22, 0xe2, 0x82, 0x22]), 'syntax.utf8'],
    ['half a pair of surrogates', Buffer.from('"\\ud800"'), 'syntax.surrogate'],
    ['a number beyond a double', Buffer.from('1e400'), 'syntax.range'],
    ['a byte order mark', Buffer.from('\ufeff1'), 'syntax.bom'],
    ['something after the value', Buffer.from('1 2'), 'syntax.trailing'],
    ['nothing', Buffer.alloc(0), 'syntax.empty'],
    ['a key twice', Buffer.from('{"a":1,"\\u0061":2}'), 'syntax.duplicate'],
  ])('%s is refused by name', (_name, bytes, code) => {
    expect(anything.checkBytes(bytes)).toBe(false);
    expect(firstIssue(anything, bytes)?.[0]).toBe(code);
  });

  test('a thousand errors are told up to the bound of issues', () => {
    const numbers = Schema.compile({ items: { type: 'number' } }, { maxIssues: 7 });
    expect(numbers.issues(JSON.stringify(Array(1000).fill('x')))).toHaveLength(7);
  });
});

describe('patterns that make backtracking engines run for ever', () => {
  const hostile = `${'a'.repeat(100_000)}!`;

  test.each(['^(a+)+$', '^(a|a)*$', '^(?:a*)*b?$', '(x+x+)+y|^(a|aa)+$'])(
    '%s takes linear time',
    (pattern) => {
      const schema = Schema.compile({ type: 'string', pattern });
      expect(schema.checkBytes(JSON.stringify(hostile))).toBe(false);
      expect(schema.checkBytes(JSON.stringify(hostile.slice(0, -1)))).toBe(true);
      expect(schema.is(hostile)).toBe(false);
      expect(schema.is(hostile.slice(0, -1))).toBe(true);
    },
  );

  test('as names of properties, too', () => {
    const schema = Schema.compile({ patternProperties: { '^(a+)+$': false } });
    expect(schema.checkBytes(JSON.stringify({ [hostile]: 1 }))).toBe(true);
    expect(schema.is({ [hostile]: 1 })).toBe(true);
    expect(schema.is({ aaa: 1 })).toBe(false);
  });

  test.each(['^a{1,99999999}$', '^(?:(?:a{0,9999}){0,9999}b){0,9999}$', '^(?=b)a{99999999}$'])(
    '%s is refused before an engine prepares it',
    (pattern) => {
      const pointers = [
        [{ pattern }, '/pattern'],
        [{ patternProperties: { [pattern]: true } }, `/patternProperties/${pattern}`],
      ] as const;
      for (const [rule, pointer] of pointers) {
        for (const tape of [{}, { unevaluatedItems: false }]) {
          const error = schemaErrorOf(() => Schema.compile({ ...rule, ...tape }));
          expect(error).toMatchObject({ code: 'ERR_SCHEMA_COMPILE', fields: { pointer } });
        }
      }
      // Zod has its own engine, which takes them.
      const { coverage } = Schema.compile(z.string().regex(new RegExp(pattern)));
      expect(coverage.bytes).toBe('javascript');
    },
  );

  test('one that needs backtracking gives up after its steps', () => {
    const schema = Schema.compile({ type: 'string', pattern: '^(?=(a+)+$)\\1?a*$' });
    expect(schema.checkBytes(JSON.stringify(hostile))).toBe(false);
    expect(['limit.regex', 'pattern']).toContain(firstIssue(schema, JSON.stringify(hostile))?.[0]);
    expect(schema.is(hostile)).toBe(false);
  });
});

describe('references that lead to themselves', () => {
  test.each([
    ['at once', { $ref: '#' }],
    ['over another', { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }],
    ['through allOf', { allOf: [{ $ref: '#' }] }],
    ['through if', { if: { $ref: '#' } }],
    ['over a tape', { $ref: '#', unevaluatedProperties: false }],
    ['over a tape, through allOf', { allOf: [{ $ref: '#' }], unevaluatedItems: false }],
    ['through not', { not: { anyOf: [{ type: 'string' }, { $ref: '#' }] } }],
  ])('%s are no schema', (_name, source) => {
    const error = schemaErrorOf(() => Schema.compile(source));
    expect(error.code).toBe('ERR_SCHEMA_COMPILE');
    expect(error.fields).toHaveProperty('pointer');
  });

  test('many for one value are no schema, over a tape as well as fused', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 120 }, (_, at) => [`d${at}`, { anyOf: [{ $ref: `#/$defs/d${at + 1}` }] }]),
    );
    const source = { $ref: '#/$defs/d0', $defs: { ...$defs, d120: { items: { $ref: '#/$defs/d0' } } } };
    for (const tape of [{}, { unevaluatedProperties: false }]) {
      expect(schemaErrorOf(() => Schema.compile({ ...source, ...tape }))).toMatchObject({
        code: 'ERR_SCHEMA_COMPILE',
        fields: {
          pointer: expect.stringMatching(/^\/\$defs\/d/),
          reason: 'too many schemas inside each other apply to one value',
        },
      });
    }
  });

  test('what doubles with every level over a tape ends, in a verdict and in its issues', () => {
    const schema = Schema.compile({
      anyOf: [
        { type: 'array', items: { $ref: '#' } },
        { type: 'array', items: { $ref: '#' }, minItems: 1 },
        { const: 1 },
      ],
      unevaluatedProperties: false,
    });
    const bytes = `${'['.repeat(100)}3${']'.repeat(100)}`;
    expect(schema.coverage.bytes).toBe('tape');
    expect(schema.checkBytes(bytes)).toBe(false);
    expect(firstIssue(schema, bytes)).toEqual(['limit.work', 0]);
    expect(schema.safeParseBytes(bytes).success).toBe(false);
    expect(firstIssue(schema, '[[3]]')?.[0]).toBe('keyword');
  });

  test('as many as allowed do not overflow the stack of a worker, as deep as allowed', async () => {
    const worker = new Worker(new URL('./deep-worker.mjs', import.meta.url), {
      resourceLimits: { stackSizeMb: 1 },
    });
    const [told] = await once(worker, 'message');
    expect(told).toEqual({ bytes: 'tape', verdicts: [true, false, true, false, true, false], lines: 500 });
  });

  test('from a part of the value are recursion, bounded by depth', () => {
    const chain = (length: number) => `${'{"next":'.repeat(length)}{}${'}'.repeat(length)}`;
    expect(tree.checkBytes(chain(127))).toBe(true);
    expect(firstIssue(tree, chain(100_000))?.[0]).toBe('limit.depth');
  });

  test('to what is not there, or over the network, are no schema', () => {
    for (const $ref of ['#/$defs/absent', 'https://example.test/schema', 'other.json']) {
      expect(schemaErrorOf(() => Schema.compile({ properties: { a: { $ref } } }))).toMatchObject({
        code: 'ERR_SCHEMA_COMPILE',
        fields: { pointer: '/properties/a/$ref' },
      });
    }
  });
});

describe('objects', () => {
  test('nested too deeply for the stack do not match', () => {
    let value: object = {};
    for (let i = 0; i < 1_000_000; i += 1) value = { next: value };
    expect(tree.is(value)).toBe(false);
    expect(schemaErrorOf(() => tree.parse(value))).toBeInstanceOf(SchemaMismatchError);
  });

  test('that contain themselves do not match', () => {
    const value: { next?: object } = {};
    value.next = value;
    expect(tree.is(value)).toBe(false);
    expect(tree.safeParse(value).success).toBe(false);
  });

  test('a getter that throws is not swallowed', () => {
    const value = {
      get next() {
        throw new Error('from the getter');
      },
    };
    expect(() => tree.is(value)).toThrow('from the getter');
  });
});

describe.each(VERSIONS)('bytes that first break a rule of %s', (_name, z) => {
  const LONG = 10_000;
  afterEach(() => void vi.restoreAllMocks());

  /** The issues, without a value made of the whole document. */
  function unparsed(schema: Schema, bytes: Buffer) {
    const parse = vi.spyOn(JSON, 'parse');
    const { error } = schema.safeParseBytes(bytes);
    expect(parse.mock.calls.filter(([text]) => text.length > LONG)).toEqual([]);
    return [...(error?.issues ?? [])] as unknown as { params?: { code: string } }[];
  }

  const wrongFirst = z.object({ a: z.string(), b: z.unknown() });
  const keys = (count: number) => Array.from({ length: count }, (_, i) => `"key${i}":${i}`).join(',');
  const documents: [string, Schema, string, string][] = [
    ['10 MiB of [', Schema.compile(wrongFirst), `{"a":1,"b":${'['.repeat(10 * MIB)}`, 'limit.depth'],
    [
      'a million keys nobody knows',
      Schema.compile(z.object({ a: z.string() }).strict()),
      `{"a":1,${keys(1_000_000)}}`,
      'limit.properties',
    ],
    [
      'a million keys further in',
      Schema.compile(z.object({ a: z.string(), b: z.object({}).strict() }).strict()),
      `{"a":1,"b":{${keys(1_000_000)}}}`,
      'limit.properties',
    ],
    ['more items than allowed', Schema.compile(z.array(z.string())), `[1${',1'.repeat(MIB)}]`, 'limit.items'],
    [
      'a long text',
      Schema.compile(wrongFirst, { limits: { stringLength: LONG } }),
      `{"a":1,"b":"${'x'.repeat(LONG + 1)}"}`,
      'limit.string',
    ],
    ['an end that is missing', Schema.compile(wrongFirst), `{"a":1,"b":"${'x'.repeat(LONG)}`, 'syntax.end'],
  ];

  test.each(documents)('%s is what is told', (_what, schema, text, code) => {
    const bytes = Buffer.from(text);
    const issues = unparsed(schema, bytes);
    expect(issues.map(({ params }) => params?.code)).toEqual([code]);
    expect(schema.checkBytes(bytes)).toBe(false);
  });

  test('tries of alternatives without end', () => {
    const node: zod3.ZodType = z.lazy(() =>
      z.union([z.object({ x: z.literal(1), c: node }), z.object({ y: z.literal(1), c: node }), z.literal(1)]),
    );
    let value: unknown = 2;
    for (let depth = 0; depth < 60; depth += 1) value = { c: value, x: 1, y: 1 };
    const bytes = Buffer.from(JSON.stringify({ a: 1, b: value }));
    const issues = unparsed(Schema.compile(z.object({ a: z.string(), b: node })), bytes);
    expect(issues.map(({ params }) => params?.code)).toEqual(['limit.work']);
  });

  test('many wrong items: so many are told, and no more are made', () => {
    const message = vi.fn(() => ({ message: 'no number' }));
    const numbers = z.array(z.number({ errorMap: message, error: message } as never));
    const bytes = Buffer.from(`[""${',""'.repeat(199_999)}]`);
    for (const [options, count] of [
      [{}, 100],
      [{ maxIssues: 7 }, 7],
    ] as const) {
      message.mockClear();
      const { error } = Schema.compile(numbers, options).safeParseBytes(bytes);
      expect(error?.issues).toEqual(numbers.safeParse(Array(count).fill('')).error?.issues);
      expect(error).toBeInstanceOf(z.ZodError);
      expect(message.mock.calls.length).toBe(2 * count);
    }
  });

  test('more issues than a call can take are told by the core, where zod breaks off', () => {
    const numbers = z.object({ a: z.array(z.number()) });
    const bytes = Buffer.from(`{"a":[""${',""'.repeat(199_999)}]}`);
    const { error } = Schema.compile(numbers).safeParseBytes(bytes);
    expect(error).toBeInstanceOf(z.ZodError);
    expect(error?.issues).toHaveLength(100);
    expect(error?.issues.map((issue) => 'path' in issue && issue.path)).toEqual(
      Array.from({ length: 100 }, (_, i) => ['a', i]),
    );
  });

  test('the issues told are the first ones of zod, where it decides itself too', () => {
    const shape = { b: z.array(z.number()), a: z.array(z.string()) };
    const text = JSON.stringify({ a: Array(20).fill(1), b: Array(20).fill('x') });
    for (const zod of [z.object(shape), z.object({ ...shape, c: z.unknown().refine(() => true) })]) {
      const all = zod.safeParse(JSON.parse(text)).error?.issues;
      for (const maxIssues of [1, 19, 20, 21, 39, 40, 41, 42]) {
        const { error } = Schema.compile(zod as never, { maxIssues }).safeParseBytes(text);
        expect(error?.issues).toEqual(all?.slice(0, maxIssues));
        expect(error?.message).toBe(new z.ZodError(all?.slice(0, maxIssues) ?? []).message);
      }
    }
  });

  describe('a pattern that V8 would never be done with', () => {
    const evil = /^(a+)+$/;
    const text = `${'a'.repeat(60)}!`;
    const word = z.string().regex(evil);
    const own = () => ({ message: 'own' });
    const worded = z.string({ errorMap: own, error: own } as never).regex(evil);
    const cases: [string, zod3.ZodTypeAny, unknown, number][] = [
      ['alone', word, text, 1],
      ['with words', z.string().regex(evil, 'not so'), text, 1],
      ['with words made by a function', worded, text, 1],
      ['wrapped', z.object({ a: word.optional() }), { a: text }, 1],
      ['after another issue', z.object({ a: z.number(), b: word }), { a: 'x', b: text }, 2],
      ['before another issue', z.object({ a: word, b: z.number() }), { a: text, b: 'x' }, 2],
      ['twice', z.array(word), [text, text], 2],
      ['with another check', word.max(3), text, 2],
      ['in a union', z.union([z.object({ a: word }), z.number()]), { a: text }, 1],
      [
        'in a union that takes it',
        z.object({ a: z.number(), b: z.union([word, z.string()]) }),
        { a: 'x', b: text },
        1,
      ],
      ['as a key', z.record(word, z.number()), { [text]: 1 }, 1],
    ];

    test.each(cases)('%s', (_what, zod, value, count) => {
      const schema = Schema.compile(zod);
      expect(schema.coverage.bytes).toBe('fused');
      for (let round = 0; round < 2; round += 1) {
        const { error } = schema.safeParseBytes(JSON.stringify(value));
        expect(error).toBeInstanceOf(z.ZodError);
        expect(error?.issues).toHaveLength(count);
      }
      expect(Object.keys(Object.getOwnPropertyDescriptors(evil))).toEqual(['lastIndex']);
    });

    test('is told as zod tells it', () => {
      const zod = z.object({ a: z.number(), b: word, c: z.string().regex(evil, 'not so') });
      const value = { a: 'x', b: 'b', c: 'c' };
      expect(Schema.compile(zod).safeParseBytes(JSON.stringify(value)).error?.issues).toEqual(
        zod.safeParse(value).error?.issues,
      );
    });
  });
});
