/**
 * Drop-in for `@cortex-os/policy` as of 2025-10-13: grants from `<cwd>/.cortex/policy/tools/<id>.json`, and `enforce`.
 *
 * Same names, signatures and messages. What differs, all of it stricter or more exact:
 * - every argument that names paths is checked (`path`, `targetPath`, `filePath`, `sourcePath`, `destPath`, `oldPath`,
 *   `newPath`, `dest`, `destination`, `paths`), also beside one another; an empty path means the working directory;
 * - paths may be strings, arrays of paths, Buffers and file URLs; anything else in such an argument is refused;
 * - scopes are normalised: `./packages`, `packages/`, `.` and absolute ones work, `..` and patterns reach nothing;
 * - each loaded grant has windows of its own, and no choice of names makes two keys one; grants made by hand share them
 *   by tool and action;
 * - a clock that is set back counts as standing still; windows that nobody uses are dropped; a call costs the same
 *   whatever the limit;
 * - `loadGrant` refuses names that are no plain file names (`ERR_POLICY_GRANT_ID_INVALID`), and reads without blocking;
 * - what `enforce` throws is a `PolicyError`, with a `code`; `args` may be left out.
 *
 * Links are not followed here, as there: to open what was allowed, use `openBeneath` of the main entry.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod/v3';
import { LocalCounters } from '../api/policy/counters.js';
import { DEFAULT_PATH_ARGUMENTS } from '../api/policy/types.js';
import { PolicyError } from '../errors.js';
import { native } from '../native.js';
import { GrantDecider } from './grant-decider.js';

/** What a grant's file must say; unknown keys are left out. */
export const Grant = z.object({
  tool: z.string(),
  actions: z.array(z.string()),
  args: z.record(z.any()).default({}),
  dataClass: z.enum(['public', 'internal', 'sensitive']).default('internal'),
  rate: z.object({ perMinute: z.number().int().min(1) }),
  fsScope: z.array(z.string()).default([]),
});

/** A grant with its defaults in place. */
export type Grant = z.infer<typeof Grant>;

const counters = new LocalCounters(() => Date.now());
const ids = new WeakMap<Grant, string>();
let deciders = new WeakMap<Grant, GrantDecider>();

/**
 * Reads and checks a grant.
 *
 * @throws `ERR_POLICY_GRANT_ID_INVALID`, what the file system says (`ENOENT`), `SyntaxError`, `ZodError`
 * @example
 * enforce(await loadGrant('git'), 'snippet', { path: 'packages/a.ts' });
 */
export async function loadGrant(id: string): Promise<Grant> {
  native.grantCheckId(String(id));
  const file = join(process.cwd(), '.cortex', 'policy', 'tools', `${id}.json`);
  const grant = Grant.parse(JSON.parse(await readFile(file, 'utf8')));
  ids.set(grant, id);
  return grant;
}

/**
 * Returns `true`, or throws `action not allowed`, `path not within fsScope` or `rate limit exceeded`, in this order.
 * Calls that throw count for nothing.
 *
 * @throws `ERR_POLICY_ACTION_DENIED`, `ERR_POLICY_PATH_DENIED`, `ERR_POLICY_RATE_LIMITED`
 */
export function enforce(grant: Grant, action: string, args: Record<string, unknown> = {}): true {
  let decider = deciders.get(grant);
  if (decider === undefined || decider.isOutdated(grant)) {
    decider = new GrantDecider(grant, ids.get(grant), counters);
    deciders.set(grant, decider);
  }
  // The list itself: its owner may have changed any of it.
  if (!grant.actions.includes(action)) {
    const fields = { tool: String(grant.tool), action: String(action) };
    throw new PolicyError('ERR_POLICY_ACTION_DENIED', 'action not allowed', fields);
  }
  const argument = args ? decider.refusedArgument(args, DEFAULT_PATH_ARGUMENTS) : undefined;
  if (argument !== undefined)
    throw new PolicyError('ERR_POLICY_PATH_DENIED', 'path not within fsScope', {
      argument,
      reason: decider.reason(args[argument]),
    });
  const told = decider.count(action);
  if (told > 0) return true;
  const fields = { limit: grant.rate.perMinute, retryAfterMs: Math.ceil(-told) };
  throw new PolicyError('ERR_POLICY_RATE_LIMITED', 'rate limit exceeded', fields);
}

/** Forgets every count. For tests. */
export function __resetPolicyRateLimiter(): void {
  counters.clear();
  deciders = new WeakMap();
}
