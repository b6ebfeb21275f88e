import type { SchemaIssue } from './issues.js';
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
    if (!result.success) entry.Class = result.error.constructor as ZodErrorClass;
    known.set(zod, entry);
  }
  return entry.Class;
}

/** The error for bytes that are no JSON within the limits: one issue of Zod's code `custom`, the place in `params`. */
export function documentError(
  zod: ZodMethods,
  issue: SchemaIssue,
): Error & { issues: readonly SchemaIssue[] } {
  const Class = safeClass(zod);
  if (!Class) return new SchemaMismatchError([issue]) as SchemaMismatchError & { issues: SchemaIssue[] };
  const { code, message, byteOffset, line, column } = issue;
  const params = { code, byteOffset, line, column };
  const error = new Class([{ code: 'custom', message: `The text ${message}`, path: [], params }]);
  return error as Error & { issues: SchemaIssue[] };
}

/** A schema with functions of its user may throw at what is no JSON. */
function safeClass(zod: ZodMethods): ZodErrorClass | undefined {
  try {
    return zodErrorClass(zod);
  } catch {
    return undefined;
  }
}
