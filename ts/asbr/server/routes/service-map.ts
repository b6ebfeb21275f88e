import { createHash } from 'node:crypto';
import type { Application, RequestHandler } from 'express';
import { PreparedBody } from '../../../api/manifest-response.js';
import { type RouteInfo, ServiceMapSchema } from '../../types/index.js';

interface Layer {
  route?: { path: unknown; methods: Record<string, boolean> };
}

/** GET /v1/service-map: the routes under a version, in the order they were registered. */
export function serviceMap(app: Application): RequestHandler {
  let prepared: { routes: number; body: PreparedBody } | undefined;
  return (req, res) => {
    const { stack } = (app as unknown as { router: { stack: Layer[] } }).router;
    // Routes are only ever added.
    if (prepared?.routes !== stack.length) prepared = { routes: stack.length, body: prepare(stack) };
    prepared.body.respond(req, res);
  };
}

function prepare(stack: readonly Layer[]): PreparedBody {
  const map = ServiceMapSchema.parse({ routes: stack.flatMap(({ route }) => describe(route)) });
  const body = Buffer.from(JSON.stringify(map));
  return new PreparedBody(body, createHash('sha256').update(body).digest('base64url').slice(0, 22), {});
}

function describe(route: Layer['route']): RouteInfo[] {
  const version = typeof route?.path === 'string' && /^\/(v\d+)\b/.exec(route.path)?.[1];
  if (!route || !version) return [];
  const methods = Object.keys(route.methods).map((method) => method.toUpperCase());
  return [{ path: route.path as string, methods, version }];
}
