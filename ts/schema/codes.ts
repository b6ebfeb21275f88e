/**
 * The issue codes of the core by name, as `src/schema/codes.rs` lists them; a test holds the two to each other.
 * A number never changes its meaning.
 */
export const CODES = {
  'syntax.end': 1,
  'syntax.byte': 2,
  'syntax.number': 3,
  'syntax.escape': 4,
  'syntax.control': 5,
  'syntax.utf8': 6,
  'syntax.surrogate': 7,
  'syntax.range': 8,
  'syntax.bom': 9,
  'syntax.trailing': 10,
  'syntax.empty': 11,
  'syntax.duplicate': 12,
  'limit.depth': 30,
  'limit.bytes': 31,
  'limit.properties': 32,
  'limit.items': 33,
  'limit.string': 34,
  'limit.regex': 35,
  'limit.work': 36,
  type: 100,
  enum: 101,
  never: 102,
  minLength: 110,
  maxLength: 111,
  length: 112,
  pattern: 113,
  format: 114,
  startsWith: 115,
  endsWith: 116,
  includes: 117,
  int: 120,
  minimum: 121,
  exclusiveMinimum: 122,
  maximum: 123,
  exclusiveMaximum: 124,
  multipleOf: 125,
  finite: 126,
  minItems: 130,
  maxItems: 131,
  uniqueItems: 132,
  contains: 133,
  maxContains: 134,
  additionalItems: 135,
  required: 140,
  additionalProperties: 141,
  minProperties: 142,
  maxProperties: 143,
  dependentRequired: 144,
  propertyNames: 145,
  anyOf: 150,
  oneOf: 151,
  oneOfMany: 152,
  not: 153,
  discriminator: 154,
  keyword: 170,
} as const;

/** What an issue is about. Names with `syntax.` and `limit.` are about the document, whatever the schema says. */
export type IssueCode = keyof typeof CODES;

/** Codes below this one are about the document as a whole. */
export const FIRST_RULE = 100;

const NAMES = new Map<number, IssueCode>(
  Object.entries(CODES).map(([name, code]) => [code, name as IssueCode]),
);

/** The name of a code. */
export function codeName(code: number): IssueCode {
  return NAMES.get(code) ?? 'keyword';
}
