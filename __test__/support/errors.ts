/** Errors as values: what a call threw, what a promise rejected with. */
import { CortexError } from '@cortex-os/native';
import { expect } from 'vitest';

/** What `work` throws. Fails if it does not. */
export function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return expect.unreachable('nothing was thrown');
}

/** What `promise` rejects with. Fails if it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error;
  return expect.unreachable(`resolved to ${String(outcome.value)}`);
}

/** The code of what `work` throws, or rejects with. */
export async function codeOf(work: () => unknown): Promise<string> {
  const error = await rejection((async () => work())());
  expect(error).toBeInstanceOf(CortexError);
  return (error as CortexError).code;
}
