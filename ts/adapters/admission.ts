/** What a request for events gets: a stream, or a short answer. The same for every framework. */
import type { AttachOptions } from '../api/attach-types.js';
import { acceptsEvents } from './accept.js';
import { corsHeaders, PREFLIGHT } from './cors.js';
import type { EventsOptions, EventsRequest } from './options.js';

/** An answer that is no stream. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: no body. */
  readonly body?: { readonly error: string };
}

/** What to do with a request. */
export type Admission =
  | { readonly attach: AttachOptions; readonly answer?: undefined }
  | { readonly attach?: undefined; readonly answer: Answer };

/**
 * Decides. `message` is the HTTP request, `req` the framework's.
 *
 * @throws what `filter` throws
 */
export async function admit<Req>(
  message: EventsRequest,
  req: Req,
  options: EventsOptions<Req>,
): Promise<Admission> {
  const cors = corsHeaders(options.cors, message);
  const refuse = (status: number, error: string, headers: Record<string, string> = {}): Admission => ({
    answer: { status, headers: { ...cors, ...headers }, body: { error } },
  });
  const { method = 'GET' } = message;
  if (method === 'OPTIONS' && options.cors) {
    return { answer: { status: 204, headers: { ...cors, ...PREFLIGHT } } };
  }
  if (method !== 'GET' && method !== 'HEAD') return refuse(405, 'Method Not Allowed', { Allow: 'GET, HEAD' });
  if (!acceptsEvents(message.headers.accept)) return refuse(406, 'Not Acceptable');
  if (!(await allowed(req, options))) return refuse(403, 'Forbidden');
  const filter = typeof options.filter === 'function' ? await options.filter(req) : options.filter;
  return { attach: { ...passedOn(options), ...filter, headers: { ...options.headers, ...cors } } };
}

async function allowed<Req>(req: Req, { authorize, onError = warn }: EventsOptions<Req>): Promise<boolean> {
  if (authorize === undefined) return true;
  try {
    return (await authorize(req)) === true;
  } catch (error) {
    onError(error, req);
    return false;
  }
}

function passedOn<Req>({ onGap, onSlow, transport }: EventsOptions<Req>): AttachOptions {
  return {
    ...(onGap !== undefined && { onGap }),
    ...(onSlow !== undefined && { onSlow }),
    ...(transport !== undefined && { transport }),
  };
}

function warn(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`@cortex-os/native: authorize: ${text}`);
}
