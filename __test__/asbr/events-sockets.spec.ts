import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AttachIOOptions,
  createEventManager,
  type EventManager,
  initializeXDG,
} from '@cortex-os/native/asbr';
import { Server } from 'socket.io';
import { io as connect, type Socket } from 'socket.io-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { configWith, idsOf, makeEvent, makeEvents } from './events-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();

let manager: EventManager;
let http: HttpServer;
let io: Server;
let clients: Socket[];

beforeEach(async () => {
  await initializeXDG();
  manager = createEventManager(configWith());
  clients = [];
  http = createServer();
  io = new Server(http, { transports: ['websocket'] });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const client of clients) client.close();
  await io.close();
  await manager.close();
});

function newClient(auth: Record<string, unknown> = {}): Socket {
  const { port } = http.address() as AddressInfo;
  const client = connect(`http://127.0.0.1:${port}`, { transports: ['websocket'], auth, forceNew: true });
  clients.push(client);
  return client;
}

/** Attaches the manager and connects one client that collects what it gets. */
async function collector(options?: AttachIOOptions) {
  manager.attachIO(io, options);
  const client = newClient();
  const got: { id: string }[] = [];
  client.onAny((_name, event) => got.push(event));
  await new Promise<void>((resolve) => client.once('connect', resolve));
  return { client, got };
}

const call = (client: Socket, name: string, request?: unknown): Promise<unknown> =>
  request === undefined ? client.emitWithAck(name) : client.emitWithAck(name, request);

/** Events and acknowledgements travel in order: what was sent before this has arrived. */
const settle = (client: Socket) => call(client, 'unsubscribe', { taskId: 'nothing' });

describe('attachIO', () => {
  test('delivers each event once to a socket that follows a task', async () => {
    const { client, got } = await collector();
    const [mine, other] = [makeEvent(), makeEvent()];
    expect(await call(client, 'subscribe', { taskId: mine.taskId })).toEqual({ ok: true });
    await manager.emitEvent(mine);
    await manager.emitEvent(other);
    await settle(client);
    expect(got).toEqual([mine]);
  });

  test('names the message after the event type and filters by types', async () => {
    const { client } = await collector();
    const named = vi.fn();
    client.on('Failed', named);
    await call(client, 'subscribe', { eventTypes: ['Failed', 'Canceled'] });
    const event = makeEvent({ type: 'Failed' });
    await manager.emitEvent(makeEvent({ type: 'Resumed' }));
    await manager.emitEvent(event);
    await settle(client);
    expect(named.mock.calls).toEqual([[event]]);
  });

  test('replaces the subscription of a socket that subscribes again', async () => {
    const { client, got } = await collector();
    const event = makeEvent();
    for (let time = 0; time < 3; time++) await call(client, 'subscribe', { taskId: event.taskId });
    expect(manager.getStats().activeSubscriptions).toBe(1);
    await manager.emitEvent(event);
    await settle(client);
    expect(got).toHaveLength(1);
  });

  test('resumes after lastEventId', async () => {
    const { client, got } = await collector();
    const events = makeEvents(3);
    for (const event of events) await manager.emitEvent(event);
    await call(client, 'subscribe', { lastEventId: events[0]?.id });
    await settle(client);
    expect(idsOf(got)).toEqual(idsOf(events.slice(1)));
  });

  test('leaves no subscription after a disconnect', async () => {
    const { client } = await collector();
    await call(client, 'subscribe', {});
    client.close();
    await vi.waitFor(() => expect(manager.getStats().activeSubscriptions).toBe(0), { timeout: 20_000 });
  });

  test('survives clients that send nothing or nonsense', async () => {
    const { client, got } = await collector();
    for (const request of [
      undefined,
      null,
      7,
      { taskId: 7, eventTypes: 'Failed' },
      { eventTypes: [null, {}] },
    ]) {
      expect(await call(client, 'subscribe', request)).toEqual({ ok: true });
    }
    client.emit('subscribe');
    client.emit('unsubscribe');
    expect(await call(client, 'unsubscribe')).toEqual({ ok: true });
    await manager.emitEvent(makeEvent());
    await settle(client);
    expect(got).toEqual([]);
  });

  test('keeps the subscription of a quiet socket', async () => {
    manager.stop();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    manager = createEventManager(configWith({ idle_timeout_ms: 1_000 }));
    const { client } = await collector();
    await call(client, 'subscribe', {});
    vi.advanceTimersByTime(600_000);
    expect(manager.getStats().activeSubscriptions).toBe(1);
    vi.useRealTimers();
  });

  test.each([
    ['false', () => false],
    [
      'a throw',
      () => {
        throw new Error('no');
      },
    ],
    ['a rejection', () => Promise.reject(new Error('no'))],
  ])('authorize refuses a socket by %s', async (_name, authorize) => {
    manager.attachIO(io, { authorize });
    const client = newClient();
    const error = await new Promise<Error>((resolve) => client.once('connect_error', resolve));
    expect(error.message).toBe('Authentication required');
  });

  test('authorize sees what the client presents and lets it in', async () => {
    const authorize = vi.fn(async ({ auth }) => auth?.token === 'secret');
    manager.attachIO(io, { authorize });
    const client = newClient({ token: 'secret' });
    await new Promise<void>((resolve) => client.once('connect', resolve));
    expect(authorize).toHaveBeenCalledOnce();
  });
});
