import { writeFile } from 'node:fs/promises';
import {
  createEventManager,
  type EventManager,
  getConfigPath,
  getEventManager,
  initializeXDG,
  stopEventManager,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bareResponse, configWith, makeEvent } from './events-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();

let manager: EventManager | undefined;

beforeEach(async () => {
  await initializeXDG();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await manager?.close();
  manager = undefined;
  await (await getEventManager()).close();
  stopEventManager();
});

describe('getEventManager', () => {
  test('gives racing callers one and the same manager', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => getEventManager()));
    expect(new Set(all).size).toBe(1);
  });

  test('stopEventManager makes room for a new one, also when the first was still being made', async () => {
    const first = getEventManager();
    stopEventManager();
    const second = getEventManager();
    expect(await second).not.toBe(await first);
    expect(await getEventManager()).toBe(await second);
  });

  test('tries again after the configuration could not be loaded', async () => {
    const path = getConfigPath('config.yaml');
    await writeFile(path, 'events: 7');
    await expect(getEventManager()).rejects.toThrow('Invalid configuration');
    await writeFile(path, 'cache_ttl_ms: 1000');
    await expect(getEventManager()).resolves.toBeDefined();
  });
});

describe('the timer', () => {
  test('is one per manager and gone after stop', async () => {
    vi.useFakeTimers();
    const before = vi.getTimerCount();
    const made = await getEventManager();
    await made.emitEvent(makeEvent());
    made.createSSEStream(bareResponse(), {});
    expect(vi.getTimerCount()).toBe(before + 1);
    const clearInterval = vi.spyOn(globalThis, 'clearInterval');
    stopEventManager();
    expect(clearInterval).toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(before);
    await made.close();
  });

  test('does both jobs on their own beat, whatever the two periods are', () => {
    vi.useFakeTimers();
    manager = createEventManager(configWith({ heartbeat_ms: 25_000, idle_timeout_ms: 59_000 }));
    const response = bareResponse();
    manager.createSSEStream(response, {});
    manager.subscribe({}, () => {});
    const heartbeats = () => response.frames().filter(({ event }) => event === 'heartbeat').length;
    vi.advanceTimersByTime(59_999);
    expect([heartbeats(), manager.getStats().activeSubscriptions]).toEqual([3, 2]);
    vi.advanceTimersByTime(1);
    expect([heartbeats(), manager.getStats().activeSubscriptions]).toEqual([3, 1]);
    vi.advanceTimersByTime(15_000);
    expect(heartbeats()).toBe(4);
  });
});

describe('idle subscriptions', () => {
  test('are dropped after idle_timeout_ms without an event, at the next cleanup', () => {
    vi.useFakeTimers();
    manager = createEventManager(configWith({ idle_timeout_ms: 60_000 }));
    manager.subscribe({}, () => {});
    vi.advanceTimersByTime(60_000);
    expect(manager.getStats().activeSubscriptions).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(manager.getStats().activeSubscriptions).toBe(0);
  });

  test('do not include busy ones, however old', async () => {
    vi.useFakeTimers();
    manager = createEventManager(configWith({ idle_timeout_ms: 60_000 }));
    const callback = vi.fn();
    manager.subscribe({}, callback);
    for (let minute = 0; minute < 10; minute++) {
      vi.advanceTimersByTime(59_000);
      await manager.emitEvent(makeEvent());
    }
    expect(callback).toHaveBeenCalledTimes(10);
  });

  test('do not include open streams', async () => {
    vi.useFakeTimers();
    manager = createEventManager(configWith({ idle_timeout_ms: 60_000 }));
    const response = bareResponse();
    manager.createSSEStream(response, {});
    vi.advanceTimersByTime(600_000);
    const event = makeEvent();
    await manager.emitEvent(event);
    expect(response.text()).toContain(event.id);
  });

  test('the events of an idle task leave both views', async () => {
    vi.useFakeTimers();
    manager = createEventManager(configWith({ idle_timeout_ms: 60_000 }));
    const idle = makeEvent();
    const busy = makeEvent();
    await manager.emitEvent(idle);
    await manager.emitEvent(busy);
    vi.advanceTimersByTime(60_000);
    await manager.emitEvent(makeEvent({ taskId: busy.taskId }));
    vi.advanceTimersByTime(60_000);
    expect(manager.getEvents({ taskId: idle.taskId })).toEqual([]);
    expect(manager.getEvents({}).map(({ taskId }) => taskId)).toEqual([busy.taskId, busy.taskId]);
    expect(manager.getStats().totalEvents).toBe(2);
  });
});

describe('stop', () => {
  test('leaves what the manager holds readable, its callbacks in place, and may be called twice', async () => {
    manager = createEventManager(configWith());
    const callback = vi.fn();
    manager.subscribe({}, callback);
    await manager.emitEvent(makeEvent());
    manager.stop();
    manager.stop();
    expect(manager.getEvents({})).toHaveLength(1);
    await manager.emitEvent(makeEvent());
    expect(callback).toHaveBeenCalledTimes(2);
  });

  test('ends event streams', async () => {
    manager = createEventManager(configWith());
    const response = bareResponse();
    manager.createSSEStream(response, {});
    manager.stop();
    expect(response.end).toHaveBeenCalled();
    expect(manager.getStats().activeSubscriptions).toBe(0);
  });
});
