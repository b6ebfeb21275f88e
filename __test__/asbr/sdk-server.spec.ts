/** The client against the real server: what one of them promises, the other one keeps. */
import type { AddressInfo } from 'node:net';
import {
  type ASBRClient,
  type ASBRServer,
  type AsbrEvent,
  createASBRClient,
  createASBRServer,
  createIdempotencyKey,
  createTaskInput,
  generateToken,
  initializeXDG,
  setLogger,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();

let server: ASBRServer;
let baseUrl: string;
let client: ASBRClient;

beforeEach(async () => {
  // Starts, stops and refusals are part of the tests and not worth a line each.
  setLogger({ logInfo: () => {}, logError: () => {} });
  await initializeXDG();
  server = createASBRServer({ port: 0, testBypass: false, autoCloseStreams: false });
  await server.start();
  const { port } = server.server!.address() as AddressInfo;
  baseUrl = `http://127.0.0.1:${port}`;
  const { token } = await generateToken(['*']);
  client = createASBRClient({ baseUrl, token });
});

afterEach(async () => {
  client.close();
  await server.stop();
  setLogger();
});

/** Collects events until one of the type comes. */
function collect(type: AsbrEvent['type']) {
  const types: string[] = [];
  let done = () => {};
  const ended = new Promise<void>((resolve) => {
    done = resolve;
  });
  const callback = (event: AsbrEvent) => {
    types.push(event.type);
    if (event.type === type) done();
  };
  return { types, ended, callback };
}

describe('client and server', () => {
  test('bring every event of a task once, in order, to each subscriber', async () => {
    const all = collect('Canceled');
    client.subscribe(undefined, ['PlanStarted', 'Canceled'], all.callback);
    const task = await client.createTask(createTaskInput('T', 'B'));
    const own = collect('Canceled');
    task.subscribe(own.callback);
    await task.cancel();
    await Promise.all([all.ended, own.ended]);
    expect(all.types).toEqual(['PlanStarted', 'Canceled']);
    expect(own.types).toEqual(['PlanStarted', 'Canceled']);
    expect((await task.getTask()).status).toBe('canceled');
  });

  test('agree on the key of a request', async () => {
    const input = createTaskInput('T', 'B', { preferences: { risk: 'low' } });
    const first = await client.createTask(input);
    const again = await client.createTask(input, {
      idempotencyKey: createIdempotencyKey(input).slice(0, 16),
    });
    expect(again.id).toBe(first.id);
    const other = await client.createTask({ ...input, preferences: { risk: 'high' } });
    expect(other.id).not.toBe(first.id);
  });

  test('refuse a key that belongs to another request', async () => {
    await client.createTask(createTaskInput('T', 'B'), { idempotencyKey: 'k' });
    await expect(client.createTask(createTaskInput('U', 'B'), { idempotencyKey: 'k' })).rejects.toMatchObject(
      {
        statusCode: 409,
        code: 'IDEMPOTENCY_CONFLICT',
      },
    );
  });

  test('keep profiles', async () => {
    const made = await client.upsertProfile({
      skill: 'expert',
      tools: ['vim'],
      a11y: { keyboardOnly: true },
      schema: 'cortex.profile@1',
    });
    expect(await client.getProfile(made.id)).toEqual(made);
    expect(await client.upsertProfile({ ...made, tools: [] })).toEqual({ ...made, tools: [] });
    await expect(
      client.upsertProfile({ ...made, id: '00000000-0000-4000-8000-000000000000' }),
    ).rejects.toMatchObject({ statusCode: 404 });
    expect(await client.listArtifacts({ limit: 1 })).toEqual([]);
  });

  test('tell a stranger so, on requests and on streams', async () => {
    const stranger = createASBRClient({ baseUrl, token: 'unknown' });
    await expect(stranger.getTask('x')).rejects.toMatchObject({
      statusCode: 401,
      code: 'AUTHENTICATION_ERROR',
    });
    const outcome = await new Promise((resolve) => {
      stranger.subscribe(undefined, ['Failed'], () => {}, {
        onError: (error, final) => resolve({ error, final }),
      });
    });
    expect(outcome).toMatchObject({ error: { statusCode: 401 }, final: true });
  });
});
