/** Patterns that V8 may match: none of those that take it long on a text made for them. */
import { Schema } from '@cortex-os/native';
import { expect, test } from 'vitest';
import { isHarmless } from '../../dist/schema/patterns.js';

test.each([
  'abc',
  '^a$',
  '^[a-z]+$',
  '^\\d{4}-\\d{2}$',
  '^[a-z0-9][a-z0-9-]{1,62}$',
  'a|b',
  '^\\S+$',
  '(?:ab)',
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
  '^a{200}a+$',
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
