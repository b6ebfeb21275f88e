import type { ByteRules } from './byte-check.js';
import { FIRST, type NativeIssue, type NativeSchema } from './bytes.js';
import { FIRST_RULE } from './codes.js';
import type { LinkedProgram, SchemaProgram } from './ir.js';
import { type SchemaIssue, toAjv, toIssue } from './issues.js';
import { type WithCore, withCore } from './lent-patterns.js';
import { SchemaMismatchError } from './mismatch.js';
import type { SchemaOptions } from './options.js';
import type { SafeParseResult } from './schema.js';
import { documentError, type ZodErrorClass, zodErrorClass } from './zod-errors.js';
import { Zod3Issues } from './zod-issues.js';
import { firstIssues } from './zod-telling.js';
import type { Zod3Schema, ZodMethods } from './zod-types.js';

/** What refusing bytes by a Zod schema needs. */
export interface Refusing {
  zod: ZodMethods;
  linked: LinkedProgram;
  native: NativeSchema;
  /** Takes every document that is JSON within the limits; compiled when first asked for. */
  documents(): NativeSchema;
}

type Refusal = Pick<ByteRules, 'find' | 'refuse'>;

/** How bytes that do not match are found and told. */
export function refusal(refusing: Refusing, options: SchemaOptions): Refusal {
  const { errors = 'zod', maxIssues = 100 } = options;
  const { native, linked } = refusing;
  if (errors !== 'zod') {
    const refuse = (_code: number, bytes: Buffer): SafeParseResult<unknown> => {
      const issues = native.issues(bytes, maxIssues).map((found) => toIssue(native.program, found, true));
      return failed(new SchemaMismatchError(issues, errors === 'ajv' ? issues.map(toAjv) : issues));
    };
    return { find: (bytes) => native.check(bytes), refuse };
  }
  const byValue = refuseByValue(refusing, maxIssues, withCore(linked, options));
  if (linked.program.dialect !== 'zod3') return { find: (bytes) => native.check(bytes), refuse: byValue };
  const alone = refuseAlone(refusing);
  const refuse = (code: number, bytes: Buffer): SafeParseResult<unknown> =>
    (code < FIRST_RULE ? undefined : alone(bytes)) ?? byValue(code, bytes);
  return { find: (bytes) => native.tell(bytes), refuse };
}

/** Has Zod 3 tell the one issue of a document, where it can be asked about that alone. */
function refuseAlone({ zod, linked }: Refusing): (bytes: Buffer) => SafeParseResult<unknown> | undefined {
  const issues = new Zod3Issues(zod as Zod3Schema, linked);
  let ZodError: ZodErrorClass | undefined;
  return (bytes) => {
    const issue = issues.tell(FIRST, bytes);
    ZodError ??= issue && zodErrorClass(zod);
    return issue && ZodError && failed(withoutFrames(ZodError, issue));
  };
}

/** Makes the value and has Zod tell its issues. What is wrong with the document comes first: `JSON.parse` is not as strict. */
function refuseByValue(refusing: Refusing, maxIssues: number, withPatterns: WithCore): Refusal['refuse'] {
  const { zod, native } = refusing;
  const told = (found: NativeIssue, { program }: NativeSchema) =>
    failed(documentError(zod, [found], program));
  const first = (schema: NativeSchema, bytes: Buffer) => {
    const [found] = schema.issues(bytes, 1);
    return found && told(found, schema);
  };
  const tell = firstIssues(zod, maxIssues);
  const mayRunOut = runsOut(native.program);
  return (code, bytes) => {
    const outside =
      code < FIRST_RULE
        ? first(native, bytes)
        : (refusing.documents().check(bytes) !== 0 && first(refusing.documents(), bytes)) ||
          (mayRunOut && limitOf(native.issues(bytes, maxIssues), (found) => told(found, native)));
    if (outside) return outside;
    const value: unknown = JSON.parse(bytes.toString());
    const result = unlessThrown(() => withPatterns(() => tell(value)));
    // Were Zod to take what the core refuses, it would still be refused: `checkBytes` has said so.
    return result?.success === false
      ? result
      : failed(documentError(zod, native.issues(bytes, maxIssues), native.program));
  };
}

/**
 * What Zod says, unless it throws. Zod 4 hands on issues as arguments of a call, and of those the stack has no room for
 * some hundred thousands; as zod 3.25 carries it, it reads from a `constructor` of null.
 */
function unlessThrown<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Whether the rules themselves may break a limit: tries of alternatives, steps of a pattern. */
function runsOut({ nodes }: SchemaProgram): boolean {
  return nodes.some(
    ({ anyOf, string = [] }) => anyOf !== undefined || string.some(({ kind }) => kind === 'pattern'),
  );
}

function limitOf<T>(issues: NativeIssue[], tell: (found: NativeIssue) => T): T | undefined {
  const found = issues.find(({ code }) => code < FIRST_RULE);
  return found && tell(found);
}

function failed(error: unknown): SafeParseResult<unknown> {
  return { success: false, error: error as Error & { issues: SchemaIssue[] } };
}

/**
 * An error without a stack, which would cost more than all else; who throws the error gives it one. A limit of 0 does not
 * do: V8 then still looks at the topmost frame, which for optimised code takes longer than making the error.
 */
function withoutFrames(ZodError: ZodErrorClass, issue: unknown): unknown {
  const limit = Error.stackTraceLimit;
  (Error as { stackTraceLimit: unknown }).stackTraceLimit = undefined;
  try {
    return new ZodError([issue]);
  } finally {
    Error.stackTraceLimit = limit;
  }
}
