/** Connections end in every way that connections end, and both sides learn of it. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { SseSubscription } from '@cortex-os/native';
import { expect } from 'vitest';
import { adopted, connections, emitNumbers, test } from './fan-out-test.js';
import { expectNumbers } from './frames.js';

test('a client that has gone before the stream began leaves nothing', async ({ openHub, serve, connect }) => {
  const hub = await openHub();
  const closes: string[] = [];
  let late: SseSubscription | undefined;
  const { port } = await serve(async (req, res) => {
    if (req.url === '/late') {
      await once(res, 'close');
      late = hub.attach(res, { onClose: () => closes.push('late') });
    } else {
      hub.attach(res, { onClose: () => closes.push('early') });
      res.destroy();
    }
  });
  const client = connect(port, { path: '/late' });
  await once(client.socket, 'connect');
  client.socket.destroy();
  await expect.poll(() => late?.closed).toBe(true);
  await connect(port, { path: '/early' }).gone();
  await connections(hub, 0);
  expect(closes).toEqual(['late', 'early']);
  emitNumbers(hub, 0, 10);
});

test('clients that reset their connections are let go while events flow', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  let closes = 0;
  const { port } = await serve((_, res) => {
    hub.attach(res, { onClose: () => (closes += 1) });
  });
  const steady = connect(port);
  const others = Array.from({ length: 20 }, () => connect(port));
  await connections(hub, 21);
  let n = 0;
  for (const other of others) {
    emitNumbers(hub, n, n + 50);
    n += 50;
    await other.untilEvents(1);
    other.socket.resetAndDestroy();
  }
  emitNumbers(hub, n, 2000);
  await connections(hub, 1);
  expect(closes).toBe(20);
  await steady.untilEvents(2000);
  expectNumbers(steady.events, 0, 2000);
});

test('a client that closes its half is hung up on, as Node does', async ({ openHub, serve, connect }) => {
  const hub = await openHub();
  let subscription: SseSubscription | undefined;
  const { port } = await serve((_, res) => {
    subscription = hub.attach(res);
  });
  const client = connect(port);
  await adopted(() => subscription);
  emitNumbers(hub, 0, 10);
  await client.untilEvents(10);
  client.socket.end();
  await client.gone();
  expectNumbers(client.events, 0, 10);
  await connections(hub, 0);
});

test('a client that closes its half is served on where the server allows it', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  let subscription: SseSubscription | undefined;
  let requestEnded = false;
  const { port, server } = await serve((req, res) => {
    req.socket.on('end', () => {
      requestEnded = true;
    });
    subscription = hub.attach(res);
  });
  Object.assign(server, { httpAllowHalfOpen: true });
  const client = connect(port);
  await adopted(() => subscription);
  client.socket.end();
  await expect.poll(() => requestEnded).toBe(true);
  emitNumbers(hub, 0, 100);
  await client.untilEvents(100);
  subscription?.end();
  await client.ended();
  expect(client.ending).toBe('clean');
  expectNumbers(client.events, 0, 100);
});

test('a response that is destroyed is closed for the client too', async ({ openHub, serve, connect }) => {
  const hub = await openHub();
  let subscription: SseSubscription | undefined;
  let response: ServerResponse | undefined;
  let closes = 0;
  const { port } = await serve((_, res) => {
    response = res;
    subscription = hub.attach(res, { onClose: () => (closes += 1) });
  });
  const client = connect(port);
  await adopted(() => subscription);
  emitNumbers(hub, 0, 10);
  await client.untilEvents(10);
  response?.destroy();
  await client.gone();
  expect(client.ending).toBe('cut');
  expect(closes).toBe(1);
  expect(subscription?.closed).toBe(true);
});

test('hub.close sends the last events, ends bodies cleanly, and the server can close', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  const { port, server } = await serve((_, res) => {
    hub.attach(res, { transport: 'adopted' });
  });
  const clients = Array.from({ length: 20 }, () => connect(port));
  await connections(hub, 20);
  for (const client of clients) await client.opened();
  emitNumbers(hub, 0, 5000, { text: 'x'.repeat(250) });
  await hub.close();
  for (const client of clients) {
    await client.ended();
    expect(client.ending).toBe('clean');
    expectNumbers(client.events, 0, 5000);
  }
  server.closeIdleConnections();
  server.close();
  for (const client of clients) client.socket.destroy();
  await once(server, 'close');
});

test('hub.close cuts the client that does not read, and only that one', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  const subscriptions: SseSubscription[] = [];
  const { port } = await serve((_, res) => subscriptions.push(hub.attach(res)));
  const deaf = connect(port);
  await adopted(() => subscriptions[0]);
  deaf.socket.pause();
  const reader = connect(port);
  await adopted(() => subscriptions[1]);
  const text = 'x'.repeat(100_000);
  for (let n = 0; n < 120; n += 1) {
    hub.emit({ n, text });
    await reader.untilEvents(n + 1);
  }
  await hub.close();
  await reader.ended();
  expect(reader.ending).toBe('clean');
  expectNumbers(reader.events, 0, 120);
  deaf.socket.resume();
  await deaf.gone();
  expect(deaf.ending).toBe('cut');
  expectNumbers(deaf.events, 0, deaf.events.length);
});
