/**
 * At most N in any window, counted in this process: a ring of timestamps.
 *
 * The same decisions as the native ring (a test holds the two to each other) without crossing into native code, which
 * would cost more than the counting.
 */

/** A budget: so many within so many milliseconds. */
export interface WindowBudget {
  readonly limit: number;
  readonly windowMs: number;
}

const FIRST_SIZE = 64;

/** Calls of one key. */
export class SlidingWindow {
  #budgets: readonly WindowBudget[];
  /** A power of two, so that a place is a mask away; grows while what it would overwrite still counts. */
  #times = new Float64Array(FIRST_SIZE);
  #count = 0;
  #lastMs = 0;
  #offsetMs = 0;
  #largest: number;
  #longestMs: number;
  /** The budget, where there is just one: the usual case goes without a loop. */
  #only: WindowBudget | undefined;

  constructor(budgets: readonly WindowBudget[]) {
    this.#budgets = budgets;
    this.#largest = largestOf(budgets);
    this.#only = budgets.length === 1 ? budgets[0] : undefined;
    this.#longestMs = longestOf(budgets);
  }

  /** Goes on with other budgets and what was counted so far. */
  setBudgets(budgets: readonly WindowBudget[]): void {
    this.#budgets = budgets;
    this.#largest = largestOf(budgets);
    this.#only = budgets.length === 1 ? budgets[0] : undefined;
    this.#longestMs = longestOf(budgets);
  }

  /** Forgets every call. */
  clear(): void {
    this.#times = new Float64Array(FIRST_SIZE);
    this.#count = 0;
  }

  /** 1: counted. Below 0: the milliseconds until the next can be, negated. */
  take(clockMs: number): number {
    const now = this.#monotonic(clockMs);
    const budgets = this.#budgets;
    const only = this.#only;
    if (only !== undefined) {
      const place = this.#count - only.limit;
      const times = this.#times;
      // Further back than the ring reaches everything was over when it was overwritten.
      if (place >= 0 && only.limit <= times.length) {
        const left = only.windowMs - (now - (times[place & (times.length - 1)] as number));
        if (left > 0) return -left;
      }
      return this.#add(now);
    }
    let waitMs = 0;
    for (let index = 0; index < budgets.length; index += 1) {
      const { limit, windowMs } = budgets[index] as WindowBudget;
      const place = this.#count - limit;
      const times = this.#times;
      if (place < 0 || limit > times.length) continue;
      const left = windowMs - (now - (times[place & (times.length - 1)] as number));
      if (left > waitMs) waitMs = left;
    }
    return waitMs > 0 ? -waitMs : this.#add(now);
  }

  #add(now: number): number {
    const { length } = this.#times;
    if (this.#count >= length && length < this.#largest) {
      const oldest = this.#times[this.#count & (length - 1)] as number;
      if (now - oldest < this.#longestMs) this.#grow();
    }
    this.#times[this.#count & (this.#times.length - 1)] = now;
    this.#count += 1;
    return 1;
  }

  /** Units left in a budget, and milliseconds until it is whole again. */
  left(clockMs: number, budget: WindowBudget): { remaining: number; resetMs: number } {
    const now = this.#monotonic(clockMs);
    const mask = this.#times.length - 1;
    let low = Math.max(0, this.#count - Math.min(budget.limit, this.#times.length));
    const end = this.#count;
    const newest = end > 0 ? (this.#times[(end - 1) & mask] as number) : -Infinity;
    for (let high = end; low < high; ) {
      const middle = low + Math.floor((high - low) / 2);
      if (now - (this.#times[middle & mask] as number) < budget.windowMs) high = middle;
      else low = middle + 1;
    }
    return { remaining: budget.limit - (end - low), resetMs: Math.max(0, newest + budget.windowMs - now) };
  }

  /** Whether nothing that was counted matters any more. */
  isIdle(clockMs: number): boolean {
    return this.#budgets.every((budget) => this.left(clockMs, budget).remaining === budget.limit);
  }

  /** A clock that was set back counts as standing still until it moves again. */
  #monotonic(clockMs: number): number {
    if (clockMs < this.#lastMs) this.#offsetMs += this.#lastMs - clockMs;
    this.#lastMs = clockMs;
    return clockMs + this.#offsetMs;
  }

  #grow(): void {
    const old = this.#times;
    const times = new Float64Array(old.length * 2);
    const first = Math.max(0, this.#count - old.length);
    for (let place = first; place < this.#count; place += 1)
      times[place & (times.length - 1)] = old[place & (old.length - 1)] as number;
    this.#times = times;
    // Older entries are gone: only places that were written may be looked at.
    for (let place = first - 1; place >= 0 && place >= this.#count - times.length; place -= 1)
      times[place & (times.length - 1)] = -Infinity;
  }
}

function longestOf(budgets: readonly WindowBudget[]): number {
  return budgets.reduce((longest, { windowMs }) => Math.max(longest, windowMs), 0);
}

function largestOf(budgets: readonly WindowBudget[]): number {
  return budgets.reduce((largest, { limit }) => Math.max(largest, limit), 1);
}
