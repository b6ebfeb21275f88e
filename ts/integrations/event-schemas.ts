/**
 * What integrations report. Unknown keys are stripped; the times (`…At`) are any text, as in the original.
 *
 * Matches `events/integrations-events.ts` of the package `integrations` of Cortex-OS, 2025-10-13; no differences.
 */
import type { z } from 'zod/v3';
import { zod } from '../callers-zod.js';

const count = zod.number().int().nonnegative();

/** A connection to another system was made. */
export const IntegrationConnectedEventSchema = zod.object({
  integrationId: zod.string(),
  type: zod.enum(['api', 'webhook', 'oauth', 'database', 'filesystem']),
  name: zod.string(),
  endpoint: zod.string().optional(),
  status: zod.enum(['active', 'inactive', 'error']),
  connectedAt: zod.string(),
});

/** A synchronisation started or ended. `recordsProcessed` is a whole number, 0 or more. */
export const DataSyncEventSchema = zod.object({
  integrationId: zod.string(),
  syncId: zod.string(),
  direction: zod.enum(['inbound', 'outbound', 'bidirectional']),
  recordsProcessed: count,
  status: zod.enum(['started', 'completed', 'failed']),
  errorMessage: zod.string().optional(),
  syncedAt: zod.string(),
});

/**
 * An API was called. `duration` is in milliseconds and whole, so a difference of `performance.now()` has to be
 * rounded first; sizes are in bytes. `HEAD` and `OPTIONS` are refused, as in the original.
 */
export const ApiCallEventSchema = zod.object({
  integrationId: zod.string(),
  method: zod.enum(['GET', 'POST', 'PUT', 'DELETE', 'PATCH']),
  endpoint: zod.string(),
  statusCode: zod.number().int().positive(),
  duration: count,
  requestSize: count.optional(),
  responseSize: count.optional(),
  calledAt: zod.string(),
});

/** A webhook came in. `payloadSize` is in bytes. */
export const WebhookReceivedEventSchema = zod.object({
  integrationId: zod.string(),
  webhookId: zod.string(),
  source: zod.string(),
  event: zod.string(),
  payloadSize: count,
  processed: zod.boolean(),
  receivedAt: zod.string(),
});

export type IntegrationConnectedEvent = z.infer<typeof IntegrationConnectedEventSchema>;
export type DataSyncEvent = z.infer<typeof DataSyncEventSchema>;
export type ApiCallEvent = z.infer<typeof ApiCallEventSchema>;
export type WebhookReceivedEvent = z.infer<typeof WebhookReceivedEventSchema>;
