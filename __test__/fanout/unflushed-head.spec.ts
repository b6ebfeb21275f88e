/** Node's own bytes are still on their way: nothing may overtake them, nothing may be forgotten meanwhile. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { SseSubscription } from '@cortex-os/native';
import { expect } from 'vitest';
import { nextTurn } from '../support/waiting.js';
import { adopted, connections, emitNumbers, test } from './fan-out-test.js';
import { expectNumbers } from './frames.js';

/** Comments that fill every buffer between here and a client that does not read. */
function writePreamble(res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const comment = Buffer.alloc(64 * 1024, 'p');
  comment.write(':');
  comment.write('\n\n', comment.length - 2);
  for (let written = 0; written < 24 << 20; written += comment.length) res.write(comment);
}

test('a client that reads nothing delays nobody and is forgotten when it goes', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  const subscriptions: SseSubscription[] = [];
  let closes = 0;
  const { port } = await serve((req, res) => {
    if (req.url === '/deaf') writePreamble(res);
    subscriptions.push(hub.attach(res, { onClose: () => (closes += 1) }));
  });
  const deaf = connect(port, { path: '/deaf' });
  deaf.socket.pause();
  await expect.poll(() => subscriptions.length).toBe(1);
  const other = connect(port);
  await adopted(() => subscriptions[1]);
  emitNumbers(hub, 0, 1000);
  await other.untilEvents(1000);
  expectNumbers(other.events, 0, 1000);
  expect(subscriptions[0]?.stats()).toEqual({ writes: 0, bytes: 0, transport: 'stream' });
  deaf.socket.resetAndDestroy();
  await connections(hub, 1);
  expect(closes).toBe(1);
});

test('what waited is sent once, after it, when the client reads on', async ({ openHub, serve, connect }) => {
  const hub = await openHub();
  let subscription: SseSubscription | undefined;
  const { port } = await serve((_, res) => {
    writePreamble(res);
    subscription = hub.attach(res); // begins with a gap, so that there are bytes of its own behind the preamble
  });
  emitNumbers(hub, 0, 10);
  const client = connect(port, { headers: { 'Last-Event-ID': 'never-given-out' } });
  client.socket.pause();
  await expect.poll(() => subscription).toBeDefined();
  emitNumbers(hub, 10, 500);
  client.socket.resume();
  await adopted(() => subscription);
  emitNumbers(hub, 500, 1000);
  await client.untilEvents(1000);
  await hub.close();
  await client.ended();
  expect(client.ending).toBe('clean');
  expect(client.frames[0]?.event).toBe('gap');
  expect(client.frames.filter(({ event }) => event === 'gap')).toHaveLength(1);
  expectNumbers(client.events, 0, 1000);
});

test('bytes that wait without having filled a buffer are waited for too', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  let subscription: SseSubscription | undefined;
  const { port } = await serve(async (_, res) => {
    // Small writes until the kernel takes no more: the last one waits, and nobody is told to wait for 'drain'.
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    while (res.writableLength === 0) {
      res.write(`:${'p'.repeat(4096)}\n\n`);
      await nextTurn();
    }
    expect(res.writableNeedDrain).toBe(false);
    subscription = hub.attach(res);
  });
  const client = connect(port);
  client.socket.pause();
  await expect.poll(() => subscription, { timeout: 20_000 }).toBeDefined();
  emitNumbers(hub, 0, 100);
  client.socket.resume();
  await client.untilEvents(100);
  await adopted(() => subscription);
  expectNumbers(client.events, 0, 100);
});

test('what was emitted before the socket was adopted is sent although the stream ends', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  const { port } = await serve((_, res) => {
    const subscription = hub.attach(res);
    emitNumbers(hub, hub.head, hub.head + 10);
    subscription.end();
  });
  const client = connect(port);
  await client.ended();
  expect(client.ending).toBe('clean');
  expectNumbers(client.events, 0, 10);
});

test('a hub that closes at once sends it too', async ({ openHub, serve, connect }) => {
  const hub = await openHub();
  const { port, server } = await serve((_, res) => {
    hub.attach(res);
    emitNumbers(hub, 0, 10);
    void hub.close();
  });
  const client = connect(port);
  await client.ended();
  expect(client.ending).toBe('clean');
  expectNumbers(client.events, 0, 10);
  client.socket.destroy();
  server.close();
  await once(server, 'close');
});
