/** The service inside another server. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConnectorsRuntime } from './runtime.js';

/** A router for Express 4 and 5 (and everything with its signature): requests for other paths go on. */
export function connectorsRouter(
  runtime: ConnectorsRuntime,
): (req: IncomingMessage, res: ServerResponse, next: () => void) => void {
  return (req, res, next) => {
    if (!runtime.handle(req, res)) next();
  };
}

/** What is needed of a Fastify instance. */
export interface FastifyLike {
  readonly prefix?: string;
  route(options: {
    method: string[];
    url: string;
    handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => void;
  }): unknown;
  addHook?(name: 'preClose', hook: () => Promise<void>): unknown;
}

interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}

interface FastifyReplyLike {
  readonly raw: ServerResponse;
  hijack(): unknown;
}

const PATHS = [
  '/health',
  '/v1/connectors/service-map',
  '/v1/connectors/stream',
  '/metrics',
  '/apps/chatgpt-dashboard',
  '/apps/chatgpt-dashboard/*',
];

/**
 * A plugin for Fastify 4 and 5, with or without a prefix. The service ends with the server, so that open streams do not
 * hold it.
 *
 * @example
 * await fastify.register(connectorsPlugin(runtime), { prefix: '/connectors' });
 */
export function connectorsPlugin(runtime: ConnectorsRuntime): (fastify: FastifyLike) => Promise<void> {
  return async (fastify) => {
    const prefix = fastify.prefix ?? '';
    for (const url of PATHS) {
      fastify.route({
        method: ['GET', 'HEAD'],
        url,
        handler({ raw: req }, reply) {
          reply.hijack();
          const { raw: res } = reply;
          const original = req.url ?? '/';
          if (original.startsWith(prefix)) req.url = original.slice(prefix.length) || '/';
          if (!runtime.handle(req, res)) res.writeHead(404).end();
        },
      });
    }
    fastify.addHook?.('preClose', () => runtime.close());
  };
}
