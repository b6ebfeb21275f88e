import type { Json } from './ir.js';

/** A JSON Schema; `true` takes everything, `false` nothing. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** Bounds on what is read. Each is on by default. */
export interface SchemaLimits {
  /** Nesting of arrays and objects; default 128, at most 256. */
  depth?: number;
  /** Length of a document in bytes; default 64 MiB. */
  bytes?: number;
  /** Keys of one object; default 65536. */
  properties?: number;
  /** Items of one array; default 1048576. */
  items?: number;
  /** Length of one string in bytes; default 16 MiB, at least 16. */
  stringLength?: number;
  /** Steps that one match of a pattern may take; default 100000. */
  regexSteps?: number;
}

/** How failures are told: as this package does, as ajv does, or by Zod itself (for Zod schemas, the default there). */
export type ErrorForm = 'issues' | 'ajv' | 'zod';

/** How a schema is compiled. */
export interface SchemaOptions {
  /** The draft of a JSON Schema without `$schema`; default `2020-12`. */
  draft?: '2020-12' | '7';
  /** JSON Schemas by their URI, for `$ref` to other documents. Nothing is ever fetched. */
  remotes?: Readonly<Record<string, JsonSchema>>;
  /** Whether `format` of a JSON Schema is checked; default: as the draft says, yes in 7, no in 2020-12. */
  formats?: boolean;
  /** What bytes with a key twice in one object are: refused (default), or read with its last value. */
  duplicateKeys?: 'reject' | 'last';
  /** Lets patterns run in engines that may take exponential time. Only for schemas of your own; default `false`. */
  trusted?: boolean;
  limits?: SchemaLimits;
  errors?: ErrorForm;
  /** At most so many issues are told; default 100. */
  maxIssues?: number;
}

/** Where a part of a schema runs, and why not where the rest does. */
export interface CoverageReason {
  /** JSON pointer to the part, in a JSON Schema or in the JSON Schema that a Zod schema would be. */
  at: string;
  reason: string;
}

/** What runs where. */
export interface SchemaCoverage {
  /**
   * Objects: by `generated` JavaScript, by `zod` itself, or as the `bytes` of their JSON (where code can't be
   * generated for a JSON Schema).
   */
  objects: 'generated' | 'zod' | 'bytes';
  /** Bytes: in one `fused` pass, over a `tape` of tokens, or as a value by `javascript` after the bytes were checked to be JSON. */
  bytes: 'fused' | 'tape' | 'javascript';
  /** Why not everything is generated and fused. */
  reasons: { objects: CoverageReason[]; bytes: CoverageReason[] };
}

export type { Json };
