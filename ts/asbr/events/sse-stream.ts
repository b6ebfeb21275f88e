import type { EventHub, SseResponse, SseSubscription } from '../../api/index.js';
import { logError } from '../lib/logger.js';
import { EVENT_TYPES } from '../types/index.js';
import type { EventWindow } from './event-window.js';
import type { SseStreamOptions } from './types.js';

/** A named event and not a comment, as clients of the ASBR expect. */
export const HEARTBEAT_FRAME = 'event: heartbeat\ndata: {}\n\n';

/** Attaches a response to the log: head, what was missed, one heartbeat, then live. */
export function openSseStream(
  hub: EventHub,
  window: EventWindow,
  res: SseResponse,
  options: SseStreamOptions & { onClose: () => void },
): SseSubscription {
  const after = options.lastEventId || requestedResume(res) || backlogStart(hub, window, options);
  const stream = hub.attach(res, {
    ...(options.taskId ? { topic: options.taskId } : {}),
    types: options.eventTypes ?? EVENT_TYPES,
    ...(after === undefined ? {} : { after }),
    headers: streamHeaders(options.allowOrigin ?? '*'),
    onGap: options.onGap ?? 'continue',
    onClose: options.onClose,
  });
  // The first bytes tell the client, and any proxy between, that the stream is open.
  res.write(HEARTBEAT_FRAME);
  return stream;
}

/** Ends a response; one that cannot be ended is nobody's fault and only logged. */
export function endStream(response: { end(): unknown }): void {
  try {
    response.end();
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    logError('Failed to close SSE stream gracefully', { error: { message, stack } });
  }
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
function requestedResume({ req }: SseResponse): string | undefined {
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
