/**
 * What is read of a Zod schema: its definition, told structurally, so that zod itself is never imported here.
 *
 * Zod 3 keeps it in `_def`, Zod 4 in `_zod.def`. A class nobody knows is no reason to fail: it stays with Zod.
 */

import type { StandardResult } from './standard.js';

/** The result both versions give. */
export type ZodResult =
  | { success: true; data: unknown }
  | { success: false; error: Error & { issues: unknown[] } };

/** The methods of a Zod schema that this package calls. */
export interface ZodMethods {
  parse(value: unknown, params?: unknown): unknown;
  safeParse(value: unknown, params?: unknown): ZodResult;
  parseAsync(value: unknown, params?: unknown): Promise<unknown>;
  safeParseAsync(value: unknown, params?: unknown): Promise<ZodResult>;
  readonly '~standard'?: {
    validate(value: unknown): StandardResult<unknown> | Promise<StandardResult<unknown>>;
  };
}

/** A check of Zod 3, of a string or a number. */
export interface Zod3Check {
  kind: string;
  value?: unknown;
  inclusive?: boolean;
  position?: number;
  regex?: RegExp;
  precision?: number | null;
  offset?: boolean;
  local?: boolean;
}

/** The definition of a Zod 3 schema; which members there are depends on `typeName`. */
export interface Zod3Definition {
  typeName?: string;
  coerce?: boolean;
  checks?: Zod3Check[];
  type?: Zod3Schema;
  innerType?: Zod3Schema;
  minLength?: { value: number } | null;
  maxLength?: { value: number } | null;
  exactLength?: { value: number } | null;
  shape?: () => Record<string, Zod3Schema>;
  catchall?: Zod3Schema;
  unknownKeys?: 'strip' | 'strict' | 'passthrough';
  options?: Iterable<Zod3Schema>;
  discriminator?: string;
  optionsMap?: Map<unknown, Zod3Schema>;
  items?: Zod3Schema[];
  rest?: Zod3Schema | null;
  keyType?: Zod3Schema;
  valueType?: Zod3Schema;
  value?: unknown;
  values?: unknown;
  getter?: () => Zod3Schema;
  defaultValue?: () => unknown;
  effect?: { type: string };
}

/** What a Zod 3 schema is given when it is a part of another one. */
export interface Zod3Input {
  data: unknown;
  path: (string | number)[];
  parent: {
    common: { issues: unknown[]; async: boolean };
    path: (string | number)[];
    parent: null;
    data: unknown;
  };
}

export interface Zod3Schema extends ZodMethods {
  _def: Zod3Definition;
  /** What parsing is made of: puts issues into the context of `parent`. */
  _parseSync?(input: Zod3Input): unknown;
}

/** A check of Zod 4. */
export interface Zod4Check {
  _zod: {
    def: Zod4CheckDefinition;
    check(payload: { value: unknown; issues: unknown[] }): unknown;
    constr?: new (definition: unknown) => Zod4Check;
    when?: unknown;
  };
}

export interface Zod4CheckDefinition {
  check?: string;
  format?: string;
  pattern?: RegExp;
  value?: unknown;
  inclusive?: boolean;
  minimum?: number;
  maximum?: number;
  length?: number;
  includes?: string;
  position?: number;
  prefix?: string;
  suffix?: string;
  when?: unknown;
}

/** The definition of a Zod 4 schema; which members there are depends on `type`. */
export interface Zod4Definition extends Zod4CheckDefinition {
  type?: string;
  coerce?: boolean;
  checks?: Zod4Check[];
  element?: Zod4Schema;
  innerType?: Zod4Schema;
  shape?: Record<string, Zod4Schema>;
  catchall?: Zod4Schema;
  options?: Zod4Schema[];
  discriminator?: string;
  unionFallback?: boolean;
  inclusive?: boolean;
  items?: Zod4Schema[];
  rest?: Zod4Schema | null;
  keyType?: Zod4Schema;
  valueType?: Zod4Schema;
  mode?: string;
  partial?: boolean;
  values?: unknown[];
  entries?: Record<string, string | number>;
  readonly defaultValue?: unknown;
}

export interface Zod4Internals {
  def: Zod4Definition;
  traits: Set<string>;
  version?: { major: number; minor: number; patch: number };
  optin?: string;
  optout?: string;
  values?: Set<unknown>;
  propValues?: Record<string, Set<unknown>>;
  innerType?: Zod4Schema;
  pattern?: RegExp;
  check?: (payload: { value: unknown; issues: unknown[] }) => unknown;
  /** What parsing is made of. */
  run(payload: Zod4Payload, context: { async: boolean }): Zod4Payload;
  constr?: new (definition: Zod4Definition) => Zod4Schema;
}

export interface Zod4Payload {
  value: unknown;
  issues: unknown[];
}

export interface Zod4Schema extends ZodMethods {
  _zod: Zod4Internals;
}

export type ZodSchema = Zod3Schema | Zod4Schema;

/** Of which version a schema is, if it is one. */
export function zodVersion(source: unknown): 3 | 4 | undefined {
  if (typeof source !== 'object' || source === null || !('parse' in source)) return undefined;
  if ('_zod' in source) return 4;
  const definition = (source as { _def?: { typeName?: unknown } })._def;
  return typeof definition?.typeName === 'string' ? 3 : undefined;
}
