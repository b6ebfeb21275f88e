import { randomUUID } from 'node:crypto';
import type { Event, Task, TaskInput } from '../types/index.js';

/**
 * Emits the first event of a task, `PlanStarted`, and waits until `emit` is done.
 *
 * The event has a fresh id and no `traceparent`. An error of `emit` reaches the caller.
 * Matches `lib/emit-plan-started.ts` of `@cortex-os/asbr`, 2025-10-13; no differences.
 */
export async function emitPlanStarted(
  emit: (event: Event) => Promise<void>,
  task: Task,
  input: TaskInput,
): Promise<void> {
  await emit({
    id: randomUUID(),
    type: 'PlanStarted',
    taskId: task.id,
    ariaLiveHint: `Task "${input.title}" has been queued`,
    timestamp: new Date().toISOString(),
  });
}
