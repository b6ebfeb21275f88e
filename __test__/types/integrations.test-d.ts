/** What callers of the package replaced compile with. */
import {
  type ApiCallEvent,
  createIntegrationsEvent,
  type DataSyncEvent,
  type IntegrationConnectedEvent,
  type IntegrationsTool,
  integrationsMcpTools,
  integrationsValidators,
  type ListIntegrationsInput,
  ListIntegrationsInputSchema,
  type WebhookReceivedEvent,
} from '@cortex-os/native/integrations';
import { describe, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';

describe('@cortex-os/native/integrations', () => {
  test('has the signatures of the original', () => {
    expectTypeOf(createIntegrationsEvent.connected).toEqualTypeOf<
      (data: IntegrationConnectedEvent) => {
        type: 'integrations.connection.established';
        data: IntegrationConnectedEvent;
      }
    >();
    expectTypeOf(createIntegrationsEvent.dataSynced).returns.toEqualTypeOf<{
      type: 'integrations.data.synced';
      data: DataSyncEvent;
    }>();
    expectTypeOf(createIntegrationsEvent.apiCalled).parameters.toEqualTypeOf<[ApiCallEvent]>();
    expectTypeOf(createIntegrationsEvent.webhookReceived).returns.toHaveProperty('data');
    expectTypeOf<WebhookReceivedEvent['processed']>().toEqualTypeOf<boolean>();
    expectTypeOf(integrationsMcpTools).toEqualTypeOf<IntegrationsTool[]>();
    expectTypeOf<IntegrationsTool['inputSchema']>().toEqualTypeOf<z.ZodSchema>();
  });

  test('has the schemas with their types', () => {
    expectTypeOf<z.infer<typeof ListIntegrationsInputSchema>>().toEqualTypeOf<ListIntegrationsInput>();
    expectTypeOf<z.input<typeof ListIntegrationsInputSchema>['limit']>().toEqualTypeOf<number | undefined>();
    expectTypeOf(ListIntegrationsInputSchema.shape.limit).toExtend<z.ZodTypeAny>();
  });

  test('has the schemas as code, with their types', () => {
    const { ApiCallEvent: code } = integrationsValidators;
    expectTypeOf(code.parse).returns.toEqualTypeOf<ApiCallEvent>();
    const result = code.safeParse({});
    if (result.success) expectTypeOf(result.data).toEqualTypeOf<ApiCallEvent>();
    else expectTypeOf(result.error.issues).toExtend<z.ZodIssue[]>();
  });

  test('refuses other data', () => {
    // @ts-expect-error HEAD is no method of the original.
    createIntegrationsEvent.apiCalled({ method: 'HEAD' });
  });
});
