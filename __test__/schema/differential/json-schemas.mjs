/** Random JSON Schemas (2020-12), with the keywords that zod has no word for. */

const KEYS = ['id', 'name', 'kind', 'a b', 'ünï', '0', 'toString', '__proto__', 'a/b~c'];
const TEXTS = ['', 'a', 'abc', 'ä', '\u{1F680}', '12', '\u{1F680}x'];
const PATTERNS = ['^[a-z]+$', '^\\d{1,3}$', 'b', '^(?:ab|c)*$', '^\\p{L}', '^[^x]{2,}$'];
const FORMATS = ['uuid', 'date-time', 'date', 'time', 'email', 'uri', 'ipv4', 'ipv6', 'hostname'];
const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];

export function jsonSchemaOf(random) {
  const $defs = Object.fromEntries(
    ['node', 'leaf'].map((name) => [name, inner(random, name === 'node' ? 2 : 0)]),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs,
    ...objectRules(random, 3),
    ...some(random, 3),
  };
}

/** @param {boolean} deeper whether it is about a part of the value: a reference elsewhere could lead to itself for ever */
function inner(random, depth, deeper = false) {
  if (random.oneIn(25)) return random.oneIn(2);
  if (deeper && random.oneIn(8)) return { $ref: `#/$defs/${depth > 0 && random.oneIn(2) ? 'node' : 'leaf'}` };
  return some(random, depth);
}

/** One to three groups of keywords. */
function some(random, depth) {
  const groups = random.list(1, 3, () => random.weighted(depth > 0 ? { ...LEAVES, ...BRANCHES } : LEAVES));
  return Object.assign({}, ...groups.map((group) => GROUPS[group](random, depth - 1)));
}

const LEAVES = { type: 4, types: 1, constant: 1, enumeration: 1, text: 3, number: 3 };
const BRANCHES = { object: 4, array: 3, combined: 2, conditional: 1, named: 1, dependent: 1, counted: 1 };

const GROUPS = {
  type: (random) => ({ type: random.pick(TYPES) }),
  types: (random) => ({ type: distinct(random, TYPES, 2, 3) }),
  constant: (random) => ({ const: random.pick([...TEXTS, 0, 1, 1.5, null, true, [1], { a: [1.0] }]) }),
  enumeration: (random) => ({ enum: distinct(random, [...TEXTS, 0, 1, false, null], 2, 5) }),
  text: (random) => ({
    ...maybe(random, 3, () => ({ minLength: random.below(4) })),
    ...maybe(random, 3, () => ({ maxLength: random.below(6) })),
    ...maybe(random, 3, () => ({ pattern: random.pick(PATTERNS) })),
    ...maybe(random, 4, () => ({ format: random.pick(FORMATS) })),
  }),
  number: (random) => ({
    ...maybe(random, 2, () => ({ minimum: random.pick([-1, 0, 0.5, 2]) })),
    ...maybe(random, 3, () => ({ exclusiveMaximum: random.pick([1, 10, 1e21]) })),
    ...maybe(random, 4, () => ({ multipleOf: random.pick([1, 2, 0.5, 0.1, 0.01]) })),
  }),
  object: objectRules,
  array: (random, depth) => ({
    ...maybe(random, 2, () => ({ prefixItems: random.list(1, 2, () => inner(random, depth, true)) })),
    ...maybe(random, 2, () => ({ items: inner(random, depth, true) })),
    ...maybe(random, 4, () => ({ minItems: random.below(3) })),
    ...maybe(random, 4, () => ({ maxItems: random.below(4) })),
    ...maybe(random, 4, () => ({ uniqueItems: true })),
    ...maybe(random, 4, () => ({
      contains: inner(random, depth, true),
      minContains: random.below(2),
      maxContains: 2,
    })),
  }),
  combined: (random, depth) => ({
    [random.pick(['allOf', 'anyOf', 'oneOf'])]: random.list(1, 3, () => inner(random, depth)),
    ...maybe(random, 4, () => ({ not: inner(random, depth) })),
  }),
  conditional: (random, depth) => ({
    if: inner(random, depth),
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    ...maybe(random, 2, () => ({ then: inner(random, depth) })),
    ...maybe(random, 2, () => ({ else: inner(random, depth) })),
  }),
  named: (random) => ({ propertyNames: { pattern: random.pick(PATTERNS) } }),
  dependent: (random, depth) => ({
    dependentRequired: { [random.pick(KEYS.slice(0, 4))]: distinct(random, KEYS, 1, 2) },
    dependentSchemas: { [random.pick(KEYS.slice(0, 4))]: inner(random, depth) },
  }),
  counted: (random) => ({ minProperties: random.below(2), maxProperties: 1 + random.below(4) }),
};

function objectRules(random, depth) {
  const keys = distinct(random, KEYS, 1, 4);
  return {
    properties: ownKeys(keys.map((key) => [key, inner(random, depth, true)])),
    ...maybe(random, 2, () => ({ required: distinct(random, keys, 1, 2) })),
    ...maybe(random, 3, () => ({
      additionalProperties: random.oneIn(2) ? false : inner(random, depth, true),
    })),
    ...maybe(random, 4, () => ({
      patternProperties: { [random.pick(PATTERNS)]: inner(random, depth, true) },
    })),
  };
}

/** JSON.parse makes of `__proto__` a key like any other; a literal would not. */
const ownKeys = (entries) =>
  JSON.parse(
    `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`,
  );

const maybe = (random, oneIn, make) => (random.oneIn(oneIn) ? make() : {});

function distinct(random, list, least, most) {
  const values = random.list(least, most, () => random.pick(list));
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

/** A value that the schema may well accept: its members, of its types. */
export function valueForJsonSchema(schema, random, anyValue, depth = 3) {
  if (typeof schema !== 'object' || depth === 0 || random.oneIn(12)) return anyValue(random);
  if ('const' in schema) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  const next = (one) => valueForJsonSchema(one, random, anyValue, depth - 1);
  const branch = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (branch && random.oneIn(2)) return next(random.pick(branch));
  if (schema.properties && (schema.type ?? 'object') === 'object') {
    const keys = Object.keys(schema.properties).filter(
      (key) => schema.required?.includes(key) || random.oneIn(2),
    );
    const extra = random.oneIn(3) ? [[random.pick(KEYS), anyValue(random)]] : [];
    return Object.fromEntries([...keys.map((key) => [key, next(schema.properties[key])]), ...extra]);
  }
  if (schema.prefixItems || schema.items) {
    const items = (schema.prefixItems ?? []).map(next);
    return typeof schema.items === 'object'
      ? [...items, ...random.list(0, 3, () => next(schema.items))]
      : items;
  }
  return (
    ofType(Array.isArray(schema.type) ? random.pick(schema.type) : schema.type, random) ?? anyValue(random)
  );
}

function ofType(type, random) {
  if (type === 'string')
    return random.pick([...TEXTS, '2026-11-21', '2026-11-21T08:30:00Z', '10.0.0.1', 'a@b.test', '::1']);
  if (type === 'integer') return random.pick([0, 1, -1, 2, 10, 1e21]);
  if (type === 'number') return random.pick([0, 0.5, 0.3, 1.5, -2, 1e21, 0.07]);
  if (type === 'boolean') return random.oneIn(2);
  if (type === 'array') return random.list(0, 3, () => random.pick(TEXTS));
  return type === 'null' ? null : undefined;
}
