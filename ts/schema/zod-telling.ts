/** The first issues that Zod has with a value: no more are made than are told. */
import type { SafeParseResult } from './schema.js';
import { zodErrorClass } from './zod-errors.js';
import type { Zod3Schema, Zod4Schema, ZodMethods } from './zod-types.js';

/** Tells up to so many issues of a value, in the order of Zod. */
export type Tell = (value: unknown) => SafeParseResult<unknown>;

/** Only for schemas without functions of the user, which would see their schema stop in the middle. */
export function firstIssues(zod: ZodMethods, most: number): Tell {
  return '_zod' in zod ? ofZod4(zod as Zod4Schema, most) : ofZod3(zod as Zod3Schema, most);
}

/** The result, with no more issues than are told. */
export function bounded(
  zod: ZodMethods,
  result: SafeParseResult<unknown>,
  most: number,
): SafeParseResult<unknown> {
  if (result.success || result.error.issues.length <= most) return result;
  const Class = zodErrorClass(zod);
  if (!Class) return result;
  return { success: false, error: new Class(result.error.issues.slice(0, most)) } as SafeParseResult<unknown>;
}

const ENOUGH = new Error('enough issues');

/** Zod 3 puts each issue into the list of the context as it goes: one that is full ends it. */
function ofZod3(zod: Zod3Schema, most: number): Tell {
  return (data) => {
    const Class = zodErrorClass(zod);
    if (!zod._parseSync || !Class) return bounded(zod, zod.safeParse(data) as SafeParseResult<unknown>, most);
    const issues: unknown[] = [];
    const push = (...added: unknown[]): number => {
      for (const issue of added) {
        issues[issues.length] = issue;
        if (issues.length >= most) throw ENOUGH;
      }
      return issues.length;
    };
    Object.defineProperty(issues, 'push', { value: push, configurable: true });
    const path: [] = [];
    const parent = { common: { issues, async: false }, path, parent: null, data };
    try {
      zod._parseSync({ data, path, parent });
    } catch (error) {
      if (error !== ENOUGH) throw error;
    }
    if (issues.length === 0) return { success: true, data };
    return { success: false, error: new Class([...issues]) } as SafeParseResult<unknown>;
  };
}

/** Zod 4 collects issues and puts them into words at the end, which is most of the work: a schema that has just found the first ones does that for them. */
function ofZod4(zod: Zod4Schema, most: number): Tell {
  const { def, constr } = zod._zod;
  const Class = constr ?? (zod.constructor as NonNullable<typeof constr>);
  let found: unknown[] = [];
  let teller: Zod4Schema | undefined;
  return (value) => {
    found = zod._zod.run({ value, issues: [] }, { async: false }).issues.slice(0, most);
    if (!teller) {
      teller = new Class(def);
      teller._zod.run = (payload) => ({ ...payload, issues: found });
    }
    const told = teller.safeParse(value) as SafeParseResult<unknown>;
    // Made when it is first read, by some releases.
    if (!told.success) void told.error;
    return told;
  };
}
