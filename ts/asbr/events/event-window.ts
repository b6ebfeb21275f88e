import type { Event } from '../types/index.js';
import type { EventStreamOptions } from './types.js';

export interface WindowLimits {
  maxTaskEvents: number;
  maxGlobalEvents: number;
}

/** Position in the log, kept beside an event once it has one. */
export interface Held {
  readonly event: Event;
  offset?: number;
}

interface TaskEvents {
  held: Held[];
  lastAtMs: number;
}

/**
 * What one manager holds in memory: its own recent events, the very objects that were emitted, in emit order,
 * once for all tasks and once per task. Both views grow and expire together; each has its own limit.
 */
export class EventWindow {
  readonly #limits: WindowLimits;
  readonly #tasks = new Map<string, TaskEvents>();
  #all: Held[] = [];

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#all.length;
  }

  push(event: Event, nowMs: number): Held {
    const held: Held = { event };
    let task = this.#tasks.get(event.taskId);
    if (!task) {
      task = { held: [], lastAtMs: nowMs };
      this.#tasks.set(event.taskId, task);
    }
    task.held.push(held);
    task.lastAtMs = nowMs;
    this.#all.push(held);
    dropOldest(task.held, this.#limits.maxTaskEvents);
    dropOldest(this.#all, this.#limits.maxGlobalEvents);
    return held;
  }

  /** A copy, oldest first, after `lastEventId` when that is held, of the asked types (an empty list: all). */
  list({ taskId, eventTypes, lastEventId }: EventStreamOptions): Event[] {
    const view = this.#view(taskId);
    const events = view.slice(lastEventId ? positionAfter(view, lastEventId) : 0).map((held) => held.event);
    return eventTypes?.length ? events.filter((event) => eventTypes.includes(event.type)) : events;
  }

  holds(taskId: string | undefined, eventId: string): boolean {
    return positionAfter(this.#view(taskId), eventId) > 0;
  }

  /** Offset in the log of the oldest event held for the task, or for all tasks. */
  oldestOffset(taskId: string | undefined): number | undefined {
    return this.#view(taskId).find((held) => held.offset !== undefined)?.offset;
  }

  sizes(): Record<string, number> {
    const entries = [...this.#tasks].map(([taskId, task]) => [taskId, task.held.length]);
    return Object.fromEntries(entries);
  }

  /** Forgets every task whose last event is older than `idleMs`, in both views. */
  expireTasks(idleMs: number, nowMs: number): void {
    const idle = [...this.#tasks]
      .filter(([, task]) => nowMs - task.lastAtMs > idleMs)
      .map(([taskId]) => taskId);
    if (idle.length === 0) return;
    for (const taskId of idle) this.#tasks.delete(taskId);
    this.#all = this.#all.filter((held) => this.#tasks.has(held.event.taskId));
  }

  #view(taskId: string | undefined): readonly Held[] {
    return taskId ? (this.#tasks.get(taskId)?.held ?? []) : this.#all;
  }
}

function dropOldest(held: Held[], limit: number): void {
  while (held.length > limit && held.length > 1) held.shift();
}

/** Index after the newest event of that id; 0 when there is none. */
function positionAfter(view: readonly Held[], eventId: string): number {
  return view.findLastIndex((held) => held.event.id === eventId) + 1;
}
