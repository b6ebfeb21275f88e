/** A shape as a schema of zod. The methods used are those that both versions have. */

export function toZod(shape, z) {
  return BUILDERS[shape.kind](shape, z);
}

const BUILDERS = {
  string: ({ checks }, z) => checks.reduce(withStringCheck, z.string()),
  number: ({ checks }, z) => checks.reduce(withNumberCheck, z.number()),
  boolean: (_, z) => z.boolean(),
  null: (_, z) => z.null(),
  any: (_, z) => z.any(),
  unknown: (_, z) => z.unknown(),
  literal: ({ value }, z) => z.literal(value),
  enum: ({ values }, z) => z.enum(values),
  native: ({ values }, z) => z.nativeEnum(Object.fromEntries(values.map((value) => [`K${value}`, value]))),
  nullable: ({ inner }, z) => toZod(inner, z).nullable(),
  wrapped: ({ how, inner }, z) => {
    const schema = toZod(inner, z);
    return how === 'describe' ? schema.describe('a description') : schema[how]();
  },
  object: objectOf,
  array: sized,
  list: sized,
  record: ({ key, value }, z) => z.record(key ? toZod(key, z) : z.string(), toZod(value, z)),
  tuple: ({ items, rest }, z) => {
    const tuple = z.tuple(items.map((item) => toZod(item, z)));
    return rest ? tuple.rest(toZod(rest, z)) : tuple;
  },
  union: ({ options }, z) => z.union(options.map((option) => toZod(option, z))),
  choice: ({ key, options }, z) =>
    z.discriminatedUnion(
      key,
      options.map(({ value, shape }) => objectOf(withLiteral(shape, key, value), z)),
    ),
  both: ({ left, right }, z) => z.intersection(objectOf(left, z), objectOf(right, z)),
};

/** A branch of a choice: its object, with the key that tells it apart. */
export const withLiteral = (shape, key, value) => ({
  ...shape,
  members: [
    { key, shape: { kind: 'literal', value }, need: 'required' },
    ...shape.members.filter((member) => member.key !== key),
  ],
});

function objectOf({ members, mode, rest }, z) {
  const entries = members.map(({ key, shape, need }) => [key, withNeed(toZod(shape, z), need, shape, z)]);
  // A literal with a key __proto__ would set the prototype.
  const object = z.object(Object.fromEntries(entries));
  if (mode === 'catchall') return object.catchall(toZod(rest, z));
  return mode === 'strip' ? object : object[mode]();
}

function withNeed(schema, need, shape, z) {
  const wrap = NEEDS[need];
  return wrap ? wrap(schema, shape, z) : schema[need]();
}

/** Whether a key may be missing, and what stands in for it. */
const NEEDS = {
  required: (schema) => schema,
  default: (schema, shape) => schema.default(anyOf(shape)),
  optionalDefault: (schema, shape) => schema.optional().default(anyOf(shape)),
  defaultOptional: (schema, shape) => schema.default(anyOf(shape)).optional(),
  unionDefault: (schema, shape, z) => z.union([z.literal('first'), schema.default(anyOf(shape))]),
};

/** A default need not be valid: zod 3 checks it, zod 4 does not. */
function anyOf({ kind, value, values }) {
  if (kind === 'literal') return value;
  if (values) return values[0];
  return { string: 'abc', number: 3, boolean: true, array: [], record: {} }[kind] ?? null;
}

function sized({ item, least, most }, z) {
  let array = z.array(toZod(item, z));
  if (least !== undefined) array = array.min(least);
  return most === undefined ? array : array.max(most);
}

function withStringCheck(schema, { kind, value, pattern, name, options }) {
  if (kind === 'regex') return schema.regex(pattern);
  return kind === 'format' ? schema[name](options) : schema[kind](value);
}

function withNumberCheck(schema, { kind, value }) {
  return kind === 'int' || kind === 'finite' || kind === 'safe' ? schema[kind]() : schema[kind](value);
}
