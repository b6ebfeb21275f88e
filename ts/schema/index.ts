/** Schemas: compiled once, checked in objects by generated code and in bytes by the native core. */
export type { LinesChecked, NdjsonOptions } from './byte-check.js';
export type { IssueCode } from './codes.js';
export type { AjvError, SchemaIssue } from './issues.js';
export { SchemaMismatchError } from './mismatch.js';
export type {
  CoverageReason,
  ErrorForm,
  JsonSchema,
  SchemaCoverage,
  SchemaLimits,
  SchemaOptions,
} from './options.js';
export { type SafeParseResult, Schema, type ZodIssue, type ZodTyped } from './schema.js';
export type { StandardIssue, StandardProps, StandardResult, StandardTarget } from './standard.js';
