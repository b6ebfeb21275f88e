/**
 * `@cortex-os/native/fastify`: a hub's events as a plugin of Fastify 5, and a store for its rate limit.
 *
 * Decorates replies with `events(hub, options)` and, given a `url`, makes a route. It belongs to the context that
 * registers it, and to those below, as plugins made with `fastify-plugin` do. Streams end when the server closes.
 * `validatorCompiler` makes Fastify check requests with the schemas of this package.
 */

// Fastify is an optional peer: without it these are `any` here, and nothing else changes.
// biome-ignore lint/suspicious/noTsIgnore: an expected error would be one where fastify is installed
/** @ts-ignore */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { SseSubscription } from '../api/attach-types.js';
import type { EventsPluginOptions, ReplyEvents } from './options.js';
import { ReplyStreams } from './reply-streams.js';

export type { EventsFilter, EventsOptions, EventsRequest } from '../adapters/options.js';
export type {
  EventsPluginOptions,
  EventsRouteOptions,
  FastifyEventsOptions,
  ReplyEvents,
} from './options.js';
export {
  type FastifyRateLimitStore,
  type RouteParameters,
  type SharedStoreOptions,
  type StoreAnswer,
  sharedStore,
} from './shared-store.js';
export {
  type RouteSchema,
  type Validated,
  type ValidatorCompilerOptions,
  validatorCompiler,
} from './validator-compiler.js';

/**
 * The plugin.
 *
 * @example
 * app.register(events, { url: '/events/:topic', hub, filter: (request) => ({ topic: request.params.topic }) });
 * @example
 * app.register(events);
 * app.get('/orders/:id/events', (request, reply) => reply.events(hub, { filter: { topic: request.params.id } }));
 */
export function events(instance: FastifyInstance, options: EventsPluginOptions, done: () => void): void {
  const streams = new ReplyStreams();
  // A client's keep-alive connection with an open stream would keep the server from closing.
  instance.addHook('preClose', async () => streams.end());
  if (!instance.hasReplyDecorator('events')) {
    instance.decorateReply('events', function (this: FastifyReply, hub, replyOptions) {
      return streams.send(this, hub, replyOptions);
    } satisfies ReplyEvents);
  }
  if (options.url !== undefined) {
    const { hub, url, prefix = '' } = options;
    instance.route({
      method: options.cors ? ['GET', 'HEAD', 'OPTIONS'] : ['GET', 'HEAD'],
      // Fastify applies the prefix itself only to plugins that get a context of their own.
      url: `${prefix}${url}`,
      exposeHeadRoute: false,
      handler: (_request, reply): Promise<SseSubscription | undefined> => streams.send(reply, hub, options),
    });
  }
  done();
}

/** What `fastify-plugin` sets: the plugin works on the instance it is registered with, and names what it needs. */
Object.assign(events, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@cortex-os/native/fastify',
  [Symbol.for('plugin-meta')]: { fastify: '5.x', name: '@cortex-os/native/fastify' },
});
