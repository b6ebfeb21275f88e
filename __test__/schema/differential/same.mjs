/** Equality as callers see it: deep, strict, and with keys in the same order. */
import { isDeepStrictEqual } from 'node:util';

export function isSame(a, b) {
  return isDeepStrictEqual(a, b) && sameOrder(a, b);
}

function sameOrder(a, b) {
  if (typeof a !== 'object' || a === null) return true;
  if (Object.getPrototypeOf(a) !== Object.prototype && !Array.isArray(a)) return true;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  return keys.every((key, i) => key === others[i] && sameOrder(a[key], b[key]));
}

/** What a call gave: `{ value }`, or `{ thrown }` with the error's class and message. */
export function outcomeOf(call) {
  try {
    return { value: call() };
  } catch (error) {
    return { thrown: `${error?.name}: ${error?.message}` };
  }
}

/** Issues without what no two errors share: a union's hold errors, and each error of zod has functions of its own. */
export function plainIssues(issue) {
  if (issue instanceof Error) return { name: issue.name, issues: plainIssues(issue.issues) };
  if (Array.isArray(issue)) return issue.map(plainIssues);
  if (typeof issue !== 'object' || issue === null || Object.getPrototypeOf(issue) !== Object.prototype)
    return issue;
  return Object.fromEntries(Object.entries(issue).map(([key, inner]) => [key, plainIssues(inner)]));
}
