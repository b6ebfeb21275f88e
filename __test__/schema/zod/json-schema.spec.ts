/** The JSON Schema of a Zod schema, as Standard Schema asks for it. */
import { Schema } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { VERSIONS } from './same-as-zod.js';

const $schema = 'https://json-schema.org/draft/2020-12/schema';

describe.each(VERSIONS)('%s', (_name, z) => {
  const documents = (zod: unknown, target = 'draft-2020-12') => {
    const { jsonSchema } = Schema.compile(zod as never)['~standard'];
    return [jsonSchema.input({ target }), jsonSchema.output({ target })];
  };

  test('an object: what is taken, and what is given', () => {
    const zod = z.object({
      id: z.string().uuid(),
      name: z.string().min(1).max(9).optional(),
      count: z.number().int().min(0).default(3),
      kind: z.enum(['a', 'b']).nullable(),
    });
    const properties = {
      id: { type: 'string', format: 'uuid' },
      name: { type: 'string', minLength: 1, maxLength: 9 },
      count: { type: 'integer', minimum: 0, default: 3 },
      kind: { anyOf: [{ enum: ['a', 'b'] }, { type: 'null' }] },
    };
    expect(documents(zod)).toEqual([
      { $schema, type: 'object', properties, required: ['id', 'kind'] },
      { $schema, type: 'object', properties, required: ['id', 'count', 'kind'], additionalProperties: false },
    ]);
  });

  test.each([
    ['strict', z.object({}).strict(), { type: 'object', properties: {}, additionalProperties: false }],
    ['passthrough', z.object({}).passthrough(), { type: 'object', properties: {} }],
    [
      'catchall',
      z.object({}).catchall(z.null()),
      { type: 'object', properties: {}, additionalProperties: { type: 'null' } },
    ],
    ['array', z.array(z.boolean()).min(1), { type: 'array', items: { type: 'boolean' }, minItems: 1 }],
    [
      'tuple',
      z.tuple([z.null()]),
      { type: 'array', prefixItems: [{ type: 'null' }], items: false, minItems: 1 },
    ],
    [
      'record',
      z.record(z.string().regex(/^a/), z.null()),
      {
        type: 'object',
        propertyNames: { type: 'string', pattern: '^a' },
        additionalProperties: { type: 'null' },
      },
    ],
    ['union', z.union([z.string(), z.null()]), { anyOf: [{ type: 'string' }, { type: 'null' }] }],
    ['literal', z.literal('x'), { const: 'x' }],
    ['never', z.never(), { not: {} }],
    ['anything', z.unknown(), {}],
    [
      'bounds',
      z.number().gt(1).lte(2).multipleOf(3),
      { type: 'number', exclusiveMinimum: 1, maximum: 2, multipleOf: 3 },
    ],
    [
      'affixes',
      z.string().startsWith('a.').endsWith('b'),
      { type: 'string', pattern: '^a\\.', allOf: [{ pattern: 'b$' }] },
    ],
  ])('%s', (_what, zod, document) => {
    expect(documents(zod)[1]).toEqual({ $schema, ...document });
  });

  test('draft 7 says tuples and definitions its way', () => {
    const node: unknown = z.object({
      next: z.lazy(() => node as never).optional(),
      pair: z.tuple([z.null()]),
    });
    const [input] = documents(node, 'draft-07');
    expect(input).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      $ref: expect.stringMatching(/^#\/definitions\/schema\d$/),
    });
    const definitions = Object.values(input?.definitions as Record<string, { properties?: object }>);
    const own = definitions.find((definition) => definition.properties);
    expect(own).toMatchObject({
      properties: {
        next: { $ref: expect.stringMatching(/^#\/definitions\//) },
        pair: { type: 'array', items: [{ type: 'null' }], additionalItems: false },
      },
      required: ['pair'],
    });
  });

  test('takes what the schema takes, where JSON Schema has the words', () => {
    const zod = z.object({
      id: z.string().min(2),
      list: z.array(z.union([z.number().int(), z.object({ a: z.null() }).strict()])).max(2),
      choice: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal(1), x: z.string() }),
        z.object({ kind: z.literal(2) }),
      ]),
    });
    const schema = Schema.compile(documents(zod)[0] as never);
    const good = { id: 'ab', list: [1, { a: null }], choice: { kind: 1, x: '' } };
    const rows = [
      good,
      { ...good, id: 'a' },
      { ...good, list: [1.5] },
      { ...good, list: [1, 2, 3] },
      { ...good, choice: { kind: 2 } },
      { ...good, choice: { kind: 1 } },
      { ...good, more: 1 },
    ];
    expect(rows.map((row) => schema.is(row))).toEqual(rows.map((row) => zod.safeParse(row).success));
  });

  test('what it can not say is told', () => {
    expect(() => documents(z.string(), 'openapi-3.0')).toThrow('openapi-3.0');
    expect(() => documents(z.object({ a: z.string().transform(Number) }))).toThrow('/properties/a');
  });
});
