/** The events of integrations: their types, their data, what is refused and how. */
import {
  ApiCallEventSchema,
  createIntegrationsEvent,
  DataSyncEventSchema,
  IntegrationConnectedEventSchema,
  WebhookReceivedEventSchema,
} from '@cortex-os/native/integrations';
import { describe, expect, test } from 'vitest';
import { ZodError } from 'zod';

const connected = {
  integrationId: 'crm',
  type: 'oauth',
  name: 'CRM',
  endpoint: 'crm.example',
  status: 'active',
  connectedAt: 'any text',
} as const;
const dataSynced = {
  integrationId: 'crm',
  syncId: '7',
  direction: 'inbound',
  recordsProcessed: 0,
  status: 'completed',
  errorMessage: '',
  syncedAt: 'now',
} as const;
const apiCalled = {
  integrationId: 'crm',
  method: 'PATCH',
  endpoint: '/v1/people',
  statusCode: 200,
  duration: 0,
  requestSize: 0,
  responseSize: 2 ** 60,
  calledAt: 'now',
} as const;
const webhookReceived = {
  integrationId: 'crm',
  webhookId: 'w',
  source: 's',
  event: 'e',
  payloadSize: 3,
  processed: false,
  receivedAt: 'now',
} as const;

/** [function, its event's type, complete data, keys that may be absent, its schema] */
const CASES = [
  [
    'connected',
    'integrations.connection.established',
    connected,
    ['endpoint'],
    IntegrationConnectedEventSchema,
  ],
  ['dataSynced', 'integrations.data.synced', dataSynced, ['errorMessage'], DataSyncEventSchema],
  ['apiCalled', 'integrations.api.called', apiCalled, ['requestSize', 'responseSize'], ApiCallEventSchema],
  ['webhookReceived', 'integrations.webhook.received', webhookReceived, [], WebhookReceivedEventSchema],
] as const;

type Make = (data: unknown) => { type: string; data: unknown };
const make = (name: (typeof CASES)[number][0]) => createIntegrationsEvent[name] as Make;

/** What calling it throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return 'nothing';
}

describe.each(CASES)('createIntegrationsEvent.%s', (name, type, data, optional, schema) => {
  test('gives the type and a copy of the data without unknown keys, in the order of the schema', () => {
    const given = { surprise: 1, ...Object.fromEntries(Object.entries(data).reverse()) };
    const event = make(name)(given);
    expect(event).toStrictEqual({ type, data });
    expect(Object.keys(event)).toEqual(['type', 'data']);
    expect(Object.keys(event.data as object)).toEqual(Object.keys(data));
    expect(event.data).not.toBe(given);
  });

  test('does without what may be absent, and keeps what is there but undefined', () => {
    const short = Object.fromEntries(
      Object.entries(data).filter(([key]) => !optional.includes(key as never)),
    );
    expect(make(name)(short).data).toStrictEqual(short);
    for (const key of optional) {
      expect(make(name)({ ...short, [key]: undefined }).data).toStrictEqual(
        schema.parse({ ...short, [key]: undefined }),
      );
    }
  });

  test('throws the ZodError of its schema, with all issues', () => {
    for (const wrong of [
      undefined,
      null,
      1,
      'text',
      [],
      {},
      { ...data, integrationId: 1, name: 2, syncId: [] },
    ]) {
      const error = thrownBy(() => make(name)(wrong));
      const expected = schema.safeParse(wrong).error;
      if (expected === undefined) continue;
      expect(error).toBeInstanceOf(ZodError);
      expect((error as ZodError).issues).toEqual(expected.issues);
    }
    expect(thrownBy(() => make(name)({}))).toBeInstanceOf(ZodError);
  });
});

describe('what is refused', () => {
  const cases: [(typeof CASES)[number][0], Record<string, unknown>, string, string][] = [
    ['apiCalled', { ...apiCalled, method: 'HEAD' }, 'method', 'invalid_enum_value'],
    ['apiCalled', { ...apiCalled, duration: 12.5 }, 'duration', 'invalid_type'],
    ['apiCalled', { ...apiCalled, duration: -1 }, 'duration', 'too_small'],
    ['apiCalled', { ...apiCalled, statusCode: 0 }, 'statusCode', 'too_small'],
    ['dataSynced', { ...dataSynced, recordsProcessed: Number.NaN }, 'recordsProcessed', 'invalid_type'],
    ['connected', { ...connected, type: 'message-queue' }, 'type', 'invalid_enum_value'],
    ['connected', { ...connected, endpoint: null }, 'endpoint', 'invalid_type'],
    ['webhookReceived', { ...webhookReceived, processed: 1 }, 'processed', 'invalid_type'],
  ];

  test.each(cases)('%s %o', (name, data, key, code) => {
    const error = thrownBy(() => make(name)(data)) as ZodError;
    expect(error.issues.map((issue) => [issue.path, issue.code])).toEqual([[[key], code]]);
  });

  test('a key named __proto__ is an unknown key', () => {
    const data = JSON.parse(
      JSON.stringify(webhookReceived).replace('{', '{"__proto__":{"polluted":1},'),
    ) as unknown;
    const copy = make('webhookReceived')(data).data as object;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(copy).toStrictEqual(webhookReceived);
    expect('polluted' in copy).toBe(false);
  });
});
