/** Clients that take nothing of what Node has for them must not keep a server from closing. */
import { once } from 'node:events';
import type { SseSubscription } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { connections, test } from './fan-out-test.js';
import { expectNumbers } from './frames.js';

/** More than the kernel takes for a socket of the loopback interface. */
const UNTAKEN = 'x'.repeat(16 * 1024 * 1024);

describe('server.close ends although a client reads nothing', () => {
  test('of a head that the application filled, when the hub closes', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    let subscription: SseSubscription | undefined;
    const { port, server } = await serve((_, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.write(UNTAKEN);
      subscription = hub.attach(res);
    });
    const client = connect(port);
    await connections(hub, 1);
    client.socket.pause();
    hub.emit({ n: 0 });
    const closed = once(server, 'close');
    await hub.close();
    expect(subscription?.closed).toBe(true);
    server.close();
    await closed;
  });

  test('of events that Node writes, when the hub closes', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const { port, server } = await serve((_, res) => hub.attach(res, { transport: 'stream' }));
    const deaf = connect(port);
    const reader = connect(port);
    await connections(hub, 2);
    await deaf.opened();
    deaf.socket.pause();
    const text = 'x'.repeat(100_000);
    for (let n = 0; n < 120; n += 1) {
      hub.emit({ n, text });
      await reader.untilEvents(n + 1);
    }
    const closed = once(server, 'close');
    await hub.close();
    await reader.ended();
    expect(reader.ending).toBe('clean');
    expectNumbers(reader.events, 0, 120);
    reader.socket.destroy();
    server.close();
    await closed;
  });

  test('after the end of its subscription, within stallMs', async ({ openHub, serve, connect }) => {
    const hub = await openHub({ stallMs: 300 });
    let subscription: SseSubscription | undefined;
    const { port, server } = await serve((_, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.write(UNTAKEN);
      subscription = hub.attach(res);
    });
    const client = connect(port);
    await connections(hub, 1);
    client.socket.pause();
    subscription?.end();
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
});

test('what was emitted before the end of a subscription belongs to it', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  let subscription: SseSubscription | undefined;
  const { port } = await serve((_, res) => {
    subscription = hub.attach(res, { transport: 'stream' });
  });
  const client = connect(port);
  await connections(hub, 1);
  for (let n = 0; n < 10; n += 1) hub.emit({ n });
  subscription?.end();
  await client.ended();
  expect(client.ending).toBe('clean');
  expectNumbers(client.events, 0, 10);
});
