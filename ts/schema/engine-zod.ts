import { Bytes } from './byte-check.js';
import { NativeSchema } from './bytes.js';
import { fromZod3 } from './from-zod3.js';
import { fromZod4 } from './from-zod4.js';
import { INVALID } from './invalid.js';
import type { LinkedProgram, SchemaProgram } from './ir.js';
import { type SchemaIssue, toAjv } from './issues.js';
import { toJsonSchema } from './json-schema.js';
import { SchemaMismatchError } from './mismatch.js';
import { checkObjects } from './objects.js';
import type { SchemaCoverage, SchemaOptions } from './options.js';
import { javaScriptParts } from './presence.js';
import type { Engine, SafeParseResult } from './schema.js';
import { refusal } from './zod-refusal.js';
import { bounded } from './zod-telling.js';
import { type Zod3Schema, type Zod4Schema, type ZodMethods, zodVersion } from './zod-types.js';

/** The program of a Zod schema. One whose definition throws when it is read stays with Zod, which may throw as well. */
export function linkZod(source: unknown): LinkedProgram {
  const isZod3 = zodVersion(source) === 3;
  try {
    return isZod3 ? fromZod3(source as Zod3Schema) : fromZod4(source as Zod4Schema);
  } catch (error) {
    // Too deep for the stack here is too deep for whoever writes the code as well.
    if (error instanceof RangeError) throw error;
    const js = `its definition can not be read: ${error instanceof Error ? error.message : String(error)}`;
    const program = {
      version: 1,
      dialect: isZod3 ? 'zod3' : 'zod4',
      root: 0,
      nodes: [{ at: '', js }],
    } as const;
    return { program: { ...program, nodes: [...program.nodes] }, externals: [] };
  }
}

/** Objects only, without the core: what `native()` needs for `parse`. */
export interface ZodObjects {
  linked: LinkedProgram;
  copy(value: unknown): unknown;
  is(value: unknown): boolean;
  coverage: Pick<SchemaCoverage, 'objects'> & { reasons: SchemaCoverage['reasons']['objects'] };
}

/** Code for the objects of a Zod schema; where there is none, `copy` always leaves it to Zod. */
export function objectsOfZod(zod: ZodMethods): ZodObjects {
  const linked = linkZod(zod);
  const { validator, reasons } = checkObjects(linked);
  if (!validator) {
    return {
      linked,
      copy: () => INVALID,
      is: (value) => zod.safeParse(value).success,
      coverage: { objects: 'zod', reasons },
    };
  }
  const { copy, is } = validator;
  return {
    linked,
    // Code throws only where the value does, or is too deep for the stack: Zod then decides, and throws the same.
    copy: (value) => {
      try {
        return copy(value);
      } catch {
        return INVALID;
      }
    },
    is: (value) => {
      try {
        return is(value);
      } catch {
        return zod.safeParse(value).success;
      }
    },
    coverage: { objects: 'generated', reasons },
  };
}

/** The engine of a Zod schema: code for objects, the core for bytes, Zod for failures and for what needs it. */
export function ofZod(source: unknown, options: SchemaOptions): Engine {
  const zod = source as ZodMethods;
  const { linked, copy, is, coverage } = objectsOfZod(zod);
  const { errors: form = 'zod', maxIssues = 100 } = options;
  const decide = (value: unknown): SafeParseResult<unknown> => {
    const result = zod.safeParse(value) as SafeParseResult<unknown>;
    return result.success || form === 'zod'
      ? result
      : { success: false, error: otherForm(result.error, form, maxIssues) };
  };
  const safeParse = (value: unknown): SafeParseResult<unknown> => {
    const data = copy(value);
    return data === INVALID ? decide(value) : { success: true, data };
  };
  const standard = zod['~standard'];
  const native = lazily(() => compileForBytes(linked, options));
  const bytes = lazily(() => {
    const { schema, needsJavaScript } = native();
    return new Bytes({
      native: schema,
      needsJavaScript,
      canNormalise: !needsJavaScript && !hasMovingDefault(linked.program),
      form,
      maxIssues,
      is,
      // Of what the core takes Zod has issues only where it has to decide.
      safeParse: (value) => (form === 'zod' ? bounded(zod, safeParse(value), maxIssues) : safeParse(value)),
      issuesOf: (value) => issuesOfZod(zod, value),
      ...refusal(
        { zod, linked, native: schema, documents: lazily(() => compileAny(linked.program, options)) },
        options,
      ),
    });
  });
  return {
    copy,
    is,
    decide,
    ...(standard && { validate: (value: unknown) => standard.validate(value) }),
    get bytes() {
      return bytes();
    },
    get coverage(): SchemaCoverage {
      const { needsJavaScript, reasons } = native();
      return {
        objects: coverage.objects,
        bytes: needsJavaScript ? 'javascript' : 'fused',
        reasons: { objects: coverage.reasons, bytes: reasons },
      };
    },
    toJsonSchema: (target, io) => toJsonSchema(linked.program, target, io),
  };
}

interface CompiledForBytes {
  schema: NativeSchema;
  needsJavaScript: boolean;
  reasons: { at: string; reason: string }[];
}

/** What the core can't decide is left to JavaScript; the core still checks that the bytes are JSON within its limits. */
function compileForBytes({ program, release }: LinkedProgram, options: SchemaOptions): CompiledForBytes {
  const parts = [...javaScriptParts(program.nodes), ...onlyForObjects(program, release)];
  if (parts.length > 0)
    return { schema: compileAny(program, options), needsJavaScript: true, reasons: parts };
  try {
    const schema = NativeSchema.compile('program', JSON.stringify(program), options);
    return { schema, needsJavaScript: false, reasons: [] };
  } catch (error) {
    const { code, fields } = error as { code?: string; fields?: Record<string, unknown> };
    if (code !== 'ERR_SCHEMA_COMPILE') throw error;
    const reason = {
      at: String(fields?.pointer ?? ''),
      reason: String(fields?.reason ?? 'not for the core'),
    };
    return { schema: compileAny(program, options), needsJavaScript: true, reasons: [reason] };
  }
}

/**
 * What Zod sees otherwise in a value than bytes say it: under a name like `constructor` it finds what every object
 * inherits; and the core takes those doubles for multiples that Zod 4.6 does, which Zod 4 of zod 3.25 does not.
 */
function onlyForObjects(
  { nodes }: SchemaProgram,
  release: LinkedProgram['release'],
): { at: string; reason: string }[] {
  return nodes.flatMap(({ at, object, discriminator, number }) => {
    const keys = [...(object?.properties ?? []).map((rule) => rule.key), discriminator?.key ?? ''];
    const inherited = keys.find((key) => key in Object.prototype);
    if (inherited !== undefined) return [{ at, reason: `every object has a "${inherited}"` }];
    const multiple = release === '4.0' && number?.some((check) => check.kind === 'multipleOf');
    return multiple ? [{ at, reason: 'multiples as zod 4 of zod 3.25 sees them' }] : [];
  });
}

function compileAny({ version, dialect }: SchemaProgram, options: SchemaOptions): NativeSchema {
  const program: SchemaProgram = { version, dialect, root: 0, nodes: [{ at: '' }] };
  return NativeSchema.compile('program', JSON.stringify(program), options);
}

/** A default that is not known to be constant can't be written into bytes by the core. */
function hasMovingDefault({ nodes }: SchemaProgram): boolean {
  return nodes.some((node) => node.fallback && node.fallback.constant === undefined);
}

function otherForm(
  error: Error & { issues: readonly unknown[] },
  form: 'issues' | 'ajv',
  most: number,
): SchemaMismatchError & { issues: SchemaIssue[] } {
  const issues = error.issues.slice(0, most).map(fromZodIssue);
  const told = form === 'ajv' ? issues.map(toAjv) : issues;
  return new SchemaMismatchError(issues, told) as SchemaMismatchError & { issues: SchemaIssue[] };
}

function issuesOfZod(zod: ZodMethods, value: unknown): SchemaIssue[] {
  const result = zod.safeParse(value);
  return result.success ? [] : result.error.issues.map(fromZodIssue);
}

/** An issue of Zod in the form of this package: its own code stands in `params`. */
function fromZodIssue(issue: unknown): SchemaIssue {
  const { code = '', message, path } = issue as { code?: string; message: string; path: (string | number)[] };
  const pointer = path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  return {
    code: 'keyword',
    issueCode: 170,
    message,
    path,
    pointer,
    schemaPointer: '',
    params: { zod: code },
  };
}

/** Made once, when first asked for. */
function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
