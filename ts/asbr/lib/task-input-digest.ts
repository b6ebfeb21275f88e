import { createHash } from 'node:crypto';
import type { TaskInput } from '../types/index.js';

let scopeOrder: Intl.Collator | undefined;

/**
 * The SHA-256 of what a task input asks for, as 64 hexadecimal digits. Server and SDK cut
 * their idempotency keys from it (16 and 32 digits).
 *
 * Hashed is `JSON.stringify({title, brief, inputs, scopes})`, scopes sorted, each input
 * with `kind` first; after these come `deadlines`, `a11yProfileId` and `preferences`, only
 * where they hold something. An input without these three hashes as in
 * `@cortex-os/asbr`, 2025-10-13, which ignored them.
 */
export function digestTaskInput(input: TaskInput): string {
  const { deadlines, preferences } = input;
  return sha256({
    ...identity(input),
    deadlines: keepFilled({ soft: deadlines?.soft, hard: deadlines?.hard }),
    a11yProfileId: input.a11yProfileId,
    preferences: keepFilled({
      risk: preferences?.risk,
      verbosity: preferences?.verbosity,
      motion: preferences?.motion,
      contrast: preferences?.contrast,
    }),
  });
}

/**
 * The SHA-256 of title, brief, inputs and scopes alone: what makes two requests the same
 * request, even when a retry has counted its deadlines anew.
 */
export function digestTaskIdentity(input: TaskInput): string {
  return sha256(identity(input));
}

function identity(input: TaskInput): Record<string, unknown> {
  return {
    title: input.title,
    brief: input.brief,
    // Schema order, so that a caller's own key order does not make another key.
    inputs: input.inputs.map((source) =>
      source.kind === 'text'
        ? { kind: source.kind, value: source.value }
        : { kind: source.kind, path: source.path },
    ),
    scopes: [...input.scopes].sort(compareScopes),
  };
}

/**
 * Dictionary order of English on every machine: the original took the order of the
 * machine's locale. Scopes the dictionary holds for equal go by UTF-16 code unit.
 */
function compareScopes(a: string, b: string): number {
  scopeOrder ??= new Intl.Collator('en');
  return scopeOrder.compare(a, b) || (a < b ? -1 : Number(a > b));
}

/** `undefined`, which JSON leaves out, when no field is set. */
function keepFilled<T extends Record<string, unknown>>(fields: T): T | undefined {
  return Object.values(fields).some((value) => value !== undefined) ? fields : undefined;
}

function sha256(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
