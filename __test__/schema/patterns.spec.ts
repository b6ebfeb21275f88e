/** Patterns that V8 may match: none of those that take it long on a text made for them. */
import { Schema } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { isHarmless } from '../../dist/schema/patterns.js';
import { Random } from './differential/random.mjs';
import { type Pattern, patternOf, stepsOf } from './pattern-steps.js';

test.each([
  'abc',
  '^a$',
  '^[a-z]+$',
  '^\\d{4}-\\d{2}$',
  '^[a-z0-9][a-z0-9-]{1,62}$',
  'a|b',
  '^\\S+$',
  '(?:ab)',
  '^a{200}a+$',
  '^(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$',
  '^(?<year>\\d{4})$',
  '\\p{Lu}\\u{1F600}[\\]x]\\.',
])('%s is matched by V8', (pattern) => {
  expect(isHarmless(pattern)).toBe(true);
});

test.each([
  '^(a+)+$',
  '(a|a)*b',
  '^a*a*b$',
  'a+b',
  '^(?:a?){50}a{50}$',
  '(.*)x\\1',
  '^(?=a+)b',
  '^a{1,99}a{1,99}b$',
  '^a|b+c',
  'a?'.repeat(16),
  `^${'(?:a|a)'.repeat(28)}$`,
  `^${'(?:a|b|)'.repeat(28)}$`,
  '^(?:(?:a?){3}){4}$',
  'a{0,9}b{0,9}',
  `${'('.repeat(100)}${')'.repeat(100)}`,
])('%s is matched by the core', (pattern) => {
  expect(isHarmless(pattern)).toBe(false);
});

test('the answers are the same', () => {
  const own = Schema.compile({
    pattern: '^(?:ab|c)+$',
    patternProperties: { '^(x+)+$': { type: 'number' } },
  });
  expect(['abcab', 'abd', 'c'].map((text) => own.is(text))).toEqual([true, false, true]);
  expect([{ xx: 1 }, { xx: '1' }, { y: '1' }].map((value) => own.is(value))).toEqual([true, false, true]);
});

describe('what V8 may match takes a backtracking matcher few steps', () => {
  /** Twice what the decision counts with: it looks at texts of powers of two. */
  const allowed = (text: string) => 128 * (text.length + 8);
  const ends = ['', 'b', 'c', 'ab'];
  const texts = [1, 2, 7, 16, 40, 300].flatMap((length) =>
    ['a', 'ab', 'aab', 'c'].flatMap((part) => ends.map((end) => part.repeat(length).slice(0, length) + end)),
  );
  const seed = Math.floor(Math.random() * 2 ** 31);

  /** The first text that takes more; on the way, the matcher is held to V8. */
  const hostileTo = (pattern: Pattern) =>
    texts.find((text) => {
      const { isOver, matched } = stepsOf(pattern, text, allowed(text));
      const told = `${pattern.source} on ${text}`;
      if (!isOver) expect(matched, told).toBe(new RegExp(pattern.source, 'u').test(text));
      return isOver;
    });

  test(`random patterns (seed ${seed})`, () => {
    const random = new Random(seed);
    const counts = { harmless: 0, others: 0, hostile: 0 };
    for (let round = 0; round < 2000; round += 1) {
      const pattern = patternOf(random, 4);
      if (isHarmless(pattern.source)) {
        counts.harmless += 1;
        expect(hostileTo(pattern), pattern.source).toBeUndefined();
      } else {
        counts.others += 1;
        if (counts.hostile < 20 && hostileTo(pattern) !== undefined) counts.hostile += 1;
      }
    }
    expect(counts.harmless).toBeGreaterThan(200);
    expect(counts.others).toBeGreaterThan(200);
    // The texts tell the ones from the others.
    expect(counts.hostile).toBe(20);
  });
});

test.each([
  ['a?'.repeat(16).concat('b'), 'a'.repeat(20_000), false],
  [`^${'(?:a|a)'.repeat(28)}$`, `${'a'.repeat(27)}b`, false],
])('%s is matched within the time of a test', (pattern, text, expected) => {
  const schema = Schema.compile({
    properties: { [text]: false },
    patternProperties: { [pattern]: false },
    pattern,
  });
  for (let again = 0; again < 20; again += 1) {
    expect(schema.is(text)).toBe(expected);
    expect(schema.is({ [`${text}c`]: 1 })).toBe(!expected);
  }
});
