/**
 * Finds the task an earlier, equal request has made.
 *
 * Matches `lib/resolve-idempotency.ts` of `@cortex-os/asbr`, 2025-10-13.
 *
 * Differences from the original:
 * - The key made from the input also covers deadlines, accessibility profile and
 *   preferences where given: two requests that differ in them are no longer merged. Equal
 *   requests without a key are still merged while the cache entry lives.
 * - A provided key that belongs to another request is refused with `IDEMPOTENCY_CONFLICT`
 *   (409) instead of answered with the other request's task. This needs the cache entry to
 *   carry the `fingerprint` given back here; an entry without one behaves as in the original.
 *   "Another" means another title, brief, inputs or scopes: a retry that counted its
 *   deadlines anew is the same request.
 * - A provided key must be a string; the original took any truthy value.
 * - Scopes sort the same in every locale.
 */
import { ASBRError, type Task, type TaskInput, ValidationError } from '../types/index.js';
import { digestTaskIdentity, digestTaskInput } from './task-input-digest.js';

/** What is kept per key. `expiry` is in milliseconds since 1970. */
export interface IdempotencyEntry {
  taskId: string;
  expiry: number;
  /** Copy it from the resolution to have conflicts noticed. */
  fingerprint?: string;
}

export interface IdempotencyResolution {
  /** The provided key, else 16 hexadecimal digits made from the input. */
  key: string;
  /** Names the request; store it in the cache entry. */
  fingerprint: string;
  /** The task of the earlier request; absent when there is none. */
  existingTask?: Task;
}

/**
 * Says which key a request goes by and which task it already has. Writes nothing: the
 * caller stores `{taskId, expiry, fingerprint}` once the task exists.
 *
 * An empty or absent `providedKey` means: make the key from the input. An entry counts while
 * `expiry` is later than now and its task is known.
 *
 * Errors: `VALIDATION_ERROR` when `providedKey` is something else than a string;
 * `IDEMPOTENCY_CONFLICT` (status 409, `details {key}`) when it belongs to another request.
 *
 * @example
 * ```ts
 * const { key, fingerprint, existingTask } = resolveIdempotency(input, header, cache, tasks);
 * if (existingTask) return existingTask;
 * const task = createTask();
 * cache.set(key, { taskId: task.id, expiry: Date.now() + 300_000, fingerprint });
 * ```
 */
export function resolveIdempotency(
  input: TaskInput,
  providedKey: string | undefined,
  cache: ReadonlyMap<string, IdempotencyEntry>,
  tasks: ReadonlyMap<string, Task>,
): IdempotencyResolution {
  if (providedKey && typeof providedKey !== 'string') {
    throw new ValidationError('Idempotency key must be a string', { field: 'idempotencyKey' });
  }
  const key = providedKey || digestTaskInput(input).slice(0, 16);
  const fingerprint = digestTaskIdentity(input);

  const entry = cache.get(key);
  const existingTask = entry && entry.expiry > Date.now() ? tasks.get(entry.taskId) : undefined;
  if (!existingTask) return { key, fingerprint };

  if (entry?.fingerprint !== undefined && entry.fingerprint !== fingerprint) {
    throw new ASBRError(
      'Idempotency key was already used for a different request',
      'IDEMPOTENCY_CONFLICT',
      409,
      { key },
    );
  }
  return { key, fingerprint, existingTask };
}
