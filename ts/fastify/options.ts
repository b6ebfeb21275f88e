/** What the plugin takes and adds. */

// Fastify is an optional peer: without it these two are `any` here, and nothing else changes.
// biome-ignore lint/suspicious/noTsIgnore: an expected error would be one where fastify is installed
/** @ts-ignore */
import type { FastifyRequest } from 'fastify';
import type { EventsOptions } from '../adapters/options.js';
import type { SseSubscription } from '../api/attach-types.js';
import type { EventHub } from '../api/event-hub.js';

/** Options of a stream; `filter` and `authorize` get Fastify's request. */
export type FastifyEventsOptions = EventsOptions<FastifyRequest>;

/** A route of the plugin's own. */
export interface EventsRouteOptions extends FastifyEventsOptions {
  /** Path of the stream, behind `prefix`. */
  url: string;
  /** Whose events. */
  hub: EventHub;
  /** As of `register`. */
  prefix?: string;
}

/** Options of the plugin: none, for `reply.events` alone, or those of a route. */
export type EventsPluginOptions = EventsRouteOptions | { url?: undefined };

/** Answers with a stream; the subscription, or undefined when the request was refused or its client has gone. */
export type ReplyEvents = (
  hub: EventHub,
  options?: FastifyEventsOptions,
) => Promise<SseSubscription | undefined>;

// biome-ignore lint/suspicious/noTsIgnore: as above
/** @ts-ignore */
declare module 'fastify' {
  interface FastifyReply {
    /** Answers with a stream of the hub's events. Return what it returns, or await it. */
    events: ReplyEvents;
  }
}
