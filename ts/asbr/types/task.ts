import { z } from 'zod';
import { PreferencesSchema } from './preferences.js';

/** The states of a task. */
export type TaskStatus = 'queued' | 'planning' | 'running' | 'paused' | 'canceled' | 'succeeded' | 'failed';

/** One piece of material a task works on. */
const taskSourceSchema = z.union([
  z.object({ kind: z.literal('repo'), path: z.string() }),
  z.object({ kind: z.literal('doc'), path: z.string() }),
  z.object({ kind: z.literal('text'), value: z.string() }),
]);

/**
 * What a caller asks for. `scopes` may be empty here; `validateTaskInput` refuses that.
 * Date-times are ISO 8601 ending in `Z`. Unknown keys are stripped.
 */
export const TaskInputSchema = z.object({
  title: z.string().min(1),
  brief: z.string().min(1),
  inputs: z.array(taskSourceSchema),
  scopes: z.array(z.string()),
  deadlines: z
    .object({
      soft: z.string().datetime().optional(),
      hard: z.string().datetime().optional(),
    })
    .optional(),
  a11yProfileId: z.string().uuid().optional(),
  preferences: PreferencesSchema.optional(),
  schema: z.literal('cortex.task.input@1'),
});

export type TaskInput = z.infer<typeof TaskInputSchema>;

/** A file a task has made: where it is and what it must hash to. */
export const ArtifactRefSchema = z.object({
  id: z.string().uuid(),
  kind: z.enum(['diff', 'doc', 'plan', 'report']),
  path: z.string(),
  digest: z.string(),
  createdAt: z.string().datetime(),
  schema: z.literal('cortex.artifact@1'),
});

export type ArtifactRef = z.infer<typeof ArtifactRefSchema>;

/** A task as the server keeps it. Date-times are ISO 8601 ending in `Z`. */
export const TaskSchema = z.object({
  id: z.string().uuid(),
  status: z.enum(['queued', 'planning', 'running', 'paused', 'canceled', 'succeeded', 'failed']),
  currentStep: z.string().optional(),
  artifacts: z.array(ArtifactRefSchema),
  evidenceIds: z.array(z.string().uuid()),
  approvals: z.array(
    z.object({
      step: z.string(),
      at: z.string().datetime(),
      by: z.enum(['user', 'policy']),
    }),
  ),
  createdAt: z.string().datetime(),
  updatedAt: z.string().datetime(),
  schema: z.literal('cortex.task@1'),
});

export type Task = z.infer<typeof TaskSchema>;
