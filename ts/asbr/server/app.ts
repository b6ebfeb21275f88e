import type { Application, Request, RequestHandler } from 'express';
import { type AuthenticatedRequest, createAuthMiddleware, requireScopes } from '../auth/index.js';
import type { EventManager } from '../events/index.js';
import type { ArtifactRef } from '../types/index.js';
import { bodyErrors, bodyParsers } from './middleware/body.js';
import { apiErrors } from './middleware/errors.js';
import { standardHeaders } from './middleware/headers.js';
import { rateLimit } from './middleware/rate-limit.js';
import { traceparent } from './middleware/traceparent.js';
import { loadExpress } from './optional-peers.js';
import type { ServerSettings } from './options.js';
import { artifactRoutes } from './routes/artifacts.js';
import type { ConnectorsRoute } from './routes/connectors.js';
import { eventsRoute } from './routes/events.js';
import { health } from './routes/health.js';
import { profileRoutes } from './routes/profiles.js';
import { serviceMap } from './routes/service-map.js';
import { taskRoutes } from './routes/tasks.js';
import type { OpenStreams } from './state/open-streams.js';
import type { Tasks } from './state/tasks.js';

export interface AppParts {
  settings: ServerSettings;
  tasks: Tasks;
  artifacts: ReadonlyMap<string, ArtifactRef>;
  streams: OpenStreams;
  connectors: ConnectorsRoute;
  manager: () => Promise<EventManager>;
}

/** The Express application: middleware in the order in which it acts, then the routes, then the errors. */
export function buildApp(parts: AppParts): Application {
  const { settings } = parts;
  const express = loadExpress();
  const app = express();
  app.use(standardHeaders(settings.cacheTtlSeconds));
  app.use(...bodyParsers(express));
  if (settings.rateLimit) app.use(rateLimit(settings.rateLimit));
  app.use(bodyErrors);
  app.use(traceparent);
  settings.extend?.(app);
  app.use('/v1', authentication(settings.testBypass));
  addRoutes(app, parts);
  app.use(apiErrors);
  return app;
}

function addRoutes(
  app: Application,
  { settings, tasks, artifacts, streams, connectors, manager }: AppParts,
): void {
  app.get('/health', health);

  const task = taskRoutes(tasks, settings.policyRegistry);
  app.post('/v1/tasks', scope('tasks:create'), task.create);
  app.get('/v1/tasks/:id', scope('tasks:read'), task.read);
  app.post('/v1/tasks/:id/cancel', scope('tasks:write'), task.cancel);
  app.post('/v1/tasks/:id/resume', scope('tasks:write'), task.resume);

  const getEvents = eventsRoute({ manager, streams, allowOrigin: settings.allowOrigin });
  app.locals.asbrGetEventsHandler = getEvents;
  app.get('/v1/events', scope('events:read'), getEvents);

  const profile = profileRoutes(settings.maxProfiles);
  app.post('/v1/profiles', scope('profiles:write'), profile.create);
  app.get('/v1/profiles/:id', scope('profiles:read'), profile.read);
  app.put('/v1/profiles/:id', scope('profiles:write'), profile.replace);

  const artifact = artifactRoutes(artifacts);
  app.get('/v1/artifacts', scope('artifacts:read'), artifact.list);
  app.get('/v1/artifacts/:id', scope('artifacts:read'), artifact.read);

  app.get('/v1/service-map', scope('system:read'), serviceMap(app));
  app.get('/v1/connectors/service-map', scope('connectors:read'), connectors.handler);
}

/** Bearer tokens, unless something added by `extend` has already said who is calling. */
function authentication(testBypass: boolean | undefined): RequestHandler {
  const byToken = createAuthMiddleware({ testBypass });
  return (req, res, next) => {
    if ((req as Request & AuthenticatedRequest).auth) next();
    else void byToken(req, res, next);
  };
}

function scope(name: string): RequestHandler {
  return requireScopes(name) as RequestHandler;
}
