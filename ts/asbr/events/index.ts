/**
 * The event manager of the ASBR.
 *
 * Replaces `asbr/src/core/events.ts` of 2025-10-13. Differences, all of them mended defects unless said otherwise:
 * - All readers, the ledger and the streams see events in the order of the `emitEvent` calls.
 * - SSE: headers come before any replay; `id` is a position in the ledger that a reconnect resumes from, across
 *   restarts; an event's own `id` resumes too; a resume point that is gone is announced by a `gap` event.
 * - SSE: a heartbeat every `heartbeat_ms`; `unsubscribe` ends the response; open streams are never idle.
 * - `subscribe` with an id that is not held replays nothing (was: everything).
 * - Idle means nothing delivered for `idle_timeout_ms` (was: that long since it was made).
 * - `getEventManager()` makes one manager however many callers race for it.
 * - socket.io: each event once per socket, one subscription per socket, none left after a disconnect; `authorize`.
 * - `getEvents` returns a copy; the events of an idle task leave both views.
 * - Addition: one writer per ledger. A second process keeps its events in memory and logs `Failed to persist event`.
 * - Addition: `close()`, `backlog`, `allowOrigin`, `authorize`, and the second argument of `createEventManager`.
 * - Limit: an event of more than 1 MiB as JSON is delivered, but neither written nor streamed; that is logged.
 * - The timer does not keep a process alive.
 */
export { createA11yEvent } from './a11y-event.js';
export { createEventManager } from './event-manager.js';
export { closeEventManager, getEventManager, stopEventManager } from './shared-manager.js';
export type { EventSocket, SocketAuthorizer, SocketHandshake, SocketServer } from './socket-types.js';
export type {
  AttachIOOptions,
  EventManager,
  EventManagerOptions,
  EventManagerStats,
  EventStreamOptions,
  EventSubscription,
  EventTransport,
  SseStreamOptions,
} from './types.js';
