import type { Application, RequestHandler } from 'express';
import { type RouteInfo, ServiceMapSchema } from '../../types/index.js';

interface Layer {
  route?: { path: unknown; methods: Record<string, boolean> };
}

/** GET /v1/service-map: the routes under a version, in the order they were registered. */
export function serviceMap(app: Application): RequestHandler {
  return (_req, res) => {
    const { stack } = (app as unknown as { router: { stack: Layer[] } }).router;
    res.json(ServiceMapSchema.parse({ routes: stack.flatMap(({ route }) => describe(route)) }));
  };
}

function describe(route: Layer['route']): RouteInfo[] {
  const version = typeof route?.path === 'string' && /^\/(v\d+)\b/.exec(route.path)?.[1];
  if (!route || !version) return [];
  const methods = Object.keys(route.methods).map((method) => method.toUpperCase());
  return [{ path: route.path as string, methods, version }];
}
