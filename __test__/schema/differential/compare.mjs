/**
 * Who is held to whom. Each function gives undefined, or what differs.
 *
 * An object: generated JavaScript against the zod schema it was made from, to the last field of the last issue.
 * Bytes: the pass over bytes against zod on what JSON.parse makes of them.
 * JSON Schema: generated JavaScript against the pass over bytes against the `jsonschema` crate.
 */
import { isDeepStrictEqual } from 'node:util';
import { isSame, outcomeOf, plainIssues } from './same.mjs';

/** @returns {{what: string, expected: unknown, got: unknown} | undefined} */
function difference(what, expected, got) {
  return isSame(expected, got) ? undefined : { what, expected, got };
}

/** The result of zod or of a schema of this package, as far as callers may rely on it. */
function plain(outcome) {
  if ('thrown' in outcome) return outcome;
  const { success, data, error } = outcome.value;
  return success ? { success, data } : { success, issues: plainIssues(error.issues), name: error.name };
}

export function compareObject({ zod, schema }, value) {
  const expected = plain(outcomeOf(() => zod.safeParse(value)));
  const got = plain(outcomeOf(() => schema.safeParse(value)));
  return (
    (hasPrototype(expected.data) ? undefined : difference('safeParse', expected, got)) ??
    ('thrown' in expected ? undefined : difference('is', expected.success, schema.is(value)))
  );
}

/** @param {Buffer} bytes a valid JSON text without anything that only JSON.parse takes */
export function compareBytes({ zod, schema }, bytes) {
  const expected = plain(outcomeOf(() => zod.safeParse(JSON.parse(bytes.toString()))));
  if ('thrown' in expected) return undefined;
  const verdict = difference('checkBytes', expected.success, schema.checkBytes(bytes));
  if (verdict || hasPrototype(expected.data)) return verdict;
  return (
    compareVerdicts(schema, bytes) ??
    difference('safeParseBytes', expected, plain(outcomeOf(() => schema.safeParseBytes(bytes)))) ??
    (expected.success ? compareNormalised(schema, bytes, expected.data) : undefined)
  );
}

/** Zod 4 of zod 3.25 sets the prototype of a result to the value of `__proto__`: another object each time. */
function hasPrototype(data) {
  if (typeof data !== 'object' || data === null) return false;
  const from = Object.getPrototypeOf(data);
  const ofClass =
    from === null || (Object.hasOwn(from, 'constructor') && typeof from.constructor === 'function');
  return !ofClass || Object.values(data).some(hasPrototype);
}

function compareNormalised(schema, bytes, data) {
  const text = schema.normalise(bytes)?.toString();
  const got = text === undefined ? 'no bytes' : JSON.parse(text);
  // What JSON says of the result, in which what is undefined has no text; keys stay in the order they came in.
  const expected = JSON.parse(JSON.stringify(data));
  return isDeepStrictEqual(expected, got) ? undefined : { what: 'normalise', expected, got };
}

/**
 * Bytes that may be anything. The pass refuses some that JSON.parse takes: not UTF-8, a byte order mark, lone
 * surrogates, numbers beyond a double. Of keys that come twice both take the last, as the schema was told.
 */
export function compareBroken({ zod, schema, lenient }, bytes) {
  const parsed = strictlyParsed(bytes);
  const outcome = parsed && outcomeOf(() => zod.safeParse(parsed.value));
  if (outcome && 'thrown' in outcome) return undefined;
  const expected = outcome?.value.success === true;
  return (
    difference('checkBytes of damaged bytes', expected, lenient.checkBytes(bytes)) ??
    compareVerdicts(lenient, bytes) ??
    compareVerdicts(schema, bytes)
  );
}

/** Whoever reads the value of bytes says of them what `checkBytes` says, be they what they may. */
export function compareVerdicts(schema, bytes) {
  const read = outcomeOf(() => schema.safeParseBytes(bytes));
  // What is left to Zod it may also throw at.
  if ('thrown' in read && schema.coverage.bytes === 'javascript') return undefined;
  const { success } = read.value;
  return (
    difference('safeParseBytes against checkBytes', schema.checkBytes(bytes), success) ??
    difference('issues exactly where refused', !success, schema.issues(bytes).length > 0)
  );
}

/** @param {Buffer} bytes a JSON text with a key twice in one object, in which nothing else is wrong with the text */
export function compareDoubled({ zod, schema, lenient }, bytes) {
  const { success, error } = schema.safeParseBytes(bytes);
  const outcome = outcomeOf(() => zod.safeParse(JSON.parse(bytes.toString())));
  const taken = outcome.value?.success === true;
  return (
    difference('checkBytes of a key twice', false, schema.checkBytes(bytes)) ??
    difference('safeParseBytes of a key twice', false, success) ??
    difference('what refuses a key twice', ['syntax.duplicate'], codesOf(error)) ??
    ('thrown' in outcome
      ? undefined
      : difference('the last of a key twice', taken, lenient.checkBytes(bytes))) ??
    compareVerdicts(lenient, bytes)
  );
}

/** Of a schema of zod that takes every value there is no `ZodError`: the issues are this package's own. */
const codesOf = ({ issues }) => issues.map(({ code, params }) => (code === 'custom' ? params.code : code));

export function compareJsonSchema({ schema, crate }, bytes) {
  const text = bytes.toString();
  const expected = crate.checkBytes(bytes);
  return (
    difference('checkBytes against the crate', expected, schema.checkBytes(bytes)) ??
    difference('is against the crate', expected, schema.is(JSON.parse(text))) ??
    difference('issues exactly where invalid', !expected, schema.issues(bytes).length > 0)
  );
}

/** Whether both versions of zod accept. */
export function compareVersions(zod3, zod4, value) {
  const [three, four] = [zod3, zod4].map((zod) => outcomeOf(() => zod.safeParse(value)).value?.success);
  return difference('zod 4 against zod 3', three, four);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function strictlyParsed(bytes) {
  try {
    const value = JSON.parse(decoder.decode(bytes));
    return isStrict(value) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value came from JSON that every parser takes: no infinity, no lone surrogate. */
export function isStrict(value) {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isStrict(inner));
}
