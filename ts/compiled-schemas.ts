/**
 * Schemas of the drop-ins as the code that the build made of them (`scripts/compile-schemas.mjs`) and ships: nothing
 * is generated when they are loaded. What does not match goes to the zod schema, which makes its error.
 */
import type { z } from 'zod/v3';

/** A schema of zod with code in front of it: the same results, the same `ZodError`. */
export interface ShippedValidator<Output> {
  /** Whether a value matches, without making the result. */
  is(value: unknown): boolean;
  /** The result: a copy without unknown keys, with defaults. @throws ZodError */
  parse(value: unknown): Output;
  /** The result, or the ZodError, without throwing. */
  safeParse(value: unknown): z.SafeParseReturnType<unknown, Output>;
}

/** A module of the build, by the names of its schemas. */
export type CompiledModule<Name extends string> = { INVALID: symbol } & Record<Name, CompiledCode>;

interface CompiledCode {
  is(value: unknown): boolean;
  /** The result, or INVALID. */
  copy(value: unknown): unknown;
}

/** Puts the code of a schema before the schema. */
export function shipped<Output>(
  schema: z.ZodType<Output, z.ZodTypeDef, unknown>,
  { is, copy }: CompiledCode,
  invalid: symbol,
): ShippedValidator<Output> {
  return {
    is,
    parse(value) {
      const data = copy(value);
      return data === invalid ? schema.parse(value) : (data as Output);
    },
    safeParse(value) {
      const data = copy(value);
      return data === invalid ? schema.safeParse(value) : { success: true, data: data as Output };
    },
  };
}
