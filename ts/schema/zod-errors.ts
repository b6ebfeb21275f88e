import type { NativeIssue } from './bytes.js';
import { FIRST_RULE } from './codes.js';
import type { SchemaProgram } from './ir.js';
import { toIssue } from './issues.js';
import { SchemaMismatchError } from './mismatch.js';
import type { ZodMethods } from './zod-types.js';

/** The class of the errors that a schema throws. */
export type ZodErrorClass = new (issues: unknown[]) => Error & { issues: unknown[] };

const known = new WeakMap<object, { Class?: ZodErrorClass }>();

/**
 * The `ZodError` of the zod that a schema was made with, without importing one: taken from an error it makes.
 *
 * @returns `undefined` for a schema that takes everything
 */
export function zodErrorClass(zod: ZodMethods): ZodErrorClass | undefined {
  let entry = known.get(zod);
  if (!entry) {
    entry = {};
    const result = zod.safeParse(Symbol('no value of JSON'));
    if (!result.success) entry.Class = classOf(result.error);
    known.set(zod, entry);
  }
  return entry.Class;
}

/**
 * The error for what the core found in bytes, told by the core: issues of Zod's code `custom`, with the place in `params`.
 * What is about the document as a whole has no path.
 */
export function documentError(
  zod: ZodMethods,
  found: readonly NativeIssue[],
  program: SchemaProgram,
): Error & { issues: readonly unknown[] } {
  const issues = found.map((issue) => toIssue(program, issue, true));
  const Class = safeClass(zod);
  if (!Class) return new SchemaMismatchError(issues);
  const told = issues.map(({ code, issueCode, message, path, byteOffset, line, column }) => {
    const params = { code, byteOffset, line, column };
    if (issueCode >= FIRST_RULE) return { code: 'custom', message, path, params };
    return { code: 'custom', message: `The text ${message}`, path: [], params };
  });
  return new Class(told);
}

/** Zod 4 names the function that makes its errors; their `constructor` does not take issues. */
function classOf(error: Error): ZodErrorClass {
  const { _zod } = error as { _zod?: { constr?: ZodErrorClass } };
  return _zod?.constr ?? (error.constructor as ZodErrorClass);
}

/** A schema with functions of its user may throw at what is no JSON. */
function safeClass(zod: ZodMethods): ZodErrorClass | undefined {
  try {
    return zodErrorClass(zod);
  } catch {
    return undefined;
  }
}
