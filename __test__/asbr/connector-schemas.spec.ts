import {
  ConnectorAuthSchema,
  ConnectorManifestEntrySchema,
  ConnectorRemoteToolSchema,
  ConnectorServiceMapPayloadSchema,
  ConnectorServiceMapSchema,
  ConnectorsManifestSchema,
  connectorManifestEntrySchema,
  connectorServiceEntrySchema,
  connectorsManifestSchema,
  connectorsServiceMapSchema,
  ulidSchema,
} from '@cortex-os/native/asbr';
import { describe, expect, test } from 'vitest';

const ulid = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const entry = {
  id: 'wiki-data',
  name: 'Wiki',
  version: '1',
  endpoint: 'https://example.test/mcp',
  auth: { type: 'none' },
  scopes: ['facts'],
  ttlSeconds: 60,
};
const manifest = { id: ulid, manifestVersion: '1.2.3', connectors: [entry] };
const serviceEntry = {
  id: 'wiki',
  version: '1',
  displayName: 'Wiki',
  endpoint: 'https://example.test',
  auth: { type: 'bearer', headerName: 'Authorization' },
  scopes: ['facts'],
  ttlSeconds: 60,
  enabled: true,
};
const serviceMap = {
  id: ulid,
  brand: 'brAInwav',
  generatedAt: '2025-10-13T12:00:00.000Z',
  ttlSeconds: 60,
  connectors: [serviceEntry],
  signature: 's',
};

describe('connector schemas of the service map route', () => {
  test('a full manifest entry passes unchanged', () => {
    const full = {
      ...entry,
      displayName: 'Wiki',
      description: 'Facts',
      authentication: { headers: [{ name: 'X-Key', value: 'v' }] },
      headers: { 'X-A': '' },
      quotas: { perMinute: 0, concurrent: 3 },
      timeouts: { request: 0 },
      status: 'preview',
      enabled: false,
      metadata: { any: 1 },
      tags: ['t'],
      remoteTools: [{ name: 'wiki.search', description: 'Searches the wiki', tags: [], scopes: ['facts'] }],
    };
    expect(ConnectorManifestEntrySchema.parse(full)).toEqual(full);
  });

  test.each([
    ['an unknown key', ConnectorManifestEntrySchema, { ...entry, surprise: 1 }, 'unrecognized_keys'],
    ['an unknown key in auth', ConnectorAuthSchema, { type: 'none', queryParam: 'k' }, 'unrecognized_keys'],
    [
      'a snake-case quota',
      ConnectorManifestEntrySchema,
      { ...entry, quotas: { per_minute: 1 } },
      'unrecognized_keys',
    ],
    ['an id of one character', ConnectorManifestEntrySchema, { ...entry, id: 'a' }, 'invalid_string'],
    ['an upper-case id', ConnectorManifestEntrySchema, { ...entry, id: 'Wiki' }, 'invalid_string'],
    ['no scopes', ConnectorManifestEntrySchema, { ...entry, scopes: [] }, 'too_small'],
    ['a fraction of a second', ConnectorManifestEntrySchema, { ...entry, ttlSeconds: 0.5 }, 'invalid_type'],
    ['no connectors', ConnectorsManifestSchema, { ...manifest, connectors: [] }, 'too_small'],
    [
      'a lower-case ulid',
      ConnectorsManifestSchema,
      { ...manifest, id: ulid.toLowerCase() },
      'invalid_string',
    ],
    ['another brand', ConnectorsManifestSchema, { ...manifest, brand: 'other' }, 'invalid_literal'],
    [
      'a map time with offset',
      ConnectorServiceMapSchema,
      { ...serviceMap, generatedAt: '2025-10-13T12:00:00+02:00' },
      'invalid_string',
    ],
    ['a map without signature', ConnectorServiceMapSchema, { ...serviceMap, signature: '' }, 'too_small'],
    ['a payload with signature', ConnectorServiceMapPayloadSchema, serviceMap, 'unrecognized_keys'],
  ])('%s is refused', (_what, schema, document, code) => {
    const result = schema.safeParse(document);
    expect(result.error?.issues.map((issue) => issue.code)).toContain(code);
  });

  test.each([
    [{ name: '' }, 'brAInwav: Tool name cannot be empty'],
    [{ name: 'search' }, 'brAInwav: Tool name must follow dot-notation (connector.tool_name)'],
    [{ name: 'a.b', description: 'short' }, 'brAInwav: Description must be at least 10 characters'],
  ])('remote tool %j: %s', (tool, message) => {
    const result = ConnectorRemoteToolSchema.safeParse(tool);
    expect(result.error?.issues.map((issue) => issue.message)).toContain(message);
  });

  test('a repeated scope is refused by its own message', () => {
    const result = ConnectorManifestEntrySchema.safeParse({ ...entry, scopes: ['a', 'a'] });
    expect(result.error?.issues).toMatchObject([
      { code: 'custom', path: ['scopes'], message: 'Connector scopes must be unique' },
    ]);
  });

  test('a manifest time may carry an offset', () => {
    const document = { ...manifest, generatedAt: '2025-10-13T12:00:00+02:00' };
    expect(ConnectorsManifestSchema.parse(document)).toEqual(document);
  });

  test('a service entry gets the brand by default and keeps other metadata', () => {
    const parsed = ConnectorServiceMapSchema.parse(serviceMap);
    expect(parsed.connectors[0]?.metadata).toEqual({ brand: 'brAInwav' });
    const metadata = { brand: 'brAInwav', team: 'x' };
    const kept = ConnectorServiceMapSchema.parse({
      ...serviceMap,
      connectors: [{ ...serviceEntry, metadata }],
    });
    expect(kept.connectors[0]?.metadata).toEqual(metadata);
  });
});

describe('connector schemas in lower camel case', () => {
  const lowerEntry = {
    id: 'x',
    displayName: 'X',
    version: '1',
    endpoint: 'https://example.test',
    auth: { type: 'apiKey', queryParam: 'key' },
    scopes: ['a', 'a'],
    quotas: { perMinute: 1, perHour: 1 },
  };

  test('an entry gets its defaults and loses unknown keys', () => {
    expect(connectorManifestEntrySchema.parse({ ...lowerEntry, surprise: 1 })).toEqual({
      ...lowerEntry,
      enabled: true,
      metadata: { brand: 'brAInwav' },
    });
  });

  test.each([
    ['a quota of zero', { ...lowerEntry, quotas: { perMinute: 0, perHour: 1 } }],
    ['no quotas', { ...lowerEntry, quotas: undefined }],
    ['an empty list of tags', { ...lowerEntry, tags: [] }],
    ['another brand', { ...lowerEntry, metadata: { brand: 'other' } }],
  ])('%s is refused', (_what, document) => {
    expect(connectorManifestEntrySchema.safeParse(document).success).toBe(false);
  });

  test('a manifest needs brand, version and ttl', () => {
    const document = { brand: 'brAInwav', version: '1', ttlSeconds: 1, connectors: [lowerEntry] };
    expect(connectorsManifestSchema.safeParse(document).success).toBe(true);
    expect(connectorsManifestSchema.safeParse(manifest).success).toBe(false);
  });

  test('a map entry starts as unknown', () => {
    const parsed = connectorServiceEntrySchema.parse({
      ...lowerEntry,
      ttlSeconds: 1,
      expiresAt: '2025-10-13T12:00:00.000Z',
      availability: {},
    });
    expect(parsed).toMatchObject({ status: 'unknown', availability: { status: 'unknown' } });
  });

  test('a map may be empty but must be signed', () => {
    const document = { ...serviceMap, connectors: [] };
    expect(connectorsServiceMapSchema.safeParse(document).success).toBe(true);
    expect(connectorsServiceMapSchema.safeParse({ ...document, signature: undefined }).success).toBe(false);
  });

  test('a bad ulid is told in words', () => {
    expect(ulidSchema.safeParse('x').error?.issues[0]?.message).toBe(
      'Must be a ULID (26 Crockford Base32 characters, uppercase)',
    );
  });
});
