/** `uniqueItems` of objects: equality as JSON has it, in time that grows with the size. */
import { Schema } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { distinct, equal } from '../../dist/schema/generate/helpers.js';
import { Random } from './differential/random.mjs';

const seed = Math.floor(Math.random() * 2 ** 31);

/** Every item against every other one. */
function naive(items: readonly unknown[]): boolean {
  return items.every((item, at) => items.slice(0, at).every((other) => !equal(other, item)));
}

const KEYS = ['a', 'b', 'ab', '', '0', '1', '"', '__proto__', 'length'];
const SCALARS = [
  0,
  -0,
  1,
  1.0,
  1e21,
  '1',
  '',
  'a',
  '"',
  'a,',
  '#1',
  '+1,',
  '\ud800',
  true,
  'true',
  null,
  'null',
];
/** Too long to be hashed whole; alike but for the end. */
const LONG = ['x', 'y', ''].map((end) => `${'l'.repeat(20_000)}${end}`);

function itemOf(random: Random, depth: number): unknown {
  const kind = random.below(depth > 0 ? 7 : 3);
  if (kind < 3) return random.pick(random.oneIn(20) ? LONG : SCALARS);
  const parts = random.list(0, 3, () => itemOf(random, depth - 1));
  if (kind < 5) return parts;
  // Parsed, so that a key __proto__ is a key; in the order in which the keys were picked.
  const members = parts.map((part) => [random.pick(KEYS), part] as const);
  return JSON.parse(`{${members.map(([key, part]) => `${JSON.stringify(key)}:${JSON.stringify(part)}`)}}`);
}

describe('items are equal as JSON has it', () => {
  test(`random items, held to each against each (seed ${seed})`, () => {
    const random = new Random(seed);
    const schema = Schema.compile({ uniqueItems: true });
    expect(schema.coverage.objects).toBe('generated');
    const seen = { true: 0, false: 0 };
    for (let round = 0; round < 5000; round += 1) {
      const items = random.list(0, 8, () => itemOf(random, 3));
      const expected = naive(items);
      seen[`${expected}`] += 1;
      expect([schema.is(items), distinct(items)], JSON.stringify(items)).toEqual([expected, expected]);
    }
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(200);
  });

  test.each([
    [
      [
        { a: 1, b: 2 },
        { b: 2, a: 1.0 },
      ],
      false,
    ],
    [[[0], [-0]], false],
    [[{ a: undefined }, {}], true],
    [[['1'], [1]], true],
    [[[1, 2], { 0: 1, 1: 2 }], true],
    [
      [
        [[1], 2],
        [1, [2]],
      ],
      true,
    ],
    [[new Array(1), [undefined]], false],
    [[[undefined], [null]], true],
    [[Object.create({ a: 1 }), {}], false],
    [[[1n], [1]], true],
    [[[1n], [1n]], false],
    [[[Number.NaN], [Number.NaN]], true],
    [[Number.NaN, Number.NaN], false],
    [[Number.NaN, 'NaN'], true],
    [[describe, describe], false],
    [[[describe], [test]], true],
  ])('case %#', (items, expected) => {
    expect(distinct(items)).toBe(expected);
  });
});

describe('each item is looked at once', () => {
  test('however many there are', () => {
    const count = 3000;
    let walks = 0;
    const items = Array.from({ length: count }, (_, id) => {
      const ownKeys = (target: object) => {
        walks += 1;
        return Reflect.ownKeys(target);
      };
      return new Proxy({ id, same: { again: [1, 2] } }, { ownKeys });
    });
    expect(Schema.compile({ uniqueItems: true }).is(items)).toBe(true);
    expect(walks).toBe(count);
  });

  test('a hundred thousand objects', () => {
    const items = Array.from({ length: 100_000 }, (_, id) => ({ id, name: `n${id}` }));
    expect(distinct(items)).toBe(true);
    expect(distinct([...items, { name: 'n7', id: 7 }])).toBe(false);
  });
});
