/** Input that is made to hurt: it costs a bounded amount of work and ends in a typed error. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Schema, SchemaError, SchemaMismatchError } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

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
