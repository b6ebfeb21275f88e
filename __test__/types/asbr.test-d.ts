/** What compiles against `@cortex-os/native/asbr`, and what must not. */
import {
  ASBRClient,
  ASBRError,
  type AsbrEvent,
  type AuthenticatedRequest,
  type Config,
  type ConnectorAuth,
  type ConnectorManifestEntry,
  type ConnectorServiceMapResponse,
  cleanupExpiredTokens,
  createA11yEvent,
  createASBRClient,
  createASBRServer,
  createAuthMiddleware,
  createEventManager,
  createIdempotencyKey,
  createTask,
  createTaskInput,
  DEFAULT_CONFIG,
  type Event,
  type EventType,
  emitPlanStarted,
  type GeneratedToken,
  generateToken,
  getConfigPath,
  type getEventManager,
  getFullConfig,
  getXDGPaths,
  initializeASBR,
  initializeXDG,
  loadConfig,
  loadMCPAllowlist,
  loadSecurityPolicies,
  loadVersionPins,
  type MCPAllowlistEntry,
  NotFoundError,
  type Profile,
  requireScopes,
  resolveIdempotency,
  type SecurityPolicy,
  saveConfig,
  setLogger,
  type Task,
  type TaskInput,
  type TaskInputSchema,
  type TaskRef,
  type TaskStatus,
  type TokenInfo,
  type UnsubscribeFunction,
  ValidationError,
  type VersionPins,
  validateTaskInput,
  validateToken,
  type XDGPaths,
} from '@cortex-os/native/asbr';
import type { RequestHandler } from 'express';
import { describe, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';

declare const input: TaskInput;
declare const task: Task;
declare const client: ASBRClient;

describe('documents', () => {
  test('are what their schemas infer', () => {
    expectTypeOf<TaskInput>().toEqualTypeOf<z.infer<typeof TaskInputSchema>>();
    expectTypeOf<Task['status']>().toEqualTypeOf<TaskStatus>();
    expectTypeOf<Event['type']>().toEqualTypeOf<EventType>();
    expectTypeOf<EventType>().toEqualTypeOf<
      | 'PlanStarted'
      | 'StepCompleted'
      | 'AwaitingApproval'
      | 'Canceled'
      | 'Resumed'
      | 'DeliverableReady'
      | 'Failed'
    >();
    expectTypeOf<AsbrEvent>().toEqualTypeOf<Event>();
    expectTypeOf<VersionPins>().toEqualTypeOf<Record<string, string>>();
    expectTypeOf<Config['events']['transport']>().toEqualTypeOf<'socket' | 'sse'>();
    expectTypeOf<ConnectorAuth['type']>().toEqualTypeOf<'apiKey' | 'bearer' | 'none'>();
  });

  test('have the variants of their inputs', () => {
    expectTypeOf<TaskInput['inputs'][number]>().toEqualTypeOf<
      { kind: 'repo'; path: string } | { kind: 'doc'; path: string } | { kind: 'text'; value: string }
    >();
    // @ts-expect-error A text has a value, not a path.
    const wrong: TaskInput['inputs'][number] = { kind: 'text', path: '.' };
    expectTypeOf(wrong).not.toBeAny();
  });

  test('of connectors are those of the strict family', () => {
    expectTypeOf<ConnectorManifestEntry>().toHaveProperty('remoteTools');
    expectTypeOf<ConnectorManifestEntry>().not.toHaveProperty('availability');
    expectTypeOf<ConnectorServiceMapResponse['signature']>().toEqualTypeOf<string>();
  });
});

describe('functions', () => {
  test('keep the signatures of the package replaced', () => {
    expectTypeOf(loadConfig).toEqualTypeOf<() => Promise<Config>>();
    expectTypeOf(saveConfig).toEqualTypeOf<(config: Config) => Promise<void>>();
    expectTypeOf(loadMCPAllowlist).toEqualTypeOf<() => Promise<MCPAllowlistEntry[]>>();
    expectTypeOf(loadVersionPins).toEqualTypeOf<() => Promise<VersionPins>>();
    expectTypeOf(loadSecurityPolicies).toEqualTypeOf<() => Promise<SecurityPolicy[]>>();
    expectTypeOf(getFullConfig).returns.resolves.toHaveProperty('securityPolicies');
    expectTypeOf(DEFAULT_CONFIG).toEqualTypeOf<Config>();
    expectTypeOf(getXDGPaths).toEqualTypeOf<() => XDGPaths>();
    expectTypeOf(initializeXDG).toEqualTypeOf<() => Promise<XDGPaths>>();
    expectTypeOf(getConfigPath).toEqualTypeOf<(filename: string) => string>();
    expectTypeOf(validateTaskInput).toEqualTypeOf<(input: unknown) => TaskInput>();
    expectTypeOf(createTask).toEqualTypeOf<() => Task>();
    expectTypeOf(emitPlanStarted).parameters.toEqualTypeOf<
      [emit: (event: Event) => Promise<void>, task: Task, input: TaskInput]
    >();
    expectTypeOf(createIdempotencyKey).toEqualTypeOf<(input: TaskInput) => string>();
    expectTypeOf(createTaskInput('T', 'B')).toEqualTypeOf<TaskInput>();
  });

  test('of idempotency take the maps a caller of the original has', () => {
    const cache = new Map<string, { taskId: string; expiry: number }>();
    const tasks = new Map<string, Task>();
    const result = resolveIdempotency(input, undefined, cache, tasks);
    expectTypeOf(result.key).toEqualTypeOf<string>();
    expectTypeOf(result.existingTask).toEqualTypeOf<Task | undefined>();
    // @ts-expect-error A key is text.
    resolveIdempotency(input, 1, cache, tasks);
  });

  test('of tokens never give the text away but at creation', () => {
    expectTypeOf(generateToken).returns.resolves.toEqualTypeOf<GeneratedToken>();
    expectTypeOf(validateToken).returns.resolves.toEqualTypeOf<TokenInfo>();
    expectTypeOf<TokenInfo>().not.toHaveProperty('token');
    expectTypeOf(cleanupExpiredTokens).returns.resolves.toBeNumber();
  });

  test('of authentication are Express handlers', () => {
    expectTypeOf(createAuthMiddleware()).toExtend<RequestHandler>();
    expectTypeOf(requireScopes('a', 'b')).toExtend<RequestHandler>();
    expectTypeOf<AuthenticatedRequest['auth']>().toEqualTypeOf<
      { tokenId: string; scopes: string[] } | undefined
    >();
    // @ts-expect-error Scopes come one by one.
    requireScopes(['a']);
  });

  test('of logging may be replaced in part', () => {
    setLogger({ logError: (message, meta) => expectTypeOf([message, meta]).not.toBeAny() });
    // @ts-expect-error There is no such level.
    setLogger({ logFatal: () => {} });
  });
});

describe('errors', () => {
  test('form one family', () => {
    expectTypeOf(new ValidationError('m', { a: 1 })).toExtend<ASBRError>();
    expectTypeOf(new NotFoundError('Task')).toExtend<ASBRError>();
    expectTypeOf<ASBRError['statusCode']>().toEqualTypeOf<number>();
    expectTypeOf<ASBRError['details']>().toEqualTypeOf<Record<string, unknown> | undefined>();
    // @ts-expect-error An error needs a code.
    new ASBRError('message');
  });
});

describe('the client', () => {
  test('has the calls of the package replaced', () => {
    expectTypeOf(createASBRClient).returns.toEqualTypeOf<ASBRClient>();
    expectTypeOf(new ASBRClient()).toEqualTypeOf<ASBRClient>();
    expectTypeOf(client.createTask(input, { idempotencyKey: 'k' })).resolves.toEqualTypeOf<TaskRef>();
    expectTypeOf(client.getTask('x')).resolves.toEqualTypeOf<Task>();
    expectTypeOf(client.subscribe(undefined, ['Failed'], () => {})).toEqualTypeOf<UnsubscribeFunction>();
    expectTypeOf(client.upsertProfile).parameter(0).toEqualTypeOf<Omit<Profile, 'id'> | Profile>();
    expectTypeOf(client.getArtifact('x')).resolves.toEqualTypeOf<{
      content: ArrayBuffer;
      digest: string;
      etag: string;
    }>();
    // @ts-expect-error No event is called so.
    client.subscribe(undefined, ['Started'], () => {});
  });

  test('keeps its connection to itself', () => {
    // @ts-expect-error For subclasses only.
    client.fetch('/v1/tasks');
  });
});

describe('the live part', () => {
  test('is in the same entry', () => {
    expectTypeOf(createEventManager(DEFAULT_CONFIG)).toEqualTypeOf<
      Awaited<ReturnType<typeof getEventManager>>
    >();
    expectTypeOf(createA11yEvent('Failed', task.id)).toExtend<Omit<Event, 'id' | 'timestamp'>>();
    expectTypeOf(createASBRServer().start()).resolves.toBeVoid();
    expectTypeOf(initializeASBR).returns.resolves.toHaveProperty('client').toEqualTypeOf<ASBRClient>();
  });
});
