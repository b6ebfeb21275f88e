/**
 * The program: one form for both back ends. JSON Schema becomes one in the native core, a Zod schema in
 * `from-zod3.ts` and `from-zod4.ts`; the core checks bytes with it, `generate/` writes JavaScript from it.
 *
 * Every part of a node that is present must hold. A part about one type applies only to values of that type, as in
 * JSON Schema. Members marked "objects only" mean nothing to bytes and are ignored there.
 */

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What a schema was written in. */
export type Dialect = 'draft-2020-12' | 'draft-07' | 'zod3' | 'zod4';

/** A compiled schema before it becomes code. Nodes name each other by index, so recursion is no special case. */
export interface SchemaProgram {
  version: 1;
  dialect: Dialect;
  root: number;
  nodes: SchemaNode[];
}

/** The types of JSON; `integer` is a number without a fraction, `1.0` too. */
export type JsonType = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

/** What one value must be. */
export interface SchemaNode {
  /** JSON pointer in the source schema. */
  at: string;
  /** Absent: any. Empty: none. */
  types?: JsonType[];
  /** A constant is one element. */
  enum?: Json[];
  /** In source order, which is the order of issues. */
  string?: StringCheck[];
  number?: NumberCheck[];
  array?: ArrayRules;
  object?: ObjectRules;
  /** A map with checked keys and values. */
  record?: RecordRules;
  ref?: number;
  allOf?: number[];
  anyOf?: number[];
  oneOf?: number[];
  not?: number;
  if?: number;
  then?: number;
  else?: number;
  /** One node per value of one key. */
  discriminator?: { key: string; branches: { value: Json; node: number }[] };
  /** `null` will do, whatever else is said. */
  nullable?: true;
  /** Why JavaScript has to decide here. */
  js?: string;
  /** Why the fused pass over bytes can't decide here. */
  crate?: string;
  /** Objects only: `undefined` will do, whatever else is said. */
  undef?: true;
  /** Objects only: what stands in for `undefined`. */
  fallback?: Fallback;
  /** Objects only: the result is frozen. */
  frozen?: true;
}

/** A default. */
export interface Fallback {
  /** Makes it. */
  external: number;
  /** It is then checked like any value. */
  checked: boolean;
  /** What it always is; absent where it may differ from call to call or JSON can't say it. */
  constant?: Json;
}

export interface ArrayRules {
  /** Nodes of the first items. */
  prefix?: number[];
  /** The node of the items after those; `false`: there are none. */
  items?: number | false;
  minItems?: number;
  maxItems?: number;
  unique?: true;
  contains?: { node: number; min?: number; max?: number };
}

export interface ObjectRules {
  /** In shape order. */
  properties?: PropertyRule[];
  patterns?: { pattern: string; node: number }[];
  /** What happens to other keys; a number is the node of their values. */
  additional?: 'keep' | 'strip' | 'reject' | number;
  /** The node of the names. */
  names?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  dependentRequired?: Record<string, string[]>;
  dependent?: Record<string, number>;
  /** Bytes only: the value of an undeclared `__proto__` is checked, though its dialect does not look at it. */
  checksProto?: true;
}

export interface PropertyRule {
  key: string;
  node: number;
  required?: boolean;
  /** What normalised bytes get where the key is missing. */
  default?: Json;
  /**
   * Objects only, when the result gets the key: `always`; `defined`, if the value is not `undefined` or the key was
   * there; `present`, only if the key was there (and only then the value is checked); `needed`, as `always`, but the
   * key must be there even where its value may be `undefined`.
   */
  keep?: 'always' | 'defined' | 'present' | 'needed';
}

export interface RecordRules {
  /** The node of the keys. */
  key?: number;
  value: number;
  /** Bytes only: a property `constructor` has to look like that of a class, as Zod 4 of zod 3.25 asks of what it finds there. */
  plain?: true;
}

/** `external`, objects only: the index of a function that says whether the string holds. */
export type StringCheck = { external?: number } & (
  | { kind: 'minLength' | 'maxLength' | 'length'; value: number; unit: 'utf16' | 'codepoint' }
  | { kind: 'pattern'; source: string; flags?: string; format?: string }
  | { kind: 'format'; name: string; options?: Record<string, Json> }
  | { kind: 'startsWith' | 'endsWith' | 'includes'; value: string; position?: number }
);

export type NumberCheck =
  | { kind: 'int'; rule: 'integral' | 'safe' }
  | { kind: 'min' | 'max'; value: number; inclusive: boolean }
  | { kind: 'multipleOf'; value: number }
  | { kind: 'finite' };

/** A program with what JSON can't hold: the functions that `external` and `fallback` name. */
export interface LinkedProgram {
  program: SchemaProgram;
  externals: ((value: unknown) => unknown)[];
  /** Of Zod 4: which rules its version has. */
  release?: Zod4Release;
  /** The schemas that nodes were read from, by node. */
  sources?: ReadonlyMap<number, object>;
}

/** Zod 4 as zod 3.25 carries it, and as of 4.6: what a missing key means differs. */
export type Zod4Release = '4.0' | '4.6';
