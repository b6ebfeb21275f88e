/**
 * A group is one schema with the cases made for it. Its seed alone makes the group again: what a failed run prints.
 * Each maker gives a function that runs one case: undefined, or what differs, with the value it differs for.
 */
import { Schema } from '@cortex-os/native';
import { z as zod3 } from 'zod';
import { z as zod40 } from 'zod/v4';
import { z as zod4 } from 'zod4';
import {
  compareBroken,
  compareBytes,
  compareDoubled,
  compareJsonSchema,
  compareObject,
  compareVersions,
  isStrict,
} from './compare.mjs';
import { jsonSchemaOf, valueForJsonSchema } from './json-schemas.mjs';
import { mutated } from './mutate.mjs';
import { SAMPLES } from './samples.mjs';
import { objectShapeOf, shapeOf } from './shapes.mjs';
import { brokenBytes, doubledText, textOf } from './texts.mjs';
import { toZod } from './to-zod.mjs';
import { anyValue, valueFor } from './values.mjs';
import { versionsAgree } from './versions.mjs';

const SHARES = { shape: 6, sample: 1, jsonSchema: 3 };

/** @returns {{describe: () => string, runCase: () => {value: unknown, what: string} | undefined}} */
export function makeGroup(random) {
  return MAKERS[random.weighted(SHARES)](random);
}

const MAKERS = {
  shape(random) {
    const shape = random.oneIn(4) ? shapeOf(random) : objectShapeOf(random);
    const [three, four] = [compiled(toZod(shape, zod3), 'zod 3'), compiled(toZod(shape, zod4), 'zod 4')];
    const early = earlyZod4(shape);
    const agree = versionsAgree(shape);
    return {
      describe: () => JSON.stringify(shape, withPatterns),
      runCase() {
        const value = perhapsMutated(valueFor(shape, random), random);
        return (
          (agree &&
            isJson(value) &&
            isPlain(value) &&
            found(value, compareVersions(three.zod, four.zod, value))) ||
          compareWithZod(three, value, random) ||
          compareWithZod(four, value, random) ||
          (early && compareWithZod(early, value, random))
        );
      },
    };
  },

  sample(random) {
    const [zod, sample] = random.pick(SAMPLES);
    const schemas = compiled(zod, 'zod 3');
    return {
      describe: () => `a schema of this package, which takes ${JSON.stringify(sample)}`,
      runCase: () => compareWithZod(schemas, perhapsMutated(sample, random), random),
    };
  },

  jsonSchema(random) {
    const source = jsonSchemaOf(random);
    const schema = Schema.compile(source, { formats: true });
    const crate = Schema.compile(onlyForTheCrate(source), { formats: true });
    return {
      describe: () => JSON.stringify(source),
      runCase() {
        const value = perhapsMutated(valueForJsonSchema(source, random, anyValue), random, {
          javascript: false,
        });
        const text = JSON.stringify(value);
        if (text === undefined || !isStrict(JSON.parse(text))) return undefined;
        return found(
          value,
          compareJsonSchema({ schema, crate }, Buffer.from(textOf(JSON.parse(text), random))),
        );
      },
    };
  },
};

function compiled(zod, version) {
  const schema = Schema.compile(zod, { errors: 'zod' });
  return { zod, schema, version, lenient: Schema.compile(zod, { errors: 'zod', duplicateKeys: 'last' }) };
}

/** It makes patterns of bounds at once, and throws where they cross. */
function earlyZod4(shape) {
  try {
    return compiled(toZod(shape, zod40), 'zod 4 of zod 3.25');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The same verdicts, with a keyword that the fused pass leaves to the crate. */
const onlyForTheCrate = (source) => ({
  $schema: source.$schema,
  $defs: source.$defs,
  allOf: [{ ...source, $schema: undefined, $defs: undefined }],
  unevaluatedProperties: true,
});

function compareWithZod(schemas, value, random) {
  const difference = compareAll(schemas, value, random);
  return difference && { ...difference, what: `${difference.what} (${schemas.version})` };
}

function compareAll(schemas, value, random) {
  const difference = found(value, compareObject(schemas, value));
  if (difference || !isJson(value)) return difference;
  const parsed = JSON.parse(JSON.stringify(value));
  if (!isStrict(parsed)) return undefined;
  const bytes = Buffer.from(textOf(parsed, random));
  return (
    found(bytes.toString(), compareBytes(schemas, bytes)) ||
    (random.oneIn(3) ? compareDamaged(schemas, brokenBytes(bytes, random)) : undefined) ||
    (random.oneIn(3) ? compareKeyTwice(schemas, doubledText(parsed, random)) : undefined)
  );
}

function compareKeyTwice(schemas, text) {
  if (text === undefined || !isStrict(JSON.parse(text))) return undefined;
  return found(text, compareDoubled(schemas, Buffer.from(text)));
}

const compareDamaged = (schemas, bytes) => found(bytes.toString('latin1'), compareBroken(schemas, bytes));

const found = (value, difference) => difference && { value, ...difference };

function perhapsMutated(value, random, options = { javascript: random.oneIn(3) }) {
  const times = random.pick([0, 0, 1, 1, 1, 2]);
  for (let i = 0; i < times; i += 1) value = mutated(value, random, options);
  return value;
}

/** Whether JSON has a text for the value that says all of it: -0 and undefined are lost, and what is no plain data. */
function isJson(value) {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (Array.isArray(value)) return value.every(isJson) && Object.keys(value).length === value.length;
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every(isJson);
}

/** Without characters of two UTF-16 units, which zod 4 counts once, and without a key that sets a prototype. */
const isPlain = (value) => !/[\ud800-\udfff]|__proto__/.test(JSON.stringify(value));

const withPatterns = (_key, value) => (value instanceof RegExp ? String(value) : value);
