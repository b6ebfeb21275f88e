/** The plugin, in Fastify. */
import { EventHub } from '@cortex-os/native';
import { events, type FastifyEventsOptions } from '@cortex-os/native/fastify';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { adapterTests, WAIT } from './common.js';
import { ask, bodyOf, numbersOf, untilEvents } from './requests.js';

async function openHub(): Promise<EventHub> {
  const hub = await EventHub.open();
  onTestFinished(() => hub.close());
  return hub;
}

function newApp(): FastifyInstance {
  const app = fastify();
  onTestFinished(() => app.close());
  return app;
}

async function listening(app: FastifyInstance): Promise<number> {
  return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
}

/** The topic of the query, if it names one. */
function ofQuery(request: FastifyRequest) {
  const { topic } = request.query as { topic?: unknown };
  return typeof topic === 'string' ? { topic } : {};
}

describe('the plugin of Fastify, with a url', () => {
  adapterTests(test, openHub, async (hub, options) => {
    const app = newApp();
    app.register(events, { url: '/events', hub, filter: ofQuery, ...(options as FastifyEventsOptions) });
    return listening(app);
  });

  test('stands behind the prefixes and hooks of the context that registers it', async () => {
    const hub = await openHub();
    const app = newApp();
    app.register(
      async (api) => {
        api.addHook('onRequest', async (_request, reply) => {
          reply.header('x-api', 'yes');
        });
        api.register(events, { prefix: '/v1', url: '/events', hub });
      },
      { prefix: '/api' },
    );
    app.register(events, { url: '/events', hub });
    const port = await listening(app);
    expect((await ask(port, { path: '/api/v1/events' })).headers['x-api']).toBe('yes');
    expect((await ask(port)).headers).not.toHaveProperty('x-api');
  });

  test('leaves other methods of its path to other routes', async () => {
    const hub = await openHub();
    const app = newApp();
    app.register(events, { url: '/events', hub });
    app.post('/events', async () => ({ offset: hub.emit({ n: 1 }) }));
    const port = await listening(app);
    const stream = await ask(port);
    expect((await ask(port, { method: 'POST' })).status).toBe(200);
    await untilEvents(stream, 1);
    expect((await ask(port, { method: 'DELETE' })).status).toBe(404);
  });

  test('ends its streams when the server closes, which does not wait for them', async () => {
    const hub = await openHub();
    const app = newApp();
    app.register(events, { url: '/events', hub });
    const reply = await ask(await listening(app));
    hub.emit({ n: 1 });
    await untilEvents(reply, 1);
    await app.close();
    expect(await bodyOf(reply)).toMatch(/"n":1/);
    await vi.waitFor(() => expect(hub.stats().connections).toBe(0), WAIT);
  });
});

describe('reply.events', () => {
  test('answers within a handler, with the headers and hooks of the reply', async () => {
    const hub = await openHub();
    const onResponse = vi.fn();
    const app = newApp();
    app.register(events);
    app.addHook('onResponse', async (request) => onResponse(request.url));
    app.get<{ Params: { id: string } }>('/orders/:id', (request, reply) => {
      reply.header('x-of-the-reply', 'kept').header('set-cookie', ['a=1', 'b=2']);
      return reply.events(hub, { filter: { topic: request.params.id } });
    });
    app.get('/events', async (_request, reply) => {
      const subscription = await reply.events(hub, { authorize: () => false });
      expect(subscription).toBeUndefined();
    });
    const port = await listening(app);
    const reply = await ask(port, { path: '/orders/o-1' });
    expect(reply.headers).toMatchObject({ 'x-of-the-reply': 'kept', 'set-cookie': ['a=1', 'b=2'] });
    hub.emit({ topic: 'o-2', n: 1 });
    hub.emit({ topic: 'o-1', n: 2 });
    await untilEvents(reply, 1);
    expect(numbersOf(reply)).toEqual([2]);
    const refused = await ask(port);
    expect([refused.status, await bodyOf(refused)]).toEqual([403, '{"error":"Forbidden"}']);
    await hub.close();
    await vi.waitFor(() => expect(onResponse).toHaveBeenCalledWith('/orders/o-1'), WAIT);
  });

  test('refuses other methods with 405', async () => {
    const hub = await openHub();
    const app = newApp();
    app.register(events);
    app.post('/events', (_request, reply) => reply.events(hub));
    const reply = await ask(await listening(app), { method: 'POST' });
    expect([reply.status, reply.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  test('is known in the context that registers the plugin and below, and nowhere else', async () => {
    const app = newApp();
    const seen: Record<string, boolean> = {};
    app.register(async (one) => {
      one.register(events);
      one.register(async (child) => {
        child.register(events); // once more is nothing new
        child.after(() => {
          seen.child = child.hasReplyDecorator('events');
        });
      });
      one.after(() => {
        seen.one = one.hasReplyDecorator('events');
      });
    });
    app.register(async (other) => {
      seen.other = other.hasReplyDecorator('events');
    });
    await app.ready();
    expect({ ...seen, root: app.hasReplyDecorator('events') }).toEqual({
      one: true,
      child: true,
      other: false,
      root: false,
    });
    expect(app.printPlugins()).toContain('@cortex-os/native/fastify');
  });

  test("gives what filter throws to the application's error handler", async () => {
    const hub = await openHub();
    const app = newApp();
    app.register(events);
    app.setErrorHandler((error, _request, reply) => {
      reply.code(404).send({ told: (error as Error).message });
    });
    app.get('/events', (_request, reply) => {
      const filter = () => {
        throw new Error('no such tenant');
      };
      return reply.events(hub, { filter });
    });
    const reply = await ask(await listening(app));
    expect([reply.status, await bodyOf(reply)]).toEqual([404, '{"told":"no such tenant"}']);
  });
});
