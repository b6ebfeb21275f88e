import type { Zod4Reading } from './from-zod4.js';
import type { NumberCheck, StringCheck } from './ir.js';
import { lengthCheck } from './program-builder.js';
import type { Zod4Check, Zod4Schema } from './zod-types.js';
import { numberBound, patternOf } from './zod3-checks.js';

/** The checks of a schema with itself first, where it is a check (`z.email()`, `z.int()`). */
function allChecks(schema: Zod4Schema): Zod4Check[] {
  const self = schema._zod.traits.has('$ZodCheck') ? [schema as unknown as Zod4Check] : [];
  return [...self, ...(schema._zod.def.checks ?? [])];
}

/** The checks of a string of Zod 4, or why they need JavaScript. */
export function stringChecks(reading: Zod4Reading, schema: Zod4Schema): StringCheck[] | string {
  const checks: StringCheck[] = [];
  for (const check of allChecks(schema)) {
    const read = stringCheck(reading, check);
    if (typeof read === 'string') return read;
    checks.push(read);
  }
  return checks;
}

function stringCheck(reading: Zod4Reading, check: Zod4Check): StringCheck | string {
  const { def } = check._zod;
  switch (def.check) {
    case 'min_length':
      return lengthOf('minLength', def.minimum, check);
    case 'max_length':
      return lengthOf('maxLength', def.maximum, check);
    case 'length_equals':
      return lengthOf('length', def.length, check);
    case 'string_format':
      return def.when ? 'a check with a condition' : formatCheck(reading, check);
    default:
      return `changes or refines the text (${def.check ?? 'an unknown check'})`;
  }
}

/** Whether code points or UTF-16 units are counted differs between versions: the check itself is tried on one pair. */
function lengthOf(
  kind: 'minLength' | 'maxLength' | 'length',
  value: number | undefined,
  check: Zod4Check,
): StringCheck | string {
  const Class = check._zod.constr ?? (check.constructor as NonNullable<Zod4Check['_zod']['constr']>);
  try {
    const payload = { value: '\u{1F600}', issues: [] };
    new Class({ check: 'length_equals', length: 1, minimum: 2, maximum: 1 })._zod.check(payload);
    const passed = payload.issues.length === 0;
    const codePoints = kind === 'minLength' ? !passed : passed;
    return (
      lengthCheck(kind, Number(value), codePoints ? 'codepoint' : 'utf16') ?? 'a length that is no count'
    );
  } catch {
    return 'a length';
  }
}

/** Formats whose test is their pattern and nothing else. */
const BY_PATTERN = new Set([
  'regex',
  'lowercase',
  'uppercase',
  'guid',
  'uuid',
  'email',
  'nanoid',
  'cuid',
  'cuid2',
  'ulid',
  'xid',
  'ksuid',
  'emoji',
  'datetime',
  'date',
  'time',
  'duration',
  'ipv4',
  'cidrv4',
  'e164',
]);

function formatCheck(reading: Zod4Reading, check: Zod4Check): StringCheck | string {
  const { def } = check._zod;
  const { format = '', pattern, position } = def;
  if (format === 'starts_with') return { kind: 'startsWith', value: def.prefix ?? '' };
  if (format === 'ends_with') return { kind: 'endsWith', value: def.suffix ?? '' };
  if (format === 'includes') {
    const value = def.includes ?? '';
    if (position === undefined) return { kind: 'includes', value };
    return lengthCheck('length', position, 'utf16') ? { kind: 'includes', value, position } : 'a position';
  }
  if (pattern && BY_PATTERN.has(format)) {
    return format === 'regex' ? patternOf(pattern) : { ...patternOf(pattern), format };
  }
  if (format === 'jwt' || isAsync(check)) return `a format (${format})`;
  return { kind: 'format', name: `zod4.${format}`, external: reading.builder.external(asked(check)) };
}

function isAsync(check: Zod4Check): boolean {
  const payload = { value: '', issues: [] };
  try {
    return check._zod.check(payload) instanceof Promise;
  } catch {
    return true;
  }
}

/** The check itself says; `undefined` where it holds but changes the text, which is for Zod to do. */
function asked(check: Zod4Check): (value: unknown) => boolean | undefined {
  return (value) => {
    const payload = { value, issues: [] };
    check._zod.check(payload);
    if (payload.issues.length > 0) return false;
    return payload.value === value ? true : undefined;
  };
}

/** The checks of a number of Zod 4, or why they need JavaScript. */
export function numberChecks(schema: Zod4Schema): NumberCheck[] | string {
  const checks: NumberCheck[] = [];
  for (const check of allChecks(schema)) {
    const read = numberCheck(check);
    if (typeof read === 'string') return read;
    checks.push(...read);
  }
  return checks;
}

function numberCheck({ _zod }: Zod4Check): NumberCheck[] | string {
  const { check, value, inclusive = false, format, when } = _zod.def;
  if (when) return 'a check with a condition';
  if (check === 'number_format') return formatBounds(format);
  if (typeof value !== 'number') return `refines (${check ?? 'an unknown check'})`;
  const read = bound(check, value, inclusive);
  return typeof read === 'string' ? read : read ? [read] : [];
}

function bound(
  kind: string | undefined,
  value: number,
  inclusive: boolean,
): NumberCheck | string | undefined {
  if (kind === 'greater_than') return numberBound('min', value, inclusive);
  if (kind === 'less_than') return numberBound('max', value, inclusive);
  if (kind === 'multiple_of' && Number.isSafeInteger(value) && value > 0)
    return { kind: 'multipleOf', value };
  return `refines (${kind ?? 'an unknown check'})`;
}

const range = (min: number, max: number): NumberCheck[] => [
  { kind: 'min', value: min, inclusive: true },
  { kind: 'max', value: max, inclusive: true },
];
const SAFE: NumberCheck = { kind: 'int', rule: 'safe' };
/** The largest finite number of 32 bits. */
const FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

function formatBounds(format: string | undefined): NumberCheck[] | string {
  if (format === 'safeint') return [SAFE];
  if (format === 'int32') return [SAFE, ...range(-(2 ** 31), 2 ** 31 - 1)];
  if (format === 'uint32') return [SAFE, ...range(0, 2 ** 32 - 1)];
  if (format === 'float32') return range(-FLOAT32, FLOAT32);
  return format === 'float64' ? [] : `a format (${format})`;
}
