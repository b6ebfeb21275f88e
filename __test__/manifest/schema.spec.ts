/** The schema that a caller gives for the documents of a manifest. */

import {
  type JsonSchema,
  Schema,
  type SchemaIssue,
  type SignedManifest,
  verifyManifest,
} from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as z4 from 'zod4';
import { KEY, manifestFile, manifestText, openManifest, replaceFile, until } from './fixtures.js';

const JSON_SCHEMA = {
  type: 'object',
  required: ['version', 'limit'],
  properties: {
    version: { type: 'string', pattern: '^v' },
    limit: { type: 'integer', minimum: 1, maximum: 10 },
    tags: { type: 'array', items: { type: 'string', minLength: 2 }, uniqueItems: true },
  },
  additionalProperties: false,
} as const;

const ZOD = z.object({ version: z.string().startsWith('v'), limit: z.number().int().min(1).default(5) });
const ZOD_4 = z4.object({ version: z4.string(), limit: z4.number().int().min(1).default(5) });

const GOOD = '{"version": "v1", "limit": 3}';
const BAD = '{\n  "version": "v1",\n  "limit": 30,\n  "tags": ["ab", "c"]\n}';

/** The document that is served, without signature and time. */
function served(manifest: SignedManifest): object {
  const { signature: _, generatedAt: __, ...document } = JSON.parse(manifest.current().body.toString());
  return document;
}

function refused(manifest: SignedManifest) {
  try {
    manifest.current();
  } catch (error) {
    return error as InstanceType<typeof import('@cortex-os/native').ManifestError>;
  }
  throw new Error('a document was served');
}

describe('a schema of documents', () => {
  test.each([
    ['a JSON Schema', JSON_SCHEMA],
    ['its text', JSON.stringify(JSON_SCHEMA)],
    ['a compiled schema', Schema.compile(JSON_SCHEMA)],
    ['a schema of zod 3', ZOD],
    ['a schema of zod 4', ZOD_4],
    ['a compiled schema of zod', Schema.compile(ZOD)],
  ])('%s lets through what matches and nothing else', async (_name, schema) => {
    const path = manifestFile(GOOD);
    const manifest = await openManifest({ paths: path, build: 'document', schema });
    expect(served(manifest)).toEqual({ version: 'v1', limit: 3 });
    expect(verifyManifest(manifest.current().body, { keys: KEY }).keyId).toBeDefined();
    replaceFile(path, GOOD.replace('3', '0'));
    await expect(manifest.refresh()).rejects.toMatchObject({ code: 'ERR_MANIFEST_UNAVAILABLE' });
    expect(served(manifest)).toEqual({ version: 'v1', limit: 3 });
    expect(manifest.current().reason).toContain('limit: must be >= 1, line 1, column');
    replaceFile(path, GOOD.replace('3', '4'));
    await until(manifest, () => manifest.current().staleSince === undefined);
    expect(served(manifest)).toEqual({ version: 'v1', limit: 4 });
  });

  test('issues tell pointer, line and column, in the error and in the report of attempts', async () => {
    const bad = manifestFile(BAD);
    const issues = [
      {
        at: 'limit',
        pointer: '/limit',
        message: 'must be <= 10',
        byteOffset: BAD.indexOf('30'),
        line: 3,
        column: 12,
      },
      {
        at: 'tags.1',
        pointer: '/tags/1',
        message: 'must NOT have fewer than 2 characters',
        byteOffset: BAD.indexOf('"c"'),
        line: 4,
        column: 18,
      },
    ];
    const attempt = { path: bad, code: 'ERR_MANIFEST_INVALID', message: expect.any(String), issues };
    const options = { build: 'document', schema: JSON_SCHEMA } as const;
    const second = await openManifest({ ...options, paths: [bad, manifestFile(GOOD)] });
    expect(second.current().attempts).toEqual([attempt]);
    const none = await openManifest({ ...options, paths: bad });
    expect(refused(none).attempts).toEqual([attempt]);
    expect(refused(none).message).toContain('limit: must be <= 10, line 3, column 12 (and 1 more)');
    await expect(none.refresh()).rejects.toMatchObject({ attempts: [attempt] });
  });

  test('is asked besides the one of connectors manifests', async () => {
    const schema = {
      properties: { connectors: { items: { properties: { endpoint: { pattern: '\\.example/' } } } } },
    };
    const path = manifestFile();
    const manifest = await openManifest({ paths: path, schema });
    expect(manifest.current().connectors).toHaveLength(3);
    replaceFile(path, manifestText().replace('connector-1.example', 'connector-1.test'));
    const error = await manifest.refresh().then(
      () => undefined,
      (reason) => reason,
    );
    expect(error.attempts[0].issues).toMatchObject([{ pointer: '/connectors/1/endpoint' }]);
    replaceFile(path, '{"connectors": []}');
    // What the given schema has nothing against is still no connectors manifest; its issues are placed as well.
    await expect(manifest.refresh()).rejects.toMatchObject({
      attempts: [{ issues: expect.arrayContaining([expect.objectContaining({ line: 1, column: 1 })]) }],
    });
    expect(manifest.current().connectors).toHaveLength(3);
  });

  test('needs nothing of the event loop: a document is refused while JavaScript has no turn', async () => {
    const path = manifestFile(GOOD);
    const manifest = await openManifest({ paths: path, build: 'document', schema: JSON_SCHEMA });
    expect(manifest.current().staleSince).toBeUndefined();
    const { refreshes } = manifest.stats();
    replaceFile(path, BAD);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const deadline = Date.now() + 20_000;
    // No `await` from here on.
    while (manifest.current().reason === undefined && Date.now() < deadline) Atomics.wait(pause, 0, 0, 5);
    expect(manifest.current().reason).toContain('limit: must be <= 10');
    expect(manifest.stats().refreshes).toBeGreaterThan(refreshes);
  });

  test('that needs JavaScript is refused when the manifest is opened', async () => {
    const refining = z.object({ version: z.string().refine((text) => text !== 'v0') });
    await expect(openManifest({ build: 'document', schema: refining })).rejects.toMatchObject({
      code: 'ERR_SCHEMA_COMPILE',
      fields: { pointer: expect.stringContaining('version'), reason: expect.any(String) },
    });
    await expect(openManifest({ schema: { type: 'nonsense' } })).rejects.toMatchObject({
      code: 'ERR_SCHEMA_COMPILE',
    });
  });

  test('runs over the tape where it has to', async () => {
    const schema = Schema.compile({ unevaluatedProperties: false, properties: { version: {} } });
    expect(schema.coverage.bytes).toBe('tape');
    const path = manifestFile('{"version": 1}');
    const manifest = await openManifest({ paths: path, build: 'document', schema });
    expect(served(manifest)).toEqual({ version: 1 });
    replaceFile(path, '{"version": 1,\n"other": 2}');
    await expect(manifest.refresh()).rejects.toMatchObject({
      attempts: [{ issues: [{ message: 'must match "unevaluatedProperties"' }] }],
    });
  });
});

describe('what the schema makes of a document', () => {
  test('is served only if asked for', async () => {
    const path = manifestFile('{"version": "v1", "internal": "for us"}');
    const asItStands = await openManifest({ paths: path, build: 'document', schema: ZOD });
    expect(served(asItStands)).toEqual({ version: 'v1', internal: 'for us' });
    const made = await openManifest({ paths: path, build: 'document', schema: ZOD, normalise: true });
    expect(served(made)).toEqual({ version: 'v1', limit: 5 });
    expect(verifyManifest(made.current().body, { keys: KEY }).envelope).toBe('flat');
  });

  test('version and time order documents also where they are stripped', async () => {
    const text = (version: number) =>
      `{"name": "n${version}", "version": "1.${version}.0", "generatedAt": "2025-10-1${version}T00:00:00Z"}`;
    const path = manifestFile(text(1));
    const schema = z.object({ name: z.string() });
    const manifest = await openManifest({ paths: path, build: 'document', schema, normalise: true });
    expect(manifest.current()).toMatchObject({ version: '1.1.0', generatedAt: '2025-10-11T00:00:00Z' });
    expect(served(manifest)).toEqual({ name: 'n1' });
    expect(JSON.parse(manifest.current().body.toString()).generatedAt).toBe('2025-10-11T00:00:00Z');
    replaceFile(path, text(0));
    await expect(manifest.refresh()).rejects.toMatchObject({
      attempts: [{ code: 'ERR_MANIFEST_ROLLBACK' }],
    });
  });

  test('needs a schema, a document, and defaults that stay', async () => {
    const wrong = { code: 'ERR_MANIFEST_OPTION_INVALID', fields: { option: 'normalise' } };
    await expect(openManifest({ build: 'document', normalise: true })).rejects.toMatchObject(wrong);
    await expect(openManifest({ schema: ZOD, normalise: true })).rejects.toMatchObject(wrong);
    const moving = z.object({ at: z.number().default(() => Math.random()) });
    await expect(openManifest({ build: 'document', schema: moving, normalise: true })).rejects.toMatchObject(
      wrong,
    );
    const path = manifestFile('{}');
    expect(served(await openManifest({ paths: path, build: 'document', schema: moving }))).toEqual({});
  });
});

test('a time that cannot be compared is no time', async () => {
  for (const generatedAt of ['5', '"yesterday"', 'null']) {
    const path = manifestFile(`{"generatedAt": ${generatedAt}}`);
    const manifest = await openManifest({ paths: path, build: 'document' });
    expect(refused(manifest).attempts).toMatchObject([{ code: 'ERR_MANIFEST_FORM' }]);
  }
});

/** One schema and document per sentence: what the core says has to be what `Schema.issues` says. */
const SENTENCES: [JsonSchema, unknown][] = [
  [{ type: ['string', 'null'] }, {}],
  [{ properties: { a: { const: 1 } } }, { a: 2 }],
  [{ properties: { a: { enum: [1, 2] } } }, { a: 3 }],
  [{ properties: { a: false } }, { a: 3 }],
  [{ properties: { a: { minLength: 3 } } }, { a: 'é' }],
  [{ properties: { a: { maxLength: 3 } } }, { a: 'éééé' }],
  [{ properties: { a: { pattern: '^b' } } }, { a: 'a' }],
  [{ properties: { a: { format: 'date' } }, $schema: 'http://json-schema.org/draft-07/schema#' }, { a: 'a' }],
  [{ properties: { a: { type: 'integer' } } }, { a: 1.5 }],
  [{ properties: { a: { minimum: 1.5 } } }, { a: 1 }],
  [{ properties: { a: { maximum: 1e21 } } }, { a: 1e22 }],
  [{ properties: { a: { exclusiveMinimum: 0 } } }, { a: 0 }],
  [{ properties: { a: { exclusiveMaximum: -1e-7 } } }, { a: 0 }],
  [{ properties: { a: { multipleOf: 0.5 } } }, { a: 0.3 }],
  [{ properties: { a: { minItems: 1 } } }, { a: [] }],
  [{ properties: { a: { maxItems: 1 } } }, { a: [1, 2] }],
  [{ properties: { a: { prefixItems: [{}], items: false } } }, { a: [1, 2] }],
  [{ properties: { a: { uniqueItems: true } } }, { a: [1, 1] }],
  [{ properties: { a: { contains: { const: 1 } } } }, { a: [2] }],
  [{ properties: { a: { contains: { const: 1 }, maxContains: 1 } } }, { a: [1, 1] }],
  [{ minProperties: 2 }, { a: 1 }],
  [{ maxProperties: 1 }, { a: 1, b: 2 }],
  [{ required: ['b/c~'] }, {}],
  [{ dependentRequired: { a: ['b'] } }, { a: 1 }],
  [{ propertyNames: { maxLength: 1 } }, { ab: 1 }],
  [{ anyOf: [{ required: ['b'] }, { required: ['c'] }] }, {}],
  [{ oneOf: [{ required: ['b'] }, { required: ['c'] }] }, {}],
  [{ oneOf: [{}, { type: 'object' }] }, {}],
  [{ not: { type: 'object' } }, {}],
  [{ unevaluatedProperties: false }, { a: 1 }],
  [{ properties: { 'a/b~c': { items: { type: 'null' } } } }, { 'a/b~c': [null, 1] }],
];

test.each(SENTENCES)('the sentence of %j', async (source, document) => {
  const text = JSON.stringify(document, null, 1);
  const schema = Schema.compile(source);
  const expected = (schema.issues(text) as SchemaIssue[]).map(
    ({ pointer, message, byteOffset, line, column }) => ({ pointer, message, byteOffset, line, column }),
  );
  expect(expected.length).toBeGreaterThan(0);
  const manifest = await openManifest({ paths: manifestFile(text), build: 'document', schema });
  const told = refused(manifest).attempts[0]?.issues?.map(({ at: _, ...issue }) => issue);
  expect(told).toEqual(expected);
});

test('the sentences of zod and of limits', async () => {
  const text = JSON.stringify({ a: 'a', b: 'a', c: 'a', d: 'a', e: 0.5, f: 1, g: 1, kind: 'z' });
  const schema = Schema.compile(
    z
      .object({
        a: z.string().startsWith('b'),
        b: z.string().endsWith('b'),
        c: z.string().includes('b'),
        d: z.string().length(2),
        e: z.number().int(),
        f: z.number().gt(1),
        kind: z.literal('y'),
      })
      .strict(),
    { errors: 'issues' },
  );
  const manifest = await openManifest({ paths: manifestFile(text), build: 'document', schema });
  const issues = refused(manifest).attempts[0]?.issues ?? [];
  const expected = schema.issues(text) as SchemaIssue[];
  // Here the key stands in the sentence, there beside it.
  const plain = issues.map(({ message }) => message.replace(/ \('.*'\)$/, ''));
  expect(plain).toEqual(expected.map(({ message }) => message));
  expect(issues.map(({ message }) => message)).toContain("must NOT have additional properties ('g')");
  const bounded = Schema.compile({}, { limits: { depth: 2 } });
  const deep = await openManifest({
    paths: manifestFile('{"a": [[1]]}'),
    build: 'document',
    schema: bounded,
  });
  expect(refused(deep).attempts[0]?.issues).toMatchObject([{ message: 'is nested too deeply' }]);
});
