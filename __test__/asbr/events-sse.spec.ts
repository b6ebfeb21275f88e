import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createEventManager,
  type EventManager,
  initializeXDG,
  type SseStreamOptions,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bareResponse, configWith, idsOf, makeEvent, makeEvents, StreamReader } from './events-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();

let manager: EventManager;
let server: Server;
let readers: StreamReader[];

beforeEach(async () => {
  await initializeXDG();
  manager = createEventManager(configWith());
  readers = [];
  server = createServer((req, res) => {
    const { searchParams } = new URL(req.url ?? '', 'http://test');
    manager.createSSEStream(res, JSON.parse(searchParams.get('options') ?? '{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  vi.useRealTimers();
  for (const reader of readers) reader.close();
  await manager.close();
  server.closeAllConnections();
  server.close();
});

async function open(
  options: SseStreamOptions = {},
  headers: Record<string, string> = {},
): Promise<StreamReader> {
  const { port } = server.address() as AddressInfo;
  const query = new URLSearchParams({ options: JSON.stringify(options) });
  const reader = new StreamReader(`http://127.0.0.1:${port}/?${query}`, headers);
  readers.push(reader);
  await reader.opened();
  return reader;
}

async function emitAll(events: ReturnType<typeof makeEvents>) {
  await Promise.all(events.map((event) => manager.emitEvent(event)));
}

describe('createSSEStream on a bare response', () => {
  test('writes the headers and one heartbeat at once, then frames of id, event and data', async () => {
    const response = bareResponse();
    const id = manager.createSSEStream(response, {});
    expect(id).toMatch(/^sub_\d+-[0-9a-f]{32}$/);
    expect(response.writeHead).toHaveBeenCalledExactlyOnceWith(
      200,
      expect.objectContaining({
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-cache',
        Connection: 'keep-alive',
        'Access-Control-Allow-Origin': '*',
        'X-Accel-Buffering': 'no',
      }),
    );
    expect(response.text()).toContain('event: heartbeat\ndata: {}\n\n');
    const event = makeEvent();
    await manager.emitEvent(event);
    const frame = response.frames().at(-1);
    expect(frame).toEqual({
      id: expect.stringMatching(/^\S+-0$/),
      event: event.type,
      data: JSON.stringify(event),
    });
  });

  test('writes its headers before what it replays', async () => {
    const events = makeEvents(3);
    await emitAll(events);
    const response = bareResponse();
    manager.createSSEStream(response, { lastEventId: events[0]?.id });
    await vi.waitFor(() => expect(response.text()).toContain(events[2]?.id), { timeout: 20_000 });
    const [head = 0] = response.writeHead.mock.invocationCallOrder;
    const [firstWrite = 0] = response.write.mock.invocationCallOrder;
    expect(head).toBeLessThan(firstWrite);
  });

  test('gets a heartbeat every heartbeat_ms, by the timers of JavaScript', () => {
    vi.useFakeTimers();
    const beating = createEventManager(configWith({ heartbeat_ms: 4_000 }));
    const response = bareResponse();
    beating.createSSEStream(response, {});
    const heartbeats = () => response.frames().filter(({ event }) => event === 'heartbeat').length;
    expect(heartbeats()).toBe(1);
    vi.advanceTimersByTime(12_000);
    expect(heartbeats()).toBe(4);
    beating.stop();
    vi.advanceTimersByTime(12_000);
    expect(heartbeats()).toBe(4);
  });

  test('leaves the CORS header out, or names an origin, as told', () => {
    const [none, one] = [bareResponse(), bareResponse()];
    manager.createSSEStream(none, { allowOrigin: false });
    manager.createSSEStream(one, { allowOrigin: 'https://example.com' });
    expect(none.writeHead.mock.calls[0]?.[1]).not.toHaveProperty('Access-Control-Allow-Origin');
    expect(one.writeHead.mock.calls[0]?.[1]).toHaveProperty(
      'Access-Control-Allow-Origin',
      'https://example.com',
    );
  });

  test('is ended by unsubscribe and counts as a subscription until then', () => {
    const response = bareResponse();
    const id = manager.createSSEStream(response, {});
    expect(manager.getStats().activeSubscriptions).toBe(1);
    manager.unsubscribe(id);
    expect(response.end).toHaveBeenCalledOnce();
    expect(manager.getStats().activeSubscriptions).toBe(0);
  });
});

describe('createSSEStream over HTTP', () => {
  test('sends its headers at once and live events as they come', async () => {
    const reader = await open();
    expect(reader.response?.statusCode).toBe(200);
    expect(reader.response?.headers['content-type']).toBe('text/event-stream');
    const event = makeEvent();
    await manager.emitEvent(event);
    await reader.untilEvents(1);
    expect(reader.events).toEqual([event]);
  });

  test('resumes after the id of a frame, as a browser does', async () => {
    const events = makeEvents(6);
    const first = await open();
    await emitAll(events.slice(0, 3));
    await first.untilEvents(3);
    const lastSeen = first.frames.findLast(({ id }) => id)?.id ?? '';
    first.close();
    await emitAll(events.slice(3, 5));
    const second = await open({}, { 'Last-Event-ID': lastSeen });
    await manager.emitEvent(events[5] ?? makeEvent());
    await second.untilEvents(3);
    expect(idsOf(second.events)).toEqual(idsOf(events.slice(3)));
  });

  test("resumes after an event's own id", async () => {
    const events = makeEvents(4);
    await emitAll(events);
    const reader = await open({ lastEventId: events[1]?.id });
    await reader.untilEvents(2);
    expect(idsOf(reader.events)).toEqual(idsOf(events.slice(2)));
  });

  test('resumes across a restart of the manager', async () => {
    const events = makeEvents(4);
    const first = await open();
    await emitAll(events.slice(0, 2));
    await first.untilEvents(2);
    const lastSeen = first.frames.find(({ id }) => id)?.id ?? '';
    await manager.close();
    manager = createEventManager(configWith());
    await emitAll(events.slice(2));
    const second = await open({ lastEventId: lastSeen });
    await second.untilEvents(3);
    expect(idsOf(second.events)).toEqual(idsOf(events.slice(1)));
  });

  test('says so in a gap event when the resume point is unknown', async () => {
    const event = makeEvent();
    await manager.emitEvent(event);
    const reader = await open({ lastEventId: makeEvent().id });
    await reader.until(({ frames }) => frames.some((frame) => frame.event === 'gap'));
    const gap = reader.frames.find((frame) => frame.event === 'gap');
    expect(JSON.parse(gap?.data ?? '')).toMatchObject({ reason: 'unknown' });
  });

  test('filters by task and type', async () => {
    const taskId = makeEvent().taskId;
    const wanted = makeEvent({ taskId, type: 'Failed' });
    const ofTask = await open({ taskId, eventTypes: ['Failed'] });
    const ofNone = await open({ eventTypes: [] });
    await emitAll([makeEvent({ type: 'Failed' }), makeEvent({ taskId, type: 'Resumed' }), wanted]);
    await ofTask.untilEvents(1);
    expect(ofTask.events).toEqual([wanted]);
    expect(ofNone.events).toEqual([]);
  });

  test('begins live, with what the manager holds, or so many events back, as told', async () => {
    const taskId = makeEvent().taskId;
    const events = [makeEvent(), makeEvent({ taskId }), makeEvent(), makeEvent({ taskId })];
    await emitAll(events);
    const live = await open();
    const held = await open({ backlog: 'window' });
    const ofTask = await open({ backlog: 'window', taskId });
    const back = await open({ backlog: 3 });
    const far = await open({ backlog: 1_000 });
    const last = makeEvent({ taskId });
    await manager.emitEvent(last);
    const expected: [StreamReader, ReturnType<typeof makeEvents>][] = [
      [live, [last]],
      [held, [...events, last]],
      [ofTask, [...events.filter((event) => event.taskId === taskId), last]],
      [back, [...events.slice(1), last]],
      [far, [...events, last]],
    ];
    for (const [reader, wanted] of expected) {
      await reader.untilEvents(wanted.length);
      expect(idsOf(reader.events)).toEqual(idsOf(wanted));
    }
  });

  test('follows the ledger: what other managers of the process write comes too', async () => {
    const reader = await open();
    const other = createEventManager(configWith());
    const events = makeEvents(4);
    for (const [index, event] of events.entries()) await (index % 2 ? other : manager).emitEvent(event);
    await reader.untilEvents(4);
    expect(idsOf(reader.events)).toEqual(idsOf(events));
    await other.close();
    await manager.emitEvent(makeEvent());
    await reader.untilEvents(5);
  });

  test('forgets a stream whose client has gone', async () => {
    const reader = await open();
    expect(manager.getStats().activeSubscriptions).toBe(1);
    reader.close();
    await vi.waitFor(() => expect(manager.getStats().activeSubscriptions).toBe(0), { timeout: 20_000 });
  });
});
