/** The service map in plain JavaScript: what servers do today for every request, and the reference of the others. */
import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { KEY } from '../data/manifest.mjs';

const fromRoot = createRequire(new URL('../../package.json', import.meta.url));
const { ConnectorsManifestSchema, ConnectorServiceMapSchema } = fromRoot('@cortex-os/native/asbr');

/** Read, parse, validate, build, canonical text, HMAC, validate what came of it. */
export async function signedMap(path) {
  const manifest = ConnectorsManifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  const payload = buildMap(manifest);
  const signature = createHmac('sha256', KEY).update(canonical(payload)).digest('base64url');
  return ConnectorServiceMapSchema.parse({ ...payload, signature });
}

function buildMap(manifest) {
  const connectors = manifest.connectors.map(entryOf).sort((a, b) => a.id.localeCompare(b.id));
  const least = Math.min(...connectors.map((entry) => entry.ttlSeconds));
  return {
    id: manifest.id,
    brand: manifest.brand ?? 'brAInwav',
    generatedAt: manifest.generatedAt,
    ttlSeconds: Math.max(1, Math.min(manifest.ttlSeconds ?? least, least)),
    connectors,
    ...(manifest.metadata && { metadata: { ...manifest.metadata } }),
  };
}

function entryOf(entry) {
  const listed = entry.authentication?.headers.map(({ name, value }) => [name, value]) ?? [];
  return {
    id: entry.id,
    version: entry.version,
    displayName: entry.displayName ?? entry.name,
    endpoint: entry.endpoint,
    auth: { ...entry.auth },
    scopes: [...entry.scopes],
    ttlSeconds: entry.ttlSeconds,
    enabled: entry.enabled ?? entry.status !== 'disabled',
    metadata: { brand: 'brAInwav', ...entry.metadata },
    quotas: { ...entry.quotas },
    headers: { ...Object.fromEntries(listed), ...entry.headers },
    description: entry.description,
    tags: [...entry.tags],
    remoteTools: structuredClone(entry.remoteTools),
  };
}

export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

/** Text, tag and status as an HTTP framework finds them for every response. */
export function sendJson(req, res, map) {
  const body = JSON.stringify(map);
  const etag = `"${createHash('sha1').update(body).digest('base64').slice(0, 27)}"`;
  const headers = { ETag: etag, 'Cache-Control': `private, max-age=${map.ttlSeconds}` };
  if (req.headers['if-none-match'] === etag) {
    res.writeHead(304, headers).end();
    return;
  }
  const type = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  };
  res.writeHead(200, { ...headers, ...type }).end(body);
}
