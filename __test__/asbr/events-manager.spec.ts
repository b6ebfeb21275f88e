import {
  createA11yEvent,
  createEventManager,
  type Event,
  type EventManager,
  initializeXDG,
  setLogger,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ALL_TYPES, configWith, idsOf, makeEvent, makeEvents } from './events-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();

let managers: EventManager[] = [];

function newManager(...args: Parameters<typeof configWith>) {
  const manager = createEventManager(configWith(...args));
  managers.push(manager);
  return manager;
}

beforeEach(async () => {
  await initializeXDG();
});

afterEach(async () => {
  vi.useRealTimers();
  setLogger();
  const opened = managers;
  managers = [];
  for (const manager of opened) await manager.close();
});

describe('emitEvent', () => {
  test('shows the event in getEvents before the promise resolves', async () => {
    const manager = newManager();
    const event = makeEvent();
    const emitted = manager.emitEvent(event);
    expect(manager.getEvents({})).toEqual([event]);
    await emitted;
  });

  test('hands the very object to callbacks in the order they subscribed, then to emitter listeners', async () => {
    const manager = newManager();
    const event = makeEvent({ type: 'Failed' });
    const seen: [string, Event][] = [];
    for (const name of ['first', 'second', 'third']) manager.subscribe({}, (got) => seen.push([name, got]));
    for (const name of ['event', 'event:Failed', `task:${event.taskId}`]) {
      manager.on(name, (got: Event) => seen.push([name, got]));
    }
    await manager.emitEvent(event);
    expect(seen.map(([name]) => name)).toEqual([
      'first',
      'second',
      'third',
      'event',
      'event:Failed',
      `task:${event.taskId}`,
    ]);
    expect(seen.every(([, got]) => got === event)).toBe(true);
  });

  test('logs a callback that throws and goes on with the others', async () => {
    const logError = vi.fn();
    setLogger({ logError });
    const manager = newManager();
    const later = vi.fn();
    const failure = new Error('broken reader');
    manager.subscribe({}, () => {
      throw failure;
    });
    manager.subscribe({}, later);
    await manager.emitEvent(makeEvent());
    expect(later).toHaveBeenCalledOnce();
    expect(logError).toHaveBeenCalledWith(
      'Error in event callback',
      expect.objectContaining({ error: failure }),
    );
  });

  test('rejects when an emitter listener throws, and takes the next event all the same', async () => {
    const manager = newManager();
    const callback = vi.fn();
    manager.subscribe({}, callback);
    manager.once('event', () => {
      throw new Error('broken listener');
    });
    await expect(manager.emitEvent(makeEvent())).rejects.toThrow('broken listener');
    await manager.emitEvent(makeEvent());
    expect(callback).toHaveBeenCalledTimes(2);
  });

  test('still delivers an event that has no JSON form, and logs that it is not in the ledger', async () => {
    const logError = vi.fn();
    setLogger({ logError });
    const manager = newManager();
    const callback = vi.fn();
    manager.subscribe({}, callback);
    const data: Record<string, unknown> = {};
    data.itself = data;
    await manager.emitEvent(makeEvent({ data }));
    expect(callback).toHaveBeenCalledOnce();
    expect(logError).toHaveBeenCalledWith('Failed to persist event', expect.anything());
  });
});

describe('subscribe', () => {
  test('names subscriptions sub_<milliseconds>-<32 hex digits>', () => {
    expect(newManager().subscribe({}, () => {})).toMatch(/^sub_\d{13}-[0-9a-f]{32}$/);
  });

  test('filters by task and by type; without types it takes the seven', async () => {
    const manager = newManager();
    const [mine, other] = [makeEvent({ type: 'Failed' }), makeEvent({ type: 'Failed' })];
    const byTask = vi.fn();
    const byType = vi.fn();
    const all = vi.fn();
    manager.subscribe({ taskId: mine.taskId }, byTask);
    manager.subscribe({ eventTypes: ['Canceled'] }, byType);
    manager.subscribe({}, all);
    await Promise.all(
      [mine, other, makeEvent({ type: 'Unheard' as Event['type'] })].map((e) => manager.emitEvent(e)),
    );
    expect(byTask.mock.calls).toEqual([[mine]]);
    expect(byType).not.toHaveBeenCalled();
    expect(all).toHaveBeenCalledTimes(2);
  });

  test('with an empty list of types receives nothing, while getEvents with one returns all', async () => {
    const manager = newManager();
    const callback = vi.fn();
    manager.subscribe({ eventTypes: [] }, callback);
    await manager.emitEvent(makeEvent());
    expect(callback).not.toHaveBeenCalled();
    expect(manager.getEvents({ eventTypes: [] })).toHaveLength(1);
  });

  test('replays what came after lastEventId at once, even when that event is of an unwanted type', async () => {
    const manager = newManager();
    const taskId = makeEvent().taskId;
    const events = ALL_TYPES.map((type) => makeEvent({ type, taskId }));
    await Promise.all(events.map((event) => manager.emitEvent(event)));
    const seen: Event[] = [];
    manager.subscribe({ taskId, eventTypes: ['Canceled', 'Failed'], lastEventId: events[1]?.id }, (e) =>
      seen.push(e),
    );
    expect(seen.map((event) => event.type)).toEqual(['Canceled', 'Failed']);
  });

  test('replays nothing for an unknown lastEventId', async () => {
    const manager = newManager();
    await manager.emitEvent(makeEvent());
    const callback = vi.fn();
    manager.subscribe({ lastEventId: makeEvent().id }, callback);
    expect(callback).not.toHaveBeenCalled();
  });

  test('does not show a reader the event during whose delivery it subscribed', async () => {
    const manager = newManager();
    const late = vi.fn();
    manager.subscribe({}, () => void manager.subscribe({}, late));
    await manager.emitEvent(makeEvent());
    expect(late).not.toHaveBeenCalled();
  });

  test('unsubscribe may be called twice and with an unknown id', async () => {
    const manager = newManager();
    const callback = vi.fn();
    const id = manager.subscribe({}, callback);
    manager.unsubscribe(id);
    manager.unsubscribe(id);
    manager.unsubscribe('sub_unknown');
    await manager.emitEvent(makeEvent());
    expect(callback).not.toHaveBeenCalled();
  });
});

describe('getEvents', () => {
  test('returns a copy that a caller may truncate', async () => {
    const manager = newManager();
    await manager.emitEvent(makeEvent());
    manager.getEvents({}).length = 0;
    expect(manager.getEvents({})).toHaveLength(1);
  });

  test('filters by task and type and goes on after lastEventId; an unknown one gives all', async () => {
    const manager = newManager();
    const events = makeEvents(4, { taskId: makeEvent().taskId });
    await Promise.all([...events, makeEvent()].map((event) => manager.emitEvent(event)));
    const taskId = events[0]?.taskId;
    expect(idsOf(manager.getEvents({ taskId }))).toEqual(idsOf(events));
    expect(idsOf(manager.getEvents({ taskId, lastEventId: events[1]?.id }))).toEqual(idsOf(events.slice(2)));
    expect(manager.getEvents({ lastEventId: 'unknown' })).toHaveLength(5);
    expect(manager.getEvents({ eventTypes: ['Failed'] })).toEqual([]);
  });

  test('keeps max_task_events per task and max_global_events in all, dropping the oldest', async () => {
    const manager = newManager({ max_task_events: 3, max_global_events: 5 });
    const events = makeEvents(4, { taskId: makeEvent().taskId });
    const others = makeEvents(3);
    await Promise.all([...events, ...others].map((event) => manager.emitEvent(event)));
    expect(idsOf(manager.getEvents({ taskId: events[0]?.taskId }))).toEqual(idsOf(events.slice(1)));
    expect(idsOf(manager.getEvents({}))).toEqual(idsOf([...events.slice(2), ...others]));
  });

  test('a fresh manager shows nothing of another one on the same ledger', async () => {
    const first = newManager();
    const heard = vi.fn();
    await first.emitEvent(makeEvent());
    const second = newManager();
    second.subscribe({}, heard);
    expect(second.getEvents({})).toEqual([]);
    expect(second.getStats()).toEqual({ totalEvents: 0, activeSubscriptions: 1, bufferSizes: {} });
    await first.emitEvent(makeEvent());
    expect(second.getEvents({})).toEqual([]);
    expect(heard).not.toHaveBeenCalled();
  });
});

describe('pollEvents', () => {
  test('says how long to wait only when there is nothing and it was not the first attempt', async () => {
    const manager = newManager();
    expect(await manager.pollEvents({})).toEqual({ events: [] });
    expect(await manager.pollEvents({}, 1)).toEqual({ events: [], backoffMs: 1000 });
    expect(await manager.pollEvents({}, 6)).toEqual({ events: [], backoffMs: 30_000 });
    expect(await manager.pollEvents({}, 40)).toEqual({ events: [], backoffMs: 30_000 });
    const event = makeEvent();
    await manager.emitEvent(event);
    expect(await manager.pollEvents({}, 6)).toEqual({ events: [event] });
  });
});

describe('getStats', () => {
  test('counts events, subscriptions and events per task', async () => {
    const manager = newManager();
    const event = makeEvent();
    manager.subscribe({}, () => {});
    await manager.emitEvent(event);
    await manager.emitEvent(makeEvent({ taskId: event.taskId }));
    expect(manager.getStats()).toEqual({
      totalEvents: 2,
      activeSubscriptions: 1,
      bufferSizes: { [event.taskId]: 2 },
    });
  });
});

describe('createA11yEvent', () => {
  test.each([
    ['PlanStarted', 'Planning has started'],
    ['StepCompleted', 'Step completed successfully'],
    ['AwaitingApproval', 'Waiting for approval'],
    ['Canceled', 'Task has been canceled'],
    ['Resumed', 'Task has been resumed'],
    ['DeliverableReady', 'Deliverable is ready'],
    ['Failed', 'Task has failed'],
  ] as const)('%s says "%s"', (type, ariaLiveHint) => {
    expect(createA11yEvent(type, 'a task')).toEqual({ type, taskId: 'a task', ariaLiveHint });
  });

  test('fields given last replace type, task and hint', () => {
    const fields = { type: 'Failed', taskId: 'other', ariaLiveHint: 'other hint' } as const;
    expect(createA11yEvent('Resumed', 'a task', fields)).toEqual(fields);
  });
});
