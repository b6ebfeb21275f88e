/** What issues say, in the words of ajv where ajv has them. */
import type { NativeIssue } from './bytes.js';
import type { IssueCode } from './codes.js';
import type { Json, NumberCheck, SchemaNode, StringCheck } from './ir.js';

/** What an issue says of its rule. */
export interface Told {
  params: Record<string, Json>;
  message: string;
}

/** Tells one issue. */
export function told(code: IssueCode, node: SchemaNode, found: NativeIssue): Told {
  const teller = TELLERS[code];
  if (teller) return teller(node, found);
  return say(SAYS[code] ?? code, found.key === undefined ? {} : { key: found.key });
}

type Teller = (node: SchemaNode, found: NativeIssue) => Told;

const say = (message: string, params: Record<string, Json> = {}): Told => ({ message, params });

/** The check of a string or a number that an issue is about. */
function checkOf(node: SchemaNode, found: NativeIssue): StringCheck | NumberCheck | undefined {
  return node.string?.[found.check] ?? node.number?.[found.check];
}

function valueIn(node: SchemaNode, found: NativeIssue): Json {
  const check = checkOf(node, found);
  return check && 'value' in check ? check.value : '';
}

/** A rule with one number, which stands in the message. */
const limited =
  (
    message: (limit: Json) => string,
    limit: (node: SchemaNode, found: NativeIssue) => Json | undefined,
  ): Teller =>
  (node, found) => {
    const value = limit(node, found) ?? 0;
    return say(message(value), { limit: value });
  };

const compared =
  (comparison: string): Teller =>
  (node, found) => {
    const limit = valueIn(node, found);
    return say(`must be ${comparison} ${limit}`, { comparison, limit });
  };

const worded =
  (message: string): Teller =>
  (node, found) =>
    say(message, { value: valueIn(node, found) });

const TELLERS: Readonly<Partial<Record<IssueCode, Teller>>> = {
  type: ({ types = [] }) => say(`must be ${types.join(', ')}`, { type: types.join(',') }),
  enum: ({ enum: values = [] }) => {
    const [only, ...others] = values;
    if (only !== undefined && others.length === 0)
      return say('must be equal to constant', { allowedValue: only });
    return say('must be equal to one of the allowed values', { allowedValues: values });
  },
  minLength: limited((limit) => `must NOT have fewer than ${limit} characters`, valueIn),
  maxLength: limited((limit) => `must NOT have more than ${limit} characters`, valueIn),
  length: limited((limit) => `must have ${limit} characters`, valueIn),
  minimum: compared('>='),
  exclusiveMinimum: compared('>'),
  maximum: compared('<='),
  exclusiveMaximum: compared('<'),
  multipleOf: (node, found) => {
    const multipleOf = valueIn(node, found);
    return say(`must be multiple of ${multipleOf}`, { multipleOf });
  },
  minItems: limited(
    (limit) => `must NOT have fewer than ${limit} items`,
    ({ array }) => array?.minItems,
  ),
  maxItems: limited(
    (limit) => `must NOT have more than ${limit} items`,
    ({ array }) => array?.maxItems,
  ),
  additionalItems: limited(
    (limit) => `must NOT have more than ${limit} items`,
    ({ array }) => array?.prefix?.length,
  ),
  minProperties: limited(
    (limit) => `must NOT have fewer than ${limit} properties`,
    ({ object }) => object?.minProperties,
  ),
  maxProperties: limited(
    (limit) => `must NOT have more than ${limit} properties`,
    ({ object }) => object?.maxProperties,
  ),
  required: (_node, { key = '' }) => say(`must have required property '${key}'`, { missingProperty: key }),
  additionalProperties: (_node, { key = '' }) =>
    say('must NOT have additional properties', { additionalProperty: key }),
  discriminator: ({ discriminator }) =>
    say('must have a known discriminator', { discriminator: discriminator?.key ?? '' }),
  pattern: (node, found) => {
    const check = checkOf(node, found);
    const pattern = check?.kind === 'pattern' ? check.source : '';
    return say(`must match pattern "${pattern}"`, { pattern });
  },
  format: (node, found) => {
    const check = checkOf(node, found);
    const format = check?.kind === 'format' ? check.name : '';
    return say(`must match format "${format}"`, { format });
  },
  startsWith: worded('must begin with the text required'),
  endsWith: worded('must end with the text required'),
  includes: worded('must include the text required'),
  keyword: (_node, { keyword = '' }) => say(`must match "${keyword}"`, { keyword }),
};

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
