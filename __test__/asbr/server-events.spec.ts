import { rm } from 'node:fs/promises';
import {
  createASBRServer,
  createEventManager,
  getEventManager,
  initializeXDG,
  setLogger,
  stopEventManager,
} from '@cortex-os/native/asbr';
import { EventSource } from 'eventsource';
import type { Request, Response } from 'express';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bareResponse, configWith, idsOf, makeEvent, makeEvents, StreamReader } from './events-fixtures.js';
import { taskInput, useServers } from './server-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

const sandbox = useXdgSandbox();
const startServer = useServers();

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe('GET /v1/events', () => {
  test('streams what is emitted, by a request or anywhere in the process', async () => {
    const server = await startServer();
    const reader = await server.events();
    await server.call('/v1/tasks', { method: 'POST', body: { input: taskInput() } });
    const event = makeEvent();
    await (await getEventManager()).emitEvent(event);
    await reader.untilEvents(2);
    expect(reader.events).toMatchObject([{ type: 'PlanStarted' }, event]);
  });

  test('answers at once, without a CORS header', async () => {
    const reader = await (await startServer()).events();
    expect(reader.response?.statusCode).toBe(200);
    expect(reader.response?.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
    expect(reader.response?.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('names the origin it was told to allow', async () => {
    const reader = await (await startServer({ allowOrigin: 'https://example.com' })).events();
    expect(reader.response?.headers['access-control-allow-origin']).toBe('https://example.com');
  });

  test('begins with what is held of a task and filters by task and types', async () => {
    const server = await startServer();
    const manager = await getEventManager();
    const taskId = makeEvent().taskId;
    const [before, after] = [makeEvent({ taskId, type: 'Failed' }), makeEvent({ taskId, type: 'Canceled' })];
    for (const event of [makeEvent(), before]) await manager.emitEvent(event);
    const reader = await server.events({ taskId, events: 'Failed,Canceled' });
    for (const event of [makeEvent({ taskId }), makeEvent(), after]) await manager.emitEvent(event);
    await reader.untilEvents(2);
    expect(idsOf(reader.events)).toEqual(idsOf([before, after]));
  });

  test('looks as far back as asked', async () => {
    const server = await startServer();
    const events = makeEvents(5);
    for (const event of events) await (await getEventManager()).emitEvent(event);
    const reader = await server.events({ backlog: '2' });
    await reader.untilEvents(2);
    expect(idsOf(reader.events)).toEqual(idsOf(events.slice(3)));
    expect((await server.call('/v1/events?stream=sse&backlog=x')).status).toBe(400);
  });

  test('is read by an EventSource that loses its connection again and again, each event once and in order', async () => {
    const server = await startServer();
    const manager = await getEventManager();
    const seen: string[] = [];
    const source = new EventSource(`${server.url}/v1/events?stream=sse`, {
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init?.headers, authorization: `Bearer ${server.token}` } }),
    });
    source.addEventListener('StepCompleted', ({ data }) => seen.push(JSON.parse(data).id));
    await new Promise((resolve) => source.addEventListener('open', resolve, { once: true }));
    const events = makeEvents(300);
    for (const [index, event] of events.entries()) {
      await manager.emitEvent(event);
      if (index % 100 === 50) server.server.server?.closeAllConnections();
    }
    await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(300), { timeout: 20_000 });
    source.close();
    expect(seen).toEqual(idsOf(events));
  });

  test('refuses other kinds of streams', async () => {
    const answer = await (await startServer()).call('/v1/events?stream=poll');
    expect(answer).toMatchObject({ status: 400, body: { error: 'Unsupported stream type' } });
  });

  test('uses the manager it is given, and leaves it running', async () => {
    const manager = createEventManager(configWith());
    const server = await startServer({ eventManager: manager });
    const reader = await server.events();
    const event = makeEvent();
    await manager.emitEvent(event);
    await reader.untilEvents(1);
    await server.server.stop();
    await manager.emitEvent(event);
    expect(manager.getEvents({})).toHaveLength(2);
    await manager.close();
  });

  test('ends a stream by itself only for test clients, and as told', async () => {
    const url = (base: string) => `${base}/v1/events?stream=sse`;
    const bearer = { authorization: 'Bearer any' };
    const byEnvironment = await startServer({ testBypass: true, autoCloseStreams: undefined });
    const ended = new StreamReader(url(byEnvironment.url), bearer);
    await ended.until(({ ended }) => ended);
    expect(ended.frames.map(({ event }) => event)).toContain('heartbeat');
    vi.stubEnv('NODE_ENV', 'development');
    const named = new StreamReader(url(byEnvironment.url), { ...bearer, 'user-agent': 'node-supertest/1' });
    await named.until(({ ended }) => ended);
  });

  test.each([
    ['', () => initializeXDG()],
    [
      ', also when there is nothing to stream from',
      () => rm(sandbox.folder('XDG_CONFIG_HOME'), { recursive: true }),
    ],
  ])('logs a stream that cannot be ended%s', async (_name, prepare) => {
    await prepare();
    const server = createASBRServer({ port: 0 });
    vi.useFakeTimers();
    const logError = vi.fn();
    setLogger({ logError, logInfo: () => {} });
    const res = bareResponse();
    res.end.mockImplementation(() => {
      throw new Error('end failed');
    });
    const on = vi.fn();
    const req = {
      query: { stream: 'sse' },
      headers: { 'user-agent': 'supertest' },
      on,
    } as unknown as Request;
    server.app.locals.asbrGetEventsHandler(req, res as unknown as Response);
    await vi.advanceTimersByTimeAsync(100);
    expect(logError).toHaveBeenCalledWith('Failed to close SSE stream gracefully', {
      error: expect.objectContaining({ message: 'end failed' }),
    });
    vi.useRealTimers();
    await server.stop();
  });
});

describe('socket.io', () => {
  const connect = (url: string, options: object = {}) =>
    io(url, { transports: ['websocket'], forceNew: true, reconnection: false, ...options });

  test('refuses a client without a token', async () => {
    const client = connect((await startServer()).url);
    const error = await new Promise<Error>((resolve) => client.once('connect_error', resolve));
    expect(error.message).toBe('Authentication required');
    client.close();
  });

  test.each([
    ['as auth.token', (token: string) => ({ auth: { token } })],
    ['as a header', (token: string) => ({ extraHeaders: { authorization: `Bearer ${token}` } })],
  ])('serves a client that presents its token %s', async (_name, present) => {
    const server = await startServer();
    const client = connect(server.url, present(server.token));
    await new Promise<void>((resolve) => client.once('connect', resolve));
    const event = makeEvent();
    await client.emitWithAck('subscribe', { taskId: event.taskId });
    const got = new Promise((resolve) => client.once(event.type, resolve));
    await (await getEventManager()).emitEvent(event);
    expect(await got).toEqual(event);
    client.close();
  });

  test('lets clients in without a token in a test run', async () => {
    const client = connect((await startServer({ testBypass: undefined })).url);
    await new Promise<void>((resolve) => client.once('connect', resolve));
    client.close();
  });
});

describe('the manager behind the server', () => {
  test('may be replaced while the server runs', async () => {
    const server = await startServer();
    await server.call('/v1/tasks', { method: 'POST', body: { input: taskInput() } });
    const first = await getEventManager();
    stopEventManager();
    const { status } = await server.call('/v1/tasks', {
      method: 'POST',
      body: { input: taskInput({ title: 'U' }) },
    });
    expect(status).toBe(200);
    expect((await getEventManager()).getStats().totalEvents).toBe(1);
    await first.close();
  });
});
