import { digestTaskInput } from '../lib/task-input-digest.js';
import type { TaskInput } from '../types/index.js';

/** What may be given beside title and brief. */
export type TaskInputOptions = Partial<Omit<TaskInput, 'title' | 'brief' | 'schema'>>;

/**
 * Makes a task input: no inputs and the scope `tasks:create` by default, scopes without
 * duplicates in their order. Optional fields are there with `undefined`. Validates nothing.
 *
 * @example
 * ```ts
 * const input = createTaskInput('Tidy', 'Sort the imports', { scopes: ['tasks:create'] });
 * ```
 */
export function createTaskInput(title: string, brief: string, options: TaskInputOptions = {}): TaskInput {
  return {
    title,
    brief,
    inputs: [...(options.inputs ?? [])],
    scopes: [...new Set(options.scopes ?? ['tasks:create'])],
    deadlines: options.deadlines,
    a11yProfileId: options.a11yProfileId,
    preferences: options.preferences,
    schema: 'cortex.task.input@1',
  };
}

/**
 * A key of 32 hexadecimal digits that equal inputs share. The key a server makes for itself
 * is its first 16 digits. The order of scopes does not matter.
 */
export function createIdempotencyKey(input: TaskInput): string {
  return digestTaskInput(input).slice(0, 32);
}
