/** Streams without events: heartbeats keep them alive, timeouts meant for requests leave them alone. */
import type { SseSubscription } from '@cortex-os/native';
import { expect } from 'vitest';
import { adopted, emitNumbers, test } from './fan-out-test.js';
import { expectNumbers } from './frames.js';

test('heartbeats come while nothing happens', async ({ openHub, serve, connect }) => {
  const hub = await openHub({ heartbeatMs: 40 });
  const { port } = await serve((_, res) => {
    hub.attach(res, { transport: 'adopted' });
  });
  const clients = [connect(port), connect(port), connect(port)];
  for (const client of clients) await client.until(({ comments }) => comments >= 4);
  expect(clients.flatMap(({ events }) => events)).toEqual([]);
});

test('heartbeats come on request, in the form asked for', async ({ openHub, serve, connect }) => {
  const hub = await openHub({ heartbeatMs: 0, heartbeatFrame: 'event: beat\ndata: {}\n\n' });
  let subscription: SseSubscription | undefined;
  const { port } = await serve((_, res) => {
    subscription = hub.attach(res);
  });
  const client = connect(port);
  await adopted(() => subscription);
  hub.heartbeat();
  hub.heartbeat();
  const beats = () => client.frames.filter(({ event }) => event === 'beat').length;
  await client.until(() => beats() === 2);
  subscription?.end();
  await client.ended();
  expect(beats()).toBe(2);
});

test('heartbeats stand between frames, never in them', async ({ openHub, serve, connect }) => {
  const hub = await openHub({ heartbeatMs: 0 });
  const subscriptions: SseSubscription[] = [];
  const { port } = await serve((_, res) => subscriptions.push(hub.attach(res, { topic: 'a' })));
  const client = connect(port);
  await adopted(() => subscriptions[0]);
  const text = 'x'.repeat(200_000);
  for (let n = 0; n < 200; n++) {
    hub.emit({ n, topic: 'a', text });
    hub.heartbeat();
    if (n % 10 === 9) await client.untilEvents(n - 8); // a full socket now and then, but not for good
  }
  await hub.close();
  await client.ended();
  expect(client.problem).toBeUndefined();
  expect(client.ending).toBe('clean');
  expectNumbers(client.events, 0, 200);
});

test('server.timeout does not end a stream', async ({ openHub, serve, connect }) => {
  const hub = await openHub({ heartbeatMs: 0 });
  let subscription: SseSubscription | undefined;
  const { port, server } = await serve((req, res) => {
    if (req.url === '/') subscription = hub.attach(res);
  });
  server.setTimeout(100);
  const client = connect(port);
  await adopted(() => subscription);
  // Later connections without an answer are ended by the timeout, one after another.
  for (let round = 0; round < 3; round++) await connect(port, { path: '/unanswered' }).gone();
  expect(client.closed).toBe(false);
  emitNumbers(hub, 0, 10);
  await client.untilEvents(10);
  expectNumbers(client.events, 0, 10);
});
