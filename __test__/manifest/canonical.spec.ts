/** Canonical JSON against the official vectors, against V8's numbers and against another implementation. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalizeJson, ManifestError } from '@cortex-os/native';
import reference from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { suite } from './conformance.js';

const DOUBLES = 500_000;

describe('RFC 8785', () => {
  test('official vectors', ({ skip }) => {
    const data = suite('json-canonicalization/testdata', 'github.com/cyberphone/json-canonicalization', skip);
    const names = readdirSync(join(data, 'input'));
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) {
      const made = canonicalizeJson(readFileSync(join(data, 'input', name)));
      expect(made.toString(), name).toBe(readFileSync(join(data, 'output', name), 'utf8'));
      const hex = readFileSync(join(data, 'outhex', name.replace('.json', '.txt')), 'utf8').replace(
        /\s/g,
        '',
      );
      expect(made.toString('hex'), name).toBe(hex);
    }
  });

  test('numbers are written as V8 writes them', () => {
    // Random bits: every exponent is as likely as any other.
    const random = new BigUint64Array(DOUBLES);
    let state = 0x9e3779b97f4a7c15n;
    for (let index = 0; index < DOUBLES; index += 1) {
      state = BigInt.asUintN(64, state ^ (state << 13n));
      state ^= state >> 7n;
      state = BigInt.asUintN(64, state ^ (state << 17n));
      random[index] = state;
    }
    const doubles = Array.from(new Float64Array(random.buffer)).filter(Number.isFinite);
    const small = Array.from({ length: 20_000 }, (_, index) => (index - 10_000) / 1000);
    const powers = Array.from({ length: 700 }, (_, index) => Number(`1e${index - 350}`)).filter(
      Number.isFinite,
    );
    for (const numbers of [doubles, small, powers]) {
      const text = JSON.stringify(numbers);
      expect(canonicalizeJson(text).toString() === text).toBe(true);
    }
    expect(doubles.length).toBeGreaterThan(DOUBLES * 0.99);
  });

  test('any value is written as the reference implementation writes it', () => {
    const value = fc.anything({
      key: fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })).filter(isWellFormed),
      values: [
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'binary' }).filter(isWellFormed),
        fc.constant(null),
      ],
      withNullPrototype: false,
      maxDepth: 5,
    });
    fc.assert(
      fc.property(value, fc.boolean(), (input, pretty) => {
        const text = JSON.stringify(input, null, pretty ? 2 : undefined);
        fc.pre(text !== undefined);
        return canonicalizeJson(text).toString() === reference(JSON.parse(text));
      }),
      { numRuns: 3000 },
    );
  });

  test('bytes, text and objects give the same', () => {
    const value = { b: [1, { z: 1, a: '€' }], a: null };
    const expected = '{"a":null,"b":[1,{"a":"€","z":1}]}';
    const text = JSON.stringify(value);
    for (const input of [value, text, Buffer.from(text), new TextEncoder().encode(text)]) {
      expect(canonicalizeJson(input).toString()).toBe(expected);
    }
  });

  test.each([
    ['{"a": 1, "a": 2}', 9, 1, 10],
    ['["\\ud800"]', 2, 1, 3],
    ['[\n 1e400]', 3, 2, 2],
    ['{"a":1', 6, 1, 7],
  ])('%s is refused with its place', (text, byteOffset, line, column) => {
    const error = caught(() => canonicalizeJson(text));
    expect(error).toBeInstanceOf(ManifestError);
    expect(error).toMatchObject({ code: 'ERR_MANIFEST_JSON', fields: { byteOffset, line, column } });
  });
});

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

/** No lone surrogate. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
