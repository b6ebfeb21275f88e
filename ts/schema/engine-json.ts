import { SchemaError } from '../errors.js';
import { notASchema } from './arguments.js';
import { Bytes } from './byte-check.js';
import { type NativeIssue, NativeSchema } from './bytes.js';
import { CODES } from './codes.js';
import { INVALID } from './invalid.js';
import type { LinkedProgram, SchemaNode, StringCheck } from './ir.js';
import { type SchemaIssue, toAjv, toIssue } from './issues.js';
import { SchemaMismatchError } from './mismatch.js';
import { checkObjects } from './objects.js';
import type { SchemaCoverage, SchemaOptions } from './options.js';
import { isHarmless } from './patterns.js';
import type { Engine, SafeParseResult } from './schema.js';

/** The engine of a JSON Schema: code for objects where there can be some, the core for bytes and for failures. */
export function ofJsonSchema(source: unknown, options: SchemaOptions): Engine {
  if (options.errors === 'zod') wrongOption('errors', "'issues' or 'ajv' for a JSON Schema");
  const text = typeof source === 'string' ? source : textOf(source);
  const native = NativeSchema.compile('jsonSchema', text, options);
  const { validator, reasons } = checkObjects(link(native, options));
  const most = options.maxIssues ?? 100;

  const fail = (issues: SchemaIssue[]): SafeParseResult<unknown> => {
    const told = options.errors === 'ajv' ? issues.map(toAjv) : issues;
    const error = new SchemaMismatchError(issues, told) as SchemaMismatchError & { issues: SchemaIssue[] };
    return { success: false, error };
  };
  const is = validator
    ? guarded(validator.is)
    : (value: unknown): boolean => {
        const json = asText(value);
        return typeof json === 'string' && native.check(json) === 0;
      };
  const decide = (value: unknown): SafeParseResult<unknown> => {
    const json = asText(value);
    const found = typeof json === 'string' ? native.issues(Buffer.from(json), most) : [json];
    // Its text would match, the value does not: it holds what JSON can't say.
    if (found.length === 0) found.push(notJson('type'));
    return fail(found.map((issue) => toIssue(native.program, issue, false)));
  };
  const copy = (value: unknown): unknown => (is(value) ? value : INVALID);
  const bytes = new Bytes({
    native,
    needsJavaScript: false,
    canNormalise: true,
    form: options.errors ?? 'issues',
    maxIssues: most,
    is,
    // The core has said that the bytes match.
    safeParse: (data) => ({ success: true, data }),
    issuesOf: () => [],
    find: (document) => native.check(document),
    refuse: (_code, document) =>
      fail(native.issues(document, most).map((issue) => toIssue(native.program, issue, true))),
  });
  const coverage: SchemaCoverage = {
    objects: validator ? 'generated' : 'bytes',
    bytes: native.coverage.fused ? 'fused' : 'tape',
    reasons: { objects: reasons, bytes: native.coverage.fallback },
  };
  return { copy, is, decide, bytes, coverage, toJsonSchema: (target) => sourceFor(target, text, native) };
}

/** Too deep for the stack is no match; the core says so of its bytes. */
function guarded(is: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => {
    try {
      return is(value);
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  };
}

/** The JSON of a value, or the issue with it. */
function asText(value: unknown): string | NativeIssue {
  try {
    return JSON.stringify(value) ?? notJson('type');
  } catch (error) {
    if (error instanceof RangeError) return notJson('limit.depth');
    if (error instanceof TypeError) return notJson('type');
    throw error;
  }
}

function notJson(code: 'type' | 'limit.depth'): NativeIssue {
  return { code: CODES[code], node: -1, check: 0, pointer: '', offset: 0, line: 1, column: 1 };
}

/** The program with its patterns: those that V8 may take for ever with are asked of the core. */
function link({ program }: NativeSchema, { trusted = false }: SchemaOptions): LinkedProgram {
  const externals: LinkedProgram['externals'] = [];
  const linear = (check: StringCheck): StringCheck => {
    if (check.kind !== 'pattern' || trusted || isHarmless(check.source)) return check;
    const alone = NativeSchema.compile('jsonSchema', JSON.stringify({ pattern: check.source }), {});
    externals.push((text) => alone.check(JSON.stringify(text)) === 0);
    return { ...check, external: externals.length - 1 };
  };
  const nodes = program.nodes.map((node): SchemaNode => {
    const risky = node.object?.patterns?.some(({ pattern }) => !trusted && !isHarmless(pattern));
    if (risky) return { ...node, js: 'names by a pattern that may take long' };
    return node.string ? { ...node, string: node.string.map(linear) } : node;
  });
  return { program: { ...program, nodes }, externals };
}

/** The program of a JSON Schema for code that stands alone: patterns that need the core are marked. */
export function linkJsonSchema(text: string, options: SchemaOptions): LinkedProgram {
  return link(NativeSchema.compile('jsonSchema', text, options), options);
}

function textOf(source: unknown): string {
  const plain = typeof source === 'boolean' || (typeof source === 'object' && source !== null);
  const text = plain ? jsonOf(source) : undefined;
  return text ?? notASchema('a schema is an object, true or false, its JSON, or a schema of zod');
}

/** A schema that contains itself, is too deep, or whose getters throw, has none. */
function jsonOf(source: unknown): string | undefined {
  try {
    return JSON.stringify(source);
  } catch (error) {
    return notASchema(
      `the schema has no JSON: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

function wrongOption(option: string, expected: string): never {
  throw new SchemaError('ERR_SCHEMA_OPTION_INVALID', `${option} must be ${expected}`, { option, expected });
}

function sourceFor(target: string, text: string, { program }: NativeSchema): Record<string, unknown> {
  if (target !== program.dialect) throw new Error(`This schema is ${program.dialect}, not ${target}`);
  const schema: unknown = JSON.parse(text);
  if (typeof schema === 'boolean') return schema ? {} : { not: {} };
  return schema as Record<string, unknown>;
}
