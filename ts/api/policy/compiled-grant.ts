/** A grant made ready to decide: actions in a map with their counters, scopes normalised. */
import { PathScope } from '../path-scope.js';
import type { Counter, Counters } from './counters.js';
import { DEFAULT_PATH_ARGUMENTS, type GrantRecord, type PolicyGrant, Verdict } from './types.js';
import type { WindowBudget } from './window.js';

/** Where a refused call stopped. */
export interface Refusal {
  /** Name of the path argument that was refused. */
  argument: string;
  /** Milliseconds to wait, from the counter. */
  retryAfterMs: number;
}

/** What decides, for one version of one grant. */
export class CompiledGrant {
  readonly grant: PolicyGrant;
  readonly scope: PathScope;
  readonly budgets: readonly WindowBudget[];
  /** Filled by the last `judge` that refused: kept here so that a verdict is one number and nothing is allocated. */
  readonly refusal: Refusal = { argument: '', retryAfterMs: 0 };
  readonly #counters = new Map<string, Counter>();
  readonly pathArguments: readonly string[];
  readonly #openWhenFull: boolean;
  readonly #defaultArguments: boolean;
  // Calls come in runs of one action; comparing with the last is cheaper than hashing.
  #lastAction: string | undefined;
  #lastCounter: Counter | undefined;

  constructor(
    id: string,
    revision: string,
    record: GrantRecord,
    parts: { base: string; pathArguments: readonly string[]; counters: Counters; openWhenFull: boolean },
  ) {
    this.grant = deepFreeze({ ...record, id, revision });
    this.scope = new PathScope(record.fsScope, parts.base);
    this.budgets = budgetsOf(record);
    this.pathArguments = parts.pathArguments;
    this.#openWhenFull = parts.openWhenFull;
    this.#defaultArguments = parts.pathArguments.join() === DEFAULT_PATH_ARGUMENTS.join();
    for (const action of record.actions) {
      // As JSON, so that no choice of names makes two keys one.
      const name = JSON.stringify([id, record.tool, action]);
      this.#counters.set(action, parts.counters.counter(name, this.budgets));
    }
  }

  /** Actions, then paths, then counts: one of {@link Verdict}. */
  judge(action: string, args: Readonly<Record<string, unknown>> | undefined): number {
    let counter = this.#lastCounter;
    if (action !== this.#lastAction || counter === undefined) {
      counter = this.#counters.get(action);
      if (counter === undefined) return Verdict.actionDenied;
      this.#lastAction = action;
      this.#lastCounter = counter;
    }
    if (!this.scope.isOpen && args !== undefined && args !== null && !this.#pathsInside(args))
      return Verdict.pathDenied;
    const told = counter.take();
    if (told > 0) return Verdict.allowed;
    if (told === 0) return this.#openWhenFull ? Verdict.allowed : Verdict.unavailable;
    this.refusal.retryAfterMs = -told;
    return Verdict.rateLimited;
  }

  /** The counter of an action that the grant allows. */
  counter(action: string): Counter | undefined {
    return this.#counters.get(action);
  }

  #pathsInside(args: Readonly<Record<string, unknown>>): boolean {
    if (this.#defaultArguments && namesNoOther(args)) {
      const value = args.path;
      if (value === undefined || value === null || this.scope.allows(value)) return true;
      this.refusal.argument = 'path';
      return false;
    }
    const names = this.pathArguments;
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index] as string;
      const value = args[name];
      if (value === undefined || value === null) continue;
      if (!this.scope.allows(value)) {
        this.refusal.argument = name;
        return false;
      }
    }
    return true;
  }
}

/**
 * Whether none of the default names but `path` is there. Spelled out: a constant name is read in a nanosecond, one from
 * a list in ten. Read, not enumerated: a getter of a prototype is what the tool would get, too.
 */
function namesNoOther(args: Readonly<Record<string, unknown>>): boolean {
  return (
    args.targetPath === undefined &&
    args.filePath === undefined &&
    args.sourcePath === undefined &&
    args.destPath === undefined &&
    args.oldPath === undefined &&
    args.newPath === undefined &&
    args.dest === undefined &&
    args.destination === undefined &&
    args.paths === undefined
  );
}

function budgetsOf({ rate }: GrantRecord): WindowBudget[] {
  const budgets = [{ limit: rate.perMinute, windowMs: 60_000 }];
  if (rate.perHour !== undefined) budgets.push({ limit: rate.perHour, windowMs: 3_600_000 });
  if (rate.perDay !== undefined) budgets.push({ limit: rate.perDay, windowMs: 86_400_000 });
  return budgets;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
