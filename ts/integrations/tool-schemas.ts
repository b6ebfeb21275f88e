/**
 * What the tools of `mcp-tools.ts` take. Unknown keys are stripped, defaults are set.
 *
 * Matches `mcp/tools.ts` of the package `integrations` of Cortex-OS, 2025-10-13. Differences from the original:
 * the schemas are exported by the package's entry; the original kept them in the module, and only their types
 * could be imported, from deep inside.
 */
import type { z } from 'zod/v3';
import { zod } from '../callers-zod.js';

/** Not the kinds that events speak of: a message queue here, OAuth and file systems there. */
const integrationKind = zod.enum(['webhook', 'api', 'database', 'message-queue']);

/** A new integration. `maxRetries` is 3 and `backoffMs` 1000 (milliseconds) where a policy does not say. */
export const CreateIntegrationInputSchema = zod.object({
  name: zod.string(),
  type: integrationKind,
  config: zod.object({
    endpoint: zod.string().url().optional(),
    credentials: zod.record(zod.string()).optional(),
    headers: zod.record(zod.string()).optional(),
    retryPolicy: zod
      .object({
        maxRetries: zod.number().int().nonnegative().default(3),
        backoffMs: zod.number().positive().default(1000),
      })
      .optional(),
  }),
});

/** A test of one integration; `connectivity` unless `testType` says otherwise. */
export const TestIntegrationInputSchema = zod.object({
  integrationId: zod.string(),
  testType: zod.enum(['connectivity', 'authentication', 'full']).default('connectivity'),
});

/** An operation of one integration. `timeout` is above 0; its unit is the executor's to say. */
export const ExecuteIntegrationInputSchema = zod.object({
  integrationId: zod.string(),
  operation: zod.string(),
  payload: zod.record(zod.unknown()).optional(),
  timeout: zod.number().positive().optional(),
});

/** Which integrations to list; `limit` is 1 to 100, 20 where absent. */
export const ListIntegrationsInputSchema = zod.object({
  type: integrationKind.optional(),
  status: zod.enum(['active', 'inactive', 'error']).optional(),
  limit: zod.number().int().positive().max(100).default(20),
});

/** What to tell of one integration; times are ISO 8601 ending in `Z`. */
export const MonitorIntegrationInputSchema = zod.object({
  integrationId: zod.string(),
  metrics: zod.array(zod.enum(['latency', 'success-rate', 'error-count'])).optional(),
  timeRange: zod
    .object({
      start: zod.string().datetime().optional(),
      end: zod.string().datetime().optional(),
    })
    .optional(),
});

export type CreateIntegrationInput = z.infer<typeof CreateIntegrationInputSchema>;
export type TestIntegrationInput = z.infer<typeof TestIntegrationInputSchema>;
export type ExecuteIntegrationInput = z.infer<typeof ExecuteIntegrationInputSchema>;
export type ListIntegrationsInput = z.infer<typeof ListIntegrationsInputSchema>;
export type MonitorIntegrationInput = z.infer<typeof MonitorIntegrationInputSchema>;
