/** A limiter whose store may be out of reach: what then happens is declared, never guessed. */
import type { Limiter, LimitResult } from './limiter-types.js';

/** How a guarded limiter decides without its store. */
export interface GuardedLimiterOptions {
  /** Counts when it can. A rejection, a throw or a silence longer than `timeoutMs` means it is out of reach. */
  readonly store: Limiter;
  /**
   * What an outage means. `open`: everything is allowed. `closed`: nothing is. `reduced`: `fallback` decides, with
   * limits for this process alone. The outcome is `unavailable` in every case, so nobody mistakes it for a limit.
   */
  readonly mode: 'open' | 'closed' | 'reduced';
  /** Counts during an outage, for mode `reduced`. */
  readonly fallback?: Limiter;
  /** How long the store may take. Default: 250. */
  readonly timeoutMs?: number;
  /** After a failure the store is left alone for so long. Default: 1,000. */
  readonly pauseMs?: number;
  /** Told of each failure. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds, for the pause. Default: a monotonic clock. */
  readonly now?: () => number;
}

const NOTHING: Omit<LimitResult, 'allowed'> = {
  outcome: 'unavailable',
  limit: 0,
  windowMs: 0,
  remaining: 0,
  nextMs: 0,
  resetMs: 0,
  retryAfterMs: 0,
};

/**
 * @example
 * const limiter = new GuardedLimiter({ store: redisLimiter, mode: 'reduced', fallback: localLimiter });
 * const { allowed, outcome } = await limiter.consume(clientId);
 */
export class GuardedLimiter implements Limiter {
  readonly #options: GuardedLimiterOptions;
  readonly #now: () => number;
  #silentUntilMs = -Infinity;
  #failures = 0;

  constructor(options: GuardedLimiterOptions) {
    if (options.mode === 'reduced' && !options.fallback)
      throw new TypeError('mode "reduced" needs a fallback that counts during an outage');
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Calls that did not reach the store, since the beginning. */
  get failures(): number {
    return this.#failures;
  }

  consume(key: string, weight?: number): Promise<LimitResult> {
    return this.#ask((limiter) => limiter.consume(key, weight));
  }

  peek(key: string): Promise<LimitResult> {
    return this.#ask((limiter) => limiter.peek(key));
  }

  penalty(key: string, weight?: number): Promise<LimitResult> {
    return this.#ask((limiter) => limiter.penalty(key, weight));
  }

  reward(key: string, weight?: number): Promise<LimitResult> {
    return this.#ask((limiter) => limiter.reward(key, weight));
  }

  /** Forgets a key in the store and in the fallback. An outage is told to `onError` only. */
  async reset(key: string): Promise<void> {
    await this.#options.fallback?.reset(key);
    await this.#reached(() => this.#options.store.reset(key));
  }

  async #ask(question: (limiter: Limiter) => LimitResult | Promise<LimitResult>): Promise<LimitResult> {
    const answer = await this.#reached(() => question(this.#options.store));
    if (answer) return answer.value;
    const { mode, fallback, pauseMs = 1000 } = this.#options;
    if (mode === 'reduced' && fallback) return { ...(await question(fallback)), outcome: 'unavailable' };
    const allowed = mode === 'open';
    return { ...NOTHING, allowed, retryAfterMs: allowed ? 0 : pauseMs };
  }

  /** What the store says; `undefined` when it is out of reach. */
  async #reached<T>(call: () => T | Promise<T>): Promise<{ value: T } | undefined> {
    if (this.#now() < this.#silentUntilMs) {
      this.#failures += 1;
      return undefined;
    }
    let timer: NodeJS.Timeout | undefined;
    try {
      const { timeoutMs = 250 } = this.#options;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`the limiter's store took over ${timeoutMs} ms`)),
          timeoutMs,
        );
      });
      return { value: await Promise.race([Promise.resolve(call()), late]) };
    } catch (error) {
      this.#failures += 1;
      this.#silentUntilMs = this.#now() + (this.#options.pauseMs ?? 1000);
      this.#options.onError?.(error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}
