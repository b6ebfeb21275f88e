/**
 * Middleware for Express (4 and 5), Connect and everything else with `(req, res, next)`.
 *
 * @example
 * const limiter = await TableLimiter.open({ budgets: [{ limit: 100, windowMs: 60_000 }], shared: '/run/app/http' });
 * app.use(rateLimit({ limiter }));
 */
import type { Limiter, LimitResult } from '../api/limiter-types.js';
import { addressKey, rateLimitHeaders } from '../api/rate-limit-headers.js';

export { addressKey, rateLimitHeaders } from '../api/rate-limit-headers.js';

/** What the middleware uses of a request. */
export interface LimitedRequest {
  readonly ip?: string | undefined;
  readonly socket?: { readonly remoteAddress?: string | undefined };
}

/** What it uses of a response. */
export interface LimitedResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body?: string): unknown;
}

/** How requests are limited. */
export interface RateLimitOptions<Req extends LimitedRequest = LimitedRequest> {
  /** Counts. A guarded one for a store that may be out of reach. */
  readonly limiter: Limiter;
  /** Whose budget a request takes from. Default: its address, IPv6 by the first 64 bits. */
  readonly key?: (req: Req) => string;
  /** Units that a request takes. Default: 1. */
  readonly weight?: (req: Req) => number;
  /** Requests that are not counted. Default: none. */
  readonly skip?: (req: Req) => boolean;
  /** Name of the limit in the headers. Default: `default`. */
  readonly policy?: string;
  /** Answers instead of the default JSON body. The headers are set already. */
  readonly onRefused?: (req: Req, res: LimitedResponse, result: LimitResult) => void;
}

/**
 * Refuses with 429 when a budget is used up, with 503 when the counters could not decide: a store that is out of reach
 * says nothing about the client.
 */
export function rateLimit<Req extends LimitedRequest>(
  options: RateLimitOptions<Req>,
): (req: Req, res: LimitedResponse, next: (error?: unknown) => void) => void {
  const { limiter, policy = 'default', skip, weight } = options;
  const keyOf = options.key ?? ((req: Req) => addressKey(req.ip ?? req.socket?.remoteAddress));
  return (req, res, next) => {
    const decide = (result: LimitResult) => {
      for (const [name, value] of Object.entries(rateLimitHeaders(policy, result)))
        res.setHeader(name, value);
      if (result.allowed) next();
      else refuse(options, req, res, result);
    };
    try {
      if (skip?.(req)) {
        next();
        return;
      }
      const answer = limiter.consume(keyOf(req), weight?.(req) ?? 1);
      if (answer instanceof Promise) answer.then(decide).catch(next);
      else decide(answer);
    } catch (error) {
      next(error);
    }
  };
}

function refuse<Req extends LimitedRequest>(
  options: RateLimitOptions<Req>,
  req: Req,
  res: LimitedResponse,
  result: LimitResult,
): void {
  const limited = result.outcome === 'limited' || (result.outcome === 'unavailable' && result.limit > 0);
  res.statusCode = limited ? 429 : 503;
  if (options.onRefused) {
    options.onRefused(req, res, result);
    return;
  }
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  const body = limited
    ? { error: 'Rate limit exceeded', code: 'RATE_LIMITED' }
    : { error: 'Rate limiter unavailable', code: 'RATE_LIMITER_UNAVAILABLE' };
  res.end(JSON.stringify(body));
}
