/** JSON Schemas through `Schema`: objects, bytes, issues and their forms. */
import { Schema, SchemaError, SchemaMismatchError } from '@cortex-os/native';
import { native } from '@cortex-os/native/zod';
import { describe, expect, test } from 'vitest';
import { z as zod3 } from 'zod';
import { native as binding } from '../../dist/native.js';
import { CODES } from '../../dist/schema/codes.js';
import type { AnyZod } from './zod/same-as-zod.js';

const source = {
  type: 'object',
  properties: {
    id: { type: 'string', minLength: 2 },
    list: { type: 'array', items: { $ref: '#/$defs/item' } },
  },
  required: ['id'],
  additionalProperties: false,
  $defs: { item: { type: 'integer', maximum: 9 } },
};
const schema: Schema = Schema.compile(source);

test('gives back the value itself, and runs in generated code and one pass', () => {
  const value = { id: 'ab', list: [1] };
  expect(schema.parse(value)).toBe(value);
  expect(schema.safeParse(value)).toEqual({ success: true, data: value });
  expect(schema.parseBytes(JSON.stringify(value))).toEqual(value);
  expect(schema.coverage).toEqual({
    objects: 'generated',
    bytes: 'fused',
    reasons: { objects: [], bytes: [] },
  });
  expect(Schema.compile(JSON.stringify(source)).is(value)).toBe(true);
  schema.assert(value);
});

test('tells all issues, of bytes with their place', () => {
  const value = { id: 'a', list: [1, 'x', 10], more: true };
  const rules = [
    ['minLength', '/id', ['id'], '/properties/id/minLength', { limit: 2 }],
    ['type', '/list/1', ['list', 1], '/$defs/item/type', { type: 'integer' }],
    ['maximum', '/list/2', ['list', 2], '/$defs/item/maximum', { comparison: '<=', limit: 9 }],
    ['additionalProperties', '', ['more'], '/additionalProperties', { additionalProperty: 'more' }],
  ];
  const error = (() => {
    try {
      return schema.parse(value);
    } catch (thrown) {
      return thrown;
    }
  })() as SchemaMismatchError;
  expect(error).toBeInstanceOf(SchemaMismatchError);
  expect(error).toBeInstanceOf(SchemaError);
  expect(error.code).toBe('ERR_SCHEMA_MISMATCH');
  expect(error.fields).toMatchObject({ issue: 'minLength', issueCode: CODES.minLength, pointer: '/id' });
  const brief = (issues: typeof error.issues) =>
    issues.map((issue) =>
      'code' in issue ? [issue.code, issue.pointer, issue.path, issue.schemaPointer, issue.params] : issue,
    );
  expect(brief(error.issues)).toEqual(rules);
  const text = JSON.stringify(value, null, 1);
  const found = schema.issues(text);
  expect(brief(found)).toEqual(rules);
  for (const issue of found) {
    if (!('byteOffset' in issue) || issue.byteOffset === undefined) throw new Error('no place');
    const before = text.slice(0, issue.byteOffset).split('\n');
    expect([issue.line, issue.column]).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1]);
  }
});

test('as ajv tells it', () => {
  const own = Schema.compile(source, { errors: 'ajv' });
  const errors = [
    {
      instancePath: '/id',
      schemaPath: '#/properties/id/minLength',
      keyword: 'minLength',
      params: { limit: 2 },
      message: 'must NOT have fewer than 2 characters',
    },
  ];
  expect(own.safeParse({ id: 'a' }).error?.issues).toEqual(errors);
  expect(own.issues('{"id":"a"}')).toEqual(errors);
});

test('at most so many issues', () => {
  const own = Schema.compile({ items: { type: 'null' } }, { maxIssues: 3 });
  expect(own.issues('[1,2,3,4,5]')).toHaveLength(3);
  expect(own.safeParse([1, 2, 3, 4, 5]).error?.issues).toHaveLength(3);
});

describe('values that JSON does not have', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  test.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a big integer', 1n],
    ['NaN', Number.NaN],
    ['infinity', Infinity],
    ['a circle', circle],
    ['a big integer inside', { a: 1n }],
  ])('%s is no match, and says so', (_what, value) => {
    const own = Schema.compile({
      type: ['number', 'string', 'boolean', 'null', 'array', 'object'],
      items: { type: 'number' },
      additionalProperties: { type: 'number' },
    });
    expect(own.is(value)).toBe(false);
    expect(own.safeParse(value)).toMatchObject({ success: false, error: { code: 'ERR_SCHEMA_MISMATCH' } });
  });

  test('a property that is undefined is not there', () => {
    expect(schema.is({ id: 'ab', list: undefined })).toBe(true);
    expect(schema.is({ id: undefined })).toBe(false);
  });

  test('names that every object has are not there either, unless they are its own', () => {
    const own = Schema.compile({ required: ['constructor'], properties: { toString: { type: 'number' } } });
    expect([own.is({}), own.is({ constructor: 1 }), own.is({ constructor: 1, toString: 'x' })]).toEqual([
      false,
      true,
      false,
    ]);
    const proto = Schema.compile({ required: ['__proto__'], properties: { __proto__: false } });
    expect(proto.is({})).toBe(false);
    expect(Schema.compile('{"required":["__proto__"]}').is(JSON.parse('{"__proto__":1}'))).toBe(true);
    expect(
      Schema.compile('{"properties":{"__proto__":{"type":"string"}}}').is(JSON.parse('{"__proto__":1}')),
    ).toBe(false);
  });
});

describe('what generated code can not do runs over the bytes of the value', () => {
  test.each([
    ['a format', { format: 'date' }, '2024-02-29', '2023-02-29'],
    ['unevaluated properties', { properties: { a: true }, unevaluatedProperties: false }, { a: 1 }, { b: 1 }],
  ])('%s', (_what, rule, good, bad) => {
    const own = Schema.compile(rule, { formats: true });
    expect(own.coverage.objects).toBe('bytes');
    expect(own.coverage.reasons.objects.length).toBeGreaterThan(0);
    expect([own.is(good), own.is(bad)]).toEqual([true, false]);
    expect(own.safeParse(bad).success).toBe(false);
  });
});

test('over a tape an issue names the place of its rule in the schema', () => {
  const own = Schema.compile({
    $defs: { item: { properties: { a: true }, unevaluatedProperties: false } },
    prefixItems: [{ unevaluatedItems: false }],
    items: { $ref: '#/$defs/item' },
    maxItems: 2,
  });
  const issues = own.issues('[[1],{"b":1},{"a":1}]');
  expect(issues.map((issue) => 'schemaPointer' in issue && issue.schemaPointer).sort()).toEqual([
    '/$defs/item/unevaluatedProperties',
    '/maxItems',
    '/prefixItems/0/unevaluatedItems',
  ]);
  for (const keyword of ['unevaluatedProperties', 'unevaluatedItems']) {
    const text = keyword === 'unevaluatedItems' ? '[1]' : '{"a":1}';
    const [issue] = Schema.compile({ [keyword]: false }).issues(text);
    expect(issue).toMatchObject({ schemaPointer: `/${keyword}`, params: { keyword } });
    const [told] = Schema.compile({ [keyword]: false }, { errors: 'ajv' }).issues(text);
    expect(told).toMatchObject({ schemaPath: `#/${keyword}`, keyword });
  }
});

test('rules about another type than the one allowed say nothing', () => {
  const rules = {
    ...{
      minLength: 9,
      pattern: 'x',
      minimum: 9,
      multipleOf: 9,
      uniqueItems: true,
      maxItems: 0,
      contains: false,
    },
    ...{
      prefixItems: [false],
      items: false,
      required: ['x'],
      properties: { x: false },
      maxProperties: 0,
      propertyNames: false,
    },
  };
  for (const [type, value] of [
    ['null', null],
    ['boolean', true],
  ] as const) {
    const own = Schema.compile({ type, ...rules });
    expect(own.coverage.objects).toBe('generated');
    expect([own.is(value), own.is('x'), own.is([1]), own.is({ y: 1 })]).toEqual([true, false, false, false]);
  }
  const text = Schema.compile({ ...rules, type: 'string', minLength: 1 });
  expect([text.is('x'), text.is('y'), text.is(null), text.is(9)]).toEqual([true, false, false, false]);
});

/** An object that contains itself. */
function ownPart(): object {
  const part: { properties: Record<string, unknown> } = { properties: {} };
  part.properties.part = part;
  return part;
}

describe('wrong options are told by name', () => {
  test.each([
    ['errors', { errors: 'text' }],
    ['errors', { errors: 'zod' }],
    ['maxIssues', { maxIssues: 0 }],
    ['draft', { draft: '4' }],
    ['duplicateKeys', { duplicateKeys: 'first' }],
    ['limits.depth', { limits: { depth: 0 } }],
    ['limits.stringLength', { limits: { stringLength: 15 } }],
    ['limits.depth', { limits: { depth: Number.NaN } }],
    ['limits', { limits: { bytes: 10n } }],
    ['limits', { limits: { nope: 1 } }],
    ['limits', { limits: null }],
    ['trusted', { trusted: 'yes' }],
    ['formats', { formats: 1 }],
    ['remotes', { remotes: [] }],
    ['remotes', { remotes: { 'http://x.test': 5 } }],
    ['remotes', { remotes: { 'http://x.test': null } }],
    ['remotes', { remotes: { 'http://x.test': ownPart() } }],
    ['nope', { nope: 1 }],
    ['toString', { toString: 1 }],
    ['options', null],
    ['options', []],
  ])('%s', (option, options) => {
    expect(() => Schema.compile({}, options as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_SCHEMA_OPTION_INVALID',
        fields: expect.objectContaining({ option }),
      }),
    );
  });

  test.each<[option: string, options: unknown]>([
    ['options', null],
    ['options', 2],
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2', null, 1n].map((threads): [string, unknown] => [
      'threads',
      { threads },
    ]),
  ])('%s of lines: %o', (option, options) => {
    for (const schema of [Schema.compile({}), Schema.compile(zod3.string().refine(() => true))]) {
      expect(() => schema.checkNdjson(Buffer.from('1'), options as never)).toThrow(
        expect.objectContaining({
          code: 'ERR_SCHEMA_OPTION_INVALID',
          fields: { option, expected: expect.any(String) },
        }),
      );
    }
  });

  test.each([undefined, null, 1, 'text', () => 1, '{"type":"text"}'])('%s is no schema', (value) => {
    expect(() => Schema.compile(value as never)).toThrow(
      expect.objectContaining({ code: 'ERR_SCHEMA_COMPILE' }),
    );
  });
});

test('is a Standard Schema with its JSON Schema', async () => {
  const { '~standard': standard } = schema;
  expect([standard.version, standard.vendor]).toEqual([1, '@cortex-os/native']);
  expect(await standard.validate({ id: 'ab' })).toEqual({ value: { id: 'ab' } });
  expect(await standard.validate({ id: 1 })).toEqual({
    issues: [{ message: 'must be string', path: ['id'] }],
  });
  expect(standard.jsonSchema.input({ target: 'draft-2020-12' })).toEqual(source);
  expect(() => standard.jsonSchema.output({ target: 'draft-07' })).toThrow('draft-2020-12');
});

test('lines, at once or on threads', async () => {
  const lines = Array.from({ length: 5000 }, (_, index) =>
    JSON.stringify(index % 7 ? { id: `n${index}` } : { id: index }),
  );
  const bytes = Buffer.from(lines.join('\n'));
  const now = schema.checkNdjson(bytes);
  const later = await schema.checkNdjson(bytes, { threads: 2 });
  expect(later).toEqual(now);
  expect([now.lines, now.valid]).toEqual([5000, 5000 - Math.ceil(5000 / 7)]);
  expect(
    lines.every((_, line) => Boolean(((now.bitmap[line >> 3] ?? 0) >> (line & 7)) & 1) === (line % 7 !== 0)),
  ).toBe(true);
  expect(now.issues.slice(0, 2)).toMatchObject([
    { lineIndex: 0, code: 'type', pointer: '/id' },
    { lineIndex: 7, line: 8 },
  ]);
  expect(now.issues).toHaveLength(100);
});

test('the codes are those of the core', () => {
  expect(JSON.parse(binding.schemaCodes())).toEqual(CODES);
});

describe('what is no schema is told as that', () => {
  const deep = (depth: number) => {
    let items: object = { type: 'number' };
    for (let i = 0; i < depth; i += 1) items = { items };
    return items;
  };
  const nested = (z: AnyZod) => {
    let inner: ReturnType<AnyZod['array']> | ReturnType<AnyZod['number']> = z.number();
    for (let i = 0; i < 2000; i += 1) inner = z.array(inner);
    return inner;
  };
  const throwing = {
    get type() {
      throw new Error('from the getter');
    },
  };
  test.each<[string, () => unknown]>([
    ['an object that contains itself', () => Schema.compile(ownPart() as never)],
    ['what JSON can not say', () => Schema.compile({ minLength: 5n })],
    ['a getter that throws', () => Schema.compile(throwing)],
    ['nested beyond the parser', () => Schema.compile(deep(1000) as never)],
    ['nested beyond the stack', () => Schema.compile(deep(20_000) as never)],
    ['zod 3, nested beyond the stack', () => Schema.compile(nested(zod3) as never)],
    ['a number', () => Schema.compile(5 as never)],
    ['native of what is not of zod', () => native({} as never)],
    ['native, nested beyond the stack', () => native(nested(zod3) as never)],
  ])('%s', (_what, compile) => {
    expect(compile).toThrow(SchemaError);
    expect(compile).toThrow(
      expect.objectContaining({
        code: 'ERR_SCHEMA_COMPILE',
        fields: { pointer: expect.any(String), reason: expect.any(String) },
      }),
    );
  });

  test('native checks its options at once', () => {
    expect(() => native(zod3.string(), { nope: 1 } as never)).toThrow(
      expect.objectContaining({
        code: 'ERR_SCHEMA_OPTION_INVALID',
        fields: expect.objectContaining({ option: 'nope' }),
      }),
    );
  });
});

describe('what is no bytes', () => {
  const schemas: [string, Schema][] = [
    ['JSON Schema', schema],
    ['zod', Schema.compile(zod3.object({ id: zod3.string() }))],
    ['zod that needs JavaScript', Schema.compile(zod3.object({ id: zod3.string().trim() }))],
  ];
  const calls = ['checkBytes', 'parseBytes', 'safeParseBytes', 'issues', 'normalise', 'checkNdjson'] as const;

  describe.each(schemas)('%s', (_what, own) => {
    test.each([5, null, undefined, {}, [1], new ArrayBuffer(3), true, () => 1])(
      '%s is told by every call',
      (bytes) => {
        for (const name of calls) {
          const call = () => own[name](bytes as never);
          expect(call, name).toThrow(SchemaError);
          expect(call, name).toThrow(expect.objectContaining({ code: 'ERR_SCHEMA_HANDLE_INVALID' }));
        }
      },
    );

    test('bytes that were handed on are no text', () => {
      const bytes = new TextEncoder().encode('{"id":"ab"}');
      structuredClone(bytes, { transfer: [bytes.buffer] });
      expect(own.checkBytes(bytes)).toBe(false);
      expect(own.safeParseBytes(bytes).success).toBe(false);
      expect(own.issues(bytes)).toMatchObject([{ code: 'syntax.empty' }]);
      expect(own.normalise(bytes)).toBeUndefined();
      expect(own.checkNdjson(bytes)).toMatchObject({ lines: 0 });
    });

    test.each([
      ['threads', () => own.checkNdjson(new Uint8Array(1), { threads: 'two' as never })],
      ['threads', () => own.checkNdjson(new Uint8Array(1), { threads: 0 })],
      ['thread', () => own.checkNdjson(new Uint8Array(1), { thread: 1 } as never)],
      ['options', () => own.checkNdjson(new Uint8Array(1), null as never)],
      ['canonical', () => own.normalise('1', { canonical: 1 as never })],
      ['options', () => own.normalise('1', null as never)],
    ])('options: %s', (option, call) => {
      expect(call).toThrow(
        expect.objectContaining({
          code: 'ERR_SCHEMA_OPTION_INVALID',
          fields: expect.objectContaining({ option }),
        }),
      );
    });
  });
});
