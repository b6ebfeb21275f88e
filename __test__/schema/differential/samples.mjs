/** The schemas that this package ships, each with a value it accepts. */
import * as asbr from '@cortex-os/native/asbr';
import * as integrations from '@cortex-os/native/integrations';

const id = '3f1a3c1e-8a4b-4c7e-9d5f-0a1b2c3d4e5f';
const ulid = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const time = '2026-11-21T08:30:00.000Z';
const auth = { type: 'bearer', headerName: 'Authorization' };
const tool = { name: 'wiki.search', description: 'Searches the wiki', tags: ['a'], scopes: ['facts'] };
const artifact = { id, kind: 'diff', path: 'p', digest: 'd', createdAt: time, schema: 'cortex.artifact@1' };
const integrationId = 'crm';

/** @type {[schema: import('zod').ZodTypeAny, value: unknown][]} */
export const SAMPLES = [
  [
    asbr.TaskInputSchema,
    {
      title: 'T',
      brief: 'B',
      inputs: [
        { kind: 'repo', path: 'a' },
        { kind: 'text', value: 'c' },
      ],
      scopes: ['s'],
      deadlines: { soft: time, hard: time },
      a11yProfileId: id,
      preferences: { risk: 'balanced', verbosity: 'low', motion: 'reduced', contrast: 'high' },
      schema: 'cortex.task.input@1',
    },
  ],
  [
    asbr.TaskSchema,
    {
      id,
      status: 'queued',
      currentStep: 's',
      artifacts: [artifact],
      evidenceIds: [id],
      approvals: [{ step: 's', at: time, by: 'user' }],
      createdAt: time,
      updatedAt: time,
      schema: 'cortex.task@1',
    },
  ],
  [
    asbr.EventSchema,
    {
      id,
      type: 'StepCompleted',
      taskId: id,
      step: 's',
      ariaLiveHint: 'h',
      evidenceDelta: [id],
      timestamp: time,
      data: { any: [1, { thing: null }] },
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    },
  ],
  [
    asbr.ConnectorsManifestSchema,
    {
      $schema: 'x',
      id: ulid,
      brand: 'brAInwav',
      manifestVersion: '1.2.3',
      generatedAt: '2026-11-21T08:30:00+01:00',
      ttlSeconds: 60,
      connectors: [
        {
          id: 'wiki-data',
          name: 'Wiki',
          version: '1',
          endpoint: 'https://example.test/mcp',
          auth,
          authentication: { headers: [{ name: 'n', value: 'v' }] },
          headers: { 'x-a': 'b' },
          scopes: ['facts', 'more'],
          quotas: { perMinute: 3, concurrent: 0 },
          timeouts: { connect: 1 },
          status: 'preview',
          enabled: true,
          ttlSeconds: 60,
          metadata: { a: 1 },
          tags: ['t'],
          remoteTools: [tool],
        },
      ],
    },
  ],
  [
    asbr.connectorsManifestSchema,
    {
      brand: 'brAInwav',
      version: '1',
      ttlSeconds: 60,
      metadata: { brand: 'brAInwav', more: 1 },
      connectors: [
        {
          id: 'wiki',
          displayName: 'Wiki',
          version: '1',
          endpoint: 'https://example.test/',
          auth,
          scopes: ['facts'],
          quotas: { perMinute: 1, perHour: 2 },
          timeouts: { requestMs: 5 },
          availability: { target: 0.5 },
        },
      ],
    },
  ],
  [
    integrations.ApiCallEventSchema,
    {
      integrationId,
      method: 'GET',
      endpoint: '/v1',
      statusCode: 200,
      duration: 12,
      requestSize: 0,
      responseSize: 3,
      calledAt: time,
    },
  ],
  [
    integrations.CreateIntegrationInputSchema,
    {
      name: 'n',
      type: 'api',
      config: {
        endpoint: 'https://crm.example',
        credentials: { key: 'k' },
        headers: {},
        retryPolicy: { maxRetries: 1 },
      },
    },
  ],
  [integrations.ListIntegrationsInputSchema, { type: 'webhook', status: 'error', limit: 3 }],
  [
    integrations.MonitorIntegrationInputSchema,
    { integrationId, metrics: ['latency'], timeRange: { start: time, end: time } },
  ],
];
