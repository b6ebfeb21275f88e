/** The schemas of zod-schemas.mjs in TypeBox; formats are checked by the functions that ajv has for them. */
import { FormatRegistry, Type } from '@sinclair/typebox';
import { fullFormats } from 'ajv-formats/dist/formats.js';

FormatRegistry.Set('uri', (value) => fullFormats.uri(value));
FormatRegistry.Set('date-time', (value) => fullFormats['date-time'].validate(value));

const text = Type.String({ minLength: 1 });
const version = Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+$' });
const positive = Type.Integer({ exclusiveMinimum: 0 });
const count = Type.Integer({ minimum: 0 });
const { Optional: maybe } = Type;
const strict = { additionalProperties: false };
const oneOf = (...values) => Type.Union(values.map((value) => Type.Literal(value)));
const map = (value) => Type.Record(Type.String(), value);

export const EVENT_TYPE = Type.Object({
  integrationId: Type.String(),
  method: oneOf('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
  endpoint: Type.String(),
  statusCode: positive,
  duration: count,
  requestSize: maybe(count),
  responseSize: maybe(count),
  calledAt: Type.String(),
});

const connector = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{1,62}$' }),
    name: text,
    displayName: maybe(text),
    version: text,
    description: maybe(text),
    endpoint: Type.String({ format: 'uri' }),
    auth: Type.Object({ type: oneOf('apiKey', 'bearer', 'none'), headerName: maybe(text) }, strict),
    authentication: maybe(
      Type.Object(
        { headers: Type.Array(Type.Object({ name: text, value: text }, strict), { minItems: 1 }) },
        strict,
      ),
    ),
    headers: maybe(map(Type.String())),
    scopes: Type.Array(text, { minItems: 1 }),
    quotas: maybe(
      Type.Object(
        { perMinute: maybe(count), perHour: maybe(count), perDay: maybe(count), concurrent: maybe(count) },
        strict,
      ),
    ),
    timeouts: maybe(map(count)),
    status: maybe(oneOf('enabled', 'disabled', 'preview')),
    enabled: maybe(Type.Boolean()),
    ttlSeconds: positive,
    metadata: maybe(map(Type.Unknown())),
    tags: maybe(Type.Array(text)),
  },
  strict,
);

export const MANIFEST_TYPE = Type.Object(
  {
    $schema: maybe(text),
    id: Type.String({ pattern: '^[0-9A-HJKMNP-TV-Z]{26}$' }),
    brand: maybe(Type.Literal('brAInwav')),
    manifestVersion: version,
    schemaVersion: maybe(version),
    generatedAt: maybe(Type.String({ format: 'date-time' })),
    ttlSeconds: maybe(positive),
    metadata: maybe(map(Type.Unknown())),
    connectors: Type.Array(connector, { minItems: 1 }),
  },
  strict,
);
