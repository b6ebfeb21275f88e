/** What compiles against the adapters, and what must not. */
import type { EventHub, SseSubscription } from '@cortex-os/native';
import { events as expressEvents } from '@cortex-os/native/express';
import { type FastifyEventsOptions, events as fastifyEvents } from '@cortex-os/native/fastify';
import express, { type Request } from 'express';
import fastify, { type FastifyRequest } from 'fastify';
import { expectTypeOf, test } from 'vitest';

declare const hub: EventHub;

test('the middleware fits Express, and its functions get the request of the route', () => {
  const app = express();
  app.get('/all', expressEvents(hub));
  app.use('/events', expressEvents(hub, { filter: { topic: 'a' }, cors: ['https://a.example'] }));
  app.get(
    '/topics/:topic',
    expressEvents(hub, {
      filter: (req: Request<{ topic: string }>) => ({ topic: req.params.topic }),
      authorize: async (req) => req.get('authorization') !== undefined,
    }),
  );
  // @ts-expect-error: a topic is text
  expressEvents(hub, { filter: () => ({ topic: 7 }) });
  // @ts-expect-error: CORS is off or names origins
  expressEvents(hub, { cors: true });
});

test('the plugin fits Fastify, and replies know what it adds', () => {
  const app = fastify();
  app.register(fastifyEvents);
  app.register(fastifyEvents, {
    url: '/events',
    hub,
    authorize: (request) => {
      expectTypeOf(request).toEqualTypeOf<FastifyRequest>();
      return request.ip === '127.0.0.1';
    },
  });
  // @ts-expect-error: a route needs to know whose events
  app.register(fastifyEvents, { url: '/events' });
  app.get<{ Params: { id: string } }>('/:id', (request, reply) => {
    const answered = reply.events(hub, { filter: { topic: request.params.id } });
    expectTypeOf(answered).toEqualTypeOf<Promise<SseSubscription | undefined>>();
    return answered;
  });
  // @ts-expect-error: no such option
  ({ url: '/events', cors: false, origin: '*' }) satisfies FastifyEventsOptions;
});
