import type {
  ApiCallEvent,
  DataSyncEvent,
  IntegrationConnectedEvent,
  WebhookReceivedEvent,
} from './event-schemas.js';
import { integrationsValidators as validators } from './validators.js';

/**
 * Makes the events of integrations: `{ type, data }`, where `data` is a checked copy without unknown keys.
 *
 * Errors: each throws the `ZodError` of its schema.
 *
 * @example
 * const event = createIntegrationsEvent.dataSynced({
 *   integrationId: 'crm', syncId: '7', direction: 'inbound', recordsProcessed: 12, status: 'completed',
 *   syncedAt: new Date().toISOString(),
 * });
 * hub.emit(event); // { type: 'integrations.data.synced', data: { … } }
 */
export const createIntegrationsEvent = {
  connected: (data: IntegrationConnectedEvent) => ({
    type: 'integrations.connection.established' as const,
    data: validators.IntegrationConnectedEvent.parse(data),
  }),
  dataSynced: (data: DataSyncEvent) => ({
    type: 'integrations.data.synced' as const,
    data: validators.DataSyncEvent.parse(data),
  }),
  apiCalled: (data: ApiCallEvent) => ({
    type: 'integrations.api.called' as const,
    data: validators.ApiCallEvent.parse(data),
  }),
  webhookReceived: (data: WebhookReceivedEvent) => ({
    type: 'integrations.webhook.received' as const,
    data: validators.WebhookReceivedEvent.parse(data),
  }),
};
