/**
 * The second family: a map with run-time status, of manifests in the shape of `connectorsManifestSchema`.
 *
 * Matches `connectors/serviceMap.ts` of `@cortex-os/asbr`, 2025-10-13; its signature is the hexadecimal HMAC-SHA256 of
 * `JSON.stringify` in insertion order, not of the canonical text.
 *
 * Differences from the original: `getConnectorsServiceMap` checks documents by its own schema only. The original
 * checked them by the schema of the other family first, which no document of this one satisfies.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { z } from 'zod/v3';
import { connectorsManifestSchema, type connectorsServiceMapSchema } from '../types/index.js';
import { manifestCandidates } from './manifest-candidates.js';

type RuntimeManifest = z.infer<typeof connectorsManifestSchema>;
type RuntimeServiceMap = z.infer<typeof connectorsServiceMapSchema>;

/** How a map is made. */
export interface ServiceMapOptions {
  signatureKey: string;
  /** Default: the clock's time. */
  now?: () => Date;
  /** Default: a fresh ULID of that time. */
  generateUlid?: () => string;
}

/** A signed map with a fresh id. Entries expire `ttlSeconds` from now. */
export function createConnectorsServiceMap(
  manifest: RuntimeManifest,
  options: ServiceMapOptions,
): RuntimeServiceMap {
  const now = options.now?.() ?? new Date();
  const { ttlSeconds } = manifest;
  const expiresAt = new Date(now.getTime() + ttlSeconds * 1000).toISOString();
  const connectors = manifest.connectors.map((entry) => ({
    ...entry,
    tags: entry.tags ?? [],
    status: entry.enabled ? ('online' as const) : ('offline' as const),
    ttlSeconds,
    expiresAt,
    availability: entry.enabled
      ? { status: 'unknown' as const }
      : { status: 'offline' as const, failureReason: 'Connector disabled in manifest' },
  }));
  const payload = {
    id: options.generateUlid?.() ?? ulid(now.getTime()),
    brand: manifest.brand,
    generatedAt: now.toISOString(),
    ttlSeconds,
    connectors,
    ...(manifest.metadata && { metadata: manifest.metadata }),
  };
  const signature = createHmac('sha256', options.signatureKey).update(JSON.stringify(payload)).digest('hex');
  return { ...payload, signature };
}

/**
 * Reads a manifest of this family and makes its map.
 *
 * @throws Error `[brAInwav] Failed to load connectors manifest at <path>: <reason>` or
 *   `[brAInwav] CONNECTORS_SIGNATURE_KEY is not configured`
 */
export async function getConnectorsServiceMap(
  options: Partial<ServiceMapOptions> & { manifestPath?: string } = {},
): Promise<RuntimeServiceMap> {
  const { manifestPath, signatureKey = process.env.CONNECTORS_SIGNATURE_KEY, ...rest } = options;
  const [path = ''] = manifestCandidates(manifestPath);
  const manifest = await readRuntimeManifest(path);
  if (!signatureKey) throw new Error('[brAInwav] CONNECTORS_SIGNATURE_KEY is not configured');
  return createConnectorsServiceMap(manifest, { ...rest, signatureKey });
}

async function readRuntimeManifest(path: string): Promise<RuntimeManifest> {
  try {
    return connectorsManifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`[brAInwav] Failed to load connectors manifest at ${path}: ${reason}`, { cause });
  }
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 48 bits of time and 80 random ones in Crockford's base 32. */
function ulid(timeMs: number): string {
  let time = '';
  for (let rest = timeMs; time.length < 10; rest = Math.floor(rest / 32)) {
    time = (CROCKFORD[rest % 32] as string) + time;
  }
  const random = Array.from(randomBytes(16), (byte) => CROCKFORD[byte % 32]);
  return time + random.join('');
}
