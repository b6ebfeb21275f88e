/** The tools for integrations: what is announced, what they take, their defaults. */
import {
  CreateIntegrationInputSchema,
  ExecuteIntegrationInputSchema,
  integrationsMcpTools,
  ListIntegrationsInputSchema,
  MonitorIntegrationInputSchema,
  TestIntegrationInputSchema,
} from '@cortex-os/native/integrations';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const integrationId = 'crm';

describe('the tools', () => {
  test('are announced in their order, with a description and a schema each', () => {
    expect(integrationsMcpTools.map(({ name, inputSchema }) => [name, inputSchema])).toEqual([
      ['create_integration', CreateIntegrationInputSchema],
      ['test_integration', TestIntegrationInputSchema],
      ['execute_integration', ExecuteIntegrationInputSchema],
      ['list_integrations', ListIntegrationsInputSchema],
      ['monitor_integration', MonitorIntegrationInputSchema],
    ]);
    for (const tool of integrationsMcpTools) {
      expect(tool.inputSchema).toBeInstanceOf(z.ZodType);
      expect(tool.description.length).toBeGreaterThan(20);
    }
  });

  test('set their defaults and strip unknown keys', () => {
    const create = { name: 'n', type: 'message-queue', config: { retryPolicy: {}, extra: 1 }, extra: 1 };
    expect(CreateIntegrationInputSchema.parse(create)).toStrictEqual({
      name: 'n',
      type: 'message-queue',
      config: { retryPolicy: { maxRetries: 3, backoffMs: 1000 } },
    });
    expect(TestIntegrationInputSchema.parse({ integrationId })).toStrictEqual({
      integrationId,
      testType: 'connectivity',
    });
    expect(ListIntegrationsInputSchema.parse({})).toStrictEqual({ limit: 20 });
  });

  test('keep payloads and credentials as they are', () => {
    const payload = { nested: { list: [1, null] }, text: 't' };
    expect(
      ExecuteIntegrationInputSchema.parse({ integrationId, operation: 'o', payload, timeout: 0.5 }),
    ).toStrictEqual({ integrationId, operation: 'o', payload, timeout: 0.5 });
    const config = { credentials: { key: 'k' }, headers: { 'x-a': 'b' }, endpoint: 'https://crm.example' };
    expect(CreateIntegrationInputSchema.parse({ name: 'n', type: 'api', config }).config).toStrictEqual(
      config,
    );
  });

  test.each([
    [CreateIntegrationInputSchema, { name: 'n', type: 'oauth', config: {} }],
    [CreateIntegrationInputSchema, { name: 'n', type: 'api', config: { endpoint: 'crm.example' } }],
    [CreateIntegrationInputSchema, { name: 'n', type: 'api', config: { headers: { a: 1 } } }],
    [TestIntegrationInputSchema, { integrationId, testType: 'everything' }],
    [ExecuteIntegrationInputSchema, { integrationId, operation: 'o', timeout: 0 }],
    [ExecuteIntegrationInputSchema, { integrationId, operation: 'o', payload: [] }],
    [ListIntegrationsInputSchema, { limit: 0 }],
    [ListIntegrationsInputSchema, { limit: 101 }],
    [MonitorIntegrationInputSchema, { integrationId, metrics: ['uptime'] }],
    [MonitorIntegrationInputSchema, { integrationId, timeRange: { start: '2025-10-13T12:00:00+02:00' } }],
  ])('%# is refused', (schema, input) => {
    expect(schema.safeParse(input).success).toBe(false);
  });

  test('take the bounds of what they allow', () => {
    expect(ListIntegrationsInputSchema.parse({ limit: 100 })).toStrictEqual({ limit: 100 });
    expect(ListIntegrationsInputSchema.parse({ limit: 1 })).toStrictEqual({ limit: 1 });
    const timeRange = { start: '2025-10-13T12:00:00Z' };
    expect(MonitorIntegrationInputSchema.parse({ integrationId, timeRange, metrics: [] })).toStrictEqual({
      integrationId,
      timeRange,
      metrics: [],
    });
  });
});
