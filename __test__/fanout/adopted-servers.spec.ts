/** Sockets of every server that people use are adopted, and carry every event to a clean end. */
import { createServer } from 'node:http';
import type { SseSubscription } from '@cortex-os/native';
import express from 'express';
import fastify from 'fastify';
import { describe, expect } from 'vitest';
import { adopted, emitNumbers, listening, test } from './fan-out-test.js';
import { expectNumbers, offsetOf } from './frames.js';

describe('a socket of', () => {
  test('node:http is adopted and carries everything', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const subscriptions: SseSubscription[] = [];
    const { port } = await serve((_, res) => subscriptions.push(hub.attach(res)));
    const client = connect(port);
    await adopted(() => subscriptions[0]);
    await client.opened();
    expect(client.head).toMatch(/^HTTP\/1.1 200/);
    expect(client.head).toMatch(/^content-type: text\/event-stream$/im);
    emitNumbers(hub, 0, 500);
    await client.untilEvents(500);
    subscriptions[0]?.end();
    await client.ended();
    expect(client.ending).toBe('clean');
    expectNumbers(client.events, 0, 500);
    expect(client.events.map(offsetOf)).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });

  test('Express is adopted and carries everything', async ({ openHub, connect }) => {
    const hub = await openHub();
    let subscription: SseSubscription | undefined;
    const app = express();
    app.use((_req, res, next) => {
      res.setHeader('X-Before', 'kept');
      next();
    });
    app.get('/events', (_req, res) => {
      subscription = hub.attach(res, { headers: { 'X-Of-The-Stream': 'yes' } });
    });
    const server = createServer(app);
    const client = connect(await listening(server), { path: '/events' });
    await adopted(() => subscription);
    emitNumbers(hub, 0, 500);
    await client.untilEvents(500);
    expect(client.head).toMatch(/^x-before: kept$/im);
    expect(client.head).toMatch(/^x-of-the-stream: yes$/im);
    await hub.close();
    await client.ended();
    expect(client.ending).toBe('clean');
    expectNumbers(client.events, 0, 500);
    client.socket.destroy();
    server.close();
  });

  test('Fastify is adopted and carries everything', async ({ openHub, connect }) => {
    const hub = await openHub();
    let subscription: SseSubscription | undefined;
    const app = fastify();
    app.get('/events', (_request, reply) => {
      reply.hijack();
      subscription = hub.attach(reply.raw);
    });
    app.get('/plain', async () => ({ fine: true }));
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const client = connect(Number(new URL(address).port), { path: '/events' });
    await adopted(() => subscription);
    emitNumbers(hub, 0, 500);
    await client.untilEvents(500);
    expect(await (await fetch(`${address}/plain`)).json()).toEqual({ fine: true });
    await hub.close();
    await client.ended();
    expect(client.ending).toBe('clean');
    expectNumbers(client.events, 0, 500);
    client.socket.destroy();
    await app.close();
  });
});

test('topic and types are filtered for each socket', async ({ openHub, serve, connect }) => {
  const hub = await openHub();
  const subscriptions: SseSubscription[] = [];
  const { port } = await serve((req, res) => {
    const query = new URL(req.url ?? '', 'http://x').searchParams;
    const types = query.getAll('type');
    subscriptions.push(
      hub.attach(res, {
        ...(query.has('topic') && { topic: query.get('topic') ?? '' }),
        ...(types.length > 0 && { types }),
        transport: 'adopted',
      }),
    );
  });
  const all = connect(port);
  const ofTopic = connect(port, { path: '/?topic=a' });
  const ofType = connect(port, { path: '/?type=x&type=z' });
  const ofBoth = connect(port, { path: '/?topic=b&type=y' });
  for (const index of [0, 1, 2, 3]) await adopted(() => subscriptions[index]);
  for (let n = 0; n < 300; n++) hub.emit({ n, topic: 'ab'[n % 2], type: 'xyz'[n % 3] });
  await hub.close();
  for (const client of [all, ofTopic, ofType, ofBoth]) await client.ended();
  const numbers = (keep: (n: number) => boolean) => Array.from({ length: 300 }, (_, n) => n).filter(keep);
  expectNumbers(all.events, 0, 300);
  expect(ofTopic.events.map(offsetOf)).toEqual(numbers((n) => n % 2 === 0));
  expect(ofType.events.map(offsetOf)).toEqual(numbers((n) => n % 3 !== 1));
  expect(ofBoth.events.map(offsetOf)).toEqual(numbers((n) => n % 2 === 1 && n % 3 === 1));
});
