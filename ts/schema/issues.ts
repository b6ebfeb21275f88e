import type { NativeIssue } from './bytes.js';
import { codeName, type IssueCode } from './codes.js';
import type { Json, NumberCheck, SchemaNode, SchemaProgram, StringCheck } from './ir.js';
import { step } from './program-builder.js';

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
  const schemaPointer = found.code < 100 ? '' : `${node.at}${keywordOf(code, node, found)}`;
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

interface Told {
  params: Record<string, Json>;
  message: string;
}

function told(code: IssueCode, node: SchemaNode, found: NativeIssue): Told {
  const { array = {}, object = {}, discriminator } = node;
  const checked: StringCheck | NumberCheck | undefined =
    node.string?.[found.check] ?? node.number?.[found.check];
  const value = checked && 'value' in checked ? checked.value : '';
  const limit = Number(value);
  const key = found.key ?? '';
  switch (code) {
    case 'type':
      return say(`must be ${(node.types ?? []).join(', ')}`, { type: (node.types ?? []).join(',') });
    case 'enum': {
      const [only, ...others] = node.enum ?? [];
      if (only !== undefined && others.length === 0)
        return say('must be equal to constant', { allowedValue: only });
      return say('must be equal to one of the allowed values', { allowedValues: node.enum ?? [] });
    }
    case 'minLength':
      return say(`must NOT have fewer than ${limit} characters`, { limit });
    case 'maxLength':
      return say(`must NOT have more than ${limit} characters`, { limit });
    case 'length':
      return say(`must have ${limit} characters`, { limit });
    case 'minimum':
      return say(`must be >= ${limit}`, { comparison: '>=', limit });
    case 'exclusiveMinimum':
      return say(`must be > ${limit}`, { comparison: '>', limit });
    case 'maximum':
      return say(`must be <= ${limit}`, { comparison: '<=', limit });
    case 'exclusiveMaximum':
      return say(`must be < ${limit}`, { comparison: '<', limit });
    case 'multipleOf':
      return say(`must be multiple of ${limit}`, { multipleOf: limit });
    case 'minItems':
      return say(`must NOT have fewer than ${array.minItems} items`, { limit: array.minItems ?? 0 });
    case 'maxItems':
      return say(`must NOT have more than ${array.maxItems} items`, { limit: array.maxItems ?? 0 });
    case 'additionalItems':
      return say('must NOT have additional items', { limit: array.prefix?.length ?? 0 });
    case 'required':
      return say(`must have required property '${key}'`, { missingProperty: key });
    case 'additionalProperties':
      return say('must NOT have additional properties', { additionalProperty: key });
    case 'minProperties':
      return say(`must NOT have fewer than ${object.minProperties} properties`, {
        limit: object.minProperties ?? 0,
      });
    case 'maxProperties':
      return say(`must NOT have more than ${object.maxProperties} properties`, {
        limit: object.maxProperties ?? 0,
      });
    case 'discriminator':
      return say('must have a known discriminator', { discriminator: discriminator?.key ?? '' });
    case 'pattern': {
      const pattern = checked?.kind === 'pattern' ? checked.source : '';
      return say(`must match pattern "${pattern}"`, { pattern });
    }
    case 'format': {
      const format = checked?.kind === 'format' ? checked.name : '';
      return say(`must match format "${format}"`, { format });
    }
    case 'startsWith':
    case 'endsWith':
    case 'includes':
      return say(SAYS[code] ?? '', { value: String(value) });
    case 'keyword':
      return say(`must match "${found.keyword ?? ''}"`, { keyword: found.keyword ?? '' });
    default:
      return say(SAYS[code] ?? code, found.key === undefined ? {} : { key });
  }
}

const say = (message: string, params: Record<string, Json> = {}): Told => ({ message, params });

/** What needs no number to be told. */
const SAYS: Readonly<Partial<Record<IssueCode, string>>> = {
  'syntax.end': 'ends in the middle of a value',
  'syntax.byte': 'has a byte that JSON does not have there',
  'syntax.number': 'has a number that JSON does not have',
  'syntax.escape': 'has an escape that JSON does not have',
  'syntax.control': 'has a control character in a string',
  'syntax.utf8': 'is not UTF-8',
  'syntax.surrogate': 'has half of a surrogate pair',
  'syntax.range': 'has a number that is out of range',
  'syntax.bom': 'has a byte order mark',
  'syntax.trailing': 'goes on after its value',
  'syntax.empty': 'is empty',
  'syntax.duplicate': 'has a key twice',
  'limit.depth': 'is nested too deeply',
  'limit.bytes': 'is too long',
  'limit.properties': 'has too many properties',
  'limit.items': 'has too many items',
  'limit.string': 'has a string that is too long',
  'limit.regex': 'needs too many steps of a pattern',
  'limit.work': 'needs too many attempts',
  never: 'must NOT be there',
  startsWith: 'must begin with the text required',
  endsWith: 'must end with the text required',
  includes: 'must include the text required',
  int: 'must be integer',
  finite: 'must be finite',
  uniqueItems: 'must NOT have duplicate items',
  contains: 'must contain enough items that match',
  maxContains: 'must NOT contain so many items that match',
  dependentRequired: 'must have the properties that others ask for',
  propertyNames: 'must have valid property names',
  anyOf: 'must match a schema in anyOf',
  oneOf: 'must match exactly one schema in oneOf',
  oneOfMany: 'must match exactly one schema in oneOf, and matches more',
  not: 'must NOT be valid',
};

/** The keyword of JSON Schema that says it. */
function keywordOf(code: IssueCode, node: SchemaNode, found: NativeIssue): string {
  if (code === 'keyword') return step(found.keyword ?? 'keyword');
  if (code === 'enum') return node.enum?.length === 1 ? '/const' : '/enum';
  if (code === 'oneOfMany') return '/oneOf';
  if (code === 'additionalItems') return '/items';
  if (code === 'int') return '/type';
  return code === 'never' ? '' : `/${code}`;
}
