/**
 * The second family of connector schemas, in lower camel case: another shape than
 * `connector-schemas.ts`, kept because callers parse manifests with it. Objects are not
 * strict: unknown keys are stripped.
 *
 * Matches `types/connectors.ts` of `@cortex-os/asbr`, 2025-10-13.
 *
 * Differences from the original: none in behaviour. As in the original, the *types*
 * `ConnectorsManifest` and `ConnectorManifestEntry` of the public entry describe the strict
 * family; use `z.infer<typeof connectorsManifestSchema>` for this one.
 */
import { zod } from '../../callers-zod.js';

const runtimeStatusSchema = zod.enum(['online', 'offline', 'degraded', 'unknown']).default('unknown');
const positiveMs = zod.number().int().positive();

/** 26 upper-case characters of Crockford's base 32. */
export const ulidSchema = zod.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/u, {
  message: 'Must be a ULID (26 Crockford Base32 characters, uppercase)',
});

export const connectorAuthSchema = zod.object({
  type: zod.enum(['apiKey', 'bearer', 'none']),
  headerName: zod.string().min(1).optional(),
  queryParam: zod.string().min(1).optional(),
});

/** Calls allowed; the bounds per minute and hour are required and at least 1. */
export const connectorQuotaSchema = zod.object({
  perMinute: zod.number().int().positive(),
  perHour: zod.number().int().positive(),
  perDay: zod.number().int().positive().optional(),
});

/** Free metadata that always carries the brand. */
export const connectorMetadataSchema = zod
  .object({ brand: zod.literal('brAInwav') })
  .catchall(zod.unknown())
  .default({ brand: 'brAInwav' as const });

/** Absent, or at least one tag. */
export const connectorTagsSchema = zod.array(zod.string().min(1)).min(1).optional();

export const connectorManifestEntrySchema = zod.object({
  id: zod.string().min(1),
  displayName: zod.string().min(1),
  version: zod.string().min(1),
  endpoint: zod.string().url(),
  auth: connectorAuthSchema,
  scopes: zod.array(zod.string().min(1)).min(1),
  quotas: connectorQuotaSchema,
  enabled: zod.boolean().default(true),
  metadata: connectorMetadataSchema,
  tags: connectorTagsSchema,
  timeouts: zod.object({ requestMs: positiveMs.optional(), connectMs: positiveMs.optional() }).optional(),
  availability: zod
    .object({
      target: zod.number().min(0).max(1).optional(),
      requiresHeartbeat: zod.boolean().default(false).optional(),
    })
    .optional(),
});

export const connectorsManifestSchema = zod.object({
  brand: zod.literal('brAInwav'),
  version: zod.string().min(1),
  ttlSeconds: zod.number().int().positive(),
  connectors: zod.array(connectorManifestEntrySchema).min(1),
  metadata: zod.record(zod.string(), zod.unknown()).optional(),
});

/** What was seen of a connector at run time. */
export const connectorRuntimeAvailabilitySchema = zod.object({
  status: runtimeStatusSchema,
  lastCheckedAt: zod.string().datetime().optional(),
  lastSuccessAt: zod.string().datetime().optional(),
  lastFailureAt: zod.string().datetime().optional(),
  failureReason: zod.string().optional(),
});

export const connectorServiceEntrySchema = connectorManifestEntrySchema.extend({
  status: runtimeStatusSchema,
  ttlSeconds: zod.number().int().positive(),
  expiresAt: zod.string().datetime(),
  availability: connectorRuntimeAvailabilitySchema.optional(),
  telemetry: zod
    .object({
      latencyP95Ms: zod.number().nonnegative().optional(),
      requestCount: zod.number().nonnegative().optional(),
      errorCount: zod.number().nonnegative().optional(),
    })
    .optional(),
});

export const connectorsServiceMapSchema = zod.object({
  id: ulidSchema,
  brand: zod.literal('brAInwav'),
  generatedAt: zod.string().datetime(),
  ttlSeconds: zod.number().int().positive(),
  connectors: zod.array(connectorServiceEntrySchema),
  signature: zod.string().min(1),
  metadata: zod.record(zod.string(), zod.unknown()).optional(),
});
