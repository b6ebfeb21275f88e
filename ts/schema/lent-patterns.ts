import { NativeSchema } from './bytes.js';
import type { LinkedProgram, SchemaProgram, StringCheck } from './ir.js';
import type { SchemaOptions } from './options.js';
import { isHarmless } from './patterns.js';
import { regexOf } from './zod3-checks.js';

/** Runs something while the patterns of a schema are matched by the core. */
export type WithCore = <T>(run: () => T) => T;

/** A regular expression of a schema, and what says the same in linear time. */
type Loan = readonly [regex: RegExp, test: (text: unknown) => boolean];

/**
 * Lends the matcher of the core to the regular expressions of a schema that V8 may take long with.
 *
 * Zod tells a pattern that does not match by matching it again. The core has found out in linear time; that the words
 * are Zod's must not cost what V8 may take for the same, which some strings make exponential. So while Zod looks at a
 * refused value, and only then, `test` of those expressions is the core's.
 */
export function withCore({ program }: LinkedProgram, options: SchemaOptions): WithCore {
  const checks = options.trusted ? [] : program.nodes.flatMap(({ string = [] }) => string.filter(isRisky));
  const loans = checks.flatMap((check): Loan[] => {
    const regex = regexOf(check);
    return regex ? [[regex, matcher(check, program, options)]] : [];
  });
  if (loans.length === 0) return (run) => run();
  return (run) => {
    const lent = loans.filter(lend);
    try {
      return run();
    } finally {
      for (const [regex] of lent) delete (regex as { test?: unknown }).test;
    }
  };
}

function isRisky(check: StringCheck): boolean {
  return check.kind === 'pattern' && !isHarmless(check.source);
}

/** @returns whether it was lent here: one with a `test` of its own has it from its owner, or has it lent already */
function lend([regex, value]: Loan): boolean {
  if (Object.hasOwn(regex, 'test') || !Object.isExtensible(regex)) return false;
  Object.defineProperty(regex, 'test', { value, configurable: true });
  return true;
}

/** The pattern alone; compiled when it is first asked. */
function matcher(
  check: StringCheck,
  { version, dialect }: SchemaProgram,
  { limits }: SchemaOptions,
): (text: unknown) => boolean {
  let native: NativeSchema | undefined;
  return (text) => {
    native ??= NativeSchema.compile(
      'program',
      JSON.stringify({ version, dialect, root: 0, nodes: [{ at: '', string: [check] }] }),
      limits ? { limits } : {},
    );
    return native.check(JSON.stringify(text)) === 0;
  };
}
