/**
 * Random shapes: what a schema says, before it is said in zod 3, zod 4 or JSON Schema. A shape is a plain object with
 * a `kind`; `shapeOf` makes one.
 */

const KEYS = ['id', 'name', 'kind', 'a-b', 'ünï', '0', 'length', 'then', ''];
/** Every object has these already: schemas with one are left to zod as a whole, so that they come rarely. */
const INHERITED = ['__proto__', 'constructor', 'toString'];
const TEXTS = [
  '',
  'a',
  'abc',
  'cortex',
  'ä',
  '\u{1F680}',
  '\u{1F680}x',
  'line\nbreak',
  '"\\/',
  '0',
  '\u2028',
];
const NUMBERS = [0, 1, -1, 2, 3, 10, 100, 0.5, -0.25, 1e21, 2 ** 53, -(2 ** 31)];
const PATTERNS = [
  /^[a-z]+$/,
  /^\d{1,3}$/,
  /b/,
  /^(?:ab|c)*$/,
  /^[^x]{2,}$/,
  /^\p{L}+$/u,
  /^cortex\.[a-z]+@\d$/,
];
/** [name, options]: what both versions of zod have a method for. */
const FORMATS = [
  ['uuid'],
  ['url'],
  ['email'],
  ['datetime'],
  ['datetime', { offset: true }],
  ['datetime', { precision: 3 }],
  ['datetime', { local: true }],
  ['date'],
  ['ulid'],
  ['cuid'],
  ['nanoid'],
];

const LEAVES = {
  string: 6,
  number: 5,
  boolean: 2,
  null: 1,
  literal: 3,
  enum: 3,
  any: 1,
  unknown: 1,
  native: 1,
};
const BRANCHES = { object: 6, array: 4, record: 2, tuple: 2, union: 2, choice: 2, both: 1, list: 1 };

/** @param {number} depth how many levels may follow */
export function shapeOf(random, depth = 3) {
  const kind = random.weighted(depth > 0 ? { ...LEAVES, ...BRANCHES } : LEAVES);
  const shape = { kind, ...MAKERS[kind](random, depth - 1) };
  return wrapped(random, shape);
}

/** A shape whose value is an object: what most schemas are at their root. */
export function objectShapeOf(random, depth = 3) {
  return { kind: 'object', ...MAKERS.object(random, depth - 1) };
}

function wrapped(random, shape) {
  if (random.oneIn(8)) return { kind: 'nullable', inner: shape };
  if (random.oneIn(24))
    return { kind: 'wrapped', how: random.pick(['readonly', 'brand', 'describe']), inner: shape };
  return shape;
}

const MAKERS = {
  string: (random) => ({ checks: random.list(0, 2, () => stringCheck(random)) }),
  number: (random) => ({ checks: random.list(0, 3, () => numberCheck(random)) }),
  boolean: () => ({}),
  null: () => ({}),
  any: () => ({}),
  unknown: () => ({}),
  literal: (random) => ({ value: random.pick([...TEXTS, ...NUMBERS.slice(0, 6), true, false, null]) }),
  enum: (random) => ({ values: distinct(random, TEXTS) }),
  native: (random) => ({ values: distinct(random, ['x', 'y', 1, 2, 'ä']) }),
  object: (random, depth) => ({
    mode: random.weighted({ strip: 4, strict: 2, passthrough: 1, catchall: 1 }),
    rest: shapeOf(random, 0),
    members: keysOf(random).map((key) => ({ key, ...member(random, depth) })),
  }),
  array: (random, depth) => ({ item: shapeOf(random, depth), ...size(random) }),
  list: (random, depth) => ({ item: objectShapeOf(random, Math.max(0, depth)), ...size(random) }),
  record: (random, depth) => ({
    key: random.oneIn(3) ? { kind: 'string', checks: [stringCheck(random)] } : undefined,
    value: shapeOf(random, depth),
  }),
  tuple: (random, depth) => ({
    items: random.list(1, 3, () => shapeOf(random, depth)),
    rest: random.oneIn(3) ? shapeOf(random, depth) : undefined,
  }),
  union: (random, depth) => ({ options: random.list(2, 3, () => shapeOf(random, depth)) }),
  choice: (random, depth) => ({
    key: random.pick(['type', 'kind', 'a-b']),
    options: distinct(random, ['a', 'b', 'ä', 'toString']).map((value) => ({
      value,
      shape: objectShapeOf(random, Math.max(0, depth)),
    })),
  }),
  both: (random, depth) => ({
    left: objectShapeOf(random, Math.max(0, depth)),
    right: objectShapeOf(random, Math.max(0, depth)),
  }),
};

function keysOf(random) {
  const keys = distinct(random, KEYS, 0, 5);
  return random.oneIn(60) ? [...keys, random.pick(INHERITED)] : keys;
}

function member(random, depth) {
  const shape = shapeOf(random, depth);
  const need = random.weighted({
    required: 10,
    optional: 8,
    nullish: 2,
    default: 2,
    optionalDefault: 1,
    defaultOptional: 1,
    unionDefault: 1,
  });
  return { shape, need };
}

function stringCheck(random) {
  const kind = random.weighted({
    min: 3,
    max: 3,
    length: 1,
    regex: 3,
    startsWith: 1,
    endsWith: 1,
    includes: 1,
    format: 4,
  });
  if (kind === 'regex') return { kind, pattern: random.pick(PATTERNS) };
  if (kind === 'format') {
    const [name, options] = random.pick(FORMATS);
    return { kind, name, options };
  }
  if (kind === 'min' || kind === 'max' || kind === 'length') return { kind, value: random.below(6) };
  return { kind, value: random.pick(TEXTS) };
}

function numberCheck(random) {
  const kind = random.weighted({ int: 3, gte: 2, lte: 2, gt: 1, lt: 1, multipleOf: 1, finite: 1, safe: 1 });
  if (kind === 'multipleOf') return { kind, value: random.pick([1, 2, 0.5, 0.1, 3]) };
  return { kind, value: random.pick(NUMBERS) };
}

function size(random) {
  const least = random.oneIn(3) ? random.below(3) : undefined;
  return { least, most: random.oneIn(3) ? (least ?? 0) + random.below(4) : undefined };
}

function distinct(random, list, least = 1, most = 4) {
  return [...new Set(random.list(least, most, () => random.pick(list)))];
}
