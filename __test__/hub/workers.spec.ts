/** One hub in several threads: everybody sees everything, in one order. */
import type { EventRecord } from '@cortex-os/native';
import { describe, expect, vi } from 'vitest';
import { takeRecords } from '../support/streams.js';
import { Watched } from '../support/waiting.js';
import { test } from '../support/worker-test.js';

type Seen = [offset: number, event: unknown];

describe('what a worker emits', () => {
  test('reaches callbacks, streams, SSE and read of the main thread in the order of offsets', async ({
    openHub,
    startWorker,
    serve,
    connect,
  }) => {
    const onError = vi.fn();
    const hub = await openHub({ onError });
    const seen = new Watched<Seen[]>([]);
    hub.subscribe({}, (event, { offset }) => seen.change((list) => [...list, [offset, event]]));
    const stream = hub.stream();
    const client = await connect(await serve((_, res) => void hub.attach(res)));
    const workers = [await startWorker(hub.handle), await startWorker(hub.handle)];
    const emitting = workers.map((worker, index) => worker.call<number[]>('emit', `worker ${index}`, 200));
    for (let n = 0; n < 200; n += 1) {
      hub.emit({ by: 'main', n });
      if (n % 20 === 0) await Promise.resolve();
    }
    const offsets = (await Promise.all(emitting)).flat();
    expect(new Set(offsets).size).toBe(400);

    const expected = (await hub.read()).map(({ offset, event }): Seen => [offset, event]);
    expect(expected.map(([offset]) => offset)).toEqual([...Array(600).keys()]);
    expect(await seen.until(({ length }) => length === 600)).toEqual(expected);
    expect((await takeRecords(stream, 600)).map(({ offset, event }) => [offset, event])).toEqual(expected);
    await client.untilFrames(600);
    expect(client.events.map(({ id, data }) => [Number(id.split('-')[1]), data])).toEqual(expected);
    expect(onError).not.toHaveBeenCalled();
  });

  test('reaches callbacks as what the line says, with topic and type', async ({ openHub, startWorker }) => {
    const hub = await openHub();
    const worker = await startWorker(hub.handle);
    const seen = new Watched<unknown[]>([]);
    hub.subscribe({ topic: 'a' }, (event, { offset, topic, type }) =>
      seen.change((list) => [...list, { event, offset, topic, type }]),
    );
    await worker.call('emit', 'worker', 1, 'b');
    await worker.call('emit', 'worker', 1, 'a');
    expect(await seen.until(({ length }) => length === 1)).toEqual([
      { event: { by: 'worker', n: 0 }, offset: 1, topic: 'a', type: '' },
    ]);
  });

  test('before a callback subscribed is not delivered to it', async ({ openHub, startWorker }) => {
    const hub = await openHub();
    const worker = await startWorker(hub.handle);
    const seen: Record<string, unknown[]> = { first: [], late: [] };
    hub.subscribe({}, (event) => seen.first?.push(event));
    const emitted = worker.call('emit', 'worker', 5);
    // The worker has emitted, and this thread has not had a turn to hear of it.
    while (hub.head < 5);
    hub.subscribe({}, (event) => seen.late?.push(event));
    hub.emit('own');
    await emitted;
    expect(seen.first).toHaveLength(6);
    expect(seen.late).toEqual(['own']);
  });

  test('is delivered before what this thread emits after it', async ({ openHub, startWorker }) => {
    const hub = await openHub();
    const worker = await startWorker(hub.handle);
    const seen: unknown[] = [];
    const own = { by: 'main' };
    hub.subscribe({}, (event) => seen.push(event));
    const emitted = worker.call('emit', 'worker', 3);
    while (hub.head < 3);
    hub.emit(own);
    expect(seen).toEqual([0, 1, 2].map((n) => ({ by: 'worker', n })).concat([own as never]));
    expect(seen[3]).toBe(own);
    await emitted;
  });

  test('faster than this thread can hear of it is told as lost, and the rest comes in order', async ({
    openHub,
    startWorker,
  }) => {
    const onError = vi.fn();
    const hub = await openHub({ maxEvents: 100, onError });
    const worker = await startWorker(hub.handle);
    const seen = new Watched<number[]>([]);
    hub.subscribe({}, (_, { offset }) => seen.change((list) => [...list, offset]));
    const emitted = worker.call('emit', 'worker', 1000);
    while (hub.head < 1000);
    expect(await seen.until((list) => list.includes(999))).toEqual(
      Array.from({ length: 100 }, (_, n) => n + 900),
    );
    expect(onError.mock.calls).toMatchObject([[{ code: 'ERR_LOG_CURSOR_EXPIRED' }, 'subscribe']]);
    await emitted;
  });
});

describe('a worker', () => {
  test('sees what others emit: callbacks, streams, acknowledgements', async ({
    openHub,
    startWorker,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath });
    const [one, two] = [await startWorker(hub.handle), await startWorker(hub.handle)];
    await one.call('subscribe');
    const taken = one.call<EventRecord[]>('take', -1, 5);
    hub.emit({ by: 'main', n: 0 });
    await two.call('emit', 'two', 3);
    expect(await one.call('emitDurable', 'one')).toBe(4);
    const records = await taken;
    const expected = ['main', 'two', 'two', 'two', 'one'];
    expect(records.map(({ event }) => (event as { by: string }).by)).toEqual(expected);
    const seen = await one.call<Seen[]>('seen', 5);
    expect(seen.map(([offset, event]) => [offset, (event as { by: string }).by])).toEqual([
      ...expected.entries(),
    ]);
    expect(hub.stats().durable).toBe(5);
  });

  test('may be the one who opened the hub, and may go before others', async ({
    openHub,
    startWorker,
    ledgerPath,
  }) => {
    const opener = await startWorker();
    const handle = await opener.call<number>('open', { path: ledgerPath });
    await opener.call('emit', 'opener', 3);
    const other = await startWorker(handle);
    await opener.terminate();
    expect(await other.call('emitDurable', 'other')).toBe(3);
    await other.call('close');
    const hub = await openHub({ path: ledgerPath });
    expect(hub.head).toBe(4);
  });

  test('goes on with the hub after the main thread has closed its own', async ({
    openHub,
    startWorker,
    ledgerPath,
  }) => {
    const hub = await openHub({ path: ledgerPath });
    const worker = await startWorker(hub.handle);
    hub.emit({ by: 'main' });
    await hub.close();
    await expect(startWorker(hub.handle)).resolves.toBeDefined();
    expect(await worker.call('emitDurable', 'worker')).toBe(1);
  });

  test('cannot join a hub that has ended', async ({ openHub, startWorker }) => {
    const hub = await openHub();
    await hub.close();
    const worker = await startWorker();
    await expect(worker.call('join', hub.handle)).rejects.toMatchObject({ code: 'ERR_HUB_HANDLE_INVALID' });
  });

  test('that ends by an error leaves the hub to the others', async ({ openHub, startWorker, ledgerPath }) => {
    const hub = await openHub({ path: ledgerPath });
    const worker = await startWorker(hub.handle);
    await worker.call('emit', 'worker', 10);
    const error = new Promise((resolve) => worker.worker.once('error', resolve));
    const exit = new Promise((resolve) => worker.worker.once('exit', resolve));
    await worker.call('crash');
    expect(await error).toMatchObject({ message: 'on purpose' });
    await exit;
    expect(await hub.emitDurable({})).toBe(10);
    await hub.close();
    await openHub({ path: ledgerPath });
  });
});
