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
import { z } from 'zod';

const runtimeStatusSchema = z.enum(['online', 'offline', 'degraded', 'unknown']).default('unknown');
const positiveMs = z.number().int().positive();

/** 26 upper-case characters of Crockford's base 32. */
export const ulidSchema = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/u, {
  message: 'Must be a ULID (26 Crockford Base32 characters, uppercase)',
});

export const connectorAuthSchema = z.object({
  type: z.enum(['apiKey', 'bearer', 'none']),
  headerName: z.string().min(1).optional(),
  queryParam: z.string().min(1).optional(),
});

/** Calls allowed; the bounds per minute and hour are required and at least 1. */
export const connectorQuotaSchema = z.object({
  perMinute: z.number().int().positive(),
  perHour: z.number().int().positive(),
  perDay: z.number().int().positive().optional(),
});

/** Free metadata that always carries the brand. */
export const connectorMetadataSchema = z
  .object({ brand: z.literal('brAInwav') })
  .catchall(z.unknown())
  .default({ brand: 'brAInwav' as const });

/** Absent, or at least one tag. */
export const connectorTagsSchema = z.array(z.string().min(1)).min(1).optional();

export const connectorManifestEntrySchema = z.object({
  id: z.string().min(1),
  displayName: z.string().min(1),
  version: z.string().min(1),
  endpoint: z.string().url(),
  auth: connectorAuthSchema,
  scopes: z.array(z.string().min(1)).min(1),
  quotas: connectorQuotaSchema,
  enabled: z.boolean().default(true),
  metadata: connectorMetadataSchema,
  tags: connectorTagsSchema,
  timeouts: z.object({ requestMs: positiveMs.optional(), connectMs: positiveMs.optional() }).optional(),
  availability: z
    .object({
      target: z.number().min(0).max(1).optional(),
      requiresHeartbeat: z.boolean().default(false).optional(),
    })
    .optional(),
});

export const connectorsManifestSchema = z.object({
  brand: z.literal('brAInwav'),
  version: z.string().min(1),
  ttlSeconds: z.number().int().positive(),
  connectors: z.array(connectorManifestEntrySchema).min(1),
  metadata: z.record(z.string(), z.unknown()).optional(),
});

/** What was seen of a connector at run time. */
export const connectorRuntimeAvailabilitySchema = z.object({
  status: runtimeStatusSchema,
  lastCheckedAt: z.string().datetime().optional(),
  lastSuccessAt: z.string().datetime().optional(),
  lastFailureAt: z.string().datetime().optional(),
  failureReason: z.string().optional(),
});

export const connectorServiceEntrySchema = connectorManifestEntrySchema.extend({
  status: runtimeStatusSchema,
  ttlSeconds: z.number().int().positive(),
  expiresAt: z.string().datetime(),
  availability: connectorRuntimeAvailabilitySchema.optional(),
  telemetry: z
    .object({
      latencyP95Ms: z.number().nonnegative().optional(),
      requestCount: z.number().nonnegative().optional(),
      errorCount: z.number().nonnegative().optional(),
    })
    .optional(),
});

export const connectorsServiceMapSchema = z.object({
  id: ulidSchema,
  brand: z.literal('brAInwav'),
  generatedAt: z.string().datetime(),
  ttlSeconds: z.number().int().positive(),
  connectors: z.array(connectorServiceEntrySchema),
  signature: z.string().min(1),
  metadata: z.record(z.string(), z.unknown()).optional(),
});
