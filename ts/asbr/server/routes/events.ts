import type { Request, Response } from 'express';
import type { EventManager, SseStreamOptions } from '../../events/index.js';
import { logError } from '../../lib/logger.js';
import { EVENT_TYPES, type EventType } from '../../types/index.js';
import type { OpenStreams } from '../state/open-streams.js';
import { queryInteger, queryText } from './params.js';

/** How far back `backlog` may look, in events. */
const MAX_BACKLOG = 10_000;

export interface EventsRouteSettings {
  manager: () => Promise<EventManager>;
  streams: OpenStreams;
  allowOrigin: string | false;
}

/**
 * GET /v1/events?stream=sse&taskId=…&events=A,B&lastEventId=…&backlog=n
 *
 * Without a resume point the stream begins with what the server holds for the task; with one, after it.
 */
export function eventsRoute({ manager, streams, allowOrigin }: EventsRouteSettings) {
  /** Also called by itself, with bare doubles and without `next`. */
  return async function getEvents(req: Request, res: Response, next: Next = report): Promise<void> {
    if (req.query.stream !== 'sse') {
      res.status(400).json({ error: 'Unsupported stream type' });
      return;
    }
    try {
      const options = { ...streamOptions(req), allowOrigin };
      // Known before anything is awaited, so that a server that stops ends this stream too.
      const stream = streams.add(req, res);
      const source = await manager();
      if (stream.ended) return;
      const id = source.createSSEStream(res, options);
      stream.detach = () => source.unsubscribe(id);
    } catch (error) {
      next(error);
    }
  };
}

type Next = (error: unknown) => void;

function report(error: unknown): void {
  logError('API Error', { error });
}

function streamOptions(req: Request): SseStreamOptions {
  return {
    taskId: queryText(req, 'taskId'),
    eventTypes: requestedTypes(req),
    lastEventId: header(req, 'last-event-id') ?? queryText(req, 'lastEventId'),
    backlog: requestedBacklog(req),
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
