import type { Request, RequestHandler, Response } from 'express';
import type { Limiter, LimitResult } from '../../../api/limiter-types.js';
import { addressKey, rateLimitHeaders } from '../../../api/rate-limit-headers.js';

export interface RateLimitOptions {
  enabled: boolean;
  /** Requests that may come at once; default 100. */
  capacity?: number | undefined;
  /** Requests regained per second, fractions too; default 10, 0 never regains. */
  refillRatePerSec?: number | undefined;
  /** Who has a bucket of its own; default: each client, by its address. `server`: one bucket for all. */
  key?: 'client' | 'server' | ((req: Request) => string) | undefined;
  /** Counts instead of buckets in this process, for example in a table that processes share. */
  limiter?: Limiter | undefined;
}

/** `Retry-After` of a bucket that never refills: late enough to keep a client from asking all the time. */
const NEVER_RETRY_AFTER_SECONDS = 3_600;
const MAX_CLIENTS = 10_000;

/**
 * One bucket per client. A refused request costs nothing.
 *
 * Answers carry `RateLimit-Policy` and `RateLimit` of the IETF draft, refusals `Retry-After`. A limiter that cannot
 * decide is no fault of the client's: 503, never 429.
 */
export function rateLimit(options: RateLimitOptions): RequestHandler {
  const limiter = options.limiter ?? new Buckets(options.capacity ?? 100, options.refillRatePerSec ?? 10);
  const keyOf = keyFunction(options.key);
  return (req, res, next) => {
    const decide = (result: LimitResult) => {
      res.set(rateLimitHeaders('default', result));
      if (result.allowed) next();
      else refuse(res, result);
    };
    try {
      const answer = limiter.consume(keyOf(req), 1);
      if (answer instanceof Promise) answer.then(decide).catch(next);
      else decide(answer);
    } catch (error) {
      next(error);
    }
  };
}

function keyFunction(key: RateLimitOptions['key']): (req: Request) => string {
  if (typeof key === 'function') return key;
  return key === 'server' ? () => '' : (req) => addressKey(req.socket?.remoteAddress);
}

function refuse(res: Response, { outcome }: LimitResult): void {
  if (outcome === 'limited') res.status(429).json({ error: 'Rate limit exceeded', code: 'RATE_LIMITED' });
  else res.status(503).json({ error: 'Rate limiter unavailable', code: 'RATE_LIMITER_UNAVAILABLE' });
}

/** Token buckets, oldest forgotten first when there are too many. */
class Buckets {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #capacity: number;
  readonly #perSecond: number;

  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
  }

  consume(key: string): LimitResult {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = new TokenBucket(this.#capacity, this.#perSecond);
      this.#buckets.set(key, bucket);
      const [oldest] = this.#buckets.keys();
      if (this.#buckets.size > MAX_CLIENTS && oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket.take(Date.now());
  }
}

class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  #tokens: number;
  #lastMs: number | undefined;

  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#tokens = capacity;
  }

  take(nowMs: number): LimitResult {
    // A clock set back must not take tokens away.
    const elapsedSeconds = Math.max(nowMs - (this.#lastMs ?? nowMs), 0) / 1000;
    this.#lastMs = nowMs;
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsedSeconds * this.#perSecond);
    const allowed = this.#tokens >= 1;
    if (allowed) this.#tokens -= 1;
    return {
      allowed,
      outcome: allowed ? 'allowed' : 'limited',
      limit: this.#capacity,
      windowMs: this.#secondsUntil(this.#capacity, 0) * 1000,
      remaining: Math.floor(this.#tokens),
      nextMs: this.#secondsUntil(Math.floor(this.#tokens) + 1, this.#tokens) * 1000,
      resetMs: this.#secondsUntil(this.#capacity, this.#tokens) * 1000,
      retryAfterMs: allowed ? 0 : this.#secondsUntil(1, this.#tokens) * 1000,
    };
  }

  #secondsUntil(wanted: number, tokens: number): number {
    if (this.#perSecond <= 0 || this.#capacity < 1) return NEVER_RETRY_AFTER_SECONDS;
    return Math.max((Math.min(wanted, this.#capacity) - tokens) / this.#perSecond, 0);
  }
}
