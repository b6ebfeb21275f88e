import type { NumberCheck, StringCheck } from './ir.js';
import { lengthCheck, type ProgramBuilder } from './program-builder.js';
import type { Zod3Check, Zod3Definition, Zod3Schema } from './zod-types.js';
import { zod3Format } from './zod3-formats.js';

/** The checks of a string of Zod 3, or why they need JavaScript. */
export function stringChecks(
  builder: ProgramBuilder<Zod3Schema>,
  definition: Zod3Definition,
  schema: Zod3Schema,
): StringCheck[] | string {
  const checks: StringCheck[] = [];
  for (const check of definition.checks ?? []) {
    const read = stringCheck(check) ?? asked(builder, definition, schema, check);
    if (typeof read === 'string') return read;
    checks.push(read);
  }
  return checks;
}

function stringCheck(check: Zod3Check): StringCheck | string | undefined {
  const { kind, value } = check;
  switch (kind) {
    case 'min':
    case 'max':
    case 'length': {
      const named = { min: 'minLength', max: 'maxLength', length: 'length' } as const;
      return lengthCheck(named[kind], Number(value), 'utf16') ?? 'a length that is no count';
    }
    case 'startsWith':
    case 'endsWith':
      return { kind, value: String(value) };
    case 'includes': {
      const { position } = check;
      if (position === undefined) return { kind, value: String(value) };
      return lengthCheck('length', position, 'utf16')
        ? { kind, value: String(value), position }
        : 'a position';
    }
    case 'regex':
      return check.regex ? patternOf(check.regex) : 'no pattern';
    case 'url':
      return { kind: 'format', name: 'zod3.url' };
    case 'trim':
    case 'toLowerCase':
    case 'toUpperCase':
      return `changes the text (${kind})`;
    default:
      return zod3Format(check)?.check;
  }
}

type PatternCheck = Extract<StringCheck, { kind: 'pattern' }>;

const regexes = new WeakMap<StringCheck, RegExp>();

/** The pattern of a regular expression. `g` only moves a position that Zod sets back each time. */
export function patternOf(regex: RegExp): PatternCheck {
  const flags = regex.flags.replace('g', '');
  const check: PatternCheck = { kind: 'pattern', source: regex.source, flags };
  regexes.set(check, regex);
  return check;
}

/** The regular expression that a check was made from by {@link patternOf}. */
export function regexOf(check: StringCheck): RegExp | undefined {
  return regexes.get(check);
}

/** A format that has no pattern here: a schema of the same class with this check only says. */
function asked(
  builder: ProgramBuilder<Zod3Schema>,
  definition: Zod3Definition,
  schema: Zod3Schema,
  check: Zod3Check,
): StringCheck | string {
  const Class = schema.constructor as new (definition: Zod3Definition) => Zod3Schema;
  const alone = new Class({ ...definition, checks: [check] });
  try {
    alone.safeParse('');
  } catch {
    return `an unknown check (${check.kind})`;
  }
  const external = builder.external((value) => alone.safeParse(value).success);
  return { kind: 'format', name: `zod3.${check.kind}`, external };
}

/** The checks of a number of Zod 3, or why they need JavaScript. */
export function numberChecks(definition: Zod3Definition): NumberCheck[] | string {
  const checks: NumberCheck[] = [];
  for (const check of definition.checks ?? []) {
    const read = numberCheck(check);
    if (typeof read === 'string') return read;
    if (read) checks.push(read);
  }
  return checks;
}

function numberCheck({ kind, value, inclusive = true }: Zod3Check): NumberCheck | string | undefined {
  if (kind === 'int') return { kind, rule: 'integral' };
  if (kind === 'finite') return { kind };
  if (typeof value !== 'number') return `an unknown check (${kind})`;
  if (kind === 'min' || kind === 'max') return numberBound(kind, value, inclusive);
  return kind === 'multipleOf' && Number.isFinite(value) ? { kind, value } : `an unknown check (${kind})`;
}

/** A bound that JSON can say; an infinite one that excludes nothing is none. */
export function numberBound(
  kind: 'min' | 'max',
  value: number,
  inclusive: boolean,
): NumberCheck | string | undefined {
  if (Number.isFinite(value)) return { kind, value, inclusive };
  const open = value === (kind === 'min' ? -Infinity : Infinity);
  return open && inclusive ? undefined : 'a bound that JSON can not say';
}
