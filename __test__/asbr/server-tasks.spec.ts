import { type Event, type EventType, getEventManager, type Task } from '@cortex-os/native/asbr';
import { describe, expect, test, vi } from 'vitest';
import { ledgerEvents, makeEvent } from './events-fixtures.js';
import { type TestServer, taskInput, useServers } from './server-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();
const startServer = useServers();

const create = (
  server: TestServer,
  body: unknown = { input: taskInput() },
  headers: Record<string, string> = {},
) => server.call<{ task: Task }>('/v1/tasks', { method: 'POST', body, headers });
const post = (server: TestServer, path: string) => server.call(path, { method: 'POST' });
const statusOf = async (server: TestServer, id: string) =>
  (await server.call<{ task: Task }>(`/v1/tasks/${id}`)).body.task.status;

async function emit(taskId: string, type: EventType, fields: Partial<Event> = {}) {
  await (await getEventManager()).emitEvent(makeEvent({ taskId, type, ...fields }));
}

describe('POST /v1/tasks', () => {
  test('makes a queued task and puts its PlanStarted event into the ledger', async () => {
    const server = await startServer();
    const { status, body } = await create(server, { input: taskInput({ title: 'Hello' }) });
    expect(status).toBe(200);
    expect(body.task).toMatchObject({ status: 'queued', schema: 'cortex.task@1', artifacts: [] });
    expect(await ledgerEvents()).toMatchObject([
      { type: 'PlanStarted', taskId: body.task.id, ariaLiveHint: 'Task "Hello" has been queued' },
    ]);
  });

  test.each([
    ['no body', undefined],
    ['an empty body', {}],
    ['a body that is a list', []],
    ['an input without title', { input: { brief: 'B' } }],
  ])('refuses %s with 400', async (_name, body) => {
    const { call } = await startServer();
    const answer = await call('/v1/tasks', { method: 'POST', body });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'Invalid task input', code: 'VALIDATION_ERROR' },
    });
  });

  test('refuses empty scopes', async () => {
    const answer = await create(await startServer(), { input: taskInput({ scopes: [] }) });
    expect(answer.body).toMatchObject({ error: 'Scopes must not be empty', details: { field: 'scopes' } });
  });

  test('is blocked by a policy, with its reason or a standard one', async () => {
    const evaluate = vi.fn(({ input }) => ({
      allowed: false,
      reason: input.title === 'T' ? undefined : 'no way',
    }));
    const server = await startServer({ policyRegistry: { evaluate } });
    const refused = { code: 'AUTHORIZATION_ERROR' };
    expect(await create(server)).toMatchObject({
      status: 403,
      body: { ...refused, error: 'Task creation blocked by policy' },
    });
    expect(await create(server, { input: taskInput({ title: 'U' }) })).toMatchObject({
      body: { error: 'no way' },
    });
    expect(evaluate.mock.calls[0]?.[0]).toMatchObject({ kind: 'task.create', input: { title: 'T' } });
  });

  test('gives one task for the same key, whether it stands in the header, the body or both', async () => {
    const server = await startServer();
    const input = taskInput();
    const header = { 'Idempotency-Key': 'a key' };
    const answers = await Promise.all([
      create(server, { input }, header),
      create(server, { input, idempotencyKey: 'a key' }),
      create(server, { input, idempotencyKey: 'a key' }, header),
    ]);
    expect(new Set(answers.map(({ body }) => body.task.id)).size).toBe(1);
    expect(await ledgerEvents()).toHaveLength(1);
    const other = await create(server, { input }, { 'Idempotency-Key': 'another' });
    expect(other.body.task.id).not.toBe(answers[0]?.body.task.id);
  });

  test('refuses a key that differs between header and body, is no text, or belongs to another request', async () => {
    const server = await startServer();
    await create(server, { input: taskInput(), idempotencyKey: 'k' });
    expect(
      (await create(server, { input: taskInput(), idempotencyKey: 'k' }, { 'Idempotency-Key': 'l' })).status,
    ).toBe(400);
    expect((await create(server, { input: taskInput(), idempotencyKey: 7 })).status).toBe(400);
    expect((await create(server, { input: taskInput(), idempotencyKey: 'k'.repeat(256) })).status).toBe(400);
    expect(await create(server, { input: taskInput({ title: 'Other' }), idempotencyKey: 'k' })).toMatchObject(
      {
        status: 409,
        body: { code: 'IDEMPOTENCY_CONFLICT' },
      },
    );
  });

  test('keeps nothing of a task whose event could not be emitted, so that a retry makes it', async () => {
    const server = await startServer();
    const manager = await getEventManager();
    const emitEvent = vi.spyOn(manager, 'emitEvent').mockRejectedValueOnce(new Error('no log'));
    expect(await create(server)).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } });
    const lost = emitEvent.mock.calls[0]?.[0].taskId;
    expect((await server.call(`/v1/tasks/${lost}`)).status).toBe(404);
    const { status, body } = await create(server);
    expect(status).toBe(200);
    expect(await ledgerEvents()).toMatchObject([{ type: 'PlanStarted', taskId: body.task.id }]);
  });

  test('keeps at most maxTasks, letting the oldest finished go first', async () => {
    const server = await startServer({ maxTasks: 3 });
    const ids: string[] = [];
    const add = async (title: string) => {
      const { body } = await create(server, { input: taskInput({ title }) });
      ids.push(body.task.id);
    };
    for (const title of ['1', '2', '3']) await add(title);
    await post(server, `/v1/tasks/${ids[1]}/cancel`);
    await add('4');
    await add('5');
    const found = await Promise.all(ids.map(async (id) => (await server.call(`/v1/tasks/${id}`)).status));
    expect(found).toEqual([404, 404, 200, 200, 200]);
  });
});

describe('GET /v1/tasks/:id', () => {
  test('answers with the task and the trace it was made in', async () => {
    const server = await startServer();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const made = await create(server, { input: taskInput() }, { traceparent });
    expect(made.headers.get('traceparent')).toBe(traceparent);
    const read = await server.call(`/v1/tasks/${made.body.task.id}`);
    expect(read.body).toEqual(made.body);
    expect(read.headers.get('traceparent')).toBe(traceparent);
  });

  test('answers 404 for an unknown one', async () => {
    expect(await (await startServer()).call('/v1/tasks/unknown')).toMatchObject({
      status: 404,
      body: { error: 'Task not found', code: 'NOT_FOUND' },
    });
  });
});

describe('the state of a task', () => {
  test('follows the events of its task, whoever emits them', async () => {
    const server = await startServer();
    const { task } = (await create(server)).body;
    const states: string[] = [];
    for (const type of [
      'StepCompleted',
      'AwaitingApproval',
      'StepCompleted',
      'Resumed',
      'DeliverableReady',
    ] as const) {
      await emit(task.id, type, { step: `after ${type}` });
      states.push(await statusOf(server, task.id));
    }
    expect(states).toEqual(['running', 'paused', 'paused', 'running', 'succeeded']);
    const { body } = await server.call<{ task: Task }>(`/v1/tasks/${task.id}`);
    expect(body.task.currentStep).toBe('after StepCompleted');
  });

  test('canceled: once, with one event, never after the end', async () => {
    const server = await startServer();
    const { task } = (await create(server)).body;
    const answers = await Promise.all([1, 2].map(() => post(server, `/v1/tasks/${task.id}/cancel`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(answers.find(({ status }) => status === 200)?.body).toEqual({ success: true });
    expect(answers.find(({ status }) => status === 400)?.body).toMatchObject({
      error: 'Task is already canceled',
    });
    expect(await statusOf(server, task.id)).toBe('canceled');
    expect((await ledgerEvents()).map(({ type }) => type)).toEqual(['PlanStarted', 'Canceled']);
    expect((await ledgerEvents())[1]?.ariaLiveHint).toBe('Task has been canceled');
    const done = (await create(server, { input: taskInput({ title: 'other' }) })).body.task;
    await emit(done.id, 'DeliverableReady');
    expect(await post(server, `/v1/tasks/${done.id}/cancel`)).toMatchObject({
      status: 400,
      body: { error: 'Task is already succeeded' },
    });
  });

  test('resumed: only from paused', async () => {
    const server = await startServer();
    const { task } = (await create(server)).body;
    const refusal = { status: 400, body: { error: 'Task must be paused to resume' } };
    expect(await post(server, `/v1/tasks/${task.id}/resume`)).toMatchObject(refusal);
    await emit(task.id, 'AwaitingApproval');
    expect(await post(server, `/v1/tasks/${task.id}/resume`)).toMatchObject({
      status: 200,
      body: { success: true },
    });
    expect(await statusOf(server, task.id)).toBe('running');
    expect(await post(server, `/v1/tasks/${task.id}/resume`)).toMatchObject(refusal);
    expect((await ledgerEvents()).at(-1)).toMatchObject({
      type: 'Resumed',
      ariaLiveHint: 'Task has been resumed',
    });
  });

  test('is as before when the event of a change could not be emitted', async () => {
    const server = await startServer();
    const { task } = (await create(server)).body;
    vi.spyOn(await getEventManager(), 'emitEvent').mockRejectedValueOnce(new Error('no log'));
    expect((await post(server, `/v1/tasks/${task.id}/cancel`)).status).toBe(500);
    expect((await server.call<{ task: Task }>(`/v1/tasks/${task.id}`)).body.task).toEqual(task);
    expect((await post(server, `/v1/tasks/${task.id}/cancel`)).status).toBe(200);
  });

  test('canceling or resuming an unknown task is 404', async () => {
    const server = await startServer();
    expect((await post(server, '/v1/tasks/unknown/cancel')).status).toBe(404);
    expect((await post(server, '/v1/tasks/unknown/resume')).status).toBe(404);
  });
});
