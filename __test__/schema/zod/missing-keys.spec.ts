/** Which keys a text may leave out, in each release of Zod. */
import { Schema } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { type AnyZod, VERSIONS } from './same-as-zod.js';

const parts = (z: AnyZod) => {
  const tree: ReturnType<typeof z.lazy> = z.lazy(() => z.union([z.string(), z.object({ a: tree })]));
  const open: ReturnType<typeof z.lazy> = z.lazy(() => z.union([z.object({ a: open }), z.unknown()]));
  return [
    ['anything', z.any()],
    ['unknown', z.unknown()],
    ['anything, read-only', z.any().readonly()],
    ['anything or null', z.unknown().nullable()],
    ['one of several, with anything', z.union([z.string(), z.any().nullable()])],
    ['one of several, optional', z.union([z.string().optional(), z.number()])],
    ['one of several', z.union([z.string(), z.number()])],
    ['later', z.lazy(() => z.any())],
    ['itself', tree],
    ['itself or anything', open],
    ['a text', z.string()],
    ['a text or null', z.string().nullable()],
    ['a default', z.string().default('x')],
    ['an object of anything', z.object({ a: z.any() })],
    ['a record', z.record(z.string(), z.any())],
  ] as const;
};

describe.each(VERSIONS)('%s', (_name, z) => {
  test.each(parts(z))('%s', (_what, part) => {
    const zod = z.object({ a: part as ReturnType<AnyZod['any']>, b: z.number().optional() });
    const schema = Schema.compile(zod, { errors: 'zod' });
    for (const text of ['{}', '{"b":1}', '{"a":null}', '{"a":"x"}', '{"a":{}}', '{"a":{"a":{"a":"x"}}}']) {
      const expected = zod.safeParse(JSON.parse(text));
      expect([text, schema.checkBytes(text)]).toEqual([text, expected.success]);
      const normal = schema.canNormalise ? schema.normalise(text)?.toString() : undefined;
      if (schema.canNormalise && expected.success) {
        expect(JSON.parse(normal ?? '')).toEqual(JSON.parse(JSON.stringify(expected.data)));
      }
    }
  });
});
