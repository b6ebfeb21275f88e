/**
 * The part of `rate-limiter-flexible` that most programs use, over a table: `consume`, `penalty`, `reward`, `get`,
 * `delete`, `block`, with the same names, promises and rejections.
 *
 * What differs: the window slides (never more than `points` in any `duration`), where a fixed window lets twice that
 * pass around its end; a refused `consume` takes nothing; no clustering set-up: name a file and the processes of the
 * machine share it.
 *
 * @example
 * const limiter = new RateLimiterTable({ points: 5, duration: 1, shared: '/run/app/limits' });
 * await limiter.consume(ip).catch((refusal: RateLimiterRes) => retryIn(refusal.msBeforeNext));
 */
import type { LimitResult } from '../api/limiter-types.js';
import { TableLimiter } from '../api/table-limiter.js';
import { PolicyError } from '../errors.js';

/** How a limiter is made. */
export interface RateLimiterOptions {
  /** Points per duration. Default: 4. */
  readonly points?: number;
  /** Seconds. Default: 1. */
  readonly duration?: number;
  /** Seconds for which a key that ran out is refused. Default: 0, until points come back. */
  readonly blockDuration?: number;
  /** Put in front of every key. Default: `rlflx`. */
  readonly keyPrefix?: string;
  /** Keys that may be busy at once. Default: 10,000. */
  readonly maxKeys?: number;
  /** A file to share with other processes. Absent: memory of this process. */
  readonly shared?: string;
}

/** What a call tells, and what a refused one rejects with. */
export class RateLimiterRes {
  constructor(
    /** Points left. */
    readonly remainingPoints: number,
    /** Milliseconds until the next point is there; for a refused call until it can succeed. */
    readonly msBeforeNext: number,
    /** Points taken within the duration; above `points` for a refused call. */
    readonly consumedPoints: number,
    /** Whether nothing was taken before within the duration. */
    readonly isFirstInDuration: boolean,
  ) {}

  /** The four values. */
  toJSON(): Record<string, number | boolean> {
    const { remainingPoints, msBeforeNext, consumedPoints, isFirstInDuration } = this;
    return { remainingPoints, msBeforeNext, consumedPoints, isFirstInDuration };
  }

  toString(): string {
    return JSON.stringify(this.toJSON());
  }
}

/** A limiter of points per duration. */
export class RateLimiterTable {
  readonly points: number;
  /** Seconds. */
  readonly duration: number;
  /** Seconds. */
  readonly blockDuration: number;
  readonly keyPrefix: string;
  readonly #limiter: TableLimiter;
  readonly #blockedUntilMs = new Map<string, number>();

  /** @throws the codes of {@link TableLimiter.open} */
  constructor(options: RateLimiterOptions) {
    this.points = options.points ?? 4;
    this.duration = options.duration ?? 1;
    this.blockDuration = options.blockDuration ?? 0;
    this.keyPrefix = options.keyPrefix ?? 'rlflx';
    if (this.blockDuration > 0 && options.shared !== undefined) {
      const fields = {
        option: 'blockDuration',
        expected: '0 with shared',
        actual: String(this.blockDuration),
      };
      throw new PolicyError('ERR_POLICY_OPTION_INVALID', 'blocks are not shared between processes', fields);
    }
    this.#limiter = TableLimiter.openSync({
      budgets: [{ limit: this.points, windowMs: Math.round(this.duration * 1000) }],
      ...(options.maxKeys === undefined ? {} : { maxKeys: options.maxKeys }),
      ...(options.shared === undefined ? {} : { shared: options.shared }),
    });
  }

  /** Takes points. Rejects with a {@link RateLimiterRes} when there are too few, with an Error when it cannot count. */
  async consume(key: string | number, pointsToConsume = 1): Promise<RateLimiterRes> {
    const name = this.#name(key);
    const blockedMs = this.#blockedFor(name);
    if (blockedMs > 0) throw this.#answer(blockedMs, this.points + pointsToConsume);
    const result = this.#limiter.consume(name, pointsToConsume);
    if (result.outcome === 'full')
      throw new PolicyError('ERR_POLICY_TABLE_FULL', 'the table is full; raise maxKeys', {
        maxKeys: this.#limiter.maxKeys,
      });
    if (result.allowed) return this.#told(result);
    if (this.blockDuration > 0) this.#block(name, this.blockDuration);
    throw this.#answer(this.#blockedFor(name) || result.retryAfterMs, this.points + pointsToConsume);
  }

  /** Takes points whether there are any or not. */
  async penalty(key: string | number, points = 1): Promise<RateLimiterRes> {
    return this.#told(this.#limiter.penalty(this.#name(key), points));
  }

  /** Gives points back. */
  async reward(key: string | number, points = 1): Promise<RateLimiterRes> {
    return this.#told(this.#limiter.reward(this.#name(key), points));
  }

  /** How a key stands; `null` when nothing counts for it. */
  async get(key: string | number): Promise<RateLimiterRes | null> {
    const name = this.#name(key);
    const blockedMs = this.#blockedFor(name);
    if (blockedMs > 0) return this.#answer(blockedMs, this.points + 1);
    const result = this.#limiter.peek(name);
    return result.remaining === this.points ? null : this.#told(result);
  }

  /** Forgets a key. `false`: nothing counted for it. */
  async delete(key: string | number): Promise<boolean> {
    const had = (await this.get(key)) !== null;
    this.#limiter.reset(this.#name(key));
    this.#blockedUntilMs.delete(this.#name(key));
    return had;
  }

  /** Refuses a key for some seconds. In this process only. */
  async block(key: string | number, seconds: number): Promise<RateLimiterRes> {
    this.#block(this.#name(key), seconds);
    return this.#answer(seconds * 1000, this.points + 1);
  }

  /** Lets go of the table. */
  close(): void {
    this.#limiter.close();
  }

  #name(key: string | number): string {
    return `${this.keyPrefix}:${key}`;
  }

  #block(name: string, seconds: number): void {
    const now = performance.now();
    for (const [other, until] of this.#blockedUntilMs) if (until <= now) this.#blockedUntilMs.delete(other);
    this.#blockedUntilMs.set(name, now + seconds * 1000);
  }

  #blockedFor(name: string): number {
    const until = this.#blockedUntilMs.get(name);
    return until === undefined ? 0 : Math.max(0, until - performance.now());
  }

  #told({ remaining, nextMs }: LimitResult): RateLimiterRes {
    return this.#answer(nextMs, this.points - remaining);
  }

  #answer(waitMs: number, consumed: number): RateLimiterRes {
    const remaining = Math.max(0, this.points - consumed);
    return new RateLimiterRes(remaining, Math.ceil(waitMs), consumed, consumed <= 1);
  }
}
