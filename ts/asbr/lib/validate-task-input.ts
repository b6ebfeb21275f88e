import { type TaskInput, ValidationError } from '../types/index.js';
import { asbrValidators } from './validators.js';

/**
 * Checks what a caller asks for and returns the clean copy: unknown keys are gone.
 *
 * Errors: `VALIDATION_ERROR` with message `Invalid task input` and `details.errors` (zod 3
 * issues), or `Scopes must not be empty` and `details {field: 'scopes', rule: 'non_empty'}`.
 * Through the generated code of {@link asbrValidators}; zod itself is asked where that refuses.
 * Matches `lib/validate-task-input.ts` of `@cortex-os/asbr`, 2025-10-13; no differences.
 *
 * @example
 * ```ts
 * const input = validateTaskInput(JSON.parse(body));
 * ```
 */
export function validateTaskInput(input: unknown): TaskInput {
  const parsed = asbrValidators.TaskInput.safeParse(input);
  if (!parsed.success) {
    throw new ValidationError('Invalid task input', { errors: parsed.error.issues });
  }
  if (parsed.data.scopes.length === 0) {
    throw new ValidationError('Scopes must not be empty', { field: 'scopes', rule: 'non_empty' });
  }
  return parsed.data;
}
