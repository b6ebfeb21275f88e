/** Streams that replies were answered with, until they end. */

// biome-ignore lint/suspicious/noTsIgnore: an expected error would be one where fastify is installed
/** @ts-ignore */
import type { FastifyReply } from 'fastify';
import { admit } from '../adapters/admission.js';
import type { SseSubscription } from '../api/attach-types.js';
import type { EventHub } from '../api/event-hub.js';
import type { FastifyEventsOptions } from './options.js';

/** See the module. */
export class ReplyStreams {
  readonly #open = new Set<SseSubscription>();

  /** Answers a request, with a stream or a refusal. Rejects with what `filter` throws, and the errors of `attach`. */
  async send(
    reply: FastifyReply,
    hub: EventHub,
    options: FastifyEventsOptions = {},
  ): Promise<SseSubscription | undefined> {
    const { raw, request } = reply;
    const { attach, answer } = await admit(request.raw, request, options);
    if (reply.sent || raw.destroyed) return undefined;
    if (answer !== undefined) {
      reply
        .code(answer.status)
        .headers({ ...answer.headers })
        .send(answer.body);
      await reply; // until then Fastify would take the end of the handler for another answer
      return undefined;
    }
    // What hooks and other plugins have set, which Fastify writes itself only with an answer of its own.
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) raw.setHeader(name, value);
    }
    return this.#attach(reply, hub, attach);
  }

  /** Ends them all. */
  end(): void {
    for (const subscription of this.#open) subscription.end();
  }

  #attach(reply: FastifyReply, hub: EventHub, options: Parameters<EventHub['attach']>[1]): SseSubscription {
    const entry: { subscription?: SseSubscription } = {};
    let ended = false;
    const subscription = hub.attach(reply.raw, {
      ...options,
      onClose: () => {
        ended = true; // of a HEAD, before attach has returned
        if (entry.subscription !== undefined) this.#open.delete(entry.subscription);
      },
    });
    // After it: where attaching throws, the answer is still Fastify's to give.
    reply.hijack();
    if (!ended) {
      entry.subscription = subscription;
      this.#open.add(subscription);
    }
    return subscription;
  }
}
