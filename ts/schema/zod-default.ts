import type { Json } from './ir.js';
import { asJson } from './program-builder.js';
import type { ZodMethods } from './zod-types.js';

/**
 * What a default is, if it is always the same and JSON can say it.
 *
 * Zod keeps a default as a function, also where a value was given, so only looking tells: it must return the same
 * twice, and what looks like a time or a made id must still be the same some milliseconds later. Values made from
 * something that changes more slowly are taken for constants by normalised bytes and by built code; `parse` always
 * calls the function.
 *
 * @param schema given where the default is checked as any value: what it makes of the default
 * @returns `undefined`: not known to be constant
 */
export function readDefault(make: () => unknown, schema?: ZodMethods): Json | undefined | 'refused' {
  try {
    const first = asJson(make());
    if (first === undefined) return undefined;
    if (mayTell(first)) waitForClock();
    if (JSON.stringify(asJson(make())) !== JSON.stringify(first)) return undefined;
    if (!schema) return first;
    const result = schema.safeParse(make());
    return result.success ? asJson(result.data) : 'refused';
  } catch {
    return undefined;
  }
}

/** Whether a value may have been made from a clock or at random. */
function mayTell(value: Json): boolean {
  return /\d{4}/.test(JSON.stringify(value));
}

function waitForClock(): void {
  const start = Date.now();
  while (Date.now() - start < 2);
}
