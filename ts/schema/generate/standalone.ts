import type { LinkedProgram } from '../ir.js';
import { refusals } from './index.js';
import { Source } from './source.js';
import { typesOf } from './types.js';
import { Writer } from './writer.js';

/** One validator of a module. */
export interface StandaloneEntry {
  /** A name of JavaScript. */
  name: string;
  linked: LinkedProgram;
}

/** A module of validators and its declarations. */
export interface StandaloneModule {
  code: string;
  declarations: string;
}

/** Why a program can't become code that stands alone, and where. Empty: it can. */
export function standaloneRefusals(linked: LinkedProgram): { at: string; reason: string }[] {
  const own = linked.program.nodes.flatMap(({ at, fallback, string }) => {
    const asked = string?.some((check) => check.external !== undefined);
    if (asked) return [{ at, reason: 'a format that only zod can check' }];
    return fallback && fallback.constant === undefined ? [{ at, reason: 'a default that may change' }] : [];
  });
  return [...refusals(linked), ...own];
}

/**
 * Writes a module that needs nothing: no package, and no code from text when it is loaded.
 *
 * @param source named in the first line
 */
export function standaloneModule(
  entries: readonly StandaloneEntry[],
  format: 'esm' | 'cjs',
  source: string,
): StandaloneModule {
  const text = new Source();
  const parts = entries.map(({ name, linked }) => writeEntry(text, name, linked));
  const names = ['INVALID', ...entries.map((entry) => entry.name)];
  const exported =
    format === 'esm' ? `export { ${names.join(', ')} };` : `module.exports = { ${names.join(', ')} };`;
  const head = `// Made by cortex-native compile from ${source}. Changes here are lost.`;
  return {
    code: [
      head,
      ...(format === 'cjs' ? ["'use strict';"] : []),
      PRELUDE,
      text.text(),
      ...parts,
      exported,
      '',
    ].join('\n'),
    declarations: [head, DECLARATIONS, ...entries.map(declaration), ''].join('\n'),
  };
}

function writeEntry(source: Source, name: string, linked: LinkedProgram): string {
  const writer = new Writer(linked, source, true);
  const { root } = linked.program;
  const is = writer.functionOf(root, 'is');
  const why = writer.functionOf(root, 'why');
  const copy = writer.changes(root)
    ? writer.functionOf(root, 'copy')
    : `(value) => (${is}(value) ? value : INVALID)`;
  return `const ${name} = validator(${is}, ${copy}, ${why});`;
}

function declaration({ name, linked }: StandaloneEntry): string {
  return `export declare const ${name}: Validator<${typesOf(linked.program)}>;`;
}

const PRELUDE = `const INVALID = Symbol('invalid');
class ValidationError extends Error {
  constructor(issue) {
    super(issue.path.length === 0 ? issue.message : issue.path.join('.') + ' ' + issue.message);
    this.name = 'ValidationError';
    this.code = 'ERR_SCHEMA_MISMATCH';
    this.issues = [issue];
  }
}
function validator(is, copy, why) {
  const fail = (value, onInvalid) => {
    if (onInvalid !== undefined) return onInvalid(value);
    throw new ValidationError(issueOf(value));
  };
  const issueOf = (value) =>
    why(value, []) ?? { code: 'keyword', message: 'must match', path: [], schemaPath: '' };
  return {
    is,
    copy,
    parse(value, onInvalid) {
      const result = copy(value);
      return result === INVALID ? fail(value, onInvalid) : result;
    },
    safeParse(value) {
      const data = copy(value);
      if (data !== INVALID) return { success: true, data };
      return { success: false, error: new ValidationError(issueOf(value)) };
    },
    assert(value, onInvalid) {
      if (!is(value)) fail(value, onInvalid);
    },
  };
}`;

const DECLARATIONS = `/** What \`copy\` gives where a value does not match. */
export declare const INVALID: unique symbol;
/** What is wrong with a value: the first rule that it breaks. */
export interface ValidationIssue {
  readonly code: string;
  readonly message: string;
  readonly path: readonly (string | number)[];
  readonly schemaPath: string;
}
/** What \`parse\` throws; \`code\` is ERR_SCHEMA_MISMATCH. */
export interface ValidationError extends Error {
  readonly code: 'ERR_SCHEMA_MISMATCH';
  readonly issues: readonly [ValidationIssue];
}
/** A schema as code. */
export interface Validator<T> {
  is(value: unknown): value is T;
  /** The result, or INVALID. */
  copy(value: unknown): T | typeof INVALID;
  /** The result. \`onInvalid\` stands in where the value does not match; without it a ValidationError is thrown. */
  parse(value: unknown, onInvalid?: (value: unknown) => T): T;
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: ValidationError };
  assert(value: unknown, onInvalid?: (value: unknown) => unknown): asserts value is T;
}`;
