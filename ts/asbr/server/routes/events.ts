import type { Request, RequestHandler } from 'express';
import type { EventManager } from '../../events/index.js';
import { EVENT_TYPES, type EventType } from '../../types/index.js';
import type { OpenStreams } from '../state/open-streams.js';
import { queryInteger, queryText } from './params.js';

/** How far back `backlog` may look, in events. */
const MAX_BACKLOG = 10_000;

export interface EventsRouteSettings {
  /** The manager to stream from; a promise only until the first one is made. */
  manager: () => EventManager | Promise<EventManager>;
  streams: OpenStreams;
  allowOrigin: string | false;
}

/**
 * GET /v1/events?stream=sse&taskId=…&events=A,B&lastEventId=…&backlog=n
 *
 * Without a resume point the stream begins with what the server holds for the task; with one, after it.
 */
export function eventsRoute({ manager, streams, allowOrigin }: EventsRouteSettings): RequestHandler {
  return async function getEvents(req, res) {
    if (req.query.stream !== 'sse') {
      res.status(400).json({ error: 'Unsupported stream type' });
      return;
    }
    const options = {
      taskId: queryText(req, 'taskId'),
      eventTypes: requestedTypes(req),
      lastEventId: header(req, 'last-event-id') ?? queryText(req, 'lastEventId'),
      backlog: requestedBacklog(req),
      allowOrigin,
    };
    // Known before anything is awaited, so that a server that stops ends this stream too.
    const stream = streams.add(req, res);
    const events = manager();
    const source = events instanceof Promise ? await events : events;
    if (stream.ended) return;
    const id = source.createSSEStream(res, options);
    stream.detach = () => source.unsubscribe(id);
  };
}

function requestedTypes(req: Request): EventType[] | undefined {
  const names = queryText(req, 'events')?.split(',');
  return names && EVENT_TYPES.filter((type) => names.includes(type));
}

function requestedBacklog(req: Request): 'window' | number {
  const count = queryInteger(req, 'backlog', { fallback: -1, min: 0, max: MAX_BACKLOG });
  return count < 0 ? 'window' : count;
}

function header(req: Request, name: string): string | undefined {
  const value = req.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
