/**
 * Drop-in for the package `integrations` of Cortex-OS as of 2025-10-13: its events and its tools.
 *
 * Same names, shapes and errors. Added: the schemas of events and tools, which the original kept inside, and
 * `integrationsValidators`, which are those schemas as code. `createIntegrationsEvent` goes through that code.
 */

export type { ShippedValidator } from '../compiled-schemas.js';
export { createIntegrationsEvent } from './create-event.js';
export {
  type ApiCallEvent,
  ApiCallEventSchema,
  type DataSyncEvent,
  DataSyncEventSchema,
  type IntegrationConnectedEvent,
  IntegrationConnectedEventSchema,
  type WebhookReceivedEvent,
  WebhookReceivedEventSchema,
} from './event-schemas.js';
export { type IntegrationsTool, integrationsMcpTools } from './mcp-tools.js';
export {
  type CreateIntegrationInput,
  CreateIntegrationInputSchema,
  type ExecuteIntegrationInput,
  ExecuteIntegrationInputSchema,
  type ListIntegrationsInput,
  ListIntegrationsInputSchema,
  type MonitorIntegrationInput,
  MonitorIntegrationInputSchema,
  type TestIntegrationInput,
  TestIntegrationInputSchema,
} from './tool-schemas.js';
export { integrationsValidators } from './validators.js';
