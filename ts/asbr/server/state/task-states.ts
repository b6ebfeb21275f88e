import type { EventType, TaskStatus } from '../../types/index.js';

type Moves = Record<TaskStatus, Partial<Record<EventType, TaskStatus>>>;

const ACTIVE: Partial<Record<EventType, TaskStatus>> = {
  StepCompleted: 'running',
  AwaitingApproval: 'paused',
  Canceled: 'canceled',
  DeliverableReady: 'succeeded',
  Failed: 'failed',
};
const FINISHED: Partial<Record<EventType, TaskStatus>> = {};

/**
 * What an event makes of a task in each state; what is missing changes nothing. `PlanStarted` is the first event of
 * every task and leaves it queued. A paused task takes up its steps again only when resumed.
 */
const MOVES: Moves = {
  queued: ACTIVE,
  planning: ACTIVE,
  running: ACTIVE,
  paused: {
    Resumed: 'running',
    Canceled: 'canceled',
    DeliverableReady: 'succeeded',
    Failed: 'failed',
  },
  canceled: FINISHED,
  succeeded: FINISHED,
  failed: FINISHED,
};

/** The state after the event; undefined when the event does not apply. */
export function stateAfter(state: TaskStatus, event: EventType): TaskStatus | undefined {
  return MOVES[state][event];
}

export function isFinished(state: TaskStatus): boolean {
  return MOVES[state] === FINISHED;
}
