/** The middleware, in Express and in a bare server. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventHub } from '@cortex-os/native';
import { type EventsOptions, events } from '@cortex-os/native/express';
import express from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { adapterTests } from './common.js';
import { ask, bodyOf, numbersOf, untilEvents } from './requests.js';

async function listening(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function openHub(): Promise<EventHub> {
  const hub = await EventHub.open();
  onTestFinished(() => hub.close());
  return hub;
}

/** The topic of the query, if it names one. */
const ofQuery = (req: express.Request) =>
  typeof req.query.topic === 'string' ? { topic: req.query.topic } : {};

describe('the middleware of Express', () => {
  adapterTests(test, openHub, (hub, options) => {
    const app = express();
    app.set('env', 'test'); // does not print the errors that are asked for here
    app.use('/events', events(hub, { filter: ofQuery, ...(options as EventsOptions<express.Request>) }));
    return listening(app);
  });

  test('refuses other methods with 405 where it is asked for them', async () => {
    const hub = await openHub();
    const app = express().use('/events', events(hub));
    const port = await listening(app);
    for (const method of ['POST', 'DELETE', 'OPTIONS']) {
      const reply = await ask(port, { method });
      expect(reply.status).toBe(405);
      expect(reply.headers.allow).toBe('GET, HEAD');
      expect(JSON.parse(await bodyOf(reply))).toEqual({ error: 'Method Not Allowed' });
    }
  });

  test('knows the parameters of its route, and keeps what was set before it', async () => {
    const hub = await openHub();
    const app = express();
    app.use((_req, res, next) => {
      res.setHeader('X-Before', 'kept');
      next();
    });
    app.get('/topics/:topic', events(hub, { filter: async (req) => ({ topic: String(req.params.topic) }) }));
    const reply = await ask(await listening(app), { path: '/topics/orders' });
    expect(reply.headers['x-before']).toBe('kept');
    hub.emit({ topic: 'other', n: 1 });
    hub.emit({ topic: 'orders', n: 2 });
    await untilEvents(reply, 1);
    expect(numbersOf(reply)).toEqual([2]);
  });

  test("gives what filter throws to the application's error handler", async () => {
    const hub = await openHub();
    const app = express();
    const failing = () => {
      throw new Error('no such tenant');
    };
    app.get('/events', events(hub, { filter: failing }));
    app.use(((error, _req, res, _next) => {
      res.status(404).json({ told: (error as Error).message });
    }) satisfies express.ErrorRequestHandler);
    const reply = await ask(await listening(app));
    expect(reply.status).toBe(404);
    expect(JSON.parse(await bodyOf(reply))).toEqual({ told: 'no such tenant' });
  });

  test('needs no Express', async () => {
    const hub = await openHub();
    const middleware = events<IncomingMessage>(hub);
    const port = await listening((req, res) => middleware(req, res, () => res.end()));
    const reply = await ask(port);
    hub.emit({ n: 7 });
    await untilEvents(reply, 1);
    expect(numbersOf(reply)).toEqual([7]);
  });
});
