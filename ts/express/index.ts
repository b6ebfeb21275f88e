/**
 * `@cortex-os/native/express`: a hub's events, and limits, as middleware of Express 5.
 *
 * Works with every framework of the form `(req, res, next)` whose `res` is an `http.ServerResponse`. Needs Express
 * neither when it is loaded nor for its types.
 */

// Express is an optional peer: without it this is `any` here, and nothing else changes.
// biome-ignore lint/suspicious/noTsIgnore: an expected error would be one where express is installed
/** @ts-ignore */
import type { Request } from 'express';
import { type Admission, type Answer, admit } from '../adapters/admission.js';
import type { EventsOptions, EventsRequest } from '../adapters/options.js';
import type { SseResponse } from '../api/attach-types.js';
import type { EventHub } from '../api/event-hub.js';

export type { EventsFilter, EventsOptions, EventsRequest } from '../adapters/options.js';
export {
  addressKey,
  type LimitedRequest,
  type LimitedResponse,
  type RateLimitOptions,
  rateLimit,
  rateLimitHeaders,
} from './rate-limit.js';

/** The part of a response that the middleware needs. */
export interface EventsResponse extends SseResponse {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
}

/** Goes on with the next middleware. */
export type Next = (error?: unknown) => void;

/**
 * A middleware that answers with a stream of the hub's events: 405 for other methods than GET and HEAD, 406 for
 * requests that do not accept `text/event-stream`, 403 where `authorize` says no, all with `{"error": …}` as JSON. What
 * `filter` throws, and the error of a hub that is closed, goes to `next`.
 *
 * `Req` is the request of Express; for another server name its own, `events<IncomingMessage>(hub)`.
 *
 * @example
 * app.get('/events/:topic', events(hub, { filter: (req) => ({ topic: req.params.topic }) }));
 */
export function events<Req extends EventsRequest = Request>(
  hub: EventHub,
  options: EventsOptions<Req> = {},
): (req: Req, res: EventsResponse, next: Next) => void {
  return (req, res, next) => {
    admit(req, req, options)
      .then((admission) => respond(hub, res, admission))
      .catch(next);
  };
}

function respond(hub: EventHub, res: EventsResponse, admission: Admission): void {
  // Meanwhile the client may have gone, or something else may have answered.
  if (res.destroyed === true || res.headersSent) return;
  if (admission.answer === undefined) hub.attach(res, admission.attach);
  else sendAnswer(res, admission.answer);
}

function sendAnswer(res: EventsResponse, { status, headers, body }: Answer): void {
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (body === undefined) {
    res.end();
    return;
  }
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.end(JSON.stringify(body));
}
