/**
 * `@cortex-os/native/zod`: a Zod schema that parses through generated code and reads bytes natively.
 *
 * Works with Zod 3 and Zod 4 (as of zod 3.25, and 4.6); neither is imported here.
 */

import { checkOptions, notASchema, unlessTooDeep } from '../schema/arguments.js';
import { objectsOfZod } from '../schema/engine-zod.js';
import { INVALID } from '../schema/invalid.js';
import type { CoverageReason, SchemaOptions } from '../schema/options.js';
import { Schema, type ZodTyped } from '../schema/schema.js';
import { type ZodMethods, type ZodResult, zodVersion } from '../schema/zod-types.js';

/** What a native schema has besides the methods of its Zod schema. */
export interface NativeMethods<Output, Input> {
  /** Whether a value matches, without making the result. */
  is(value: unknown): value is Input;
  /** @throws ZodError */
  assert(value: unknown): asserts value is Input;
  /** Whether a JSON text matches, found while it is read once. */
  checkBytes(bytes: Uint8Array | string): boolean;
  /** The result of a JSON text. @throws ZodError */
  parseBytes(bytes: Uint8Array | string): Output;
  /** The result of a JSON text, or its ZodError. */
  safeParseBytes(bytes: Uint8Array | string): ReturnType<Schema<Output, Input>['safeParseBytes']>;
  /** Where objects are checked, and why not in generated code. */
  readonly objectCoverage: { objects: 'generated' | 'zod' | 'bytes'; reasons: readonly CoverageReason[] };
  /** The compiled schema behind it, with everything else that it can do. */
  readonly native: Schema<Output, Input>;
}

/** A Zod schema as {@link native} gives it: the same type, the same methods. */
export type Native<Zod extends ZodTyped<unknown, unknown>> = Zod &
  NativeMethods<Zod['_output'], Zod['_input']>;

/**
 * Makes `parse` and its kin of a Zod schema run generated code.
 *
 * The result is an object of the schema's own class that inherits from it: its other methods, its shape and its types
 * are the schema's, and it can be a part of other schemas. A value that matches is copied by the generated code; one
 * that does not goes to the Zod schema, which makes its `ZodError`. Where code can't be generated (`refine`,
 * `transform`, no code from text in this process, a version of zod that is not known), everything goes to Zod.
 *
 * @param options for bytes; see `Schema.compile`
 * @throws SchemaError `ERR_SCHEMA_COMPILE` if it is no Zod schema or nested too deeply, `ERR_SCHEMA_OPTION_INVALID`
 *
 * @example
 * const Event = native(z.object({ id: z.string(), at: z.number() }));
 * const event = Event.parse(value); // as z.object(...).parse(value), and throws the same ZodError
 */
export function native<Zod extends ZodTyped<unknown, unknown>>(
  zod: Zod,
  options: SchemaOptions = {},
): Native<Zod> {
  if (zodVersion(zod) === undefined) notASchema('this is no schema of zod');
  checkOptions(options);
  const own = zod as unknown as ZodMethods & StandardZod;
  const { copy, is, coverage } = unlessTooDeep(() => objectsOfZod(own));
  let compiled: Schema | undefined;
  const schema = (): Schema => {
    compiled ??= Schema.compile(zod, options) as Schema;
    return compiled;
  };
  const safeParse = (value: unknown, params?: unknown): ZodResult => {
    const data = copy(value);
    return data === INVALID ? own.safeParse(value, params) : { success: true, data };
  };
  const safeParseAsync = async (value: unknown, params?: unknown): Promise<ZodResult> => {
    const data = copy(value);
    return data === INVALID ? own.safeParseAsync(value, params) : { success: true, data };
  };
  const methods = {
    parse(value: unknown, params?: unknown): unknown {
      const data = copy(value);
      return data === INVALID ? own.parse(value, params) : data;
    },
    safeParse,
    async parseAsync(value: unknown, params?: unknown): Promise<unknown> {
      const data = copy(value);
      return data === INVALID ? own.parseAsync(value, params) : data;
    },
    safeParseAsync,
    spa: safeParseAsync,
    is,
    assert(value: unknown): void {
      if (!is(value)) own.parse(value);
    },
    checkBytes: (bytes: Uint8Array | string) => schema().checkBytes(bytes),
    parseBytes: (bytes: Uint8Array | string) => schema().parseBytes(bytes),
    safeParseBytes: (bytes: Uint8Array | string) => schema().safeParseBytes(bytes),
    objectCoverage: coverage,
    '~standard': standardOf(own, copy),
  };
  const inherited: object = Object.create(zod);
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(inherited, name, { value, enumerable: false, writable: true, configurable: true });
  }
  Object.defineProperty(inherited, 'native', { get: schema, enumerable: false, configurable: true });
  return inherited as Native<Zod>;
}

/** The part of Standard Schema that a Zod schema has. */
interface StandardZod {
  readonly '~standard': { validate(value: unknown): unknown };
}

/** That of the Zod schema, with `validate` through generated code. */
function standardOf(zod: StandardZod, copy: (value: unknown) => unknown): object {
  const standard = zod['~standard'];
  return {
    ...standard,
    validate: (value: unknown) => {
      const data = copy(value);
      return data === INVALID ? standard.validate(value) : { value: data };
    },
  };
}

export type { ZodTyped } from '../schema/schema.js';
