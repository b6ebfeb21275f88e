/**
 * What callers of schemas pass, checked by name, before anything is done with it. Ranges are the core's business; kinds,
 * names, and what stays in JavaScript, are checked here.
 */
import { SchemaError } from '../errors.js';
import type { NdjsonOptions } from './byte-check.js';
import type { SchemaOptions } from './options.js';

type Check = readonly [expected: string, holds: (value: unknown) => boolean];
type Checks<Options> = { readonly [Name in keyof Options]-?: Check };

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const COUNT: Check = [
  'a whole number of at least 1',
  (value) => Number.isSafeInteger(value) && (value as number) > 0,
];
const FLAG: Check = ['true or false', (value) => typeof value === 'boolean'];

const oneOf = (...values: string[]): Check => [
  `${values
    .slice(0, -1)
    .map((value) => `'${value}'`)
    .join(', ')} or '${values.at(-1)}'`,
  (value) => values.includes(value as string),
];

const LIMITS = ['depth', 'bytes', 'properties', 'items', 'stringLength', 'regexSteps'];

const OPTIONS: Checks<SchemaOptions> = {
  draft: oneOf('2020-12', '7'),
  remotes: [
    'an object of JSON Schemas by their URI',
    (value) =>
      isObject(value) &&
      Object.values(value).every((remote) => typeof remote === 'boolean' || isObject(remote)) &&
      hasJson(value),
  ],
  formats: FLAG,
  duplicateKeys: oneOf('reject', 'last'),
  trusted: FLAG,
  limits: [
    `an object of numbers: ${LIMITS.join(', ')}`,
    (value) =>
      isObject(value) &&
      Object.entries(value).every(
        ([name, limit]) => LIMITS.includes(name) && (limit === undefined || typeof limit === 'number'),
      ),
  ],
  errors: oneOf('issues', 'ajv', 'zod'),
  maxIssues: COUNT,
};

const NDJSON: Checks<NdjsonOptions> = { threads: COUNT };
const NORMALISE: Checks<{ canonical: boolean }> = { canonical: FLAG };

/** @throws SchemaError `ERR_SCHEMA_OPTION_INVALID` */
export const checkOptions = (options: SchemaOptions): void => checkAll(options, OPTIONS);

/** @throws SchemaError `ERR_SCHEMA_OPTION_INVALID` */
export const checkNdjsonOptions = (options: NdjsonOptions): void => checkAll(options, NDJSON);

/** @throws SchemaError `ERR_SCHEMA_OPTION_INVALID` */
export const checkNormaliseOptions = (options: { canonical?: boolean }): void => checkAll(options, NORMALISE);

function checkAll(options: object, checks: Readonly<Record<string, Check>>): void {
  if (!isObject(options)) wrong('options', 'an object');
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) wrong(name, `one of ${Object.keys(checks).join(', ')}`);
    if (value !== undefined && !check[1](value)) wrong(name, check[0]);
  }
}

function wrong(option: string, expected: string): never {
  throw new SchemaError('ERR_SCHEMA_OPTION_INVALID', `${option} must be ${expected}`, { option, expected });
}

function hasJson(value: object): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

/** Says what keeps a schema from being compiled. @throws SchemaError `ERR_SCHEMA_COMPILE` */
export function notASchema(reason: string, cause?: unknown): never {
  throw new SchemaError(
    'ERR_SCHEMA_COMPILE',
    reason,
    { pointer: '', reason },
    cause === undefined ? {} : { cause },
  );
}

/** Reading a schema and writing code for it recurse along it. @throws SchemaError `ERR_SCHEMA_COMPILE` */
export function unlessTooDeep<T>(compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof RangeError) notASchema('the schema is nested too deeply', error);
    throw error;
  }
}

const NOTHING = Buffer.alloc(0);

/** The bytes as the core takes them, without a copy where they are bytes already. @throws SchemaError as `checkBytes` */
export function bufferOf(bytes: Uint8Array | string, handle: number): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes);
  if (!ArrayBuffer.isView(bytes)) notBytes(handle);
  // One whose memory was handed on has none.
  if (bytes.byteLength === 0) return NOTHING;
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** @throws SchemaError `ERR_SCHEMA_HANDLE_INVALID` */
export function notBytes(handle: number): never {
  throw new SchemaError('ERR_SCHEMA_HANDLE_INVALID', 'This is no text or bytes', { handle });
}
