/** The schemas of zod-schemas.mjs as JSON Schema, for ajv. */

const text = { type: 'string', minLength: 1 };
const anyText = { type: 'string' };
const version = { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' };
const positive = { type: 'integer', exclusiveMinimum: 0 };
const count = { type: 'integer', minimum: 0 };

function object(properties, optional, additionalProperties) {
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { type: 'object', properties, required, additionalProperties };
}

export const EVENT_SCHEMA = object(
  {
    integrationId: anyText,
    method: { enum: ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'] },
    endpoint: anyText,
    statusCode: positive,
    duration: count,
    requestSize: count,
    responseSize: count,
    calledAt: anyText,
  },
  ['requestSize', 'responseSize'],
  true,
);

const connector = object(
  {
    id: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{1,62}$' },
    name: text,
    displayName: text,
    version: text,
    description: text,
    endpoint: { type: 'string', format: 'uri' },
    auth: object({ type: { enum: ['apiKey', 'bearer', 'none'] }, headerName: text }, ['headerName'], false),
    authentication: object(
      { headers: { type: 'array', minItems: 1, items: object({ name: text, value: text }, [], false) } },
      [],
      false,
    ),
    headers: { type: 'object', additionalProperties: anyText },
    scopes: { type: 'array', minItems: 1, items: text },
    quotas: object(
      { perMinute: count, perHour: count, perDay: count, concurrent: count },
      ['perMinute', 'perHour', 'perDay', 'concurrent'],
      false,
    ),
    timeouts: { type: 'object', additionalProperties: count },
    status: { enum: ['enabled', 'disabled', 'preview'] },
    enabled: { type: 'boolean' },
    ttlSeconds: positive,
    metadata: { type: 'object' },
    tags: { type: 'array', items: text },
  },
  [
    'displayName',
    'description',
    'authentication',
    'headers',
    'quotas',
    'timeouts',
    'status',
    'enabled',
    'metadata',
    'tags',
  ],
  false,
);

export const MANIFEST_SCHEMA = object(
  {
    $schema: text,
    id: { type: 'string', pattern: '^[0-9A-HJKMNP-TV-Z]{26}$' },
    brand: { const: 'brAInwav' },
    manifestVersion: version,
    schemaVersion: version,
    generatedAt: { type: 'string', format: 'date-time' },
    ttlSeconds: positive,
    metadata: { type: 'object' },
    connectors: { type: 'array', minItems: 1, items: connector },
  },
  ['$schema', 'brand', 'schemaVersion', 'generatedAt', 'ttlSeconds', 'metadata'],
  false,
);
