/** The connectors family of the drop-in: manifest, map, signature, as the original gave them. */
import { createHmac } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ASBRError,
  assertManifestDocument,
  attachSignature,
  buildConnectorServiceMap,
  CONNECTORS_MANIFEST_SCHEMA_PATH,
  ConnectorServiceMapSchema,
  type ConnectorsManifest,
  ConnectorsManifestError,
  ConnectorsManifestSchema,
  canonicalizeConnectorPayload,
  connectorsServiceMapSchema,
  createConnectorsServiceMap,
  getConnectorsServiceMap,
  getManifestSchema,
  loadConnectorServiceMap,
  loadConnectorsManifest,
  setLogger,
  signConnectorPayload,
  signConnectorServiceMap,
  ValidationError,
} from '@cortex-os/native/asbr';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import shipped from '../../tests/data/connectors.manifest.json' with { type: 'json' };
import { connector, folder, manifestFile, manifestText } from '../manifest/fixtures.js';

const SECRET = 'test-secret';
const warnings: string[] = [];

beforeEach(() => {
  warnings.length = 0;
  setLogger({ logWarn: (message) => warnings.push(message) });
});
afterEach(() => {
  setLogger();
  vi.unstubAllEnvs();
});

/** The shipped manifest as the original accepted it. */
function accepted(): ConnectorsManifest {
  const connectors = shipped.connectors.map((entry) => {
    const { remoteTools: _, ...rest } = entry as { remoteTools?: unknown };
    return rest;
  });
  return ConnectorsManifestSchema.parse({ ...shipped, connectors });
}

describe('service map', () => {
  test('has the signatures of the package replaced', () => {
    const manifest = accepted();
    const sign = (one: ConnectorsManifest) => signConnectorServiceMap(buildConnectorServiceMap(one), SECRET);
    expect(sign(manifest)).toBe('dI02LO6d-6kZOhc8IC5EssjrfRalC4MLpff7JF9X1y8');
    const { metadata: _, ...without } = manifest;
    expect(sign(without)).toBe('Gow9oCfRXDJYbTF5q4xRjLLGrwh6J-s_Tynsw9r3pqg');
  });

  test('takes its time from the caller where the manifest has none, and converts offsets', () => {
    const { generatedAt: _, ...undated } = accepted();
    const now = () => new Date('2025-10-18T01:02:03.004Z');
    expect(buildConnectorServiceMap(undated, { now }).generatedAt).toBe('2025-10-18T01:02:03.004Z');
    const offset = buildConnectorServiceMap({ ...undated, generatedAt: '2025-10-10T02:00:00+02:00' });
    expect(offset.generatedAt).toBe('2025-10-10T00:00:00.000Z');
    expect(ConnectorServiceMapSchema.parse({ ...offset, signature: 'x' })).toBeTruthy();
  });

  test('does not publish literal secrets, and says which connector has them', () => {
    const manifest = accepted();
    const [first] = manifest.connectors;
    const leaking = {
      ...manifest,
      connectors: [{ ...first, headers: { 'X-Api-Key': 'hunter2' } }],
    } as ConnectorsManifest;
    expect(JSON.stringify(buildConnectorServiceMap(leaking))).not.toContain('hunter2');
    expect(warnings.join()).toContain('X-Api-Key of connector perplexity-search');
    expect(warnings.join()).not.toContain('hunter2');
  });

  test('needs a connector and a secret', () => {
    const none = { ...accepted(), connectors: [] };
    expect(() => buildConnectorServiceMap(none)).toThrow(ConnectorsManifestError);
    expect(() => buildConnectorServiceMap(none)).toThrow(
      'Connectors manifest must include at least one connector',
    );
    const payload = buildConnectorServiceMap(accepted());
    expect(() => signConnectorServiceMap(payload, '')).toThrow(
      'CONNECTORS_SIGNATURE_KEY is required to sign the connectors service map',
    );
    expect(attachSignature(payload, 's')).toEqual({ ...payload, signature: 's' });
    expect(() => attachSignature(payload, '')).toThrow();
  });
});

/** The original's algorithm, for documents it could sign. */
function original(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(original).join(',')}]`;
  if (value && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${original(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

describe('canonical text', () => {
  test('is the original one for everything that could be signed', () => {
    const value = fc.anything({
      key: fc.string({ unit: 'binary' }),
      values: [fc.boolean(), fc.double(), fc.string({ unit: 'binary' }), fc.constant(null)],
      withNullPrototype: true,
    });
    fc.assert(
      fc.property(value, (input) => canonicalizeConnectorPayload(input) === original(input)),
      { numRuns: 2000 },
    );
    const members = { b: undefined, a: -0, '\ud800': '\udc00', c: Number.NaN };
    expect(canonicalizeConnectorPayload(members)).toBe('{"a":0,"c":null,"\\ud800":"\\udc00"}');
  });

  test('refuses what has no JSON form, with its place', () => {
    const cycle: { inner?: object } = {};
    cycle.inner = cycle;
    const wrong: [unknown, RegExp][] = [
      [[1, undefined], /^<root>\[1\] is undefined/],
      [new Array(1), /^<root>\[0\] is undefined/],
      [{ at: new Date(0) }, /^<root>\.at is a Date/],
      [{ f: () => 0 }, /a function/],
      [{ n: 1n }, /a bigint/],
      [new Map(), /a Map/],
      [cycle, /contains itself/],
    ];
    for (const [value, message] of wrong) expect(() => canonicalizeConnectorPayload(value)).toThrow(message);
  });

  test('signs as base64url without padding', () => {
    const expected = createHmac('sha256', 'k').update('{"a":1,"b":2}').digest('base64url');
    expect(signConnectorPayload({ b: 2, a: 1 }, 'k')).toBe(expected);
  });
});

describe('documents', () => {
  test('the schema is there to read and to show', () => {
    expect(CONNECTORS_MANIFEST_SCHEMA_PATH).toMatch(/\.json$/);
    const schema = getManifestSchema() as { required: string[] };
    expect(schema.required).toEqual(['id', 'manifestVersion', 'connectors']);
    schema.required = [];
    expect(getManifestSchema().required).toHaveLength(3);
  });

  test('assertManifestDocument names place and rule', () => {
    assertManifestDocument(shipped);
    const prefix = '[brAInwav] Connectors manifest schema validation failed at ';
    expect(() => assertManifestDocument({})).toThrow(`${prefix}<root>: must have required property 'id'`);
    expect(() => assertManifestDocument(undefined)).toThrow(`${prefix}<root>: must be object`);
    const wrong = JSON.parse(manifestText(1, { connectors: [connector(0, { ttlSeconds: 0 })] }));
    expect(() => assertManifestDocument(wrong)).toThrow(`${prefix}connectors.0.ttlSeconds: must be >= 1`);
  });

  test('what the native checks accept, the strict schemas accept, and the other way round', () => {
    const base = JSON.parse(manifestText(2)) as Record<string, unknown>;
    const texts = [
      '',
      'x',
      'a.b',
      'A b',
      '1.0.0',
      'enabled',
      'preview',
      'brAInwav',
      'https://a.example',
      '2025-10-10T00:00:00Z',
      '2025-10-10T00:00Z',
      '2025-02-30T00:00:00Z',
      'long enough text',
    ];
    const values = [
      ...texts,
      null,
      true,
      0,
      1,
      -1,
      1.5,
      1e300,
      [],
      [''],
      ['a', 'a'],
      ['a', 'b'],
      {},
      { a: 1 },
      { '': 1 },
      { a: 'b' },
      { type: 'none' },
      { headers: [] },
      { headers: [{ name: 'a', value: 'b' }] },
      [{ name: 'a.b' }],
      [{ name: 'a b' }],
      [{ name: 'a.b', description: 'short' }],
      { perMinute: 1 },
      { brand: 'brAInwav' },
      undefined,
    ];
    const top = [
      '$schema',
      'id',
      'brand',
      'manifestVersion',
      'schemaVersion',
      'generatedAt',
      'ttlSeconds',
      'metadata',
      'connectors',
      'extra',
    ];
    const inner = [
      'id',
      'name',
      'displayName',
      'version',
      'description',
      'endpoint',
      'auth',
      'authentication',
      'headers',
      'scopes',
      'quotas',
      'timeouts',
      'status',
      'enabled',
      'ttlSeconds',
      'metadata',
      'tags',
      'remoteTools',
      'extra',
    ];
    const places = [...top.map((key) => [key]), ...inner.map((key) => ['connectors', '1', key])];
    let refused = 0;
    for (const [value, place] of values.flatMap((one) => places.map((path) => [one, path] as const))) {
      const document = changed(base, place, value);
      const strict = ConnectorsManifestSchema.safeParse(document).success;
      expect(passes(document), `${place.join('.')} = ${JSON.stringify(value)}`).toBe(strict);
      if (!strict) refused += 1;
    }
    expect(refused).toBeGreaterThan(300);
  });

  test('a map that is built is a map the schema accepts', () => {
    const lenient = structuredClone(shipped) as unknown as ConnectorsManifest;
    const payload = buildConnectorServiceMap(lenient);
    ConnectorServiceMapSchema.parse({ ...payload, signature: 'x' });
    expect(payload.connectors.at(-1)?.remoteTools?.map(({ name }) => name)).toContain('wikidata.get_claims');
    expect(warnings.join()).toContain('"get_claims" of connector wikidata has no dot');
  });
});

/** A copy with another value at `place`; `undefined` removes what is there. */
function changed(document: object, place: readonly string[], value: unknown): unknown {
  const copy = structuredClone(document) as Record<string, unknown>;
  const last = place.at(-1) as string;
  const parent = place.slice(0, -1).reduce((inner, key) => inner[key] as Record<string, unknown>, copy);
  parent[last] = value;
  return JSON.parse(JSON.stringify(copy));
}

function passes(document: unknown): boolean {
  try {
    assertManifestDocument(document);
    return true;
  } catch {
    return false;
  }
}

describe('loading', () => {
  test('the shipped manifest loads, with warnings', async () => {
    const manifest = await loadConnectorsManifest(manifestFile(JSON.stringify(shipped)));
    expect(manifest.connectors[2]?.remoteTools?.[0]?.name).toBe('wikidata.vector_search_items');
  });

  test('quotas in snake case are renamed', async () => {
    const connectors = [connector(0, { quotas: { per_minute: 3 } })];
    const manifest = await loadConnectorsManifest(manifestFile(manifestText(1, { connectors })));
    expect(manifest.connectors[0]?.quotas).toEqual({ perMinute: 3 });
  });

  test('by argument, environment or working directory, each as it is now', async () => {
    const [one, two] = [manifestFile(manifestText(1)), manifestFile(manifestText(2))];
    vi.stubEnv('CONNECTORS_MANIFEST_PATH', two);
    expect((await loadConnectorsManifest(one)).connectors).toHaveLength(1);
    expect((await loadConnectorsManifest()).connectors).toHaveLength(2);
    vi.stubEnv('CONNECTORS_MANIFEST_PATH', undefined);
    const home = folder();
    mkdirSync(join(home, 'config'));
    writeFileSync(join(home, 'config', 'connectors.manifest.json'), manifestText(3));
    const spy = vi.spyOn(process, 'cwd').mockReturnValue(home);
    onTestFinished(() => spy.mockRestore());
    expect((await loadConnectorsManifest()).connectors).toHaveLength(3);
  });

  test('a failure tells the attempts', async () => {
    const path = join(folder(), 'missing.json');
    const error: ConnectorsManifestError = await loadConnectorsManifest(path).then(
      () => undefined as never,
      (e) => e,
    );
    expect(error).toBeInstanceOf(ConnectorsManifestError);
    expect(error.name).toBe('ConnectorsManifestError');
    expect(error.message).toBe('Unable to load connectors manifest from configured locations');
    expect(error.attempts).toEqual([{ path, error: expect.objectContaining({ code: 'ENOENT' }) }]);
    await expect(loadConnectorsManifest(manifestFile('{"a":1,"a":2}'))).rejects.toMatchObject({
      attempts: [{ error: { code: 'ERR_MANIFEST_JSON' } }],
    });
  });

  test('loadConnectorServiceMap signs with the key of the environment, or says what is wrong', async () => {
    vi.stubEnv('CONNECTORS_MANIFEST_PATH', manifestFile());
    vi.stubEnv('CONNECTORS_SIGNATURE_KEY', '');
    const about = { brand: 'brAInwav', component: 'connectors' };
    await expect(loadConnectorServiceMap()).rejects.toMatchObject({
      code: 'CONNECTORS_SIGNATURE_KEY_MISSING',
      statusCode: 503,
      details: about,
      message: 'CONNECTORS_SIGNATURE_KEY is not configured',
    });
    vi.stubEnv('CONNECTORS_SIGNATURE_KEY', SECRET);
    const { signature, ...payload } = await loadConnectorServiceMap();
    expect(signature).toBe(signConnectorPayload(payload, SECRET));
    vi.stubEnv('CONNECTORS_MANIFEST_PATH', manifestFile('{}'));
    const error: unknown = await loadConnectorServiceMap().catch((e) => e);
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toBeInstanceOf(ASBRError);
    expect(error).toMatchObject({
      message: 'Connectors manifest validation failed',
      details: { ...about, attempts: [{ path: expect.any(String), error: expect.stringContaining("'id'") }] },
    });
  });
});

describe('the second family', () => {
  const manifest = {
    brand: 'brAInwav',
    version: '1',
    ttlSeconds: 60,
    connectors: [true, false].map((enabled, index) => ({
      id: `c${index}`,
      displayName: 'C',
      version: '1',
      endpoint: 'https://c.example',
      auth: { type: 'none' },
      scopes: ['a'],
      quotas: { perMinute: 1, perHour: 1 },
      enabled,
    })),
  };

  test('documents of its own schema load, and give a map with a hexadecimal signature', async () => {
    const manifestPath = manifestFile(JSON.stringify(manifest));
    const now = () => new Date('2025-10-18T00:00:00Z');
    const map = await getConnectorsServiceMap({ manifestPath, signatureKey: SECRET, now });
    const { signature, ...payload } = map;
    expect(signature).toBe(createHmac('sha256', SECRET).update(JSON.stringify(payload)).digest('hex'));
    expect(map.connectors).toMatchObject([
      {
        status: 'online',
        availability: { status: 'unknown' },
        ttlSeconds: 60,
        expiresAt: '2025-10-18T00:01:00.000Z',
        tags: [],
      },
      {
        status: 'offline',
        availability: { status: 'offline', failureReason: 'Connector disabled in manifest' },
      },
    ]);
    expect(connectorsServiceMapSchema.shape.id.parse(map.id)).toBe(map.id);
    const again = createConnectorsServiceMap(
      {
        ...manifest,
        brand: 'brAInwav',
        connectors: map.connectors.map(({ tags: _, ...rest }) => rest),
      } as never,
      { signatureKey: SECRET, now, generateUlid: () => map.id },
    );
    expect(again.id).toBe(map.id);
  });

  test('failures keep their messages', async () => {
    const path = join(folder(), 'missing.json');
    await expect(getConnectorsServiceMap({ manifestPath: path, signatureKey: SECRET })).rejects.toThrow(
      `[brAInwav] Failed to load connectors manifest at ${path}: ENOENT`,
    );
    vi.stubEnv('CONNECTORS_SIGNATURE_KEY', '');
    const manifestPath = manifestFile(JSON.stringify(manifest));
    await expect(getConnectorsServiceMap({ manifestPath })).rejects.toThrow(
      '[brAInwav] CONNECTORS_SIGNATURE_KEY is not configured',
    );
  });
});
