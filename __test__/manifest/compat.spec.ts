/** Readers of the flat map that know `name`, `status` and `ttl`, and sort keys by locale, accept the compatible form. */
import { createHmac } from 'node:crypto';
import { verifyManifest } from '@cortex-os/native';
import { expect, test } from 'vitest';
import { z } from 'zod';
import shipped from '../../tests/data/connectors.manifest.json' with { type: 'json' };
import { connector, KEY, manifestFile, manifestText, openManifest } from './fixtures.js';

const count = z.number().int().nonnegative();
const entry = z
  .object({
    id: z.string().min(1),
    name: z.string().min(1),
    version: z.string().min(1),
    scopes: z.array(z.string().min(1)).min(1),
    status: z.enum(['enabled', 'disabled']),
    ttl: z.number().int().positive(),
    quotas: z.record(count).optional(),
    timeouts: z.record(count).optional(),
    metadata: z.record(z.unknown()).optional(),
    endpoint: z.string().url().optional(),
    auth: z
      .object({ type: z.enum(['apiKey', 'bearer', 'none']), headerName: z.string().optional() })
      .strict(),
  })
  .strict();

/** Unknown members at the top are dropped before verifying, as such readers do. */
const reader = z.object({
  id: z.string(),
  brand: z.literal('brAInwav'),
  generatedAt: z.string().datetime(),
  ttlSeconds: z.number().int().positive(),
  connectors: z.array(entry).min(1),
  signature: z.string().min(1),
});

function byLocale(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(byLocale);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, byLocale(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b)));
}

const odd = 'a A b B aB Ab a_b a-b a.b _x -x $x 10 9 2x 01 x10 x9 ~ # { [ z Z zz Zz perDay perday'.split(' ');

test.for([
  ['the shipped manifest', shipped],
  [
    'odd keys',
    JSON.parse(
      manifestText(1, {
        connectors: [connector(0, { metadata: Object.fromEntries(odd.map((key) => [key, { [key]: 1 }])) })],
      }),
    ),
  ],
] as const)('%s', async ([, document]) => {
  const path = manifestFile(JSON.stringify(document));
  const { body } = (await openManifest({ paths: path, compat: true })).current();
  const { signature, ...payload } = reader.parse(JSON.parse(body.toString()));
  const expected = createHmac('sha256', KEY)
    .update(JSON.stringify(byLocale(payload)))
    .digest('base64url');
  expect(signature).toBe(expected);
  expect(verifyManifest(body, { keys: KEY, compat: true }).envelope).toBe('flat');
});

test('keys whose order depends on the locale are refused, not guessed', async () => {
  const connectors = [connector(0, { metadata: { größe: 1 } })];
  const manifest = await openManifest({ paths: manifestFile(manifestText(1, { connectors })), compat: true });
  expect(() => manifest.current()).toThrow(/cannot carry connector-0000: a key outside printable ASCII/);
});
