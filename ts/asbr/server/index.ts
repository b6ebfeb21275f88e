/**
 * The HTTP server of the ASBR, for clients on the same machine.
 *
 * Replaces `asbr/src/api/server.ts` of 2025-10-13. Differences, all of them mended defects unless said otherwise:
 * - `/v1/events` streams what is emitted: first what is held, then live; resumable; `events=` filters by type.
 * - No CORS header on event streams (`allowOrigin`), and socket.io clients need a token.
 * - Zero in an option means zero; port 0 takes a free port.
 * - A task and its first event stand or fall together; so do a change of state and its event.
 * - The `Idempotency-Key` header counts like the field of the body.
 * - A missing body is the client's fault (400), and so is whatever Express calls one.
 * - `start()` rejects when it cannot listen; `stop()` ends event streams, works before `start()`, and a stopped
 *   server can be started again.
 * - Tasks follow their events (`AwaitingApproval` pauses, …); a finished task can neither be canceled nor resumed.
 * - `limit`, `offset` and dates of the artifact list are checked.
 * - The rate limiter keeps fractions of a token.
 * - `Digest: sha-256=…` (RFC 3230; was a colon).
 * - Tasks, profiles, artifacts and idempotency keys are bounded.
 * - Left for later: `GET /v1/connectors/service-map`.
 */
export { type ASBRServer, createASBRServer } from './create-server.js';
export type { RateLimitOptions } from './middleware/rate-limit.js';
export type { ASBRServerOptions, TaskPolicyRegistry } from './options.js';
