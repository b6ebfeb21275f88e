/**
 * A store for `@fastify/rate-limit` (10 and 11) whose counts the processes of one machine share.
 *
 * @example
 * await fastify.register(rateLimit, { max: 100, timeWindow: '1 minute', store: sharedStore({ shared: '/run/app/http' }) });
 */
import type { LimitResult } from '../api/limiter-types.js';
import { TableLimiter } from '../api/table-limiter.js';
import { PolicyError } from '../errors.js';

/** Where requests are counted. */
export interface SharedStoreOptions {
  /** The file. Absent: memory of this process. */
  readonly shared?: string;
  /** Clients that may be busy at once. Default: 10,000. */
  readonly maxKeys?: number;
  /** Largest `max` of any route. Default: 1,000. It decides the size of the file: 16 bytes per client and unit. */
  readonly maxPerWindow?: number;
  /** Longest `timeWindow` of any route in milliseconds. Default: 3,600,000. */
  readonly longestWindowMs?: number;
  /** What a full table means. `open`: the request passes. `closed`: it is refused with 429's sibling, an error. Default: `closed`. */
  readonly onFull?: 'closed' | 'open';
}

/** What the plugin tells a store about a route. */
export interface RouteParameters {
  readonly continueExceeding?: boolean;
  readonly exponentialBackoff?: boolean;
  readonly ban?: number;
  readonly routeInfo?: { readonly method?: string | readonly string[]; readonly url?: string };
}

/** What a store answers. */
export interface StoreAnswer {
  current: number;
  ttl: number;
}

type Done = (error: Error | null, answer?: StoreAnswer) => void;

/** A store as the plugin uses it. */
export interface FastifyRateLimitStore {
  incr(key: string, done: Done, timeWindow: number, max: number): void;
  read(key: string, done: Done, timeWindow: number, max: number): void;
  child(route: RouteParameters): FastifyRateLimitStore;
}

/**
 * A class for the plugin's option `store`. The table is opened here, once, and used by every route.
 *
 * Counting is exact: never more than `max` in any `timeWindow`, where the plugin's own stores begin a new window at the
 * first request after the last. `ttl` is the time until one more request is allowed. `continueExceeding` and `ban` (below
 * `maxPerWindow`) work; `exponentialBackoff` is refused when the route is registered.
 *
 * @throws the codes of {@link TableLimiter.open}
 */
export function sharedStore(
  options: SharedStoreOptions = {},
): (new (route: RouteParameters) => FastifyRateLimitStore) & { close(): void } {
  const { shared, maxKeys, maxPerWindow = 1000, longestWindowMs = 3_600_000, onFull = 'closed' } = options;
  const limiter = TableLimiter.openSync({
    budgets: [{ limit: maxPerWindow, windowMs: longestWindowMs }],
    onFull,
    ...(shared === undefined ? {} : { shared }),
    ...(maxKeys === undefined ? {} : { maxKeys }),
  });
  return class extends Store {
    constructor(route: RouteParameters) {
      super(limiter, route, maxPerWindow);
    }

    static close(): void {
      limiter.close();
    }
  };
}

class Store implements FastifyRateLimitStore {
  readonly #limiter: TableLimiter;
  readonly #prefix: string;
  readonly #continueExceeding: boolean;
  readonly #countsRefusals: boolean;
  readonly #maxPerWindow: number;

  constructor(limiter: TableLimiter, route: RouteParameters, maxPerWindow: number) {
    const { ban = -1 } = route;
    if (route.exponentialBackoff) {
      const fields = { option: 'exponentialBackoff', expected: 'false', actual: 'true' };
      throw new PolicyError('ERR_POLICY_OPTION_INVALID', 'this store has no exponentialBackoff', fields);
    }
    // The plugin bans beyond `ban` refusals, so one more must be countable.
    if (ban >= maxPerWindow) {
      const expected = `less than maxPerWindow, ${maxPerWindow}`;
      const fields = { option: 'ban', expected, actual: String(ban) };
      throw new PolicyError('ERR_POLICY_OPTION_INVALID', `ban must be ${expected}, not ${ban}`, fields);
    }
    this.#limiter = limiter;
    this.#maxPerWindow = maxPerWindow;
    this.#continueExceeding = route.continueExceeding ?? false;
    this.#countsRefusals = ban >= 0;
    const { method, url } = route.routeInfo ?? {};
    // Routes with limits of their own count apart, as they do in the plugin's own store.
    this.#prefix = url === undefined ? '' : `${String(method)} ${url}\n`;
  }

  incr(key: string, done: Done, timeWindow: number, max: number): void {
    let answer: StoreAnswer;
    try {
      answer = this.#count(this.#prefix + key, timeWindow, max);
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null, answer);
  }

  read(key: string, done: Done, timeWindow: number, max: number): void {
    let answer: StoreAnswer;
    try {
      // An amount that never fits takes nothing and tells what is left.
      const budget = { limit: Math.max(1, max), windowMs: timeWindow };
      const result = this.#limiter.consumeWithin(this.#prefix + key, budget, max + 1);
      answer = { current: max - result.remaining, ttl: result.nextMs };
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null, answer);
  }

  child(route: RouteParameters): FastifyRateLimitStore {
    return new Store(this.#limiter, route, this.#maxPerWindow);
  }

  #count(key: string, timeWindow: number, max: number): StoreAnswer {
    // A route that allows nothing has nothing to count.
    if (max < 1) return { current: max + 1, ttl: timeWindow };
    const result = this.#limiter.consumeWithin(key, { limit: max, windowMs: timeWindow });
    if (result.outcome === 'allowed') return { current: max - result.remaining, ttl: result.nextMs };
    if (result.outcome === 'full') return full(result, this.#limiter.maxKeys);
    if (this.#continueExceeding) {
      this.#limiter.penalty(key);
      return { current: max + this.#refusals(key, timeWindow), ttl: timeWindow };
    }
    return { current: max + this.#refusals(key, timeWindow), ttl: result.retryAfterMs };
  }

  /** How many were refused within the window: counted like requests, under a key of their own. */
  #refusals(key: string, timeWindow: number): number {
    if (!this.#countsRefusals) return 1;
    const budget = { limit: this.#maxPerWindow, windowMs: timeWindow };
    const { remaining } = this.#limiter.consumeWithin(`refused\n${key}`, budget);
    return budget.limit - remaining;
  }
}

function full(result: LimitResult, maxKeys: number): StoreAnswer {
  if (result.allowed) return { current: 0, ttl: 0 };
  const message = 'the rate limiter has no room for one more client; raise maxKeys';
  throw Object.assign(new PolicyError('ERR_POLICY_TABLE_FULL', message, { maxKeys }), { statusCode: 503 });
}
