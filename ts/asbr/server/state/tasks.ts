import { randomUUID } from 'node:crypto';
import { createA11yEvent } from '../../events/index.js';
import { createTask, emitPlanStarted, type IdempotencyEntry, resolveIdempotency } from '../../lib/index.js';
import {
  type Event,
  type EventType,
  NotFoundError,
  type Task,
  type TaskInput,
  ValidationError,
} from '../../types/index.js';
import { BoundedMap } from './bounded-map.js';
import { isFinished, stateAfter } from './task-states.js';

const IDEMPOTENCY_TTL_MS = 5 * 60 * 1000;

export type EmitEvent = (event: Event) => Promise<void>;

/** The tasks of one server. A change and its event belong together: when the event cannot be emitted, nothing changed. */
export class Tasks {
  readonly #emit: EmitEvent;
  readonly #tasks: BoundedMap<string, Task>;
  readonly #idempotency: BoundedMap<string, IdempotencyEntry>;
  /** Tasks whose first event is under way; whoever repeats the request waits for it. */
  readonly #starting = new Map<string, Promise<void>>();
  readonly #traceparents = new WeakMap<Task, string>();

  constructor(emit: EmitEvent, maxTasks: number) {
    this.#emit = emit;
    this.#tasks = new BoundedMap(maxTasks, (task) => isFinished(task.status));
    this.#idempotency = new BoundedMap(maxTasks, (entry) => entry.expiry <= Date.now());
  }

  /** Makes a task, or finds the one that the same request has made within the last five minutes. */
  async create(input: TaskInput, idempotencyKey: string | undefined, traceparent?: string): Promise<Task> {
    const { key, fingerprint, existingTask } = resolveIdempotency(
      input,
      idempotencyKey,
      this.#idempotency,
      this.#tasks,
    );
    if (existingTask) {
      await this.#starting.get(existingTask.id);
      return existingTask;
    }
    const task = createTask();
    if (traceparent) this.#traceparents.set(task, traceparent);
    // Stored before its event is out: whoever sees the event may ask for the task.
    this.#tasks.set(task.id, task);
    this.#remember(key, { taskId: task.id, expiry: Date.now() + IDEMPOTENCY_TTL_MS, fingerprint });
    await this.#start(task, input, key);
    return task;
  }

  get(id: string): Task {
    const task = this.#tasks.get(id);
    if (!task) throw new NotFoundError('Task');
    return task;
  }

  traceparentOf(task: Task): string | undefined {
    return this.#traceparents.get(task);
  }

  async cancel(id: string): Promise<void> {
    const task = this.get(id);
    if (isFinished(task.status))
      throw new ValidationError(`Task is already ${task.status}`, { status: task.status });
    await this.#change(task, 'Canceled');
  }

  async resume(id: string): Promise<void> {
    const task = this.get(id);
    if (task.status !== 'paused') {
      throw new ValidationError('Task must be paused to resume', { status: task.status });
    }
    await this.#change(task, 'Resumed');
  }

  /** Takes over what an event, from whatever part of the process, says of its task. */
  observe(event: Event): void {
    const task = this.#tasks.get(event.taskId);
    const status = task && stateAfter(task.status, event.type);
    if (!status) return;
    task.status = status;
    task.updatedAt = event.timestamp;
    if (event.type === 'StepCompleted' && event.step) task.currentStep = event.step;
  }

  forgetRequests(): void {
    this.#idempotency.clear();
  }

  async #start(task: Task, input: TaskInput, key: string): Promise<void> {
    const started = emitPlanStarted(this.#emit, task, input);
    this.#starting.set(task.id, started);
    try {
      await started;
    } catch (error) {
      this.#tasks.delete(task.id);
      this.#idempotency.delete(key);
      throw error;
    } finally {
      this.#starting.delete(task.id);
    }
  }

  async #change(task: Task, type: EventType): Promise<void> {
    const { status, updatedAt } = task;
    const timestamp = new Date().toISOString();
    // At once, so that a second request finds it changed and is refused.
    task.status = stateAfter(status, type) ?? status;
    task.updatedAt = timestamp;
    try {
      await this.#emit({ id: randomUUID(), timestamp, ...createA11yEvent(type, task.id) });
    } catch (error) {
      Object.assign(task, { status, updatedAt });
      throw error;
    }
  }

  /** Entries live equally long, so the oldest come first and expired ones can be dropped from the front. */
  #remember(key: string, entry: IdempotencyEntry): void {
    const nowMs = Date.now();
    for (const [oldKey, { expiry }] of this.#idempotency) {
      if (expiry > nowMs) break;
      this.#idempotency.delete(oldKey);
    }
    this.#idempotency.delete(key);
    this.#idempotency.set(key, entry);
  }
}
