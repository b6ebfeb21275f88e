/** What compiles against schemas, and what must not. */
import { Schema, type SchemaIssue, type SchemaMismatchError } from '@cortex-os/native';
import { native } from '@cortex-os/native/zod';
import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import { expectTypeOf, test } from 'vitest';
import { z as zod3 } from 'zod';
import { z as zod4 } from 'zod4';

const three = zod3.object({
  id: zod3.string(),
  count: zod3.number().default(0),
  tag: zod3.enum(['a', 'b']).optional(),
});
const four = zod4.object({
  id: zod4.string(),
  count: zod4.number().default(0),
  tag: zod4.enum(['a', 'b']).optional(),
});

type Output = { id: string; count: number; tag?: 'a' | 'b' | undefined };

test('results have the types of the Zod schema, of either version', () => {
  expectTypeOf(Schema.compile(three).parse({})).toEqualTypeOf<Output>();
  expectTypeOf(Schema.compile(four).parse({})).toEqualTypeOf<Output>();
  expectTypeOf(Schema.compile(four).parseBytes(Buffer.alloc(0))).toEqualTypeOf<Output>();
  expectTypeOf(native(three).parse({})).toEqualTypeOf<Output>();
  expectTypeOf(native(four).parse({})).toEqualTypeOf<Output>();
  expectTypeOf(native(four).parseBytes('')).toEqualTypeOf<Output>();
});

test('inference by zod sees through native', () => {
  const [own3, own4] = [native(three), native(four)];
  expectTypeOf<zod3.infer<typeof own3>>().toEqualTypeOf<Output>();
  expectTypeOf<zod4.infer<typeof own4>>().toEqualTypeOf<Output>();
  expectTypeOf(own3.shape.id).toEqualTypeOf(three.shape.id);
  expectTypeOf(zod4.array(own4).parse([])).toEqualTypeOf<Output[]>();
});

test('a check narrows to what may be given', () => {
  const schema: Schema<Output, { id: string; count?: number | undefined; tag?: 'a' | 'b' | undefined }> =
    Schema.compile(three);
  const value: unknown = {};
  if (schema.is(value)) expectTypeOf(value.count).toEqualTypeOf<number | undefined>();
  const given: unknown = {};
  schema.assert(given);
  expectTypeOf(given.id).toEqualTypeOf<string>();
});

test('a safe result is one or the other', () => {
  const result = Schema.compile(three).safeParse({});
  if (result.success) expectTypeOf(result.data).toEqualTypeOf<Output>();
  else expectTypeOf(result.error).toExtend<Error>();
});

test('a JSON Schema gives what its caller says', () => {
  expectTypeOf(Schema.compile({ type: 'string' }).parse('')).toBeUnknown();
  expectTypeOf(Schema.compile<string>('{"type":"string"}', { draft: '7' }).parse('')).toEqualTypeOf<string>();
  expectTypeOf(Schema.compile(true).checkNdjson(Buffer.alloc(0)).bitmap).toExtend<Uint8Array>();
  expectTypeOf(Schema.compile(true).checkNdjson(Buffer.alloc(0), { threads: 2 })).toExtend<
    Promise<unknown>
  >();
  // @ts-expect-error: a number is no schema
  Schema.compile(1);
  // @ts-expect-error: drafts have names
  Schema.compile({}, { draft: 7 });
  // @ts-expect-error: native takes schemas of zod
  native({ type: 'string' });
});

test('fits Standard Schema', () => {
  const schema = Schema.compile(three);
  const standard: StandardSchemaV1<unknown, Output> = schema as StandardSchemaV1<unknown, Output>;
  const json: StandardJSONSchemaV1<unknown, unknown> = Schema.compile(true);
  expectTypeOf<StandardSchemaV1.InferOutput<typeof schema>>().toEqualTypeOf<Output>();
  expectTypeOf([standard, json]).toBeArray();
  expectTypeOf(native(four)).toExtend<StandardSchemaV1>();
});

test('errors tell issues', () => {
  const error = {} as SchemaMismatchError;
  expectTypeOf(error.code).toExtend<string>();
  expectTypeOf<SchemaIssue['path']>().toEqualTypeOf<readonly (string | number)[]>();
});
