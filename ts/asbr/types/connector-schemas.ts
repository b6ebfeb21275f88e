/**
 * Connector manifest and signed service map, as the HTTP route of the server uses them.
 * Every object is strict: an unknown key is an error, not stripped.
 *
 * Matches `@cortex-os/asbr-schemas` of 2025-10-13.
 *
 * Differences from the original:
 * - `ConnectorAuthSchema` and the other parts are exported; the original kept them private
 *   while another of its modules imported them, which failed to link as native ESM.
 */
import type { z } from 'zod/v3';
import { zod } from '../../callers-zod.js';

const brandSchema = zod.literal('brAInwav');
const ulid = zod.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}$/u);
const nonEmptyText = zod.string().min(1);
const count = zod.number().int().nonnegative();
const positiveSeconds = zod.number().int().positive();

const scopesSchema = zod
  .array(nonEmptyText)
  .min(1)
  .superRefine((scopes, context) => {
    if (new Set(scopes).size !== scopes.length) {
      context.addIssue({ code: 'custom', message: 'Connector scopes must be unique' });
    }
  });

/** How a client proves itself to a connector. */
export const ConnectorAuthSchema = zod
  .object({
    type: zod.enum(['apiKey', 'bearer', 'none']),
    headerName: nonEmptyText.optional(),
  })
  .strict();

/** One header a client must send. */
export const ConnectorAuthHeaderSchema = zod.object({ name: nonEmptyText, value: nonEmptyText }).strict();

/** Headers a client must send; at least one. */
export const ConnectorAuthenticationSchema = zod
  .object({ headers: zod.array(ConnectorAuthHeaderSchema).min(1) })
  .strict();

/** How often a connector may be called; 0 means never, absent means no bound. */
export const ConnectorQuotaSchema = zod
  .object({
    perMinute: count.optional(),
    perHour: count.optional(),
    perDay: count.optional(),
    concurrent: count.optional(),
  })
  .strict();

/** Time limits in milliseconds, by name. */
export const ConnectorTimeoutSchema = zod.record(nonEmptyText, count);

/** A tool a connector offers, named `connector.tool_name`. */
export const ConnectorRemoteToolSchema = zod
  .object({
    name: zod
      .string()
      .min(1, 'brAInwav: Tool name cannot be empty')
      .regex(
        /^[a-z0-9_-]+\.[a-z0-9_-]+$/,
        'brAInwav: Tool name must follow dot-notation (connector.tool_name)',
      ),
    description: zod.string().min(10, 'brAInwav: Description must be at least 10 characters').optional(),
    tags: zod.array(nonEmptyText).optional(),
    scopes: zod.array(nonEmptyText).optional(),
  })
  .strict();

/** One connector as its operator writes it. */
export const ConnectorManifestEntrySchema = zod
  .object({
    id: zod.string().regex(/^[a-z0-9][a-z0-9-]{1,62}$/),
    name: nonEmptyText,
    displayName: nonEmptyText.optional(),
    version: nonEmptyText,
    description: nonEmptyText.optional(),
    endpoint: zod.string().url(),
    auth: ConnectorAuthSchema,
    authentication: ConnectorAuthenticationSchema.optional(),
    headers: zod.record(nonEmptyText, zod.string()).optional(),
    scopes: scopesSchema,
    quotas: ConnectorQuotaSchema.optional(),
    timeouts: ConnectorTimeoutSchema.optional(),
    status: zod.enum(['enabled', 'disabled', 'preview']).optional(),
    enabled: zod.boolean().optional(),
    ttlSeconds: positiveSeconds,
    metadata: zod.record(zod.string(), zod.unknown()).optional(),
    tags: zod.array(nonEmptyText).optional(),
    remoteTools: zod.array(ConnectorRemoteToolSchema).optional(),
  })
  .strict();

/** All connectors. `generatedAt` may carry any UTC offset; at least one connector. */
export const ConnectorsManifestSchema = zod
  .object({
    $schema: nonEmptyText.optional(),
    id: ulid,
    brand: brandSchema.optional(),
    manifestVersion: zod.string().regex(/^\d+\.\d+\.\d+$/),
    schemaVersion: zod
      .string()
      .regex(/^\d+\.\d+\.\d+$/)
      .optional(),
    generatedAt: zod.string().datetime({ offset: true }).optional(),
    ttlSeconds: positiveSeconds.optional(),
    metadata: zod.record(zod.string(), zod.unknown()).optional(),
    connectors: zod.array(ConnectorManifestEntrySchema).min(1),
  })
  .strict();

/** One connector as clients see it. */
export const ConnectorServiceEntrySchema = zod
  .object({
    id: nonEmptyText,
    version: nonEmptyText,
    displayName: nonEmptyText,
    endpoint: zod.string().url(),
    auth: ConnectorAuthSchema,
    scopes: scopesSchema,
    ttlSeconds: positiveSeconds,
    enabled: zod.boolean(),
    metadata: zod.object({ brand: brandSchema }).catchall(zod.unknown()).default({ brand: 'brAInwav' }),
    quotas: ConnectorQuotaSchema.optional(),
    headers: zod.record(nonEmptyText, zod.string()).optional(),
    description: nonEmptyText.optional(),
    tags: zod.array(nonEmptyText).optional(),
    timeouts: ConnectorTimeoutSchema.optional(),
    remoteTools: zod.array(ConnectorRemoteToolSchema).optional(),
  })
  .strict();

/** The signed map. `generatedAt` must end in `Z`; `signature` covers everything else. */
export const ConnectorServiceMapSchema = zod
  .object({
    id: ulid,
    brand: brandSchema,
    generatedAt: zod.string().datetime(),
    ttlSeconds: positiveSeconds,
    connectors: zod.array(ConnectorServiceEntrySchema).min(1),
    signature: nonEmptyText,
    metadata: zod.record(zod.string(), zod.unknown()).optional(),
  })
  .strict();

/** What the signature is made over: the map without `signature`. */
export const ConnectorServiceMapPayloadSchema = ConnectorServiceMapSchema.omit({
  signature: true,
});

export type ConnectorAuth = z.infer<typeof ConnectorAuthSchema>;
export type ConnectorAuthHeader = z.infer<typeof ConnectorAuthHeaderSchema>;
export type ConnectorRemoteTool = z.infer<typeof ConnectorRemoteToolSchema>;
export type ConnectorManifestEntry = z.infer<typeof ConnectorManifestEntrySchema>;
export type ConnectorsManifest = z.infer<typeof ConnectorsManifestSchema>;
export type ConnectorServiceEntry = z.infer<typeof ConnectorServiceEntrySchema>;
export type ConnectorServiceMap = z.infer<typeof ConnectorServiceMapSchema>;
export type ConnectorServiceMapPayload = z.infer<typeof ConnectorServiceMapPayloadSchema>;
