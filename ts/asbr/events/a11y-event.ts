import type { Event, EventType } from '../types/index.js';

const HINTS: Record<EventType, string> = {
  PlanStarted: 'Planning has started',
  StepCompleted: 'Step completed successfully',
  AwaitingApproval: 'Waiting for approval',
  Canceled: 'Task has been canceled',
  Resumed: 'Task has been resumed',
  DeliverableReady: 'Deliverable is ready',
  Failed: 'Task has failed',
};

/**
 * An event with the sentence a screen reader should say; `id` and `timestamp` are the caller's to add.
 *
 * @param data further fields; they come last and may replace the type, the task and the hint
 * @example
 * const event = { id: randomUUID(), timestamp: new Date().toISOString(), ...createA11yEvent('Failed', task.id) };
 */
export function createA11yEvent(
  type: EventType,
  taskId: string,
  data: Partial<Event> = {},
): Omit<Event, 'id' | 'timestamp'> {
  return { type, taskId, ariaLiveHint: HINTS[type], ...data };
}
