/**
 * Drop-in for the policy of `@cortex-os/model-gateway` as of 2025-10-13 (`packages/model-gateway/src/policy.ts`).
 *
 * Same names, signatures and messages. What differs:
 * - `enforce` throws at once instead of rejecting later, so that a call that nobody awaits still stops its caller and
 *   is no unhandled rejection; `await enforce(...)` inside `try` works as before, `.catch()` on the call does not;
 * - `grant.actions` is honoured beside `grant.rules`;
 * - counts are kept per service and operation, and for a grant made by hand per grant;
 * - the window slides: never more than `perMinute` in any 60 seconds, where a fixed window let twice that pass;
 * - a limit that is no positive number allows nothing; only own properties are services and rules.
 */
import { LocalCounters } from '../api/policy/counters.js';
import { PolicyError } from '../errors.js';

/** What a service may do. */
export type Grant = {
  actions: string[];
  rate: { perMinute: number };
  rules: { allow_embeddings: boolean; allow_rerank: boolean; allow_chat: boolean };
};

/** What can be asked for. */
export type Operation = 'embeddings' | 'rerank' | 'chat';

const MINUTE_MS = 60_000;

const GRANTS: ReadonlyMap<string, Grant> = new Map([
  [
    'model-gateway',
    {
      actions: ['embeddings', 'rerank', 'chat'],
      rate: { perMinute: 60 },
      rules: { allow_embeddings: true, allow_rerank: true, allow_chat: true },
    },
  ],
]);

const counters = new LocalCounters(() => Date.now());
const names = new WeakMap<Grant, string>();
let made = 0;

/**
 * The grant of a service; only `model-gateway` has one. Each call gives a copy, all counted together.
 *
 * @throws `ERR_POLICY_GRANT_MISSING`
 */
export async function loadGrant(service: string): Promise<Grant> {
  const known = GRANTS.get(service);
  if (!known)
    throw new PolicyError('ERR_POLICY_GRANT_MISSING', `No grant found for service ${service}`, {
      id: String(service),
    });
  const grant = structuredClone(known);
  names.set(grant, JSON.stringify([service]));
  return grant;
}

/**
 * Resolves to `true`, or throws at once. What is refused counts for nothing.
 *
 * @throws `ERR_POLICY_ACTION_DENIED`, `ERR_POLICY_RATE_LIMITED`
 * @example
 * enforce(grant, 'chat', body); // blocks, awaited or not
 */
export function enforce(grant: Grant, operation: Operation, _body?: unknown): Promise<true> {
  if (!isAllowed(grant, operation)) {
    const message = `Operation ${operation} not allowed by policy`;
    const fields = { tool: 'model-gateway', action: String(operation) };
    throw new PolicyError('ERR_POLICY_ACTION_DENIED', message, fields);
  }
  const limit = grant.rate.perMinute;
  const waitMs = limit > 0 ? count(grant, operation, limit) : MINUTE_MS;
  if (waitMs > 0) {
    const message = `Rate limit exceeded for ${operation}`;
    throw new PolicyError('ERR_POLICY_RATE_LIMITED', message, { limit, retryAfterMs: Math.ceil(waitMs) });
  }
  return Promise.resolve(true);
}

function isAllowed({ actions, rules }: Grant, operation: string): boolean {
  const rule = `allow_${operation}`;
  return (
    actions.includes(operation) && Object.hasOwn(rules, rule) && Boolean(rules[rule as keyof typeof rules])
  );
}

/** 0: counted. Above: milliseconds to wait. */
function count(grant: Grant, operation: string, limit: number): number {
  if (limit === Infinity) return 0;
  let name = names.get(grant);
  if (name === undefined) {
    made += 1;
    name = JSON.stringify(['', made]);
    names.set(grant, name);
  }
  const budgets = [{ limit: Math.ceil(limit), windowMs: MINUTE_MS }];
  return Math.max(0, -counters.counter(`${name}${operation}`, budgets).take());
}
