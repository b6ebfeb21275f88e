/**
 * Every ASBR schema, type and error class.
 *
 * Matches `@cortex-os/asbr/types` (and with it `@cortex-os/asbr-schemas`) of 2025-10-13.
 * Schemas are zod 3; a failed parse gives a `ZodError` with `issues` as callers know it.
 * The zod is the caller's own, see `callers-zod.ts`.
 * Added: `EVENT_TYPES` and the parts of the connector schemas.
 */
export * from './api.js';
export * from './config.js';
export * from './connector-schemas.js';
export {
  connectorAuthSchema,
  connectorManifestEntrySchema,
  connectorMetadataSchema,
  connectorQuotaSchema,
  connectorRuntimeAvailabilitySchema,
  connectorServiceEntrySchema,
  connectorsManifestSchema,
  connectorsServiceMapSchema,
  connectorTagsSchema,
  ulidSchema,
} from './connectors.js';
export * from './errors.js';
export * from './event.js';
export * from './evidence.js';
export * from './preferences.js';
export * from './profile.js';
export * from './service-map.js';
export * from './task.js';
