/** The limiter over a table: memory of this process, or a file that the processes of one machine share. */
import { PolicyError } from '../errors.js';
import { native, raw } from '../native.js';
import type { Budget, Limiter, LimitOutcome, LimitResult } from './limiter-types.js';

/** How a table limiter is opened. */
export interface TableLimiterOptions {
  /** Counted together: a request must fit all of them. */
  readonly budgets?: readonly Budget[];
  /**
   * `exact`: never more than `limit` in any window. `gcra`: a steady rate with a burst of `limit`, in 32 bytes per key
   * instead of 8 per unit; up to twice the limit within one window. Default: `exact`.
   */
  readonly algorithm?: 'exact' | 'gcra';
  /** At most `limit` at once: see {@link TableLimiter.acquire}. A lease that nobody releases ends after `leaseMs`. */
  readonly concurrent?: { readonly limit: number; readonly leaseMs: number };
  /** Keys that may be busy at once. Default: 10,000. */
  readonly maxKeys?: number;
  /** A file to share with other processes of this user; made with mode 0600. Absent: memory of this process. */
  readonly shared?: string;
  /** What a full table means for a newcomer. Default: `closed`, refused with outcome `full`. */
  readonly onFull?: 'closed' | 'open';
  /** Milliseconds of a clock of the caller's own, for tests. Not with `shared`. Default: the machine's, which counts sleep. */
  readonly now?: () => number;
}

/** Something that at most so many hold at once. */
export interface Lease extends Disposable {
  /** Milliseconds from now until it would end by itself, when it was given or renewed. */
  readonly endsMs: number;
  /** Begins its time anew. `false`: it was over. */
  renew(): boolean;
  /** Gives it back. `false`: it was over. */
  release(): boolean;
}

/** Counts since the limiter was opened in this thread. */
export interface TableLimiterStats {
  readonly allowed: number;
  readonly limited: number;
  /** Newcomers that found no room. Above zero: `maxKeys` is too small. */
  readonly full: number;
  /** Keys that hold room now. */
  readonly liveKeys: number;
}

const DEFAULT_MAX_KEYS = 10_000;
const MACHINE_CLOCK = -1;

/**
 * Counts requests by key.
 *
 * @example
 * const limiter = await TableLimiter.open({ budgets: [{ limit: 100, windowMs: 60_000 }], shared: '/run/app/limits' });
 * const { allowed, retryAfterMs } = limiter.consume(clientId);
 */
export class TableLimiter implements Limiter, Disposable {
  /** Keys that may be busy at once. */
  readonly maxKeys: number;
  readonly #handle: number;
  readonly #budgets: readonly Budget[];
  readonly #openWhenFull: boolean;
  readonly #now: (() => number) | undefined;
  readonly #out: Float64Array;
  #allowed = 0;
  #limited = 0;
  #full = 0;

  private constructor(handle: number, options: TableLimiterOptions) {
    this.#handle = handle;
    this.maxKeys = options.maxKeys ?? DEFAULT_MAX_KEYS;
    const { concurrent } = options;
    this.#budgets = concurrent
      ? [...(options.budgets ?? []), { limit: concurrent.limit, windowMs: concurrent.leaseMs }]
      : [...(options.budgets ?? [])];
    this.#openWhenFull = options.onFull === 'open';
    this.#now = options.now;
    this.#out = new Float64Array(1 + 3 * this.#budgets.length);
  }

  /**
   * Opens a limiter without blocking the event loop.
   *
   * @throws `ERR_POLICY_OPTION_INVALID`, `ERR_POLICY_TABLE_OPEN`, `ERR_POLICY_TABLE_UNSAFE`, `ERR_POLICY_TABLE_FORMAT`,
   * `ERR_POLICY_TABLE_MISMATCH` (living processes use the file with other limits)
   */
  static async open(options: TableLimiterOptions): Promise<TableLimiter> {
    const ticket = await native.limiterOpen(options.shared, planOf(options), options.now !== undefined);
    return new TableLimiter(native.limiterAttach(ticket), options);
  }

  /** The same, blocking. */
  static openSync(options: TableLimiterOptions): TableLimiter {
    const ticket = native.limiterOpenSync(options.shared, planOf(options), options.now !== undefined);
    return new TableLimiter(native.limiterAttach(ticket), options);
  }

  /** Takes units and tells only whether: 1 allowed, 0 the table is full, below 0 the milliseconds to wait, negated. */
  tryConsume(key: string, weight = 1): number {
    return this.#counted(raw.limitText(this.#handle, key, weight, this.#time()), key);
  }

  consume(key: string, weight = 1): LimitResult {
    const told = raw.limitCount(this.#handle, key, weight, this.#time(), 0, 0, this.#out);
    return this.#result(this.#counted(told, key), this.#out[0] ?? -1);
  }

  /** As {@link consume} with an exact budget of the caller's own, no larger and no longer than those of the limiter. */
  consumeWithin(key: string, budget: Budget, weight = 1): LimitResult {
    const { limit, windowMs } = budget;
    const told = raw.limitCount(this.#handle, key, weight, this.#time(), limit, windowMs, this.#out);
    return this.#result(this.#counted(told, key), this.#out[0] ?? -1, [budget]);
  }

  peek(key: string): LimitResult {
    return this.#left(key);
  }

  penalty(key: string, weight = 1): LimitResult {
    if (!native.limiterPenalize(this.#handle, key, weight, this.#time())) return this.#result(0, -1);
    return this.#left(key);
  }

  reward(key: string, weight = 1): LimitResult {
    native.limiterReward(this.#handle, key, weight);
    return this.#left(key);
  }

  reset(key: string): void {
    native.limiterReset(this.#handle, key);
  }

  /**
   * Takes from every budget and gets a lease; `undefined` in `lease` when refused.
   *
   * @example
   * const { lease } = limiter.acquire('gpu');
   * if (lease) try { await work(); } finally { lease.release(); }
   */
  acquire(key: string, weight = 1): LimitResult & { readonly lease: Lease | undefined } {
    const answer = native.limiterAcquire(this.#handle, key, weight, this.#time());
    this.#counted(answer.told, key);
    const { place, word, endsMs } = answer;
    const triples = native.limiterLeft(this.#handle, key, this.#time());
    this.#out.set(triples, 1);
    const result = this.#result(answer.told, answer.budget ?? -1);
    const lease =
      place === undefined || word === undefined ? undefined : this.#lease(place, word, endsMs ?? 0);
    return { ...result, lease };
  }

  stats(): TableLimiterStats {
    const liveKeys = native.limiterLiveKeys(this.#handle, this.#time());
    return { allowed: this.#allowed, limited: this.#limited, full: this.#full, liveKeys };
  }

  /** Lets go of the table. A file stays, with its counts. */
  close(): void {
    native.limiterClose(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #lease(place: number, firstWord: bigint, endsMs: number): Lease {
    let word = firstWord;
    const handle = this.#handle;
    const release = () => native.limiterRelease(handle, place, word);
    return {
      endsMs,
      release,
      renew: () => {
        const next = native.limiterRenew(handle, place, word, this.#time());
        if (next === null || next === undefined) return false;
        word = next;
        return true;
      },
      [Symbol.dispose]: () => void release(),
    };
  }

  #time(): number {
    return this.#now ? this.#now() : MACHINE_CLOCK;
  }

  #counted(told: number, key: string): number {
    if (told > 0) this.#allowed += 1;
    else if (told === 0) this.#full += 1;
    else if (told < 0) this.#limited += 1;
    else throw refusedCall(this.#handle, key);
    return told;
  }

  #left(key: string): LimitResult {
    this.#out.set(native.limiterLeft(this.#handle, key, this.#time()), 1);
    const result = this.#result(1, -1);
    if (result.remaining > 0) return result;
    return { ...result, allowed: false, outcome: 'limited', retryAfterMs: result.nextMs };
  }

  #result(told: number, refusing: number, budgets = this.#budgets): LimitResult {
    const outcome: LimitOutcome = told > 0 ? 'allowed' : told < 0 ? 'limited' : 'full';
    const index = refusing >= 0 ? refusing : scarcest(this.#out, budgets);
    const budget = budgets[index];
    return {
      allowed: told > 0 || (told === 0 && this.#openWhenFull),
      outcome,
      limit: budget?.limit ?? 0,
      windowMs: budget?.windowMs ?? 0,
      remaining: told === 0 ? 0 : (this.#out[1 + 3 * index] ?? 0),
      nextMs: this.#out[2 + 3 * index] ?? 0,
      resetMs: this.#out[3 + 3 * index] ?? 0,
      retryAfterMs: told < 0 ? -told : 0,
    };
  }
}

/** The budget with the smallest share left. */
function scarcest(out: Float64Array, budgets: readonly Budget[]): number {
  let found = 0;
  let least = Infinity;
  for (let index = 0; index < budgets.length; index += 1) {
    const share = (out[1 + 3 * index] ?? 0) / (budgets[index]?.limit ?? 1);
    if (share < least) [found, least] = [index, share];
  }
  return found;
}

function refusedCall(handle: number, key: unknown): PolicyError {
  if (typeof key === 'string' && Buffer.byteLength(key) > 1024) {
    const fields = {
      option: 'key',
      expected: 'at most 1024 bytes',
      actual: `${Buffer.byteLength(key)} bytes`,
    };
    return new PolicyError('ERR_POLICY_OPTION_INVALID', 'a key has at most 1024 bytes', fields);
  }
  if (typeof key !== 'string') {
    const fields = { option: 'key', expected: 'a string', actual: typeof key };
    return new PolicyError('ERR_POLICY_OPTION_INVALID', `a key must be a string, not ${typeof key}`, fields);
  }
  const message = 'the limiter was closed, or its table cannot count this budget';
  return new PolicyError('ERR_POLICY_HANDLE_INVALID', message, { handle });
}

function planOf(options: TableLimiterOptions): string {
  if (options.shared !== undefined && options.now) {
    const fields = { option: 'now', expected: 'nothing beside shared', actual: 'a function' };
    throw new PolicyError(
      'ERR_POLICY_OPTION_INVALID',
      'processes that share a table share one clock',
      fields,
    );
  }
  const steady = options.algorithm === 'gcra';
  const budgets = (options.budgets ?? []).map(({ limit, windowMs }) => ({ limit, windowMs }));
  return JSON.stringify({
    maxKeys: options.maxKeys ?? DEFAULT_MAX_KEYS,
    exact: steady ? [] : budgets,
    gcra: steady ? budgets : [],
    concurrent: options.concurrent ?? null,
  });
}
