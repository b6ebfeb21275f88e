import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ASBRClient,
  type AsbrEvent,
  createASBRClient,
  type EventGap,
  type EventType,
  setLogger,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const taskA = '11111111-1111-4111-8111-111111111111';
const taskB = '22222222-2222-4222-8222-222222222222';
const all: EventType[] = ['PlanStarted', 'StepCompleted', 'Failed'];

/** One open stream as the server sees it. */
interface Stream {
  url: URL;
  lastEventId: string | undefined;
  authorization: string | undefined;
  res: ServerResponse;
}

let server: Server;
let client: ASBRClient;
let streams: Stream[];
/** Set to answer something else than a stream. */
let refuse: ((res: ServerResponse) => void) | undefined;
const logged: string[] = [];

beforeEach(async () => {
  streams = [];
  refuse = undefined;
  logged.length = 0;
  const log = (message: string) => logged.push(message);
  setLogger({ logError: log, logWarn: log });
  server = createServer((req: IncomingMessage, res) => {
    const stream = {
      url: new URL(req.url ?? '', 'http://localhost'),
      lastEventId: req.headers['last-event-id'] as string | undefined,
      authorization: req.headers.authorization,
      res,
    };
    streams.push(stream);
    if (refuse) refuse(res);
    else res.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' }).flushHeaders();
    server.emit('stream', stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = createASBRClient({ baseUrl: `http://127.0.0.1:${port}`, token: 'tok' });
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  setLogger();
  server.close();
  server.closeAllConnections();
});

const nextStream = async () => (await once(server, 'stream'))[0] as Stream;

function makeEvent(type: EventType, taskId: string, step: string): AsbrEvent {
  return { id: taskA, type, taskId, step, timestamp: '2025-10-13T12:00:00.000Z' };
}

function frame(event: AsbrEvent, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** A subscriber that remembers the steps it was told and lets a test wait for one. */
function listener() {
  const steps: string[] = [];
  let waiting: { step: string; resolve: () => void } | undefined;
  return {
    steps,
    callback: (event: AsbrEvent) => {
      steps.push(event.step ?? '');
      if (event.step === waiting?.step) waiting?.resolve();
    },
    until: (step: string) =>
      new Promise<void>((resolve) => {
        waiting = { step, resolve };
        if (steps.includes(step)) resolve();
      }),
  };
}

describe('subscribe', () => {
  test('delivers the named events of the stream, and nothing else in it', async () => {
    const { steps, callback, until } = listener();
    client.subscribe(taskA, all, callback);
    const { res, url, authorization } = await nextStream();
    expect([url.pathname, url.search, authorization]).toEqual([
      '/v1/events',
      `?stream=sse&taskId=${taskA}`,
      'Bearer tok',
    ]);
    res.write('retry: 2000\n\n:\n\nevent: heartbeat\ndata: {}\n\nevent: Later\ndata: {"type":"Later"}\n\n');
    res.write(frame(makeEvent('PlanStarted', taskA, 'one')));
    res.write(`data: ${JSON.stringify(makeEvent('Failed', taskA, 'two'))}\n\n`);
    await until('two');
    expect(steps).toEqual(['one', 'two']);
    expect(logged).toEqual([]);
  });

  test('reads text cut anywhere in its bytes', async () => {
    const { steps, callback, until } = listener();
    client.subscribe(undefined, all, callback);
    const { res } = await nextStream();
    const bytes = Buffer.from(
      frame(makeEvent('PlanStarted', taskA, 'é😀')) + frame(makeEvent('Failed', taskA, 'end')),
    );
    for (const byte of bytes) {
      res.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    await until('end');
    expect(steps).toEqual(['é😀', 'end']);
  });

  test('filters by type for each subscriber of a shared stream', async () => {
    const everything = listener();
    const failures = listener();
    const nothing = listener();
    client.subscribe(taskA, ['PlanStarted', 'Failed'], everything.callback);
    client.subscribe(taskA, ['Failed'], failures.callback);
    client.subscribe(taskA, [], nothing.callback);
    const { res } = await nextStream();
    res.write(frame(makeEvent('PlanStarted', taskA, 'plan')));
    res.write(frame(makeEvent('StepCompleted', taskA, 'step')));
    res.write(frame(makeEvent('Failed', taskA, 'end')));
    await failures.until('end');
    expect([everything.steps, failures.steps, nothing.steps]).toEqual([['plan', 'end'], ['end'], []]);
    expect(streams).toHaveLength(1);
  });

  test('delivers once to who follows a task and to who follows all', async () => {
    const one = listener();
    const every = listener();
    client.subscribe(taskA, all, one.callback);
    const first = await nextStream();
    client.subscribe(undefined, all, every.callback);
    const second = await nextStream();
    expect(second.url.searchParams.has('taskId')).toBe(false);
    for (const { res } of [first, second]) {
      res.write(frame(makeEvent('PlanStarted', taskA, 'plan')));
      res.write(frame(makeEvent('Failed', taskB, 'foreign')));
      res.write(frame(makeEvent('Failed', taskA, 'end')));
    }
    await Promise.all([one.until('end'), every.until('end')]);
    expect(one.steps).toEqual(['plan', 'end']);
    expect(every.steps).toEqual(['plan', 'foreign', 'end']);
  });

  test('survives callbacks that throw and data that is none', async () => {
    const { steps, callback, until } = listener();
    client.subscribe(taskA, all, () => {
      throw new Error('callback');
    });
    client.subscribe(taskA, all, callback);
    const { res } = await nextStream();
    res.write('event: Failed\ndata: {broken\n\nevent: Failed\ndata: 5\n\n');
    res.write(frame(makeEvent('Failed', taskA, 'end')));
    await until('end');
    expect(steps).toEqual(['end']);
    expect(logged).toEqual(['Failed to parse event', 'Failed to parse event', 'Error in event callback']);
  });

  test('does not call who was unsubscribed by another callback', async () => {
    const { steps, callback, until } = listener();
    const last = listener();
    let stop = () => {};
    client.subscribe(taskA, all, () => stop());
    stop = client.subscribe(taskA, all, callback);
    client.subscribe(taskA, all, last.callback);
    const { res } = await nextStream();
    res.write(frame(makeEvent('Failed', taskA, 'end')));
    await last.until('end');
    expect(steps).toEqual([]);
    expect(until).toBeDefined();
  });

  test('ends the stream with its last subscriber', async () => {
    const stopFirst = client.subscribe(taskA, all, () => {});
    const stopSecond = client.subscribe(taskA, all, () => {});
    const { res } = await nextStream();
    stopFirst();
    stopFirst();
    expect(res.destroyed).toBe(false);
    stopSecond();
    await once(res, 'close');
  });

  test('ends all streams when the client is closed', async () => {
    client.subscribe(taskA, all, () => {});
    const first = await nextStream();
    client.subscribe(undefined, all, () => {});
    const second = await nextStream();
    client.close();
    await Promise.all([once(first.res, 'close'), once(second.res, 'close')]);
  });
});

describe('a lost stream', () => {
  test('is resumed behind the last event, and what it tells is told once', async () => {
    const { steps, callback, until } = listener();
    const errors: boolean[] = [];
    client.subscribe(taskA, all, callback, { onError: (_error, final) => errors.push(final) });
    const first = await nextStream();
    expect(first.lastEventId).toBeUndefined();
    first.res.write('retry: 1\n\n');
    first.res.write(frame(makeEvent('PlanStarted', taskA, 'one'), 'e-1'));
    first.res.write('id: e-2\n\n');
    await until('one');
    first.res.destroy();
    const second = await nextStream();
    expect(second.lastEventId).toBe('e-2');
    second.res.end(frame(makeEvent('Failed', taskA, 'two'), 'e-3'));
    const third = await nextStream();
    expect(third.lastEventId).toBe('e-3');
    expect(steps).toEqual(['one', 'two']);
    // Cut off is an error, ended is none.
    expect(errors).toEqual([false]);
  });

  test('tells which events are gone', async () => {
    const gap = { requested: 'e-1', oldest: 'e-9', reason: 'expired' };
    const told = new Promise<EventGap>((resolve) => {
      client.subscribe(taskA, all, () => {}, { onGap: resolve });
    });
    client.subscribe(taskA, all, () => {});
    const { res } = await nextStream();
    res.write(`event: gap\ndata: ${JSON.stringify(gap)}\n\n`);
    expect(await told).toEqual(gap);
    await vi.waitFor(() => expect(logged).toEqual(['Event stream gap']), { timeout: 20_000 });
  });

  test.each([
    [
      '401',
      (res: ServerResponse) => res.writeHead(401).end('{"code":"AUTHENTICATION_ERROR"}'),
      'AUTHENTICATION_ERROR',
    ],
    ['404', (res: ServerResponse) => res.writeHead(404).end(), 'API_REQUEST_FAILED'],
    [
      'a redirect',
      (res: ServerResponse) => res.writeHead(307, { Location: '/x' }).end(),
      'API_REQUEST_FAILED',
    ],
    ['204', (res: ServerResponse) => res.writeHead(204).end(), 'EVENT_STREAM_INVALID'],
    [
      'a page',
      (res: ServerResponse) => res.writeHead(200, { 'Content-Type': 'text/html' }).end('<p>'),
      'EVENT_STREAM_INVALID',
    ],
  ])('is given up after %s, and a new subscriber tries anew', async (_what, refusal, code) => {
    refuse = refusal;
    const outcome = await new Promise((resolve) => {
      client.subscribe(taskA, all, () => {}, { onError: (error, final) => resolve({ error, final }) });
    });
    expect(outcome).toMatchObject({ error: { code }, final: true });
    expect(streams).toHaveLength(1);

    refuse = undefined;
    const { callback, until } = listener();
    client.subscribe(taskA, all, callback);
    const { res } = await nextStream();
    res.write(frame(makeEvent('Failed', taskA, 'end')));
    await until('end');
  });

  test('is logged where nobody wants to hear of it', async () => {
    refuse = (res) => res.writeHead(403).end();
    client.subscribe(taskA, all, () => {});
    await nextStream();
    await vi.waitFor(() => expect(logged).toEqual(['Event stream error']), { timeout: 20_000 });
  });
});

describe('the wait before a reconnect', () => {
  const eventStream = { 'Content-Type': 'text/event-stream' };
  const body = (text: string) => new Response(text, { headers: eventStream });

  /** Lets ten minutes pass and tells after how many milliseconds each attempt followed the one before. */
  async function waits(answers: (() => Response)[]): Promise<number[]> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const times: number[] = [];
    vi.stubGlobal('fetch', async () => {
      times.push(Date.now());
      const next = answers.shift();
      if (next) return next();
      throw new TypeError('fetch failed');
    });
    client.subscribe(taskA, all, () => {}, { onError: () => {} });
    await vi.advanceTimersByTimeAsync(600_000);
    return times.slice(1).map((time, index) => time - (times[index] ?? 0));
  }

  test('doubles up to half a minute', async () => {
    expect((await waits([])).slice(0, 8)).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  });

  test('grows for a busy or broken server too', async () => {
    const busy = () => new Response('', { status: 503 });
    const limited = () => new Response('', { status: 429 });
    expect((await waits([busy, limited])).slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
  });

  test('starts over after a stream that has sent something, as long as that stream asked', async () => {
    const stream = () => body('retry: 250\n\n');
    const waited = await waits([() => new Response('', { status: 500 }), stream]);
    expect(waited.slice(0, 4)).toEqual([1000, 250, 500, 1000]);
  });

  test('does not start over for a stream that says nothing', async () => {
    expect((await waits([() => body(''), () => body('')])).slice(0, 3)).toEqual([1000, 2000, 4000]);
  });

  test('ends with the last subscriber; a new one then opens a single stream', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked = vi.fn(async () => body(''));
    vi.stubGlobal('fetch', asked);
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const stop = client.subscribe(taskA, all, () => {});
    // The stream ends at once, and the wait for the next one begins.
    await vi.waitFor(() => expect(timers).toHaveBeenCalledWith(expect.any(Function), 1000), {
      timeout: 20_000,
    });
    expect(vi.getTimerCount()).toBe(1);
    stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
    asked.mockImplementation(async () => new Response(new ReadableStream(), { headers: eventStream }));
    client.subscribe(taskA, all, () => {});
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked).toHaveBeenCalledTimes(2);
  });
});
