/** Threads of one hub serve sockets of their own, and take only those with them. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { EventHub, SseSubscription } from '@cortex-os/native';
import { expect, vi } from 'vitest';
import { adopted, test as base, emitNumbers, WAIT } from './fan-out-test.js';
import { expectNumbers } from './frames.js';

const script = join(import.meta.dirname, 'fixtures', 'attaching-worker.mjs');

const test = base.extend<{ startWorker: (hub: EventHub) => Promise<{ worker: Worker; port: number }> }>({
  startWorker: async ({ connect: _ }, use) => {
    const workers: Worker[] = [];
    await use(async (hub) => {
      const worker = new Worker(script, { workerData: { handle: hub.handle } });
      workers.push(worker);
      const [port] = await once(worker, 'message');
      return { worker, port };
    });
    for (const worker of workers) await worker.terminate();
  },
});

test('streams of a thread that is terminated are closed, those of others go on', async ({
  openHub,
  serve,
  connect,
  startWorker,
}) => {
  const hub = await openHub();
  let own: SseSubscription | undefined;
  const { port } = await serve((_, res) => {
    own = hub.attach(res);
  });
  const steady = connect(port);
  await adopted(() => own);
  let n = 0;
  for (let round = 0; round < 5; round++) {
    const { worker, port } = await startWorker(hub);
    const clients = [];
    for (let index = 0; index < 5; index++) {
      clients.push(connect(port));
      expect(await once(worker, 'message')).toEqual(['adopted']);
    }
    emitNumbers(hub, n, n + 100);
    for (const client of clients) {
      await client.untilEvents(100);
      expectNumbers(client.events, n, 100);
    }
    n += 100;
    const gone = clients.map((client) => client.gone());
    emitNumbers(hub, n, n + 100); // under way while the thread ends
    n += 100;
    await worker.terminate();
    await Promise.all(gone);
    for (const client of clients) {
      expect(client.problem).toBeUndefined();
      expectNumbers(client.events, n - 200, client.events.length);
    }
    await vi.waitFor(() => expect(hub.stats().fanOut.connections).toBe(1), WAIT);
  }
  await steady.untilEvents(n);
  expectNumbers(steady.events, 0, n);
});

test('what a thread emits reaches the streams of every thread in one order', async ({
  openHub,
  serve,
  connect,
  startWorker,
}) => {
  const hub = await openHub();
  let own: SseSubscription | undefined;
  const { port } = await serve((_, res) => {
    own = hub.attach(res);
  });
  const here = connect(port);
  await adopted(() => own);
  const { worker, port: there } = await startWorker(hub);
  const client = connect(there);
  expect(await once(worker, 'message')).toEqual(['adopted']);
  for (let n = 0; n < 200; n++) {
    if (n % 2 === 0) hub.emit({ from: 'here', n });
    else worker.postMessage({ from: 'there', n });
  }
  for (const reader of [here, client]) await reader.untilEvents(200);
  expect(client.events.map(({ id, data }) => [id, data])).toEqual(
    here.events.map(({ id, data }) => [id, data]),
  );
  const sentBy = (from: string) => here.events.filter(({ data }) => JSON.parse(data ?? '').from === from);
  expect(sentBy('here')).toHaveLength(100);
  expect(sentBy('there')).toHaveLength(100);
});

test('a thread that closes its hub ends its streams cleanly', async ({ openHub, connect, startWorker }) => {
  const hub = await openHub();
  const descriptors = readdirSync('/dev/fd').length;
  const { worker, port } = await startWorker(hub);
  const clients = [connect(port)];
  expect(await once(worker, 'message')).toEqual(['adopted']);
  emitNumbers(hub, 0, 100);
  for (const client of clients) await client.untilEvents(100);
  worker.postMessage('close');
  expect(await once(worker, 'message')).toEqual(['closed']);
  for (const client of clients) {
    await client.ended();
    expect(client.ending).toBe('clean');
    expectNumbers(client.events, 0, 100);
    client.socket.destroy();
  }
  expect(hub.emit({ n: 100 })).toBe(100); // the hub itself is this thread's too
  await worker.terminate();
  await hub.close();
  await vi.waitFor(() => expect(readdirSync('/dev/fd').length).toBeLessThanOrEqual(descriptors), WAIT);
});
