import type { z } from 'zod/v3';
import { zod } from '../../callers-zod.js';
import { PreferencesSchema } from './preferences.js';

/** The states of a task. */
export type TaskStatus = 'queued' | 'planning' | 'running' | 'paused' | 'canceled' | 'succeeded' | 'failed';

/** One piece of material a task works on. */
const taskSourceSchema = zod.union([
  zod.object({ kind: zod.literal('repo'), path: zod.string() }),
  zod.object({ kind: zod.literal('doc'), path: zod.string() }),
  zod.object({ kind: zod.literal('text'), value: zod.string() }),
]);

/**
 * What a caller asks for. `scopes` may be empty here; `validateTaskInput` refuses that.
 * Date-times are ISO 8601 ending in `Z`. Unknown keys are stripped.
 */
export const TaskInputSchema = zod.object({
  title: zod.string().min(1),
  brief: zod.string().min(1),
  inputs: zod.array(taskSourceSchema),
  scopes: zod.array(zod.string()),
  deadlines: zod
    .object({
      soft: zod.string().datetime().optional(),
      hard: zod.string().datetime().optional(),
    })
    .optional(),
  a11yProfileId: zod.string().uuid().optional(),
  preferences: PreferencesSchema.optional(),
  schema: zod.literal('cortex.task.input@1'),
});

export type TaskInput = z.infer<typeof TaskInputSchema>;

/** A file a task has made: where it is and what it must hash to. */
export const ArtifactRefSchema = zod.object({
  id: zod.string().uuid(),
  kind: zod.enum(['diff', 'doc', 'plan', 'report']),
  path: zod.string(),
  digest: zod.string(),
  createdAt: zod.string().datetime(),
  schema: zod.literal('cortex.artifact@1'),
});

export type ArtifactRef = z.infer<typeof ArtifactRefSchema>;

/** A task as the server keeps it. Date-times are ISO 8601 ending in `Z`. */
export const TaskSchema = zod.object({
  id: zod.string().uuid(),
  status: zod.enum(['queued', 'planning', 'running', 'paused', 'canceled', 'succeeded', 'failed']),
  currentStep: zod.string().optional(),
  artifacts: zod.array(ArtifactRefSchema),
  evidenceIds: zod.array(zod.string().uuid()),
  approvals: zod.array(
    zod.object({
      step: zod.string(),
      at: zod.string().datetime(),
      by: zod.enum(['user', 'policy']),
    }),
  ),
  createdAt: zod.string().datetime(),
  updatedAt: zod.string().datetime(),
  schema: zod.literal('cortex.task@1'),
});

export type Task = z.infer<typeof TaskSchema>;
