/** CORS headers of an event stream. */
import type { EventsOptions, EventsRequest } from './options.js';

/** What a page may send: the resume point, and what libraries that use `fetch` add. */
const ALLOWED_HEADERS = 'Authorization, Cache-Control, Last-Event-ID';
const MAX_AGE_S = 600;

/** Headers that let the page of the request read the response; none if it may not. */
export function corsHeaders(cors: EventsOptions['cors'], req: EventsRequest): Record<string, string> {
  if (cors === undefined || cors === false) return {};
  if (cors === '*') return { 'Access-Control-Allow-Origin': '*' };
  // Named in every answer, allowed or not: a cache must not give one origin what is meant for another.
  const vary = { Vary: 'Origin' };
  const { origin } = req.headers;
  const allowed = typeof origin === 'string' && (typeof cors === 'string' ? [cors] : cors).includes(origin);
  return allowed ? { ...vary, 'Access-Control-Allow-Origin': origin } : vary;
}

/** The rest of the answer to a preflight request. */
export const PREFLIGHT: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Methods': 'GET, HEAD',
  'Access-Control-Allow-Headers': ALLOWED_HEADERS,
  'Access-Control-Max-Age': String(MAX_AGE_S),
};
