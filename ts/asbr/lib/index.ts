/** Pure functions of ASBR, its schemas as code, and its logger. */
export { createTask } from './create-task.js';
export { deepMerge } from './deep-merge.js';
export { emitPlanStarted } from './emit-plan-started.js';
export {
  type AsbrLogger,
  type LogMeta,
  logError,
  logInfo,
  logWarn,
  setLogger,
} from './logger.js';
export {
  type IdempotencyEntry,
  type IdempotencyResolution,
  resolveIdempotency,
} from './resolve-idempotency.js';
export { validateTaskInput } from './validate-task-input.js';
export { asbrValidators } from './validators.js';
