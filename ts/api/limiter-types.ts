/** What limiters take and give, whatever they count in. */

/** Units per window. */
export interface Budget {
  /** Units, 1 to 1,000,000. */
  readonly limit: number;
  /** Length of the window in milliseconds. */
  readonly windowMs: number;
}

/**
 * How a request ended.
 *
 * - `allowed`: it counts.
 * - `limited`: a budget is used up; `retryAfterMs` says for how long.
 * - `full`: the table has no room for one more key; this says nothing about the caller.
 * - `unavailable`: the counters are out of reach; this says nothing about the caller either.
 */
export type LimitOutcome = 'allowed' | 'limited' | 'full' | 'unavailable';

/** The answer to a request. */
export interface LimitResult {
  /** Whether to go on. With outcome `full` or `unavailable` this is what the mode says. */
  readonly allowed: boolean;
  readonly outcome: LimitOutcome;
  /** The limit of the budget that has least left, or that refused. */
  readonly limit: number;
  /** Window of that budget in milliseconds. */
  readonly windowMs: number;
  /** Units left in that budget. */
  readonly remaining: number;
  /** Milliseconds until one unit more is there. */
  readonly nextMs: number;
  /** Milliseconds until all units are there again. */
  readonly resetMs: number;
  /** Milliseconds until the same request can succeed; 0 when it was allowed, `Infinity` when it never can. */
  readonly retryAfterMs: number;
}

/** A value, or the promise of one: counters in memory answer at once, others later. */
export type Awaitable<T> = T | Promise<T>;

/**
 * What every limiter does. Keys are text of at most 1,024 bytes; weights are whole numbers, 1 unless given.
 *
 * A store over a network implements this and rejects when it is out of reach; {@link GuardedLimiter} turns that into an
 * outcome.
 */
export interface Limiter {
  /** Takes units if every budget has room. */
  consume(key: string, weight?: number): Awaitable<LimitResult>;
  /** What `consume` would find, without taking. */
  peek(key: string): Awaitable<LimitResult>;
  /** Takes units whether there is room or not. */
  penalty(key: string, weight?: number): Awaitable<LimitResult>;
  /** Gives the newest units back. */
  reward(key: string, weight?: number): Awaitable<LimitResult>;
  /** Forgets what was counted. */
  reset(key: string): Awaitable<void>;
}
