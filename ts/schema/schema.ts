import { SchemaError } from '../errors.js';
import { checkNdjsonOptions, checkNormaliseOptions, checkOptions, unlessTooDeep } from './arguments.js';
import type { ByteCheck, LinesChecked, NdjsonOptions } from './byte-check.js';
import { INVALID } from './invalid.js';
import type { AjvError, SchemaIssue } from './issues.js';
import type { JsonSchema, SchemaCoverage, SchemaOptions } from './options.js';
import { type StandardProps, type StandardResult, standardProps } from './standard.js';
import { zodVersion } from './zod-types.js';

/** A Zod schema, of version 3 or 4, as far as types need it. */
export interface ZodTyped<Output, Input> {
  readonly _output: Output;
  readonly _input: Input;
  parse(value: unknown): unknown;
}

/** What `safeParse` gives. */
export type SafeParseResult<Output> =
  | { success: true; data: Output; error?: never }
  | {
      success: false;
      data?: never;
      error: Error & { issues: readonly (SchemaIssue | AjvError | ZodIssue)[] };
    };

/** An issue as Zod tells it. */
export interface ZodIssue {
  readonly code?: string | undefined;
  readonly message: string;
  readonly path: readonly PropertyKey[];
}

/** How a schema does its work; one for each kind of source. */
export interface Engine {
  /** @returns the result, or INVALID */
  copy(value: unknown): unknown;
  is(value: unknown): boolean;
  /** Asked after `copy` gave INVALID: the result after all, or the error. */
  decide(value: unknown): SafeParseResult<unknown>;
  /** The same as Standard Schema has it, where a schema has that itself: a promise where its functions give one. */
  validate?(value: unknown): StandardResult<unknown> | Promise<StandardResult<unknown>>;
  readonly bytes: ByteCheck;
  readonly coverage: SchemaCoverage;
  toJsonSchema(target: string, io: 'input' | 'output'): Record<string, unknown>;
}

/**
 * A compiled schema: objects are checked by JavaScript made for it, bytes by the native core while they are read.
 *
 * From a Zod schema (3 or 4) it gives what that schema gives: unknown keys stripped, defaults set, the same
 * `ZodError`. What needs JavaScript (`refine`, `transform`, …) stays with Zod; `coverage` says so. From a JSON Schema
 * (2020-12 or 7) it validates and gives back the value itself.
 *
 * @example
 * const schema = Schema.compile(z.object({ id: z.string().uuid(), count: z.number().int() }));
 * if (schema.checkBytes(body)) log.append(body);
 */
export class Schema<Output = unknown, Input = Output> {
  readonly #engine: Engine;
  /** Of the engine: looking it up there would cost a tenth of the call. */
  readonly #copy: (value: unknown) => unknown;
  /** Of the engine, once bytes were asked about: it compiles for them on first use. */
  #bytes: ByteCheck | undefined;
  readonly '~standard': StandardProps<Input, Output>;

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#copy = engine.copy;
    this['~standard'] = standardProps(engine);
  }

  /**
   * Compiles a schema: a Zod schema, a JSON Schema as a value or as text.
   *
   * @throws SchemaError `ERR_SCHEMA_COMPILE` with the `pointer` to what is wrong, `ERR_SCHEMA_OPTION_INVALID`
   */
  static compile<Output, Input>(
    source: ZodTyped<Output, Input>,
    options?: SchemaOptions,
  ): Schema<Output, Input>;
  static compile<Output = unknown>(source: JsonSchema | string, options?: SchemaOptions): Schema<Output>;
  static compile(source: unknown, options: SchemaOptions = {}): Schema {
    checkOptions(options);
    return new Schema(unlessTooDeep(() => engineOf(source, options)));
  }

  /** What runs where. */
  get coverage(): SchemaCoverage {
    return this.#engine.coverage;
  }

  /** Whether a value matches. */
  is(value: unknown): value is Input {
    return this.#engine.is(value);
  }

  /** The result of a value that matches. @throws what the schema tells failures by: `ZodError`, `SchemaMismatchError` */
  parse(value: unknown): Output {
    const result = this.#copy(value);
    if (result !== INVALID) return result as Output;
    const decided = this.#engine.decide(value);
    if (decided.success) return decided.data as Output;
    throw decided.error;
  }

  /** The result, or the error, without throwing. */
  safeParse(value: unknown): SafeParseResult<Output> {
    const data = this.#copy(value);
    if (data !== INVALID) return { success: true, data: data as Output };
    return this.#engine.decide(value) as SafeParseResult<Output>;
  }

  /** @throws as {@link parse} */
  assert(value: unknown): asserts value is Input {
    if (this.#engine.is(value)) return;
    const decided = this.#engine.decide(value);
    if (!decided.success) throw decided.error;
  }

  /**
   * Whether a JSON text in UTF-8 matches, found while it is read once.
   *
   * @param bytes a Buffer or Uint8Array; a string is taken as its UTF-8
   */
  checkBytes(bytes: Uint8Array | string): boolean {
    this.#bytes ??= this.#engine.bytes;
    return this.#bytes.check(bytes);
  }

  /** The result of a JSON text that matches. @throws as {@link parse} */
  parseBytes(bytes: Uint8Array | string): Output {
    const result = this.safeParseBytes(bytes);
    if (result.success) return result.data;
    const { error } = result;
    // It may have been made without.
    Error.captureStackTrace(error, this.parseBytes);
    throw error;
  }

  /** The result, or the error, without throwing. */
  safeParseBytes(bytes: Uint8Array | string): SafeParseResult<Output> {
    this.#bytes ??= this.#engine.bytes;
    return this.#bytes.safeParse(bytes) as SafeParseResult<Output>;
  }

  /** What is wrong with a JSON text, with byte offset, line and column; empty if nothing is. */
  issues(bytes: Uint8Array | string): (SchemaIssue | AjvError)[] {
    return this.#engine.bytes.issues(bytes);
  }

  /** Whether {@link normalise} can do without JavaScript. */
  get canNormalise(): boolean {
    return this.#engine.bytes.canNormalise;
  }

  /**
   * A JSON text as its result is: unknown keys stripped, defaults set, blanks gone; keys in the order they came, or
   * with `canonical` sorted and numbers and strings in their shortest form (RFC 8785).
   *
   * @returns `undefined` if it does not match
   */
  normalise(bytes: Uint8Array | string, options: { canonical?: boolean } = {}): Buffer | undefined {
    checkNormaliseOptions(options);
    return this.#engine.bytes.normalise(bytes, options.canonical ?? false);
  }

  /**
   * Checks a text of lines, each a JSON text; with `threads` off the event loop, as a promise. Where `coverage.bytes` is
   * `javascript` the promise is kept in this thread, a few lines per turn of the event loop.
   *
   * @throws SchemaError `ERR_SCHEMA_OPTION_INVALID`
   */
  checkNdjson(bytes: Uint8Array): LinesChecked;
  checkNdjson(bytes: Uint8Array, options: NdjsonOptions & { threads: number }): Promise<LinesChecked>;
  checkNdjson(bytes: Uint8Array, options: NdjsonOptions): LinesChecked | Promise<LinesChecked>;
  checkNdjson(bytes: Uint8Array, options: NdjsonOptions = {}): LinesChecked | Promise<LinesChecked> {
    checkNdjsonOptions(options);
    return this.#engine.bytes.ndjson(bytes, options);
  }

  /**
   * The number by which the core knows the schema, for `EventHub.open({ schema })`.
   *
   * @throws SchemaError `ERR_SCHEMA_COMPILE` where bytes need JavaScript
   */
  get handle(): number {
    const { bytes, reasons } = this.#engine.coverage;
    if (bytes !== 'javascript') return this.#engine.bytes.handle;
    const [first] = reasons.bytes;
    const fields = { pointer: first?.at ?? '', reason: first?.reason ?? '' };
    throw new SchemaError('ERR_SCHEMA_COMPILE', `bytes need JavaScript here: ${fields.reason}`, fields);
  }
}

/** Compilers and writers of code are loaded with the first schema: most processes that import this have none. */
function engineOf(source: unknown, options: SchemaOptions): Engine {
  if (zodVersion(source)) {
    const { ofZod } = require('./engine-zod.js') as typeof import('./engine-zod.js');
    return ofZod(source, options);
  }
  const { ofJsonSchema } = require('./engine-json.js') as typeof import('./engine-json.js');
  return ofJsonSchema(source, options);
}
