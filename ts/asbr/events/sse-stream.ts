import type { EventHub, SseSubscription } from '../../api/event-hub.js';
import { EVENT_TYPES } from '../types/index.js';
import type { EventWindow } from './event-window.js';
import type { SseStreamOptions, SseTarget } from './types.js';

/** A named event and not a comment, as clients of the ASBR expect. */
export const HEARTBEAT_FRAME = 'event: heartbeat\ndata: {}\n\n';

/** Attaches a response to the log: head, one heartbeat, what was missed, then live. */
export function openSseStream(
  hub: EventHub,
  window: EventWindow,
  res: SseTarget,
  options: SseStreamOptions,
): SseSubscription {
  const lastEventId = options.lastEventId || requestedResume(res);
  const after = lastEventId ? undefined : backlogStart(hub, window, options);
  const stream = hub.attach(res, {
    ...(options.taskId ? { topic: options.taskId } : {}),
    types: options.eventTypes ?? EVENT_TYPES,
    ...(lastEventId ? { lastEventId } : {}),
    ...(after === undefined ? {} : { after }),
    headers: streamHeaders(options.allowOrigin ?? '*'),
  });
  // The first bytes tell the client, and any proxy between, that the stream is open.
  res.write(HEARTBEAT_FRAME);
  return stream;
}

function streamHeaders(allowOrigin: string | false): Record<string, string> {
  return {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache',
    Connection: 'keep-alive',
    ...(allowOrigin === false ? {} : { 'Access-Control-Allow-Origin': allowOrigin }),
    'X-Accel-Buffering': 'no',
  };
}

/** What a reconnecting EventSource says it has seen. A bare response has no request. */
function requestedResume(res: SseTarget): string | undefined {
  const { req } = res as { req?: { headers?: Record<string, string | string[] | undefined> } };
  const header = req?.headers?.['last-event-id'];
  return typeof header === 'string' && header !== '' ? header : undefined;
}

/** The offset before the first event to send; undefined to begin with the next one. */
function backlogStart(hub: EventHub, window: EventWindow, options: SseStreamOptions): number | undefined {
  const { backlog = 'live', taskId } = options;
  if (backlog === 'live') return undefined;
  if (backlog === 'window') {
    const oldest = window.oldestOffset(taskId);
    return oldest === undefined ? undefined : oldest - 1;
  }
  return Math.max(hub.head - backlog, 0) - 1;
}
