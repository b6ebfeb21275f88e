import { execFileSync } from 'node:child_process';
import {
  ArtifactRefSchema,
  ConfigSchema,
  DEFAULT_CONFIG,
  EVENT_TYPES,
  EventSchema,
  EvidenceSchema,
  ProfileSchema,
  RouteInfoSchema,
  ServiceMapSchema,
  TaskInputSchema,
  TaskSchema,
  VersionPinsSchema,
} from '@cortex-os/native/asbr';
import { describe, expect, test } from 'vitest';
import { ZodError, z } from 'zod';

const id = '3f1a3c1e-8a4b-4c7e-9d5f-0a1b2c3d4e5f';
const time = '2025-10-13T12:00:00.000Z';

const taskInput = {
  title: 'T',
  brief: 'B',
  inputs: [
    { kind: 'repo', path: 'a' },
    { kind: 'doc', path: 'b' },
    { kind: 'text', value: 'c' },
  ],
  scopes: [],
  deadlines: { soft: time },
  a11yProfileId: id,
  preferences: { risk: 'balanced', verbosity: 'low', motion: 'reduced', contrast: 'high' },
  schema: 'cortex.task.input@1',
};
const artifact = { id, kind: 'diff', path: 'p', digest: 'd', createdAt: time, schema: 'cortex.artifact@1' };
const task = {
  id,
  status: 'queued',
  currentStep: 's',
  artifacts: [artifact],
  evidenceIds: [id],
  approvals: [{ step: 's', at: time, by: 'policy' }],
  createdAt: time,
  updatedAt: time,
  schema: 'cortex.task@1',
};
const profile = {
  id,
  skill: 'expert',
  tools: ['vim'],
  a11y: { keyboardOnly: true },
  preferences: {},
  schema: 'cortex.profile@1',
};
const event = {
  id,
  type: 'PlanStarted',
  taskId: id,
  step: 's',
  ariaLiveHint: 'h',
  evidenceDelta: [id],
  timestamp: time,
  data: { any: [1] },
  traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`,
};
const evidence = {
  id,
  source: 'url',
  pointers: [{ path: 'p', start: 1, end: 2, url: 'u', hash: 'h' }],
  claim: 'c',
  confidence: 1,
  risk: 'unknown',
  createdAt: time,
  schema: 'cortex.evidence@1',
};

const schemas = {
  TaskInput: [TaskInputSchema, taskInput],
  ArtifactRef: [ArtifactRefSchema, artifact],
  Task: [TaskSchema, task],
  Profile: [ProfileSchema, profile],
  Event: [EventSchema, event],
  Evidence: [EvidenceSchema, evidence],
  Config: [ConfigSchema, DEFAULT_CONFIG],
  VersionPins: [VersionPinsSchema, { node: '20.20.0', beta: '1.0.0-rc.1+build.5' }],
  ServiceMap: [ServiceMapSchema, { routes: [{ path: '/health', methods: ['GET'], version: 'v1' }] }],
} as const;

describe('ASBR schemas', () => {
  test.each(Object.entries(schemas))(
    '%s accepts a full document and returns it',
    (_name, [schema, document]) => {
      expect(schema.parse(document)).toEqual(document);
    },
  );

  test.each([
    ['TaskInput', TaskInputSchema, taskInput],
    ['Task', TaskSchema, task],
    ['Event', EventSchema, event],
    ['Config', ConfigSchema, DEFAULT_CONFIG],
  ])('%s strips unknown keys', (_name, schema, document) => {
    expect(schema.parse({ ...document, unknown: 1 })).toEqual(document);
  });

  test.each([
    [TaskInputSchema, { ...taskInput, title: '' }, 'title'],
    [TaskInputSchema, { ...taskInput, brief: undefined }, 'brief'],
    [TaskInputSchema, { ...taskInput, inputs: [{ kind: 'text', path: 'p' }] }, 'inputs.0'],
    [TaskInputSchema, { ...taskInput, deadlines: { hard: '2025-10-13T12:00:00+02:00' } }, 'deadlines.hard'],
    [TaskInputSchema, { ...taskInput, a11yProfileId: 'x' }, 'a11yProfileId'],
    [TaskInputSchema, { ...taskInput, preferences: { risk: 'none' } }, 'preferences.risk'],
    [TaskInputSchema, { ...taskInput, schema: 'cortex.task.input@2' }, 'schema'],
    [TaskSchema, { ...task, status: 'done' }, 'status'],
    [TaskSchema, { ...task, evidenceIds: ['x'] }, 'evidenceIds.0'],
    [TaskSchema, { ...task, approvals: [{ step: 's', at: time, by: 'x' }] }, 'approvals.0.by'],
    [ProfileSchema, { ...profile, a11y: undefined }, 'a11y'],
    [EventSchema, { ...event, type: 'heartbeat' }, 'type'],
    [EventSchema, { ...event, taskId: 'task' }, 'taskId'],
    [EventSchema, { ...event, traceparent: `01-${'1'.repeat(32)}-${'1'.repeat(16)}-00` }, 'traceparent'],
    [EventSchema, { ...event, timestamp: '2025-10-13' }, 'timestamp'],
    [EvidenceSchema, { ...evidence, confidence: 1.01 }, 'confidence'],
    [EvidenceSchema, { ...evidence, pointers: [{ path: 'p' }] }, 'pointers.0.hash'],
    [ConfigSchema, { ...DEFAULT_CONFIG, cache_ttl_ms: 0 }, 'cache_ttl_ms'],
    [VersionPinsSchema, { a: '1.0' }, 'a'],
    [RouteInfoSchema, { path: '/', methods: 'GET', version: 'v1' }, 'methods'],
  ])('refusal %#: names the place', (schema, document, path) => {
    const result = schema.safeParse(document);
    expect(result.success).toBe(false);
    expect(result.error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });

  test('the event types are in canonical order', () => {
    expect(EVENT_TYPES).toEqual([
      'PlanStarted',
      'StepCompleted',
      'AwaitingApproval',
      'Canceled',
      'Resumed',
      'DeliverableReady',
      'Failed',
    ]);
  });
});

describe('a ZodError', () => {
  test('is an instance of the class that importing callers have', () => {
    expect(TaskInputSchema.safeParse({}).error).toBeInstanceOf(ZodError);
    expect(z.object({ task: TaskInputSchema }).safeParse({ task: {} }).error).toBeInstanceOf(ZodError);
  });

  test('is an instance of the class that requiring callers have', () => {
    const program = `
      const { ZodError } = require('zod');
      const { TaskInputSchema } = require('@cortex-os/native/asbr');
      process.stdout.write(String(TaskInputSchema.safeParse({}).error instanceof ZodError));`;
    const options = { cwd: import.meta.dirname, encoding: 'utf8' } as const;
    expect(execFileSync(process.execPath, ['-e', program], options)).toBe('true');
  });
});
