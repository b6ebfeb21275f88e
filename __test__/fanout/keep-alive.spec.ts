/** An adopted connection that was ended cleanly is Node's again: the next request on it is served. */
import { Agent, get } from 'node:http';
import type { SseSubscription } from '@cortex-os/native';
import { expect } from 'vitest';
import { adopted, connections, emitNumbers, test } from './fan-out-test.js';
import { expectNumbers } from './frames.js';

test('1000 streams end cleanly on a few connections', async ({ openHub, serve }) => {
  const hub = await openHub();
  let viaNative = 0;
  const { server, port } = await serve(async (_, res) => {
    const subscription = hub.attach(res, { transport: 'adopted' });
    await adopted(() => subscription);
    viaNative += 1;
    hub.emit({ n: hub.head });
    subscription.end();
  });
  let accepted = 0;
  server.on('connection', () => {
    accepted += 1;
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const stream = () =>
    new Promise<string>((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        // 'aborted' bodies raise an error: only a body ended by its terminator gets here.
        response.on('end', () => resolve(text)).on('error', reject);
      }).on('error', reject);
    });
  const bodies = await Promise.all(Array.from({ length: 1000 }, stream));
  agent.destroy();
  // A heartbeat may be due at any time.
  const frames = bodies.map((body) => body.replaceAll(/^:\n\n/gm, ''));
  expect(frames.filter((body) => !/^id: \S+\ndata: \{"n":\d+\}\n\n$/m.test(body))).toEqual([]);
  expect(viaNative).toBe(1000);
  expect(accepted).toBe(4);
  await connections(hub, 0);
});

test('other requests are served on it after a stream, and a stream again', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  let subscription: SseSubscription | undefined;
  const { port } = await serve((req, res) => {
    if (req.url === '/plain') res.end('data: plain\n\n');
    else subscription = hub.attach(res);
  });
  const client = connect(port);
  for (const round of [0, 1, 2]) {
    await adopted(() => subscription);
    emitNumbers(hub, round * 50, round * 50 + 50);
    subscription?.end();
    await client.ended();
    expect(client.ending).toBe('clean');
    expectNumbers(client.events, round * 50, 50);
    client.next();
    client.send({ path: '/plain', headers: { 'Accept-Encoding': 'identity' } });
    await client.opened();
    expect(client.head).toMatch(/^content-length: 13$/im);
    subscription = undefined;
    client.next();
    client.send();
  }
});

test('a pipelined second request waits for the first stream and is served by Node', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  const subscriptions: SseSubscription[] = [];
  const { port } = await serve((_, res) => subscriptions.push(hub.attach(res)));
  const client = connect(port);
  client.send();
  await adopted(() => subscriptions[0]);
  await expect.poll(() => subscriptions.length).toBe(2);
  emitNumbers(hub, 0, 100);
  await client.untilEvents(100);
  expectNumbers(client.events, 0, 100);
  expect(subscriptions[1]?.stats().transport).toBe('stream');
  subscriptions[0]?.end();
  await client.ended();
  client.next();
  // What was emitted since it was attached.
  emitNumbers(hub, 100, 120);
  await client.untilEvents(120);
  expectNumbers(client.events, 0, 120);
  subscriptions[1]?.end();
  await client.ended();
  expect(client.ending).toBe('clean');
});
