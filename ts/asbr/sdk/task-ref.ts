import {
  EVENT_TYPES,
  type Event,
  type EventType,
  type Task,
  type TaskRef,
  type TaskStatus,
  type UnsubscribeFunction,
} from '../types/index.js';

/** The calls of the client that a task handle needs. */
export interface TaskCalls {
  subscribe(taskId: string, eventTypes: EventType[], callback: (event: Event) => void): UnsubscribeFunction;
  getTask(id: string): Promise<Task>;
  cancelTask(id: string): Promise<void>;
  resumeTask(id: string): Promise<void>;
}

/** Makes the handle of a created task; its `status` stays the one at creation. */
export function createTaskRef(task: Task, calls: TaskCalls): TaskRef {
  const { id, status }: { id: string; status: TaskStatus } = task;
  return {
    id,
    status,
    subscribe: (callback) => calls.subscribe(id, [...EVENT_TYPES], callback),
    getTask: () => calls.getTask(id),
    cancel: () => calls.cancelTask(id),
    resume: () => calls.resumeTask(id),
  };
}
