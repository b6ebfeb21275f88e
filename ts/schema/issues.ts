import type { NativeIssue } from './bytes.js';
import { codeName, type IssueCode } from './codes.js';
import type { Json, SchemaNode, SchemaProgram } from './ir.js';
import { told } from './messages.js';

/** One issue with a value or a document. */
export interface SchemaIssue {
  /** What is wrong. */
  readonly code: IssueCode;
  /** The number of `code`. */
  readonly issueCode: number;
  /** For people; may change in any release. */
  readonly message: string;
  /** Keys and indexes that lead to the value; for a property missing or too many, to that property. */
  readonly path: readonly (string | number)[];
  /** JSON pointer to the value; for a property missing or too many, to its object. */
  readonly pointer: string;
  /** JSON pointer to the rule in the JSON Schema, or in the one that a Zod schema would be. */
  readonly schemaPointer: string;
  /** What the rule says: `minLength` has `{ limit: 3 }`. */
  readonly params: Readonly<Record<string, Json>>;
  /** Of bytes: where the value begins, from 0. */
  readonly byteOffset?: number;
  /** Of bytes: its line, from 1. */
  readonly line?: number;
  /** Of bytes: its column in bytes, from 1. */
  readonly column?: number;
}

/** An error in the form of ajv. */
export interface AjvError {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly message: string;
}

/** Tells what the core found. `placed`: it was found in bytes that the caller has, so that offsets mean something. */
export function toIssue(program: SchemaProgram, found: NativeIssue, placed: boolean): SchemaIssue {
  const code = codeName(found.code);
  const node = program.nodes[found.node] ?? { at: '' };
  const { params, message } = told(code, node, found);
  const path = pathOf(found.pointer);
  const schemaPointer = found.code < 100 ? '' : (found.at ?? `${node.at}${keywordOf(code, node)}`);
  return {
    code,
    issueCode: found.code,
    message,
    path: found.key === undefined ? path : [...path, found.key],
    pointer: found.pointer,
    schemaPointer,
    params,
    ...(placed && { byteOffset: found.offset, line: found.line, column: found.column }),
  };
}

/** An issue as ajv tells it. */
export function toAjv(issue: SchemaIssue): AjvError {
  const keyword = issue.schemaPointer.split('/').at(-1) || issue.code;
  return {
    instancePath: issue.pointer,
    schemaPath: `#${issue.schemaPointer}`,
    keyword,
    params: issue.params,
    message: issue.message,
  };
}

/** Keys and indexes of a JSON pointer. Which numbers are indexes is not known here: those that look like one. */
export function pathOf(pointer: string): (string | number)[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      return /^(?:0|[1-9]\d{0,15})$/.test(key) ? Number(key) : key;
    });
}

/** The keyword of JSON Schema that says it. */
function keywordOf(code: IssueCode, node: SchemaNode): string {
  if (code === 'enum') return node.enum?.length === 1 ? '/const' : '/enum';
  if (code === 'oneOfMany') return '/oneOf';
  if (code === 'additionalItems') return '/items';
  if (code === 'int') return '/type';
  return code === 'never' ? '' : `/${code}`;
}
