import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventHub } from '@cortex-os/native';
import {
  createEventManager,
  type Event,
  type EventManager,
  type EventType,
  getStatePath,
  initializeXDG,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ALL_TYPES,
  configWith,
  idsOf,
  ledgerEvents,
  makeEvent,
  makeEvents,
  StreamReader,
} from './events-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();

let manager: EventManager;
let server: Server | undefined;

beforeEach(async () => {
  await initializeXDG();
});

afterEach(async () => {
  await manager.close();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

describe('one order for everybody', () => {
  test('200 parallel emits reach callbacks, ledger and buffers in the order of the calls', async () => {
    manager = createEventManager(configWith());
    const seen: Event[] = [];
    manager.subscribe({}, (event) => seen.push(event));
    const events = makeEvents(200);
    await Promise.all(events.map((event) => manager.emitEvent(event)));
    expect(idsOf(seen)).toEqual(idsOf(events));
    expect(idsOf(manager.getEvents({}))).toEqual(idsOf(events));
    expect(idsOf(await ledgerEvents())).toEqual(idsOf(events));
  });

  test('an event emitted by a callback comes after the current one for every reader', async () => {
    manager = createEventManager(configWith());
    const [first, second] = [makeEvent(), makeEvent()];
    const seen: string[][] = [[], []];
    let nested: Promise<void> | undefined;
    manager.subscribe({}, (event) => {
      seen[0]?.push(event.id);
      if (event === first) nested = manager.emitEvent(second);
    });
    manager.subscribe({}, (event) => seen[1]?.push(event.id));
    await manager.emitEvent(first);
    await nested;
    expect(seen).toEqual([idsOf([first, second]), idsOf([first, second])]);
  });

  test('emitters that go on in the same turn in which their event was delivered are not forgotten', async () => {
    manager = createEventManager(configWith());
    for (let round = 0; round < 50; round++) await manager.emitEvent(makeEvent());
    expect(await ledgerEvents()).toHaveLength(50);
  });

  test('more than the log can hold at once waits for room and keeps its order', async () => {
    manager = createEventManager(configWith({ max_global_events: 100_000, max_task_events: 100_000 }));
    const seen: string[] = [];
    manager.subscribe({}, (event) => seen.push(event.id));
    // 40 events of 640 KB are more than the log's 16 MiB.
    const events = makeEvents(40, { data: { text: 'x'.repeat(640_000) } });
    await Promise.all(events.map((event) => manager.emitEvent(event)));
    expect(seen).toEqual(idsOf(events));
    expect(idsOf(await ledgerEvents())).toEqual(idsOf(events));
  });

  test('64 concurrent emitters, 10,000 events: ledger, callbacks, streams and reads agree', async () => {
    manager = createEventManager(configWith({ max_task_events: 10_000 }));
    const tasks = Array.from({ length: 16 }, () => makeEvent().taskId);
    const seen: string[] = [];
    const seenOfTask: string[] = [];
    manager.subscribe({}, (event) => seen.push(event.id));
    manager.subscribe({ taskId: tasks[0] }, (event) => seenOfTask.push(event.id));
    const readers = await openStreams([{}, {}, {}, { taskId: tasks[0] }]);

    let left = 10_000;
    const emitter = async (number: number) => {
      while (left-- > 0) {
        const type = ALL_TYPES[left % ALL_TYPES.length] as EventType;
        const taskId = tasks[left % tasks.length] as string;
        await manager.emitEvent(makeEvent({ type, taskId, data: { number, left } }));
      }
    };
    await Promise.all(Array.from({ length: 64 }, (_, number) => emitter(number)));

    const ledger = idsOf(await ledgerEvents());
    expect(ledger).toHaveLength(10_000);
    expect(new Set(ledger).size).toBe(10_000);
    expect(seen).toEqual(ledger);
    expect(idsOf(manager.getEvents({}))).toEqual(ledger);
    expect(await readWhole()).toEqual(ledger);
    for (const reader of readers.slice(0, 3)) {
      await reader.untilEvents(10_000);
      expect(idsOf(reader.events)).toEqual(ledger);
    }
    await readers[3]?.untilEvents(seenOfTask.length);
    expect(idsOf(readers[3]?.events ?? [])).toEqual(seenOfTask);
    expect(idsOf(manager.getEvents({ taskId: tasks[0] }))).toEqual(seenOfTask);
  }, 60_000);
});

/** Opens one real stream per filter and waits until each is live. */
async function openStreams(filters: { taskId?: string | undefined }[]): Promise<StreamReader[]> {
  server = createServer((req, res) => {
    manager.createSSEStream(res, filters[Number(req.url?.slice(1))] ?? {});
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const readers = filters.map((_, index) => new StreamReader(`http://127.0.0.1:${port}/${index}`));
  await Promise.all(readers.map((reader) => reader.opened()));
  return readers;
}

/** What `read` of the hub behind the manager says, page by page. */
async function readWhole(): Promise<string[]> {
  const hub = await EventHub.open({ path: getStatePath('ledger.ndjson'), shared: true });
  const ids: string[] = [];
  for (let after = -1; ; ) {
    const page = await hub.read({ after, limit: 3_000 });
    ids.push(...idsOf(page.map(({ event }) => event as Event)));
    const last = page.at(-1);
    if (!last) break;
    after = last.offset;
  }
  await hub.close();
  return ids;
}
