/** Changes to a value: a member gone, of another type, added, doubled, moved, or a bit beside what it was. */
import { anyValue, objectFrom } from './values.mjs';

/** Only where a value need not survive JSON. */
const ONLY_IN_JAVASCRIPT = [
  () => undefined,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => 10n,
  () => Symbol('s'),
  () => new Date(0),
  () => new Date(Number.NaN),
  () => () => 1,
  () => new Map([['a', 1]]),
  () => new Set([1]),
  () => Promise.resolve(1),
  () => /x/,
  () => new Uint8Array(2),
  () => Object('text'),
  () => Object.assign([], { 1: 1 }), // a hole
  () => Object.create(null),
  () => Object.create({ inherited: 1 }),
  () => '\ud800',
];

/** @param {{javascript?: boolean}} options javascript: also what JSON can't hold */
export function mutated(value, random, { javascript = false } = {}) {
  const paths = pathsOf(value);
  return changedAt(value, random.pick(paths), (inner) => changed(inner, random, javascript));
}

function changed(value, random, javascript) {
  if (javascript && random.oneIn(3)) return random.pick(ONLY_IN_JAVASCRIPT)();
  if (random.oneIn(3)) return anyValue(random);
  if (typeof value === 'string') return changedText(value, random);
  if (typeof value === 'number') return changedNumber(value, random);
  if (Array.isArray(value)) return changedArray(value, random);
  if (typeof value === 'object' && value !== null) return changedObject(value, random);
  return anyValue(random);
}

function changedText(text, random) {
  const at = random.below(text.length + 1);
  const [head, tail] = [text.slice(0, at), text.slice(at)];
  return random.pick([
    `${head}x${tail}`,
    head,
    tail,
    `${head} ${tail}`,
    text.toUpperCase(),
    `${head}\u{1F680}${tail}`,
    `${text}\n`,
  ]);
}

function changedNumber(number, random) {
  return random.pick([
    -number,
    number + 1,
    number - 1,
    number + 0.5,
    number * 10,
    number / 3,
    String(number),
    number * 1e17,
  ]);
}

function changedArray(array, random) {
  const at = random.below(array.length + 1);
  return random.pick([
    () => array.toSpliced(at, 1),
    () => array.toSpliced(at, 0, anyValue(random)),
    () => [...array, ...array],
    () => ({ ...array }),
  ])();
}

function changedObject(object, random) {
  const entries = Object.entries(object);
  const at = random.below(entries.length + 1);
  return random.pick([
    () => objectFrom(entries.toSpliced(at, 1)),
    () =>
      objectFrom([
        ...entries,
        [random.pick(['extra', '__proto__', 'constructor', 'id', 'type']), anyValue(random)],
      ]),
    () => objectFrom(entries.toReversed()),
    () => entries.map(([, inner]) => inner),
  ])();
}

function pathsOf(value, path = [], found = []) {
  found.push(path);
  if (typeof value === 'object' && value !== null && path.length < 6) {
    for (const key of Object.keys(value)) pathsOf(value[key], [...path, key], found);
  }
  return found;
}

function changedAt(value, path, change) {
  if (path.length === 0) return change(value);
  const [key, ...rest] = path;
  if (Array.isArray(value))
    return value.map((inner, i) => (String(i) === key ? changedAt(inner, rest, change) : inner));
  return objectFrom(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === key ? changedAt(inner, rest, change) : inner,
    ]),
  );
}
