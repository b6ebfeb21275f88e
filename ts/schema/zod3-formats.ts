import type { Json, StringCheck } from './ir.js';
import type { Zod3Check } from './zod-types.js';

/**
 * The string formats of Zod 3 as patterns that accept the same texts, for those whose test is a pattern.
 *
 * The others (`emoji`, `jwt`, `ip`, `base64`, …) are asked of Zod, one string at a time; see `from-zod3.ts`.
 */
export function zod3Format(check: Zod3Check): Zod3Format | undefined {
  if (check.kind === 'datetime' || check.kind === 'time') {
    const options: Record<string, Json> = {};
    if (check.precision !== undefined && check.precision !== null) options.precision = check.precision;
    if (check.offset) options.offset = true;
    if (check.local) options.local = true;
    const time = timePattern(check.precision);
    const pattern = check.kind === 'time' ? time : `${DATE}T${time}${zonePattern(check)}`;
    return named(check.kind, `^${pattern}$`, '', options);
  }
  const known = PATTERNS[check.kind];
  return known && named(check.kind, known[0], known[1] ?? '');
}

/** Formats that the core knows by name; it is told the pattern of the others. */
const KNOWN_BY_NAME = new Set(['uuid', 'date', 'cuid2', 'ulid', 'datetime']);

function named(format: string, source: string, flags: string, options?: Record<string, Json>): Zod3Format {
  const check: StringCheck = KNOWN_BY_NAME.has(format)
    ? { kind: 'format', name: `zod3.${format}`, ...(options && { options }) }
    : { kind: 'pattern', source, flags, format };
  return { check, pattern: source, flags };
}

interface Zod3Format {
  check: StringCheck;
  pattern: string;
  flags: string;
}

const HEX = '[\\da-f]';
/** Days that the Gregorian calendar has; 29 February in leap years only. */
const LEAP_DAY = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29';
const OTHER_DAY =
  '\\d{4}-(?:02-(?:0[1-9]|1\\d|2[0-8])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01]))';
const DATE = `(?:${LEAP_DAY}|${OTHER_DAY})`;

/** By name: pattern, flags. */
const PATTERNS: Readonly<Record<string, readonly [string, string?]>> = {
  uuid: [`^${HEX}{8}-${HEX}{4}-${HEX}{4}-${HEX}{4}-${HEX}{12}$`, 'i'],
  email: ["^(?:[\\w'+-]+\\.)*[\\w'+-]*[\\w+-]@(?:[a-z\\d][a-z\\d-]*\\.)+[a-z]{2,}$", 'i'],
  nanoid: ['^[\\w-]{21}$'],
  cuid: ['^c[^\\s-]{8,}$', 'i'],
  cuid2: ['^[\\da-z]+$'],
  ulid: ['^[\\da-hjkmnp-tv-z]{26}$', 'i'],
  date: [`^${DATE}$`],
};

/** Seconds may be missing, unless a precision asks for their fraction; then they may even be repeated. */
function timePattern(precision: number | null | undefined): string {
  const fraction = precision ? `\\.\\d{${precision}}` : precision === 0 ? '' : '(?:\\.\\d+)?';
  return `(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d${fraction})${precision ? '+' : '?'}`;
}

function zonePattern(check: Zod3Check): string {
  return `(?:${check.local ? 'Z?' : 'Z'}${check.offset ? '|[+-]\\d{2}:?\\d{2}' : ''})`;
}
