/** How often each action of each grant was done: counted in this process, or in a table that processes share. */
import { PolicyError } from '../../errors.js';
import { native, raw } from '../../native.js';
import { SlidingWindow, type WindowBudget } from './window.js';

/** The count of one action of one grant. */
export interface Counter {
  /** 1: counted. 0: the table is full. Below 0: the milliseconds to wait, negated. */
  take(): number;
  /** What is left in the budget with least left. */
  left(): { remaining: number; resetMs: number; limit: number };
}

/** Where counters come from. */
export interface Counters {
  /** The counter of a name; an earlier one of the same name goes on with the new budgets. */
  counter(name: string, budgets: readonly WindowBudget[]): Counter;
  /** Forgets every count of this process. */
  clear(): void;
  close(): void;
}

/** Idle windows are looked for when there are so many, then when there are twice those that were not idle. */
const MANY_WINDOWS = 4096;

/** In this process. */
export class LocalCounters implements Counters {
  readonly #windows = new Map<string, SlidingWindow>();
  /** Windows that were idle. Who still holds one goes on counting in it, and so must whoever asks for its name. */
  readonly #dropped = new Map<string, WeakRef<SlidingWindow>>();
  readonly #now: () => number;
  #many = MANY_WINDOWS;

  constructor(now: () => number) {
    this.#now = now;
  }

  counter(name: string, budgets: readonly WindowBudget[]): Counter {
    if (this.#windows.size >= this.#many) this.#dropIdle();
    let window = this.#windows.get(name) ?? this.#dropped.get(name)?.deref();
    if (window) window.setBudgets(budgets);
    else window = new SlidingWindow(budgets);
    this.#windows.set(name, window);
    this.#dropped.delete(name);
    return new LocalCounter(window, budgets, this.#now);
  }

  clear(): void {
    // In place: grants that are in use count in the same windows.
    for (const window of this.#windows.values()) window.clear();
    for (const dropped of this.#dropped.values()) dropped.deref()?.clear();
  }

  close(): void {
    this.#windows.clear();
    this.#dropped.clear();
  }

  #dropIdle(): void {
    const now = this.#now();
    for (const [name, dropped] of this.#dropped) if (!dropped.deref()) this.#dropped.delete(name);
    for (const [name, window] of this.#windows) {
      if (!window.isIdle(now)) continue;
      this.#windows.delete(name);
      this.#dropped.set(name, new WeakRef(window));
    }
    this.#many = Math.max(MANY_WINDOWS, 2 * this.#windows.size);
  }
}

class LocalCounter implements Counter {
  readonly #window: SlidingWindow;
  readonly #budgets: readonly WindowBudget[];
  readonly #now: () => number;

  constructor(window: SlidingWindow, budgets: readonly WindowBudget[], now: () => number) {
    this.#window = window;
    this.#budgets = budgets;
    this.#now = now;
  }

  take(): number {
    return this.#window.take(this.#now());
  }

  left(): { remaining: number; resetMs: number; limit: number } {
    const now = this.#now();
    return scarcest(
      this.#budgets.map((budget) => ({ ...this.#window.left(now, budget), limit: budget.limit })),
    );
  }
}

/** In a file. */
export class SharedCounters implements Counters {
  readonly #handle: number;

  /** @param ticket of `native.limiterOpen` */
  constructor(ticket: number) {
    this.#handle = native.limiterAttach(ticket);
  }

  /** The plan of the table: one ring per key, large enough for any grant's budgets. */
  static plan(maxKeys: number, maxRate: number): string {
    const longest = 24 * 3600 * 1000;
    const exact = [{ limit: maxRate, windowMs: longest }];
    return JSON.stringify({ maxKeys, exact, gcra: [], concurrent: null });
  }

  counter(name: string, budgets: readonly WindowBudget[]): Counter {
    const pairs = budgets.flatMap(({ limit, windowMs }) => [limit, windowMs]);
    const key = native.limiterKey(this.#handle, name, pairs);
    return new SharedCounter(this.#handle, key, name, budgets);
  }

  clear(): void {
    // Counts that belong to other processes too are not this one's to forget.
  }

  close(): void {
    native.limiterClose(this.#handle);
  }
}

class SharedCounter implements Counter {
  /** Takes one. A property, so that calling it is all that a decision pays. */
  readonly take: () => number;
  readonly #handle: number;
  readonly #name: string;
  readonly #budgets: readonly WindowBudget[];

  constructor(handle: number, key: number, name: string, budgets: readonly WindowBudget[]) {
    const take = raw.taker(handle, key);
    if (!take) throw new PolicyError('ERR_POLICY_HANDLE_INVALID', 'the policy engine was closed', { handle });
    this.take = take;
    this.#handle = handle;
    this.#name = name;
    this.#budgets = budgets;
  }

  left(): { remaining: number; resetMs: number; limit: number } {
    const triples = native.limiterLeft(this.#handle, this.#name, -1);
    const lefts = this.#budgets.map(({ limit }, index) => ({
      remaining: triples[3 * index] ?? 0,
      resetMs: triples[3 * index + 2] ?? 0,
      limit,
    }));
    return scarcest(lefts);
  }
}

type Left = { remaining: number; resetMs: number; limit: number };

function scarcest(lefts: readonly Left[]): Left {
  return lefts.reduce((least, left) =>
    left.remaining / left.limit < least.remaining / least.limit ? left : least,
  );
}
