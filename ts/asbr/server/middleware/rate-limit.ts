import type { RequestHandler } from 'express';

export interface RateLimitOptions {
  enabled: boolean;
  /** Requests that may come at once; default 100. */
  capacity?: number | undefined;
  /** Requests regained per second, fractions too; default 10, 0 never regains. */
  refillRatePerSec?: number | undefined;
}

/** `Retry-After` of a bucket that never refills: late enough to keep a client from asking all the time. */
const NEVER_RETRY_AFTER_SECONDS = 3_600;

/** One bucket for the whole server. A refused request costs nothing. */
export function rateLimit(options: RateLimitOptions): RequestHandler {
  const bucket = new TokenBucket(options.capacity ?? 100, options.refillRatePerSec ?? 10);
  return (_req, res, next) => {
    const waitSeconds = bucket.take(Date.now());
    if (waitSeconds === 0) {
      next();
      return;
    }
    res.setHeader('Retry-After', String(waitSeconds));
    res.status(429).json({ error: 'Rate limit exceeded', code: 'RATE_LIMITED' });
  };
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

  /** Takes a token and returns 0, or returns the whole seconds until there is one, at least 1. */
  take(nowMs: number): number {
    // A clock set back must not take tokens away.
    const elapsedSeconds = Math.max(nowMs - (this.#lastMs ?? nowMs), 0) / 1000;
    this.#lastMs = nowMs;
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsedSeconds * this.#perSecond);
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    if (this.#perSecond <= 0 || this.#capacity < 1) return NEVER_RETRY_AFTER_SECONDS;
    return Math.max(Math.ceil((1 - this.#tokens) / this.#perSecond), 1);
  }
}
