/** Decides for one grant object as it is now. Grants are plain objects that their owner may still change. */
import { PathScope } from '../api/path-scope.js';
import type { Counter, LocalCounters } from '../api/policy/counters.js';
import type { Grant } from './index.js';

const MINUTE_MS = 60_000;
const NEVER = -MINUTE_MS;

export class GrantDecider {
  readonly #scopes: readonly string[];
  readonly #scopeText: string;
  readonly #perMinute: number;
  readonly #tool: string;
  readonly #cwd = process.cwd();
  /** `undefined`: nothing is restrained. `null`: nothing can be inside. */
  readonly #scope: PathScope | null | undefined;
  readonly #counters = new Map<string, Counter>();
  readonly #id: string | undefined;
  readonly #source: LocalCounters;

  constructor(grant: Grant, id: string | undefined, source: LocalCounters) {
    this.#scopes = grant.fsScope;
    this.#scopeText = textOf(grant.fsScope);
    this.#perMinute = grant.rate.perMinute;
    this.#tool = grant.tool;
    this.#id = id;
    this.#source = source;
    this.#scope = scopeOf(grant.fsScope ?? [], this.#cwd);
  }

  /** Whether the grant, or the directory that paths are relative to, is another than it was. */
  isOutdated(grant: Grant): boolean {
    return (
      grant.rate.perMinute !== this.#perMinute ||
      grant.fsScope !== this.#scopes ||
      textOf(grant.fsScope) !== this.#scopeText ||
      grant.tool !== this.#tool ||
      process.cwd() !== this.#cwd
    );
  }

  /** Name of the first argument that holds a path outside. */
  refusedArgument(args: Record<string, unknown>, names: readonly string[]): string | undefined {
    const scope = this.#scope;
    if (scope === undefined) return undefined;
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index] as string;
      const value = args[name];
      if (value === undefined || value === null) continue;
      if (scope === null || !scope.allows(value)) return name;
    }
    return undefined;
  }

  reason(value: unknown): string {
    return this.#scope?.explain(value) ?? 'the grant has no scope that can be used';
  }

  /** 1: counted. Below 0: milliseconds to wait, negated. */
  count(action: string): number {
    let counter = this.#counters.get(action);
    if (counter === undefined) {
      if (this.#perMinute === Infinity) return 1;
      // Not checked by a schema: what is no limit allows nothing.
      if (!(this.#perMinute > 0)) return NEVER;
      const name = JSON.stringify([this.#id ?? null, this.#tool, action]);
      counter = this.#source.counter(name, [{ limit: Math.ceil(this.#perMinute), windowMs: MINUTE_MS }]);
      this.#counters.set(action, counter);
    }
    return counter.take();
  }
}

/** Short lists, compared on each call: joining them is cheaper than walking them. */
function textOf(scopes: readonly string[] | undefined): string {
  return scopes === undefined || scopes.length === 0 ? '' : scopes.join('\0');
}

/** Of the scopes that can be used; a grant that names only others reaches nothing. */
function scopeOf(scopes: readonly string[], cwd: string): PathScope | null | undefined {
  if (scopes.length === 0) return undefined;
  const usable = scopes.filter((scope) => {
    try {
      return new PathScope([scope], cwd).roots.length > 0;
    } catch {
      return false;
    }
  });
  return usable.length > 0 ? new PathScope(usable, cwd) : null;
}
