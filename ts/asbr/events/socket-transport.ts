import { AuthenticationError, EVENT_TYPES, type Event, type EventType } from '../types/index.js';
import type { EventSocket, SocketAuthorizer, SocketServer } from './socket-types.js';
import type { AttachIOOptions, EventStreamOptions } from './types.js';

export interface SocketHost {
  /** Subscribes for as long as the socket is connected. */
  subscribe(options: EventStreamOptions, callback: (event: Event) => void): string;
  unsubscribe(subscriptionId: string): void;
}

/** Lets socket.io clients subscribe. Each event reaches a socket once, by its one subscription. */
export function serveSockets(host: SocketHost, io: SocketServer, { authorize }: AttachIOOptions): void {
  if (authorize) guard(io, authorize);
  io.on('connection', (socket) => serveSocket(host, socket));
}

function guard(io: SocketServer, authorize: SocketAuthorizer): void {
  if (!io.use) throw new TypeError('attachIO: authorize needs a socket.io server with use()');
  io.use((socket, next) => {
    // In a then, so that a synchronous throw refuses as well.
    Promise.resolve()
      .then(() => authorize(socket.handshake ?? {}))
      .then(
        (allowed) => next(allowed ? undefined : new AuthenticationError()),
        () => next(new AuthenticationError()),
      );
  });
}

function serveSocket(host: SocketHost, socket: EventSocket): void {
  let current: { id: string; room: string | undefined } | undefined;

  const leave = () => {
    if (!current) return;
    host.unsubscribe(current.id);
    if (current.room) socket.leave?.(current.room);
    current = undefined;
  };

  socket.on('subscribe', (...args: unknown[]) => {
    leave();
    const options = requestOf(args);
    const id = host.subscribe(options, (event) => socket.emit(event.type, event));
    // The room serves callers that address it themselves; events do not travel by it.
    if (options.taskId) socket.join?.(options.taskId);
    current = { id, room: options.taskId };
    acknowledge(args);
  });
  socket.on('unsubscribe', (...args: unknown[]) => {
    leave();
    acknowledge(args);
  });
  socket.on('disconnect', leave);
}

/** What a client may send; anything else in its place is ignored. */
function requestOf(args: unknown[]): EventStreamOptions {
  const request = args[0];
  if (typeof request !== 'object' || request === null) return {};
  const { taskId, eventTypes, lastEventId } = request as Record<string, unknown>;
  return {
    ...(typeof taskId === 'string' ? { taskId } : {}),
    ...(Array.isArray(eventTypes) ? { eventTypes: eventTypes.filter(isEventType) } : {}),
    ...(typeof lastEventId === 'string' ? { lastEventId } : {}),
  };
}

function isEventType(value: unknown): value is EventType {
  return EVENT_TYPES.some((type) => type === value);
}

function acknowledge(args: unknown[]): void {
  const ack = args.at(-1);
  if (typeof ack === 'function') ack({ ok: true });
}
