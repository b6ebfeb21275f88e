/** Values for a shape: most members as the shape wants them, so that the checks behind the types are reached. */

const TEXTS = [
  '',
  'a',
  'b',
  'abc',
  'abab',
  'cortex',
  'cortex.task@1',
  'ä',
  '\u{1F680}',
  'a\u{1F680}',
  'x'.repeat(5),
  '12',
  '999',
  'line\nbreak',
  '\u2028',
  '"\\/',
  '\u0000',
  '\u007f',
  '3f1a3c1e-8a4b-4c7e-9d5f-0a1b2c3d4e5f',
  '00000000-0000-0000-0000-000000000000',
  '3F1A3C1E-8A4B-1C7E-1D5F-0A1B2C3D4E5F',
  'https://example.test/a?b#c',
  'http://ex ample',
  'mailto:a@b.test',
  'javascript:1',
  'HTTP://EXAMPLE',
  'a@b.test',
  'a.b+c@d-e.test',
  'a@b',
  '2026-11-21T08:30:00Z',
  '2026-11-21T08:30:00.123Z',
  '2026-11-21T08:30:00+02:00',
  '2026-11-21T08:30:00.1-0530',
  '2026-02-29T00:00:00Z',
  '2026-11-21T08:30',
  '2026-11-21T08:30:00',
  '2024-02-29',
  '2026-13-01',
  '2026-11-21',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  'cjld2cjxh0000qzrmn831i7rn',
  'V1StGXR8_Z5jdHi6B-myT',
];
const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2,
  3,
  4,
  6,
  10,
  99,
  100,
  101,
  0.1,
  0.3,
  0.5,
  -0.25,
  1.5,
  1e21,
  1e300,
  5e-324,
  2 ** 31,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 60,
  -(2 ** 31),
  -(2 ** 53),
  123456789.125,
];
const ODD_KEYS = [
  'extra',
  'Extra',
  'toString',
  '__proto__',
  'constructor',
  'a b',
  'ünï',
  '',
  '1',
  '\u{1F680}',
];

/** Any value JSON can hold, small. */
export function anyValue(random, depth = 2) {
  const kind = random.weighted({
    null: 1,
    boolean: 1,
    number: 2,
    string: 3,
    array: depth > 0 ? 1 : 0,
    object: depth > 0 ? 2 : 0,
  });
  if (kind === 'null') return null;
  if (kind === 'boolean') return random.oneIn(2);
  if (kind === 'number') return random.pick(NUMBERS);
  if (kind === 'string') return random.pick(TEXTS);
  if (kind === 'array') return random.list(0, 3, () => anyValue(random, depth - 1));
  // What Zod 4 of zod 3.25 takes for a class, and what nearly is one.
  if (random.oneIn(12)) return { prototype: random.pick([{ isPrototypeOf: 1 }, {}, 1]) };
  return objectFrom(random.list(0, 3, () => [random.pick(ODD_KEYS), anyValue(random, depth - 1)]));
}

export function valueFor(shape, random) {
  return random.oneIn(40) ? anyValue(random) : VALUES[shape.kind](shape, random);
}

const VALUES = {
  string: ({ checks }, random) => textFor(checks, random),
  number: ({ checks }, random) => numberFor(checks, random),
  boolean: (_, random) => random.oneIn(2),
  null: () => null,
  any: (_, random) => anyValue(random),
  unknown: (_, random) => anyValue(random),
  literal: ({ value }) => value,
  enum: ({ values }, random) => random.pick(values),
  native: ({ values }, random) => random.pick(values),
  nullable: ({ inner }, random) => (random.oneIn(4) ? null : valueFor(inner, random)),
  wrapped: ({ inner }, random) => valueFor(inner, random),
  object: objectFor,
  array: sized,
  list: sized,
  record: ({ key, value }, random) =>
    objectFrom(
      random.list(0, 3, () => [
        key ? textFor(key.checks, random) : random.pick(ODD_KEYS),
        valueFor(value, random),
      ]),
    ),
  tuple: ({ items, rest }, random) => [
    ...items.map((item) => valueFor(item, random)),
    ...(rest ? random.list(0, 2, () => valueFor(rest, random)) : []),
  ],
  union: ({ options }, random) => valueFor(random.pick(options), random),
  choice: ({ key, options }, random) => {
    const { value, shape } = random.pick(options);
    return objectFrom([
      [key, value],
      ...Object.entries(objectFor(shape, random)).filter(([name]) => name !== key),
    ]);
  },
  both: ({ left, right }, random) =>
    objectFrom([...Object.entries(objectFor(left, random)), ...Object.entries(objectFor(right, random))]),
};

function objectFor({ members, mode, rest }, random) {
  const present = members.filter(({ need }) => need === 'required' || random.oneIn(2));
  const entries = present.map(({ key, shape, need }) => [
    key,
    need === 'nullish' && random.oneIn(4) ? null : valueFor(shape, random),
  ]);
  if (random.oneIn(mode === 'strict' ? 10 : 3)) {
    entries.push([random.pick(ODD_KEYS), mode === 'catchall' ? valueFor(rest, random) : anyValue(random)]);
  }
  if (random.oneIn(3)) entries.reverse();
  return objectFrom(entries);
}

function sized({ item, least = 0, most = least + 3 }, random) {
  return random.list(least, most, () => valueFor(item, random));
}

/** With `__proto__` as a key like any other, as JSON.parse makes it. */
export function objectFrom(entries) {
  const object = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return object;
}

function textFor(checks, random) {
  const fitting = TEXTS.filter((text) => checks.every((check) => roughlyFits(check, text)));
  return random.pick(fitting.length > 0 && !random.oneIn(10) ? fitting : TEXTS);
}

function roughlyFits({ kind, value, pattern, name }, text) {
  if (kind === 'min') return text.length >= value;
  if (kind === 'max') return text.length <= value;
  if (kind === 'length') return text.length === value;
  if (kind === 'regex') return pattern.test(text);
  if (kind !== 'format') return text[kind](value);
  return (
    { date: /^\d{4}-\d\d-\d\d$/, datetime: /T/, email: /@/, url: /:/ }[name]?.test(text) ?? text.length > 20
  );
}

function numberFor(checks, random) {
  const fitting = NUMBERS.filter((number) =>
    checks.every(({ kind, value }) => {
      if (kind === 'gte' || kind === 'gt') return number >= value;
      if (kind === 'lte' || kind === 'lt') return number <= value;
      if (kind === 'multipleOf') return number % value === 0;
      return kind !== 'int' || Number.isInteger(number);
    }),
  );
  return random.pick(fitting.length > 0 && !random.oneIn(10) ? fitting : NUMBERS);
}
